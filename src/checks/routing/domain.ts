// checks/routing: what surrounds the MX records: an alias in place of the domain, a wildcard, how long answers are kept, and signatures.
import { randomBytes } from 'node:crypto';
import type { CheckContext } from '../context.ts';
import type { DnsAnswer, DnsRecord } from '../dns/port.ts';
import { answerEvidence, finding } from '../finding.ts';
import type { Finding, Remedy } from '../report.ts';
import type { Route } from './route.ts';

export async function judgeDomain(route: Route, context: CheckContext): Promise<Finding[]> {
  const [wildcard, bogus] = await Promise.all([findWildcard(route, context), findBogus(route, context)]);
  return [...judgeAlias(route), ...judgeLifetime(route), ...judgeSignature(route), ...wildcard, ...bogus];
}

function judgeAlias({ domain, kind, mx }: Route): Finding[] {
  const alias = mx.records.find(({ type }) => type === 'CNAME');
  // That it leads to nothing is told of the route.
  if (alias === undefined || kind === 'missing') return [];
  return [
    finding({
      id: 'domain-cname',
      group: 'routing',
      level: 'warn',
      title: `${domain} is an alias`,
      detail: `of ${alias.data.replace(/\.$/, '')}, whose records all count for it too`,
      reason:
        'A name with a CNAME record has no records of its own: MX, SPF and the rest are those of the other name. Some senders rewrite addresses to that name.',
      evidence: [answerEvidence(mx, ({ type }) => type === 'CNAME')],
      remedies: [aliasRemedy(domain, alias, mx)],
      target: { domain },
      source: 'RFC 1034 section 3.6.2',
      ms: mx.ms,
    }),
  ];
}

function aliasRemedy(domain: string, alias: DnsRecord, mx: DnsAnswer): Remedy {
  const records = mx.records.filter(({ type }) => type === 'MX').slice(0, 5);
  if (records.length === 0) return { label: 'Correct or remove', text: `${domain}.  CNAME  ${alias.data}` };
  return {
    label: 'Publish in its place, with the other records that the domain needs',
    text: records.map(({ data }) => `${domain}.  MX  ${data}`).join('\n'),
  };
}

/** Seconds. */
const short = 300;
const long = 86_400;

function judgeLifetime({ domain, mx }: Route): Finding[] {
  const ttls = mx.records.filter(({ type }) => type === 'MX').flatMap(({ ttl }) => (ttl === null ? [] : [ttl]));
  const least = Math.min(...ttls);
  // The usual is no news: the time stands in the records that are shown.
  if (ttls.length === 0 || (least >= short && least <= long)) return [];
  const isShort = least < short;
  return [
    finding({
      id: 'mx-ttl',
      group: 'routing',
      level: isShort ? 'info' : 'advice',
      title: `MX records may be kept for ${least} s`,
      detail: isShort
        ? 'short: either they are asked for often, or this is the rest of a longer time in a cache'
        : 'more than a day: a change takes that long to reach everybody',
      reason: isShort ? '' : 'Should a server have to be replaced at once, mail goes to the old one for that long.',
      evidence: [answerEvidence(mx)],
      remedies: isShort
        ? []
        : [
            {
              label: 'Publish with a time of an hour',
              text: mx.records
                .filter(({ type }) => type === 'MX')
                .slice(0, 5)
                .map(({ data }) => `${domain}.  3600  MX  ${data}`)
                .join('\n'),
            },
          ],
      target: { domain },
      source: 'RFC 2181 section 8',
      ms: mx.ms,
    }),
  ];
}

function judgeSignature({ domain, mx }: Route): Finding[] {
  if (mx.isAuthentic !== true || mx.outcome === 'failed') return [];
  return [
    finding({
      id: 'dnssec',
      group: 'routing',
      level: 'info',
      title: 'The answer is signed',
      detail: `the name server ${mx.server} says that it checked the signatures (DNSSEC)`,
      evidence: [answerEvidence(mx)],
      target: { domain },
      source: 'RFC 4035 section 3.2.3',
      ms: mx.ms,
    }),
  ];
}

/** A validating server fails on false signatures; asked not to check them, it answers. */
async function findBogus({ domain, mx }: Route, { dns, signal }: CheckContext): Promise<Finding[]> {
  if (mx.outcome !== 'servFail' || signal.aborted) return [];
  const unchecked = await dns.lookUpUnvalidated?.(domain, 'MX');
  if (unchecked?.outcome !== 'found' && unchecked?.outcome !== 'noData') return [];
  return [
    finding({
      id: 'dnssec-bogus',
      group: 'routing',
      level: 'fail',
      title: 'The signatures of the domain are wrong',
      detail: 'name servers that check them answer SERVFAIL, so senders there cannot deliver',
      reason:
        'Asked not to check signatures (DNSSEC), the server answers; asked in the usual way, it fails. Signatures may have expired, or the DS record at the parent names a key that is gone.',
      evidence: [answerEvidence(mx), answerEvidence(unchecked)],
      target: { domain },
      source: 'RFC 4035 section 5.5',
      ms: mx.ms + unchecked.ms,
    }),
  ];
}

async function findWildcard({ domain, kind }: Route, { dns, signal }: CheckContext): Promise<Finding[]> {
  if (kind !== 'mx') return [];
  const answer = await dns.lookUp(`mailroom-${randomBytes(6).toString('hex')}.${domain}`, 'MX', signal);
  if (!answer.records.some(({ type }) => type === 'MX')) return [];
  return [
    finding({
      id: 'mx-wildcard',
      group: 'routing',
      level: 'info',
      title: `Every name below ${domain} has MX records`,
      detail: 'a wildcard answers for names that do not exist',
      reason: 'Mail to any misspelt subdomain is accepted for delivery, and anybody can use such a name as a sender.',
      evidence: [answerEvidence(answer)],
      target: { domain },
      source: 'RFC 4592 section 2.1.1',
      ms: answer.ms,
    }),
  ];
}
