// checks: makes findings: fills in what is left out, and shows what name servers said as evidence that is printable and bounded.
import type { DnsAnswer } from './dns/port.ts';
import { escapeOctets, presentRecord } from './dns/present.ts';
import type { Evidence, Finding } from './report.ts';

type Needed = 'id' | 'group' | 'level' | 'title';

/** What a check says; what is left out is empty. */
export type Draft = Pick<Finding, Needed> & Partial<Omit<Finding, Needed>>;

export function finding(draft: Draft): Finding {
  return { detail: '', reason: '', evidence: [], remedies: [], target: {}, source: '', ms: null, ...draft };
}

/** UTF-16 units of one piece of evidence. */
const maxEvidence = 4096;
const maxRecordsShown = 50;

/** The records of an answer as a zone file would have them, or what the server said instead. `isWrong` marks the records that are. */
export function answerEvidence(answer: DnsAnswer, isWrong: (record: DnsAnswer['records'][number]) => boolean = () => false): Evidence {
  const marks: [number, number][] = [];
  let text = '';
  for (const record of inOrder(answer.records).slice(0, maxRecordsShown)) {
    const line = presentRecord(record);
    if (text.length + line.length + 40 > maxEvidence) break;
    if (text !== '') text += '\n';
    if (isWrong(record)) marks.push([text.length, text.length + line.length]);
    text += line;
  }
  const shown = text === '' ? 0 : text.split('\n').length;
  if (shown < answer.records.length) text += `${text === '' ? '' : '\n'}; and ${answer.records.length - shown} more`;
  if (answer.outcome !== 'found')
    text += `${text === '' ? '' : '\n'}${escapeOctets(answer.name)}.  ${answer.type}  ${outcomeWords(answer)}`;
  return { label: evidenceLabel(answer), text, ...(marks.length > 0 ? { marks } : {}) };
}

/** The chain of CNAMEs as it leads, then the rest in an order of its own: servers turn it with every answer, and two runs are to read the same. */
function inOrder(records: DnsAnswer['records']): DnsAnswer['records'] {
  const preference = ({ value }: DnsAnswer['records'][number]): number => (value.kind === 'MX' ? value.preference : 0);
  const rest = records
    .filter(({ type }) => type !== 'CNAME')
    .toSorted((a, b) => preference(a) - preference(b) || (a.data < b.data ? -1 : a.data > b.data ? 1 : 0));
  return [...records.filter(({ type }) => type === 'CNAME'), ...rest];
}

/** What came of a question, for a person: "SERVFAIL", "no answer in time". */
export function outcomeWords(answer: DnsAnswer): string {
  switch (answer.outcome) {
    case 'found':
      return 'found';
    case 'noData':
      return 'no such record (NODATA)';
    case 'nxDomain':
      return 'no such name (NXDOMAIN)';
    case 'servFail':
      return 'the server failed (SERVFAIL)';
    case 'refused':
      return 'the server refused (REFUSED)';
    case 'timeout':
      return 'no answer in time';
    case 'failed':
      return answer.problem ?? 'no answer that can be used';
    case 'cancelled':
      return 'cancelled';
  }
}

/**
 * The finding for a look-up that says neither yes nor no: 'unknown' with what the server said, 'skipped' when cancelled. Only for answers that
 * are neither found nor absent.
 */
export function unansweredFinding(draft: Pick<Draft, 'id' | 'group' | 'title'> & Partial<Draft>, answer: DnsAnswer): Finding {
  if (answer.outcome === 'cancelled') return finding({ ...draft, level: 'skipped', detail: 'cancelled', ms: answer.ms });
  return finding({
    detail: answer.server === '' ? outcomeWords(answer) : `${outcomeWords(answer)}, asked of ${answer.server}`,
    reason: 'Nothing was learned about the record itself: it may be right or wrong. Ask again later, or another name server.',
    ...draft,
    level: 'unknown',
    evidence: [answerEvidence(answer)],
    ms: answer.ms,
  });
}

function evidenceLabel(answer: DnsAnswer): string {
  if (answer.server === '') return 'Not asked';
  const server = answer.server.endsWith(':53') ? answer.server.slice(0, -3) : answer.server;
  return answer.outcome === 'timeout' ? `Asked of ${server}` : `Answer of ${server}`;
}
