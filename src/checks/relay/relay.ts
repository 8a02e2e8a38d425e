// checks: the relay test of one address of a server: asks the tests, never more than these and never with DATA, and makes one finding of the answers.
import { randomBytes } from 'node:crypto';
import { replyText } from '../../smtp/reply.ts';
import type { CheckContext } from '../context.ts';
import type { Finding, RelayRow, Transcript } from '../report.ts';
import { connectionFinding } from '../smtp/connecting.ts';
import { nameServer, type Tell, targetOf, teller, was } from '../smtp/found.ts';
import type { Answer, ProbeSubject } from '../smtp/probe.ts';
import { askTests } from './asking.ts';
import { type RelayTest, relayTests } from './matrix.ts';
import { describeProbing } from './probing.ts';
import { refusalWords, type Session, Sessions } from './sessions.ts';
import { judgeRelay, type RelayResult } from './verdict.ts';

export interface RelaySubject extends ProbeSubject {
  /** Whose mail the server takes; without it the controls, and so the verdict, are weaker, and some tests are not asked. */
  readonly domain?: string | undefined;
  /** A domain that the server has nothing to do with. */
  readonly foreignDomain: string;
  /** Before the @ of the foreign recipient; "relaytest" when absent. */
  readonly user?: string | undefined;
  /** Of the same host; they are not asked. */
  readonly otherAddresses?: readonly string[] | undefined;
}

export interface RelayOutcome {
  readonly findings: readonly Finding[];
  readonly transcript: Transcript;
  /** Our own address; null: no connection came about. */
  readonly probedFrom: string | null;
  /** The tests that were accepted, without the controls, in their order. */
  readonly accepted: readonly RelayTest[];
}

const maxReply = 500;

/** Resolves to one finding, 'relay', with all rows; where no session came about, to the finding that says so and a skipped one. */
export async function checkRelay(subject: RelaySubject, context: CheckContext): Promise<RelayOutcome> {
  context.waitFor(subject.host);
  return new RelayCheck(subject, context).run();
}

class RelayCheck {
  private readonly subject: RelaySubject;
  private readonly context: CheckContext;
  private readonly sessions: Sessions;
  private readonly tell: Tell;
  private readonly startedAt: number;

  constructor(subject: RelaySubject, context: CheckContext) {
    this.subject = subject;
    this.context = context;
    this.sessions = new Sessions(subject, context, 'Relay tests');
    this.tell = teller('relay', subject, subject.domain);
    this.startedAt = context.clock.monotonic();
  }

  async run(): Promise<RelayOutcome> {
    const { subject, context, sessions } = this;
    if (isOwn(subject.foreignDomain, subject.domain)) return this.outcome([this.skipped(ownDomainWords(subject.foreignDomain))]);
    const opening = await sessions.open();
    if ('session' in opening) return this.ask(opening.session);
    if ('refusal' in opening) return this.outcome([this.skipped(refusalWords(opening.refusal), [opening.refusal])]);
    const tell = teller('addresses', subject, subject.domain);
    const connection = connectionFinding(tell, subject, opening.probe, opening.failure, context.timeouts.connect);
    return this.outcome([connection, this.skipped('needs a connection')]);
  }

  private async ask(first: Session): Promise<RelayOutcome> {
    const { subject, context, sessions } = this;
    const tests = relayTests({
      user: subject.user ?? 'relaytest',
      foreign: subject.foreignDomain,
      server: sessions.serverName,
      address: subject.address,
      domain: subject.domain ?? null,
      token: randomBytes(4).toString('hex'),
    });
    context.doing(progressWords(tests, new Map()));
    const answers = await askTests(sessions, first, tests, context, (given) => context.doing(progressWords(tests, given)));
    const results = tests.map((test) => ({ test, row: rowOf(test, answers.get(test.id) ?? null) }));
    const accepted = results.filter(({ test, row }) => test.kind !== 'control' && row.verdict === 'accepted').map(({ test }) => test);
    const isKnown = accepted.some(({ kind }) => kind === 'plain');
    if (!context.signal.aborted || isKnown) return this.outcome([this.verdict(results)], accepted);
    const isCancelled = !isOutOfTime(context.signal);
    const ended = isCancelled ? this.skipped('cancelled') : this.outOfTime(results);
    return this.outcome([{ ...ended, relay: results.map(({ row }) => row) }], accepted);
  }

  private verdict(results: readonly RelayResult[]): Finding {
    const { subject, context, sessions } = this;
    const { address, otherAddresses = [] } = subject;
    const probing = describeProbing({ local: sessions.probedFrom ?? '', address, isStranger: sessions.isStranger, isLab: context.isLab });
    const { reason, ...verdict } = judgeRelay(results, {
      server: nameServer(subject),
      software: sessions.software,
      foreign: subject.foreignDomain,
      probing,
      hasDomain: subject.domain !== undefined,
    });
    const others = otherAddresses.length === 0 ? '' : `Only ${address} was tested; ${otherAddresses.join(', ')} may answer differently.`;
    const ms = Math.round(context.clock.monotonic() - this.startedAt);
    const finding = this.tell({
      id: 'relay',
      ...verdict,
      reason: [reason, probing.meaning, others].filter((sentence) => sentence !== '').join(' '),
      evidence: [
        { label: 'Probed from', text: probing.from },
        { label: 'Tested address', text: `${address} (${address.includes(':') ? 'IPv6' : 'IPv4'})` },
        ...(others === '' ? [] : [{ label: 'Not tested', text: otherAddresses.join('\n') }]),
      ],
      source: 'RFC 5321 section 7.8',
      ms,
    });
    return { ...finding, relay: results.map(({ row }) => row) };
  }

  private outOfTime(results: readonly RelayResult[]): Finding {
    const count = results.filter(({ row }) => row.verdict !== 'skipped').length;
    return this.tell({
      id: 'relay',
      level: 'unknown',
      title: 'Relay tests',
      detail: `no time was left: ${count} of ${results.length} tests were answered`,
      reason: 'No plain test was accepted until then. The setting mailroom.checks.timeout allows more time.',
    });
  }

  private skipped(detail: string, answers: readonly Answer[] = []): Finding {
    return this.tell({ id: 'relay', level: 'skipped', title: 'Relay tests', detail, answers });
  }

  private outcome(findings: readonly Finding[], accepted: readonly RelayTest[] = []): RelayOutcome {
    const { subject, sessions } = this;
    const transcript = { target: targetOf(subject, subject.domain), text: sessions.transcript };
    return { findings, transcript, probedFrom: sessions.probedFrom, accepted };
  }
}

/** To a server that takes mail for the domain, the tests would be mail to its own users. */
export function isOwn(foreign: string, domain: string | undefined): boolean {
  return domain !== undefined && foreign.toLowerCase() === domain.toLowerCase();
}

function ownDomainWords(foreign: string): string {
  return `${foreign} is the server's own domain: the setting mailroom.checks.foreignDomain has to name another one`;
}

function isOutOfTime({ reason }: AbortSignal): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

/** "9 of 25 tests, all refused so far" */
function progressWords(tests: readonly RelayTest[], answers: ReadonlyMap<string, Answer>): string {
  const asked = tests.filter(({ kind }) => kind !== 'control');
  const verdicts = asked.flatMap((test) => {
    const answer = answers.get(test.id);
    return answer ? [rowOf(test, answer).verdict] : [];
  });
  const count = `${verdicts.length} of ${asked.length} tests`;
  const accepted = verdicts.filter((verdict) => verdict === 'accepted').length;
  if (accepted > 0) return `${count}, ${accepted} accepted so far`;
  if (verdicts.length === 0) return count;
  return verdicts.every((verdict) => verdict === 'refused') ? `${count}, all refused so far` : `${count}, none accepted so far`;
}

function rowOf({ id, what, from, to }: RelayTest, answer: Answer | null): RelayRow {
  const row = { id, what, from: `<${from}>`, to: `<${to}>`, reply: answer?.reply ? decisive(answer) : null };
  if (answer === null) return { ...row, verdict: 'skipped' };
  if (was(answer, 'taken') && answer.command.startsWith('RCPT')) return { ...row, verdict: 'accepted' };
  // 503: we are out of order to the server, so this was no answer to the question.
  const isRefusal = was(answer, 'refused') && answer.reply?.code !== 503 && answer.command !== 'RSET';
  return { ...row, verdict: isRefusal ? 'refused' : 'unknown' };
}

function decisive(answer: Answer): string {
  const text = answer.reply ? replyText({ lines: answer.reply.lines.slice(-1) }).slice(0, maxReply) : '';
  return answer.command.startsWith('RCPT') ? text : `${answer.command.split(':', 1)[0]}: ${text}`;
}
