// checks: everything about one address of a server, or about all addresses of a host: the session, its names, its certificate beside DANE.
import { isIP } from 'node:net';
import { checkReverse, judgeGreeting } from './addresses/reverse.ts';
import type { Check, CheckRun } from './checkRun.ts';
import type { CheckContext } from './context.ts';
import { finding } from './finding.ts';
import { judgeDane, lookUpTlsa } from './policy/daneFinding.ts';
import type { Finding, Target } from './report.ts';
import { portBlockedFinding } from './smtp/connecting.ts';
import { targetOf } from './smtp/found.ts';
import { isHostName } from './smtp/names.ts';
import { isPublic } from './smtp/network.ts';
import { checkServer } from './smtp/server.ts';
import { judgeDaneWithoutTls, type SeenTls } from './tls/senderPolicies.ts';

export interface ServerPlace {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Whose mail the server takes. */
  readonly domain?: string;
  /** An address that the person wants to know about. */
  readonly recipient?: string;
  /** A record of somebody else leads there, not the person: addresses of this machine and of private networks are then left alone outside of a lab. */
  readonly isNamedByOthers: boolean;
}

/** Addresses that one run connects to; a domain with more has its reasons, and we have ours. */
export const mostServers = 16;

/** RFC 8314 section 3.3. */
export function isImplicitTls(port: number): boolean {
  return port === 465;
}

/** A check for each place. What port 25 tells of the network here, and what could not be tested at all, comes last. Answers what was seen of TLS. */
export async function checkServers(places: readonly ServerPlace[], run: CheckRun): Promise<readonly SeenTls[]> {
  const asked = chosen(places);
  const seen: SeenTls[] = [];
  const found = await run.all(asked.map((place) => serverCheck(place, run, (tls) => seen.push(tls))));
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
  const encrypted = seen.find(({ hasTls }) => hasTls === true);
  if (encrypted) run.context.report(notTestedFinding(encrypted.target));
  return seen;
}

/** In their order, but the first address of each host before the second of any: a host with many leaves no other out. */
function chosen(places: readonly ServerPlace[]): readonly ServerPlace[] {
  const rank = (place: ServerPlace): number => places.filter(({ host }) => host === place.host).indexOf(place);
  const first = new Set(places.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostServers));
  return places.filter((place) => first.has(place));
}

function serverCheck(place: ServerPlace, run: CheckRun, onSeen: (tls: SeenTls) => void): Check {
  const target = targetOf(place, place.domain);
  return {
    group: 'smtp',
    title: `Check of ${place.host === place.address ? place.address : `${place.host}, ${place.address}`}`,
    target,
    isShownInParts: true,
    run: (context) => checkPlace(place, target, run, context, onSeen),
  };
}

async function checkPlace(
  place: ServerPlace,
  target: Target,
  run: CheckRun,
  context: CheckContext,
  onSeen: (tls: SeenTls) => void,
): Promise<readonly Finding[]> {
  const { host, address, port } = place;
  if (place.isNamedByOthers && !context.isLab && !isPublic(address)) return [leftAlone(place, target)];
  const isName = isIP(host) === 0;
  const findings: Finding[] = [];
  const add = (found: readonly Finding[]): void => {
    findings.push(...found);
    for (const each of found) context.report(each);
  };
  const row = context.announce({ group: 'addresses', title: 'Reverse DNS', target, detail: '' });
  row.run();
  const [outcome, reverse, tlsa] = await Promise.all([
    checkServer({ ...place, implicitTls: isImplicitTls(port) }, context),
    checkReverse(isName ? { host, address } : { address }, context).then((found) => {
      add(found.findings);
      row.end();
      return found;
    }),
    isName ? lookUpTlsa(host, port, context) : null,
  ]);
  run.transcripts.push(outcome.transcript);
  if (outcome.probedFrom !== null) run.probedFrom.add(outcome.probedFrom);
  const { certificate, names, hasTls } = outcome;
  const greeting = judgeGreeting(reverse.names, [names.greeting, names.hello].filter(isHostName), target);
  const dane = tlsa && judgeDane(tlsa, certificate && { chain: certificate.chain, host, now: context.clock.now() }, target);
  add([...(greeting ? [greeting] : []), ...(dane ? [judgeDaneWithoutTls(dane, hasTls)] : [])]);
  onSeen({ target, hasTls, certificate });
  return [...outcome.findings, ...findings];
}

/** Said once for all servers: the runtime speaks none of that. */
function notTestedFinding({ host, address, port }: Target): Finding {
  const server = host !== undefined && isIP(host) === 0 ? host : (address ?? '');
  const place = `${server.includes(':') ? `[${server}]` : server}:${port}`;
  return finding({
    id: 'tls-not-tested',
    group: 'tls',
    level: 'skipped',
    title: 'SSL 2 and 3, RC4, 3DES, compression and renegotiation were not tested',
    detail: 'this program cannot offer them',
    remedies: [{ label: 'testssl.sh can', text: `testssl.sh ${isImplicitTls(port ?? 0) ? '' : '--starttls smtp '}${place}` }],
    target: {},
    source: 'RFC 7457',
  });
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
