// checks/routing: what the name servers of a zone answer: whether each of them holds it, whether they agree on the MX records, and how it is kept.
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, valuesOf } from '../dns/port.ts';
import { answerEvidence, outcomeWords, unansweredFinding } from '../finding.ts';
import type { Finding } from '../report.ts';
import { judgeSoa } from './soa.ts';
import { type NameServer, nameServerFinding, type Zone } from './zone.ts';

/** A server that holds the zone, with what it says of the MX records. */
interface Holder {
  readonly host: string;
  readonly mx: DnsAnswer;
  readonly soa: DnsAnswer | null;
}

export async function judgeAnswers(all: Zone, context: CheckContext): Promise<Finding[]> {
  const blocked = await judgeBlocked(all, context);
  if (blocked) return [blocked];
  const others: Finding[] = [];
  const holders: Holder[] = [];
  for (const server of all.servers) {
    if (server.mx === null) continue;
    const problem = judgeServer(all, server, server.mx, context);
    if (problem) others.push(problem);
    else holders.push({ host: server.host, mx: server.mx, soa: server.soa });
  }
  return [
    ...others,
    ...(await judgeMx(all, holders, context)),
    ...judgeShort(all, holders),
    ...judgeSerials(all, holders),
    ...judgeSoa(all, holders.find(({ soa }) => soa?.outcome === 'found')?.soa ?? null),
  ];
}

const isSilent = ({ outcome }: DnsAnswer): boolean => outcome === 'timeout' || outcome === 'failed' || outcome === 'cancelled';

/**
 * Many networks let questions go to their own resolver only. When none of several servers answers while the resolver knows the domain, nothing is
 * learned about the servers, and it would be wrong to doubt them one by one.
 */
async function judgeBlocked(all: Zone, { dns, signal }: CheckContext): Promise<Finding | null> {
  const asked = all.servers.flatMap(({ mx }) => (mx === null ? [] : [mx]));
  if (asked.length < 2 || !asked.every(isSilent) || signal.aborted) return null;
  const known = await dns.lookUp(all.domain, 'MX', signal);
  if (known.outcome !== 'found' && !isAbsent(known)) return null;
  return nameServerFinding(all, {
    id: 'ns-blocked',
    level: 'skipped',
    title: 'Whether the name servers agree was not tested',
    detail: `none of the ${asked.length} answered from here, though ${known.server} knows the domain`,
    reason:
      'This network seems to let questions go to its own resolver only. If not, all of the servers are down, and the resolver has its answer from earlier.',
    evidence: asked.map((answer) => answerEvidence(answer)),
    ms: Math.max(...asked.map(({ ms }) => ms)),
  });
}

/** null: it answers for the zone. */
function judgeServer(all: Zone, { host, soa }: NameServer, mx: DnsAnswer, { dns }: CheckContext): Finding | null {
  const target = { domain: all.domain, host };
  if (isSilent(mx))
    return unansweredFinding(
      {
        id: 'ns-silent',
        group: 'routing',
        title: `Name server ${host} did not answer`,
        reason:
          'It may be down, or be out of reach from here only. Resolvers that begin with it wait before they ask another. What it holds is not known.',
        target,
      },
      mx,
    );
  if (mx.isAuthoritative === true && (mx.outcome === 'found' || isAbsent(mx))) return null;
  const evidence = [mx, ...(soa ? [soa] : [])].map((answer) => answerEvidence(answer));
  // In a lab the address of a name server may be the one where the resolver listens.
  if (dns.servers.includes(mx.server))
    return nameServerFinding(
      all,
      {
        id: 'ns-not-asked',
        level: 'skipped',
        title: `Name server ${host} was not asked`,
        detail: `the resolver of mailroom.checks.dnsServers answers at ${mx.server}`,
      },
      host,
    );
  const said = mx.outcome === 'found' || isAbsent(mx) ? 'it does not say that it holds the zone' : outcomeWords(mx);
  return nameServerFinding(
    all,
    {
      id: 'ns-lame',
      level: 'warn',
      title: `Name server ${host} does not answer for ${all.zone}`,
      detail: `a lame delegation: ${said}`,
      reason:
        'The NS records send resolvers to a server that does not have the zone, or could not load it. Look-ups take longer, and fail when the others are down.',
      evidence,
      remedies: [{ label: 'Have the server take the zone, or remove, here and at the registry', text: `${all.zone}.  NS  ${host}.` }],
      source: 'RFC 1912 section 2.8',
      ms: mx.ms,
    },
    host,
  );
}

async function judgeMx(all: Zone, holders: readonly Holder[], { dns, signal }: CheckContext): Promise<Finding[]> {
  const [first] = holders;
  if (!first) return [];
  const versions = new Set(holders.map(({ mx }) => contentOf(mx)));
  const evidence = holders.map(({ mx }) => answerEvidence(mx));
  const ms = Math.max(...holders.map(({ mx }) => mx.ms));
  if (versions.size > 1) {
    const odd = holders.filter(({ mx }) => contentOf(mx) !== contentOf(first.mx)).map(({ host }) => host);
    return [
      nameServerFinding(all, {
        id: 'mx-inconsistent',
        level: 'warn',
        title: 'The name servers do not agree on the MX records',
        detail: `${odd.join(', ')} ${odd.length === 1 ? 'says' : 'say'} something else than ${first.host}`.slice(0, 300),
        reason:
          'Which of the answers a sender gets is left to chance. A change that has not reached all servers looks like this for some minutes; after that, a server does not get the zone any more.',
        evidence,
        remedies: [{ label: 'If it is BIND, run on the server that is behind', text: `rndc retransfer ${all.zone}` }],
        source: 'RFC 1034 section 4.3.5',
        ms,
      }),
    ];
  }
  const agreed = nameServerFinding(all, {
    id: 'mx-consistent',
    level: 'pass',
    title: `${holders.length} name servers have the same MX records`,
    detail: holders.map(({ host }) => host).join(', '),
    evidence,
    ms,
  });
  return [...(holders.length > 1 ? [agreed] : []), ...judgeKept(all, first, await dns.lookUp(all.domain, 'MX', signal))];
}

/** What the resolver still has of an earlier answer. */
function judgeKept(all: Zone, { host, mx }: Holder, kept: DnsAnswer): Finding[] {
  const isUsable = (answer: DnsAnswer): boolean =>
    (answer.outcome === 'found' || isAbsent(answer)) && !answer.records.some(({ type }) => type === 'CNAME');
  if (!isUsable(mx) || !isUsable(kept) || contentOf(mx) === contentOf(kept)) return [];
  const ttl = Math.max(0, ...kept.records.map((record) => record.ttl ?? 0));
  return [
    nameServerFinding(all, {
      id: 'mx-kept',
      level: 'info',
      title: 'Your resolver still has other MX records',
      detail: ttl > 0 ? `it may keep them for ${ttl} s more` : 'it keeps them until their time is over',
      reason: `${host} and the other servers of the zone have the records below. Senders whose resolvers asked earlier use the old ones until then.`,
      evidence: [answerEvidence(mx), answerEvidence(kept)],
      source: 'RFC 1034 section 4.3.5',
    }),
  ];
}

/** Seconds: a time that is shorter saves nobody anything, and makes a short outage of the name servers one of the mail. */
const leastTtl = 300;

/** Only a server that holds the zone knows the whole time; a resolver tells what is left of it. */
function judgeShort(all: Zone, holders: readonly Holder[]): Finding[] {
  const [holder] = holders;
  const ttls = (holder?.mx.records ?? []).flatMap(({ type, ttl }) => (type === 'MX' && ttl !== null ? [ttl] : []));
  const least = Math.min(...ttls);
  if (!holder || ttls.length === 0 || least >= leastTtl) return [];
  return [
    nameServerFinding(all, {
      id: 'mx-ttl-short',
      level: 'advice',
      title: `MX records may be kept for ${least} s only`,
      detail: 'so every sender asks again for nearly every mail',
      reason: 'When the name servers are away for a moment, mail is put off. A short time is of use only before a change.',
      evidence: [answerEvidence(holder.mx)],
      remedies: [
        {
          label: 'Publish with a time of an hour',
          text: holder.mx.records
            .filter(({ type }) => type === 'MX')
            .slice(0, 5)
            .map(({ data }) => `${all.domain}.  3600  MX  ${data}`)
            .join('\n'),
        },
      ],
      source: 'RFC 1912 section 2.2',
      ms: holder.mx.ms,
    }),
  ];
}

/** Without times to live, which need not agree, and in one order. */
function contentOf(answer: DnsAnswer): string {
  if (answer.outcome !== 'found') return 'nothing';
  return answer.records
    .map(({ name, type, data }) => `${name} ${type} ${data}`)
    .sort()
    .join('\n');
}

function judgeSerials(all: Zone, holders: readonly Holder[]): Finding[] {
  const known = holders.flatMap(({ host, soa }) => (soa ? valuesOf(soa, 'SOA').map(({ serial }) => ({ host, serial, soa })) : []));
  if (new Set(known.map(({ serial }) => serial)).size < 2) return [];
  return [
    nameServerFinding(all, {
      id: 'soa-serial',
      level: 'info',
      title: 'The name servers have different versions of the zone',
      detail: known
        .map(({ host, serial }) => `${host} ${serial}`)
        .join(', ')
        .slice(0, 300),
      reason: 'After a change that is so for some minutes. Servers that share a database may count apart for good.',
      evidence: known.map(({ soa }) => answerEvidence(soa)),
      source: 'RFC 1034 section 4.3.5',
    }),
  ];
}
