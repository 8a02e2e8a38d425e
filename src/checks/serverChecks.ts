// checks: everything about one address of a server, or about all addresses of a host: the session, its names, its certificate beside DANE.
import { isIP } from 'node:net';
import { checkReverse, judgeGreeting } from './addresses/reverse.ts';
import type { Check, CheckRun } from './checkRun.ts';
import type { CheckContext } from './context.ts';
import { finding } from './finding.ts';
import { judgeDane } from './policy/daneFinding.ts';
import type { Finding, Target } from './report.ts';
import { portBlockedFinding } from './smtp/connecting.ts';
import { isHostName } from './smtp/names.ts';
import { isPublic } from './smtp/network.ts';
import { checkServer } from './smtp/server.ts';

export interface ServerPlace {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Whose mail the server takes. */
  readonly domain?: string;
  /** A record of somebody else leads there, not the person: addresses of this machine and of private networks are then left alone outside of a lab. */
  readonly isNamedByOthers: boolean;
}

/** Addresses that one run connects to; a domain with more has its reasons, and we have ours. */
export const mostServers = 16;

/** RFC 8314 section 3.3. */
export function isImplicitTls(port: number): boolean {
  return port === 465;
}

/** Two checks for each place. What port 25 tells of the network here comes last. */
export async function checkServers(places: readonly ServerPlace[], run: CheckRun): Promise<void> {
  const asked = places.slice(0, mostServers);
  const found = await run.all(asked.map((place) => serverCheck(place, run)));
  const blocked = portBlockedFinding(found.flat(), (title, detail, reason) =>
    finding({ id: 'port-25-blocked', group: 'addresses', level: 'unknown', title, detail, reason, target: { port: 25 } }),
  );
  if (blocked) run.context.report(blocked);
  const left = places.length - asked.length;
  if (left > 0)
    run.context.report(
      finding({
        id: 'servers-left-out',
        group: 'addresses',
        level: 'skipped',
        title: `${left} more addresses were not asked`,
        detail: `one check connects to ${mostServers} at most`,
        target: {},
      }),
    );
}

function serverCheck(place: ServerPlace, run: CheckRun): Check {
  const target = targetOf(place);
  return {
    group: 'smtp',
    title: `Check of ${place.host === place.address ? place.address : `${place.host}, ${place.address}`}`,
    target,
    run: (context) => checkPlace(place, target, run, context),
  };
}

async function checkPlace(place: ServerPlace, target: Target, run: CheckRun, context: CheckContext): Promise<readonly Finding[]> {
  const { host, address, port, domain } = place;
  const isName = isIP(host) === 0;
  if (place.isNamedByOthers && !context.isLab && !isPublic(address)) return [leftAlone(place, target)];
  const server = { host, address, port, implicitTls: isImplicitTls(port), ...(domain === undefined ? {} : { domain }) };
  const [outcome, reverse, tlsa] = await Promise.all([
    checkServer(server, context),
    checkReverse(isName ? { host, address } : { address }, context),
    isName ? context.dns.lookUp(`_${port}._tcp.${host}`, 'TLSA', context.signal) : null,
  ]);
  run.transcripts.push(outcome.transcript);
  if (outcome.probedFrom !== null) run.probedFrom.add(outcome.probedFrom);
  const { certificate, names } = outcome;
  const greeting = judgeGreeting(reverse.names, [names.greeting, names.hello].filter(isHostName), target);
  const dane = tlsa && judgeDane(tlsa, certificate && { chain: certificate.chain, host, now: context.clock.now() }, target);
  return [...outcome.findings, ...reverse.findings, ...(greeting ? [greeting] : []), ...(dane ? [dane] : [])];
}

function leftAlone({ address }: ServerPlace, target: Target): Finding {
  return finding({
    id: 'server-private',
    group: 'smtp',
    level: 'skipped',
    title: `${address} was not asked`,
    detail: 'it belongs to this machine or a private network',
    reason: 'A record of somebody else led there. The setting mailroom.checks.lab says that private addresses are meant.',
    target,
  });
}

function targetOf({ host, address, port, domain }: ServerPlace): Target {
  return { ...(domain === undefined ? {} : { domain }), host, address, port };
}
