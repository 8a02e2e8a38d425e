// checks/routing: the hosts that take mail and their addresses: aliases, hosts that lead nowhere, and addresses that strangers cannot reach.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { getDomain } from 'tldts';
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, valuesOf } from '../dns/port.ts';
import { answerEvidence, type Draft, finding, unansweredFinding } from '../finding.ts';
import type { Finding } from '../report.ts';
import type { Route } from './route.ts';

export interface MailHost {
  readonly host: string;
  /** null: no MX record names it. */
  readonly preference: number | null;
  /** IPv4 first; at most `maxAddresses` of each family. */
  readonly addresses: readonly string[];
  /** A, then AAAA; empty for a host that is an address. */
  readonly answers: readonly DnsAnswer[];
}

/** Of each family, for one host. */
export const maxAddresses = 8;

export async function resolveHosts({ domain, kind, exchanges }: Route, context: CheckContext): Promise<readonly MailHost[]> {
  if (kind === 'implicit') return [await resolveHost(domain, null, context)];
  return Promise.all(exchanges.map(({ exchange, preference }) => resolveHost(exchange, preference, context)));
}

export async function resolveHost(host: string, preference: number | null, { dns, signal, doing }: CheckContext): Promise<MailHost> {
  if (isIP(host) !== 0) return { host, preference, addresses: [], answers: [] };
  doing(`asking for addresses of ${host}`);
  const [a, aaaa] = await Promise.all([dns.lookUp(host, 'A', signal), dns.lookUp(host, 'AAAA', signal)]);
  const four = valuesOf(a, 'A').slice(0, maxAddresses);
  const six = valuesOf(aaaa, 'AAAA').slice(0, maxAddresses);
  return { host, preference, addresses: [...four, ...six].map(({ address }) => address), answers: [a, aaaa] };
}

export async function judgeHosts(route: Route, hosts: readonly MailHost[], context: CheckContext): Promise<Finding[]> {
  const named = hosts.filter(({ host, preference }) => preference !== null && isIP(host) === 0);
  return [
    ...named.flatMap((host) => unanswered(route, host)),
    ...named.flatMap((host) => judgeAlias(route, host)),
    ...(await judgeDangling(route, named, hosts, context)),
    ...judgePrivate(route, hosts, context),
    ...judgeShared(route, named),
  ];
}

const elapsed = ({ answers }: MailHost): number => Math.max(0, ...answers.map(({ ms }) => ms));

function about({ domain }: Route, host: MailHost, draft: Omit<Draft, 'group' | 'target' | 'ms'>): Finding {
  const evidence = host.answers.map((answer) => answerEvidence(answer));
  return finding({ evidence, ...draft, group: 'routing', target: { domain, host: host.host }, ms: elapsed(host) });
}

/** Only where no address is known: with one, the host can be tested. */
function unanswered({ domain }: Route, { host, addresses, answers }: MailHost): Finding[] {
  const silent = answers.find(isUnanswered);
  if (addresses.length > 0 || silent === undefined) return [];
  const title = `The addresses of ${host} could not be looked up`;
  return [unansweredFinding({ id: 'mx-host-look-up', group: 'routing', title, target: { domain, host } }, silent)];
}

function judgeAlias(route: Route, host: MailHost): Finding[] {
  const alias = host.answers.flatMap(({ records }) => records).find(({ type }) => type === 'CNAME');
  if (alias === undefined) return [];
  return [
    about(route, host, {
      id: 'mx-cname',
      level: 'warn',
      title: `MX host ${host.host} is an alias`,
      detail: `of ${alias.data.replace(/\.$/, '')}; an MX record must name the host itself`,
      reason:
        'Most senders follow the alias. Some refuse it, and certificates and policies (MTA-STS, DANE) are then compared with the wrong name.',
      remedies: route.exchanges
        .filter(({ exchange }) => exchange === host.host)
        .map(({ preference }) => ({
          label: 'Publish this MX record in its place',
          text: `${route.domain}.  MX  ${preference} ${alias.data}`,
        })),
      source: 'RFC 2181 section 10.3',
    }),
  ];
}

/** The name that the CNAME records of a host lead to; itself where it has none. */
function endOf({ host, answers }: MailHost): string {
  const last = answers
    .flatMap(({ records }) => records)
    .map(({ value }) => value)
    .findLast((value) => value.kind === 'CNAME');
  return last?.host ?? host;
}

const isUnanswered = (answer: DnsAnswer): boolean => answer.outcome !== 'found' && !isAbsent(answer);

const isDangling = ({ answers }: MailHost): boolean => answers.length > 0 && answers.every(isAbsent);

async function judgeDangling(
  route: Route,
  named: readonly MailHost[],
  all: readonly MailHost[],
  context: CheckContext,
): Promise<Finding[]> {
  const level = all.every((host) => isDangling(host) || isIP(host.host) !== 0) ? 'fail' : 'warn';
  return Promise.all(
    named.filter(isDangling).map(async (host) => {
      const isMissing = host.answers.every(({ outcome }) => outcome === 'nxDomain');
      // Behind an alias it is the name at its end that anybody could take.
      const end = endOf(host);
      const free = isMissing ? await unregistered(end, context) : undefined;
      const name = end === host.host ? `MX host ${host.host}` : `MX host ${host.host} leads to ${end}, which`;
      return about(route, host, {
        id: 'mx-dangling',
        level: free === undefined ? level : 'fail',
        title: isMissing ? `${name} does not exist` : `${name} has no address`,
        detail: free === undefined ? 'mail cannot be delivered to it' : `nobody seems to own ${free}: whoever registers it gets the mail`,
        reason:
          free === undefined
            ? 'Senders skip a host without an address. If it is the only one, mail waits and comes back.'
            : 'The domain of the host is not in the DNS. Anybody who registers it can take the mail of this domain and read it. Remove the record today.',
        remedies:
          free === undefined
            ? [{ label: 'Publish its address (192.0.2.1 stands for it), or remove the MX record', text: `${end}.  A  192.0.2.1` }]
            : route.exchanges
                .filter(({ exchange }) => exchange === host.host)
                .map(({ preference, exchange }) => ({ label: 'Remove', text: `${route.domain}.  MX  ${preference} ${exchange}.` })),
        source: 'RFC 5321 section 5.1',
      });
    }),
  );
}

/** The registrable domain of a host, when the name servers know no such domain. */
export async function unregistered(host: string, { dns, signal }: CheckContext): Promise<string | undefined> {
  const owner = getDomain(host, { validateHostname: false });
  if (owner === null) return undefined;
  const answer = await dns.lookUp(owner, 'NS', signal);
  return answer.outcome === 'nxDomain' ? owner : undefined;
}

/** Words for the ranges of ipaddr.js. */
const ranges: Readonly<Record<string, string>> = {
  loopback: 'loopback: the sender itself',
  private: 'private',
  uniqueLocal: 'private',
  linkLocal: 'link-local',
  carrierGradeNat: 'shared by an access provider (CGNAT)',
  unspecified: 'unspecified',
  multicast: 'multicast',
  broadcast: 'broadcast',
};

function judgePrivate(route: Route, hosts: readonly MailHost[], { isLab }: CheckContext): Finding[] {
  const isEverywhere = hosts.every(
    ({ addresses, answers }) => addresses.every((address) => rangeOf(address) !== undefined) && !answers.some(isUnanswered),
  );
  return hosts.flatMap((host) => {
    const odd = host.addresses.flatMap((address) => {
      const range = rangeOf(address);
      return range === undefined ? [] : [`${address} is ${range}`];
    });
    if (odd.length === 0 && host.host !== 'localhost') return [];
    return [
      about(route, host, {
        id: 'mx-private',
        level: isLab ? 'info' : isEverywhere ? 'fail' : 'warn',
        title: `${host.host} has an address that the internet cannot reach`,
        detail: odd[0] ?? 'localhost is the sender itself',
        reason: isLab ? '' : 'Senders on the internet try it and fail, or deliver to a machine of their own.',
        source: 'RFC 6890 section 2.2.2',
      }),
    ];
  });
}

/** undefined: an address of the public internet. */
function rangeOf(address: string): string | undefined {
  const range = ipaddr.isValid(address) ? ipaddr.process(address).range() : 'invalid';
  return range === 'unicast' ? undefined : (ranges[range] ?? 'reserved, not for hosts');
}

function judgeShared(route: Route, named: readonly MailHost[]): Finding[] {
  const shared = named.filter(({ addresses }) =>
    addresses.some((address) => named.filter((host) => host.addresses.includes(address)).length > 1),
  );
  if (shared.length === 0) return [];
  return [
    finding({
      id: 'mx-same-address',
      group: 'routing',
      level: 'advice',
      title: `${shared.length} MX hosts share an address`,
      detail: `${shared.map(({ host }) => host).join(', ')}: one server, not several`.slice(0, 300),
      reason: 'When it is down, both are; senders only try it twice.',
      remedies: [
        {
          label: 'Keep one name for one server, for example',
          text: `${route.domain}.  MX  ${shared[0]?.preference ?? 10} ${shared[0]?.host ?? ''}.`,
        },
      ],
      source: 'RFC 5321 section 5.1',
      evidence: shared
        .flatMap(({ answers }) => answers.filter(({ outcome }) => outcome === 'found').map((answer) => answerEvidence(answer)))
        .slice(0, 8),
      target: { domain: route.domain },
    }),
  ];
}
