// checks: from a question to a report: the one way in. What is asked for each kind of question stands in plan.ts.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { CheckRun } from './checkRun.ts';
import type { Timeouts } from './context.ts';
import { createResolver } from './dns/resolver.ts';
import { parseServerAddress, portInLab, type ServerAddress, systemServers } from './dns/serverAddress.ts';
import { carryOut } from './plan.ts';
import type { Deliveries } from './relay/deliveries.ts';
import type { Progress, Question, Report } from './report.ts';
import { cancelledVerdict, verdictOf } from './verdict.ts';

export interface MessageToCheck {
  readonly bytes: Uint8Array;
  /** null: how it came is not known. */
  readonly delivery: Delivery | null;
}

export interface RunPorts {
  /** As written in the settings; none: those of the system. */
  readonly dnsServers: readonly string[];
  readonly isLab: boolean;
  /** Where the mail servers of a domain are asked in a lab; 25 when left out, and always outside of one. */
  readonly labPort?: number;
  /** Of the whole run. Milliseconds. */
  readonly limit: number;
  /** Zones that are asked about addresses. */
  readonly blocklists: readonly string[];
  /** A domain that tested servers have nothing to do with, as written in the settings. */
  readonly foreignDomain: string;
  /** Where the messages of a question of kind 'relayProof' are seen to arrive; only that kind needs it. */
  readonly deliveries?: Deliveries;
  /** What a question of kind 'message' is about; null for all others. */
  readonly message: MessageToCheck | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the person cancels: the report then says what was found until then. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Milliseconds, where the limit of the whole run allows them. */
const usual: Timeouts = { dns: 5000, connect: 8000, reply: 10_000 };

/** Rejects with 'badDnsServer' or 'badForeignDomain' when the settings name something that is none; everything else is a finding. */
export async function runQuestion(question: Question, ports: RunPorts): Promise<Report> {
  const { clock, log, signal, limit, isLab, onProgress } = ports;
  const began = clock.monotonic();
  const startedAt = new Date(clock.now()).toISOString();
  const timeouts: Timeouts = {
    dns: Math.min(usual.dns, limit / 2),
    connect: Math.min(usual.connect, limit / 2),
    reply: Math.min(usual.reply, limit / 2),
  };
  const ending = AbortSignal.any([signal, AbortSignal.timeout(limit - endingTime(limit))]);
  const servers = nameServers(ports.dnsServers);
  const portOf = (address: string): number => (isLab ? portInLab(servers, address) : 53);
  const dns = createResolver({ servers, timeout: timeouts.dns, clock, signal: ending, portOf });
  const run = new CheckRun({ dns, clock, log, isLab, timeouts, cancelled: signal, ending, onProgress });
  await carryOut(question, run, ports);
  const ms = Math.round(clock.monotonic() - began);
  return {
    version: 1,
    question,
    startedAt,
    ms,
    dnsServers: dns.servers,
    probedFrom: [...run.probedFrom],
    verdict: run.isCancelled ? cancelledVerdict(ms, run.done, run.planned) : verdictOf(question, run.findings),
    findings: run.findings,
    transcripts: run.transcripts,
    isCancelled: run.isCancelled,
  };
}

/** What is left for conversations to end and findings to be told, so that all of it is within the limit. */
function endingTime(limit: number): number {
  return Math.min(250, limit / 10);
}

function nameServers(written: readonly string[]): readonly ServerAddress[] {
  if (written.length === 0) return systemServers();
  return written.map((text) => {
    const server = parseServerAddress(text);
    if (!server) throw new Failure('badDnsServer', `"${text}" in mailroom.checks.dnsServers is no IP address of a name server`);
    return server;
  });
}
