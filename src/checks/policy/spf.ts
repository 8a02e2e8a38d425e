// checks/policy: what SPF says of a domain (RFC 7208): one record, its grammar, its costs with everything included, and how it ends.
import type { CheckContext } from '../context.ts';
import { isAbsent, valuesOf } from '../dns/port.ts';
import { presentRecord } from '../dns/present.ts';
import type { Finding } from '../report.ts';
import { maker, type PolicyMaker } from './found.ts';
import { textsOf } from './records.ts';
import { evaluateSpf } from './spfEvaluation.ts';
import { isSpfRecord } from './spfRecord.ts';
import { judgeTerms } from './spfTerms.ts';
import { showTree } from './spfText.ts';
import { effectiveTerms, everyNode, maxLookUps, maxVoidLookUps, type SpfNode, walkSpf } from './spfTree.ts';

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
  return [
    ...(problems.length > 0 ? problems : [soundRecord(tree, make)]),
    ...judgeCosts(tree, problems.length > 0, make),
    ...judgeTerms(tree, make),
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
      'A domain has one SPF record. With more, the result is a permanent error: some receivers refuse the mail, others go on as if there were no SPF.',
    evidence: [make.answer(tree.answer, tree.records)],
    remedies: [{ label: 'Publish this record in place of all of them', text: `${tree.domain}. IN TXT "${merge(tree.records)}"` }],
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
        evidence: [make.answer(tree.answer, senderId)],
        remedies: [{ label: 'Remove', text: senderId.join('\n') }],
        source: 'RFC 7208 section 3.1',
        ms: tree.answer.ms,
      }),
    );
  }
  return findings;
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

/** What makes receivers stop with a permanent error, here or in an included record. */
function judgeProblems(tree: SpfNode, make: PolicyMaker): Finding[] {
  const nodes = everyNode(tree);
  const findings: Finding[] = [];
  for (const node of nodes.filter(({ problems }) => problems.length > 0)) {
    findings.push(
      make.finding({
        id: 'spf-syntax',
        level: 'fail',
        title: node === tree ? 'The SPF record is not well formed' : `The included SPF record of ${node.domain} is not well formed`,
        detail: node.problems[0]?.text ?? '',
        reason: 'One wrong term makes the whole result a permanent error, whichever server sends.',
        evidence: [make.text(`SPF record of ${node.domain}`, node.records[0] ?? '', node.problems)],
        source: 'RFC 7208 section 4.6',
        ms: node.answer.ms,
      }),
    );
  }
  for (const node of nodes.filter(({ isLoop }) => isLoop)) {
    findings.push(
      make.finding({
        id: 'spf-loop',
        level: 'fail',
        title: 'The SPF record includes itself',
        detail: `${node.through?.text ?? ''} leads back to ${node.domain}`,
        reason: 'Receivers go round until ten look-ups are used up, and then stop with a permanent error.',
        evidence: [make.text('What it includes', showTree(tree))],
        source: 'RFC 7208 section 4.6.4',
        ms: node.answer.ms,
      }),
    );
  }
  for (const node of nodes.filter((candidate) => candidate !== tree && !candidate.isLoop && !candidate.isCut)) {
    if (node.records.length === 1 || (node.answer.outcome !== 'found' && !isAbsent(node.answer))) continue;
    findings.push(
      make.finding({
        id: 'spf-include-broken',
        level: 'fail',
        title:
          node.records.length === 0
            ? `${node.domain} is included, but has no SPF record`
            : `${node.domain} is included, but has several SPF records`,
        detail: 'the result is a permanent error as soon as a receiver gets there',
        reason: 'An include or redirect must lead to a domain with exactly one SPF record.',
        evidence: [make.answer(node.answer, node.records)],
        remedies: [{ label: 'Remove from the record, or correct the name', text: node.through?.text ?? '' }],
        source: 'RFC 7208 section 5.2',
        ms: node.answer.ms,
      }),
    );
  }
  return findings;
}

/** Look-ups against the limits of RFC 7208 section 4.6.4. What could not be looked up makes a count that is within them unknown. */
function judgeCosts(tree: SpfNode, isBroken: boolean, make: PolicyMaker): Finding[] {
  const nodes = everyNode(tree);
  const failures = nodes.flatMap((node) => [
    ...(node !== tree && node.answer.outcome !== 'found' && !isAbsent(node.answer) ? [node.answer] : []),
    ...node.failures,
  ]);
  const voids = nodes.flatMap((node) => node.voids);
  // A and AAAA of one name are told once.
  const silent = failures.filter((answer, index) => failures.findIndex(({ name }) => name === answer.name) === index).slice(0, 3);
  const findings = silent.map((answer) => make.unanswered('spf-include-look-up', `${answer.name} could not be looked up`, answer));
  const limits = `at most ${maxLookUps}`;
  const evidence = [make.text('Look-ups', showTree(tree))];
  const source = 'RFC 7208 section 4.6.4';
  if (tree.lookUps > maxLookUps && !nodes.some(({ isLoop }) => isLoop)) {
    findings.push(
      make.finding({
        id: 'spf-look-ups',
        level: 'fail',
        title: nodes.some(({ isCut }) => isCut) ? `SPF needs more than ${tree.lookUps} look-ups` : `SPF needs ${tree.lookUps} look-ups`,
        detail: `${limits} are allowed`,
        reason: 'Beyond ten look-ups receivers stop with a permanent error, so what is named later in the record is not found.',
        evidence,
        remedies: [{ label: 'Take out what no longer sends, or give senders a subdomain of their own', text: costliest(tree) }],
        source,
      }),
    );
  } else if (!isBroken && failures.length === 0) {
    const isFull = tree.lookUps >= maxLookUps - 1;
    findings.push(
      make.finding({
        id: 'spf-look-ups',
        level: isFull ? 'advice' : 'pass',
        title: tree.lookUps === 1 ? 'SPF needs 1 look-up' : `SPF needs ${tree.lookUps} look-ups`,
        detail: isFull ? `${limits} are allowed: one more include of a provider breaks it` : `${limits} are allowed`,
        evidence,
        source,
      }),
    );
  }
  if (voids.length > 0 && failures.length === 0) {
    const isOver = voids.length > maxVoidLookUps;
    findings.push(
      make.finding({
        id: 'spf-void-look-ups',
        level: isOver ? 'fail' : 'advice',
        title: voids.length === 1 ? 'A name in the SPF record leads nowhere' : `${voids.length} names in the SPF record lead nowhere`,
        detail: isOver ? `receivers stop with a permanent error after ${maxVoidLookUps}` : voids.join(', '),
        reason: 'Look-ups without an answer are limited to two, because they are a way to burden others. Remove names that are gone.',
        evidence,
        remedies: [{ label: 'Remove', text: voids.join('\n') }],
        source,
      }),
    );
  }
  for (const node of nodes.filter(({ wideMx }) => wideMx.length > 0)) {
    findings.push(
      make.finding({
        id: 'spf-mx-many',
        level: 'fail',
        title: `"${node.wideMx[0]?.text ?? ''}" leads to more than ten mail exchangers`,
        detail: 'receivers stop with a permanent error',
        evidence: [make.text(`SPF record of ${node.domain}`, node.records[0] ?? '', node.wideMx)],
        source,
      }),
    );
  }
  return findings;
}

function costliest(tree: SpfNode): string {
  const children = tree.children.toSorted((one, other) => other.lookUps - one.lookUps);
  const single = effectiveTerms(tree.terms).filter((term) => ['a', 'mx', 'ptr', 'exists'].includes(term.name));
  return [
    ...children.map((child) => `${child.through?.text ?? ''} (${child.lookUps + 1} look-ups)`),
    ...single.map((term) => `${term.text} (1 look-up)`),
  ].join('\n');
}
