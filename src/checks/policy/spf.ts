// checks/policy: what SPF says of a domain (RFC 7208): one record, its grammar, its costs with everything included, and how it ends.
import type { CheckContext } from '../context.ts';
import { isAbsent, valuesOf } from '../dns/port.ts';
import { presentRecord } from '../dns/present.ts';
import type { Finding } from '../report.ts';
import { maker, type PolicyMaker } from './found.ts';
import { textsOf, txtLine } from './records.ts';
import { evaluateSpf } from './spfEvaluation.ts';
import { judgeCosts, judgeProblems } from './spfProblems.ts';
import { isSpfRecord } from './spfRecord.ts';
import { judgeTerms } from './spfTerms.ts';
import { type SpfNode, walkSpf } from './spfTree.ts';

export interface SpfOptions {
  /** A client address: would mail from it pass? */
  readonly ip?: string;
  /** The MAIL FROM that is meant; else postmaster of the domain. */
  readonly sender?: string;
}

/** Looks at the record of `domain` with everything it includes. Rejects never; unanswered look-ups are findings of their own. */
export async function checkSpf(domain: string, context: CheckContext, options: SpfOptions = {}): Promise<readonly Finding[]> {
  const make = maker({ domain });
  const [tree, leftover] = await Promise.all([walkSpf(domain, context), findLeftover(domain, make, context)]);
  const { answer } = tree;
  if (answer.outcome !== 'found' && !isAbsent(answer)) return [make.unanswered('spf-look-up', 'SPF could not be looked up', answer)];
  const evaluation = options.ip === undefined ? [] : [await evaluateSpf(tree, options.ip, options.sender, context)];
  return [...evaluation, ...judgeTree(tree, make), ...leftover];
}

function judgeTree(tree: SpfNode, make: PolicyMaker): Finding[] {
  const strays = judgeStrays(tree, make);
  if (tree.answer.outcome === 'nxDomain') return [noDomain(tree, make)];
  const [record] = tree.records;
  if (record === undefined)
    return [...strays, ...(strays.some((stray) => stray.id === 'spf-not-recognised') ? [] : [noRecord(tree, make)])];
  if (tree.records.length > 1) return [severalRecords(tree, make), ...strays];
  const problems = judgeProblems(tree, make);
  const costs = judgeCosts(tree, problems.length > 0, make);
  // A record that ends in an error refuses nobody.
  const isError = [...problems, ...costs].some(({ level }) => level === 'fail');
  return [
    ...(problems.length > 0 ? problems : [soundRecord(tree, make)]),
    ...costs,
    ...judgeTerms(tree, make).filter(({ level }) => !isError || level !== 'pass'),
    ...strays,
  ];
}

/** Milliseconds: some old name servers leave questions for this type unanswered, and nothing depends on it. */
const leftoverPatience = 2000;

/** A record of the type 99 that SPF once had of its own. */
async function findLeftover(domain: string, make: PolicyMaker, { dns, signal }: CheckContext): Promise<Finding[]> {
  const answer = await dns.lookUp(domain, 'SPF', AbortSignal.any([signal, AbortSignal.timeout(leftoverPatience)]));
  const records = valuesOf(answer, 'SPF');
  if (records.length === 0) return [];
  return [
    make.finding({
      id: 'spf-type-99',
      level: 'advice',
      title: 'An SPF record of the type 99 is left over',
      detail: 'receivers read TXT records only',
      reason: 'Nobody looks at it any more, so it is easily forgotten in a change. A checker that still does would see two policies.',
      evidence: [make.answer(answer)],
      remedies: [
        {
          label: 'Remove',
          text: answer.records
            .filter(({ type }) => type === 'SPF')
            .map(presentRecord)
            .join('\n'),
        },
      ],
      source: 'RFC 7208 section 3.1',
      ms: answer.ms,
    }),
  ];
}

function noDomain(tree: SpfNode, make: PolicyMaker): Finding {
  return make.finding({
    id: 'spf-none',
    level: 'skipped',
    title: 'No SPF to look at',
    detail: 'the domain does not exist',
    evidence: [make.answer(tree.answer)],
    ms: tree.answer.ms,
  });
}

function noRecord(tree: SpfNode, make: PolicyMaker): Finding {
  return make.finding({
    id: 'spf-none',
    level: 'warn',
    title: 'No SPF record',
    detail: 'nothing says which servers may send mail of this domain',
    reason:
      'Receivers cannot tell your servers from anybody else. Large mailbox providers want SPF or DKIM of every sender, and both of bulk senders.',
    evidence: [make.answer(tree.answer)],
    remedies: [
      { label: 'If only the mail exchangers send, publish', text: `${tree.domain}. IN TXT "v=spf1 mx -all"` },
      { label: 'If the domain never sends mail, publish', text: `${tree.domain}. IN TXT "v=spf1 -all"` },
    ],
    source: 'RFC 7208 section 3',
    ms: tree.answer.ms,
  });
}

function severalRecords(tree: SpfNode, make: PolicyMaker): Finding {
  const count = tree.records.length === 2 ? 'Two' : String(tree.records.length);
  return make.finding({
    id: 'spf-multiple',
    level: 'fail',
    title: `${count} SPF records`,
    detail: 'receivers must treat that as an error and ignore them all',
    reason:
      'A domain has one SPF record. With more, the result is a permanent error (permerror): some receivers refuse the mail, others go on as if there were no SPF.',
    evidence: [make.answer(tree.answer, tree.records)],
    remedies: [{ label: 'Publish this record in place of all of them', text: txtLine(tree.domain, merge(tree.records)) }],
    source: 'RFC 7208 section 3.2',
    ms: tree.answer.ms,
  });
}

/** All mechanisms of all records, each once, with the strictest end that none of the owners would miss. */
function merge(records: readonly string[]): string {
  const terms = [...new Set(records.flatMap((record) => record.split(' ').slice(1)))].filter(
    (term) => term !== '' && !/^[+\-~?]?all$/i.test(term),
  );
  const end = ['-all', '~all'].find((all) => records.every((record) => record.toLowerCase().includes(all))) ?? '~all';
  return ['v=spf1', ...terms, end].join(' ');
}

/** TXT records that are meant as SPF, but that no receiver takes for it. */
function judgeStrays(tree: SpfNode, make: PolicyMaker): Finding[] {
  const texts = textsOf(tree.answer).filter((text) => !isSpfRecord(text));
  const alike = texts.filter((text) => /^["'\s]*v\s*=\s*spf/i.test(text));
  const senderId = texts.filter((text) => /^spf2\.0\//i.test(text));
  const findings: Finding[] = [];
  if (alike.length > 0) {
    findings.push(
      make.finding({
        id: 'spf-not-recognised',
        level: tree.records.length === 0 ? 'fail' : 'warn',
        title: 'A record that looks like SPF, but is none',
        detail: 'it must begin with "v=spf1" and a space',
        reason: 'Receivers skip a TXT record that does not begin with exactly this version, so the record does nothing.',
        evidence: [make.answer(tree.answer, alike)],
        remedies:
          tree.records.length > 0
            ? [
                {
                  label: 'Remove it, as there is a right one beside',
                  text: alike.map((text) => txtLine(tree.domain, text)).join('\n'),
                },
              ]
            : alike.slice(0, 1).map((text) => ({ label: 'Publish in its place', text: txtLine(tree.domain, repair(text)) })),
        source: 'RFC 7208 section 4.5',
        ms: tree.answer.ms,
      }),
    );
  }
  if (senderId.length > 0) {
    findings.push(
      make.finding({
        id: 'spf-sender-id',
        level: 'advice',
        title: 'A Sender ID record is left over',
        detail: 'nobody reads "spf2.0" any more',
        reason: 'It is easily forgotten in a change, and people take it for a policy that holds.',
        evidence: [make.answer(tree.answer, senderId)],
        remedies: [{ label: 'Remove', text: senderId.join('\n') }],
        source: 'RFC 7208 section 3.1',
        ms: tree.answer.ms,
      }),
    );
  }
  return findings;
}

/** What was meant: the version with a space, and what came after it as terms. */
function repair(text: string): string {
  const terms = text.replace(/^["'\s]*v\s*=\s*spf[\d.]*[\s;,]*/i, '').replace(/["']+\s*$/, '');
  return `v=spf1 ${terms.replace(/[;,\s]+/g, ' ')}`.trim();
}

function soundRecord(tree: SpfNode, make: PolicyMaker): Finding {
  return make.finding({
    id: 'spf-record',
    level: 'pass',
    title: 'One SPF record, well formed',
    detail: tree.records[0] ?? '',
    evidence: [make.answer(tree.answer, [])],
    source: 'RFC 7208 section 3',
    ms: tree.answer.ms,
  });
}
