// checks/policy: what makes receivers stop with a permanent error on the way through an SPF record, and what the way costs.
import { isAbsent } from '../dns/port.ts';
import type { Finding, Remedy } from '../report.ts';
import type { PolicyMaker } from './found.ts';
import { txtLine } from './records.ts';
import { showTree } from './spfText.ts';
import { effectiveTerms, everyNode, maxLookUps, maxVoidLookUps, type SpfNode } from './spfTree.ts';

/** What makes receivers stop with a permanent error, here or in an included record. */
export function judgeProblems(tree: SpfNode, make: PolicyMaker): Finding[] {
  const nodes = everyNode(tree);
  const findings: Finding[] = [];
  for (const node of nodes.filter(({ problems }) => problems.length > 0)) {
    findings.push(
      make.finding({
        id: 'spf-syntax',
        level: 'fail',
        title: node === tree ? 'The SPF record is not well formed' : `The included SPF record of ${node.domain} is not well formed`,
        detail: node.problems[0]?.text ?? '',
        reason: 'One wrong term makes the whole result a permanent error (permerror), whichever server sends.',
        evidence: [make.text(`SPF record of ${node.domain}`, node.records[0] ?? '', node.problems)],
        remedies: [without(tree, node, node.problems, 'Correct the term, or publish without it')],
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
        reason: 'Receivers go round until ten look-ups are used up, and then stop with a permanent error (permerror).',
        evidence: [make.text('What it includes', showTree(tree))],
        remedies: [{ label: `Remove, from the record that leads back`, text: node.through?.text ?? '' }],
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
        detail: 'the result is a permanent error (permerror) as soon as a receiver gets there',
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
export function judgeCosts(tree: SpfNode, isBroken: boolean, make: PolicyMaker): Finding[] {
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
        reason: 'Beyond ten look-ups receivers stop with a permanent error (permerror), so what is named later in the record is not found.',
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
        reason: isFull
          ? 'What is included belongs to others, who may need one more at any time; the result is then a permanent error.'
          : '',
        remedies: isFull
          ? [{ label: 'Take out what no longer sends, or give senders a subdomain of their own', text: costliest(tree) }]
          : [],
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
        detail: isOver ? `receivers stop with a permanent error (permerror) after ${maxVoidLookUps}` : voids.join(', '),
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
        detail: 'receivers stop with a permanent error (permerror)',
        reason: 'Of an "mx" receivers look at ten hosts and no more, so a longer list is an error whichever server sends.',
        evidence: [make.text(`SPF record of ${node.domain}`, node.records[0] ?? '', node.wideMx)],
        remedies: [{ label: 'Name the networks that send in its place (192.0.2.0/24 stands for them)', text: 'ip4:192.0.2.0/24' }],
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

interface Place {
  readonly start: number;
  readonly end: number;
}

/** The record without some of its terms; of a record that belongs to another, what to do about it. */
export function without(tree: SpfNode, node: SpfNode, places: readonly Place[], label: string): Remedy {
  if (node !== tree) return { label: `Tell who publishes it, or do without`, text: node.through?.text ?? '' };
  const record = places
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), tree.records[0] ?? '');
  return { label, text: txtLine(tree.domain, record.replace(/ {2,}/g, ' ').trim()) };
}
