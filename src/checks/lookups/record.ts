// checks/lookups: one question to the name servers, answered as a fact: what nslookup and dig are asked for.
import { isIP } from 'node:net';
import { reverseName } from '../addresses/reverse.ts';
import type { CheckContext } from '../context.ts';
import { type DnsRecord, isAbsent, type RecordType } from '../dns/port.ts';
import { answerEvidence, finding, outcomeWords, unansweredFinding } from '../finding.ts';
import type { Finding } from '../report.ts';

/** Records, and UTF-16 units of each, that the sentence has; all of them are evidence. */
const mostShown = 4;
const mostData = 200;

/** An address as `name` is asked for as its reverse name. Never rejects. */
export async function checkRecord(name: string, type: RecordType, { dns, signal }: CheckContext): Promise<readonly Finding[]> {
  const answer = await dns.lookUp(isIP(name) === 0 ? name : reverseName(name), type, signal);
  const base = { group: 'routing', target: { domain: name }, source: 'RFC 1034 section 3.6', ms: answer.ms } as const;
  if (answer.outcome !== 'found' && !isAbsent(answer))
    return [unansweredFinding({ ...base, id: 'record-look-up', title: `${type} of ${name} could not be looked up` }, answer)];
  const evidence = [answerEvidence(answer)];
  const from = `${answer.server} answered${answer.isAuthentic === true ? ', signatures checked (DNSSEC)' : ''}`;
  if (isAbsent(answer))
    return [
      finding({
        ...base,
        id: 'record-missing',
        level: 'info',
        title: `${name} has no ${type} record`,
        detail: `${outcomeWords(answer)}; ${from}`,
        evidence,
      }),
    ];
  // In one order: name servers turn the records round from answer to answer.
  const preference = ({ value }: DnsRecord): number => (value.kind === 'MX' ? value.preference : 0);
  const records = answer.records
    .filter((record) => record.type === type)
    .toSorted((a, b) => preference(a) - preference(b) || (a.data < b.data ? -1 : 1));
  const count = records.length;
  const shown = records.slice(0, mostShown).map(({ data, ttl }) => `${bounded(data)}${ttl === null ? '' : ` (${ttl} s)`}`);
  return [
    finding({
      ...base,
      id: 'record',
      level: 'info',
      title: count === 1 ? `${name} has one ${type} record` : `${name} has ${count} ${type} records`,
      detail: `${shown.join(', ')}${count > mostShown ? ` and ${count - mostShown} more` : ''}`,
      reason: from,
      evidence,
    }),
  ];
}

function bounded(data: string): string {
  return data.length > mostData ? `${data.slice(0, mostData)}…` : data;
}
