// checks/policy: what the terms of an SPF record mean together: how it ends, what it lets in, what has no effect.
import type { Evidence, Finding, Level } from '../report.ts';
import type { Draft, PolicyMaker } from './found.ts';
import { txtLine } from './records.ts';
import { without } from './spfProblems.ts';
import type { SpfTerm } from './spfRecord.ts';
import { effectiveTerms, everyNode, isModifier, type SpfNode } from './spfTree.ts';

/** An IPv4 network of this many bits or fewer is more than anybody sends from. */
const widePrefix4 = 8;
const widePrefix6 = 16;

export function judgeTerms(tree: SpfNode, make: PolicyMaker): Finding[] {
  const drafts = [...judgeEnd(tree, make), ...judgeWide(tree, make), ...judgeIdle(tree, make)];
  return drafts.map((draft) => make.finding(draft));
}

const ends: Readonly<Record<SpfTerm['qualifier'], Pick<Draft, 'title' | 'detail' | 'reason'> & { readonly level: Level }>> = {
  '-': { level: 'pass', title: 'SPF refuses all other servers', detail: 'it ends in "-all"' },
  '~': {
    level: 'pass',
    title: 'SPF marks mail of all other servers',
    detail: 'it ends in "~all": such mail is suspicious, but not refused for it',
  },
  '?': {
    level: 'advice',
    title: 'SPF says nothing about other servers',
    detail: 'it ends in "?all"',
    reason: 'With a neutral end, receivers treat a forger as they would without any record.',
  },
  '+': {
    level: 'warn',
    title: 'SPF lets every server send',
    detail: 'it ends in "+all"',
    reason: 'Mail of this domain passes SPF from anywhere in the world, and with it DMARC.',
  },
};

/** The "all" that decides, through redirects. A redirect that cannot be followed says nothing. */
function judgeEnd(tree: SpfNode, make: PolicyMaker): Draft[] {
  let node: SpfNode | undefined = tree;
  while (node) {
    const terms: SpfTerm[] = effectiveTerms(node.terms);
    const last: SpfTerm | undefined = terms.at(-1);
    if (last?.name === 'all') {
      const wrong = ends[last.qualifier].level === 'pass' ? [] : [last];
      return [
        {
          id: 'spf-all',
          source: 'RFC 7208 section 5.1',
          ...ends[last.qualifier],
          ...strictRemedy(node, last),
          evidence: [show(node, wrong, make)],
        },
      ];
    }
    if (last?.name !== 'redirect') break;
    const below: SpfNode | undefined = node.children.find((child) => child.through === last);
    if (below?.records.length !== 1 || below.isLoop || below.isCut) return [];
    node = below;
  }
  if (!node || node.problems.length > 0) return [];
  return [
    {
      id: 'spf-all',
      level: 'advice',
      title: 'SPF says nothing about other servers',
      detail: 'it has no "all" at its end',
      reason: 'Without an end the result for every other server is neutral, as if there were no record.',
      evidence: [show(node, [], make)],
      remedies: [{ label: 'Add at the end of the record', text: '-all' }],
      source: 'RFC 7208 section 4.7',
    },
  ];
}

function show(node: SpfNode, wrong: readonly SpfTerm[], make: PolicyMaker): Evidence {
  return make.text(`SPF record of ${node.domain}`, node.records[0] ?? '', wrong);
}

function strictRemedy(node: SpfNode, all: SpfTerm): Pick<Draft, 'remedies'> {
  if (all.qualifier === '-' || all.qualifier === '~') return {};
  const record = node.records[0] ?? '';
  return {
    remedies: [{ label: 'Publish instead', text: txtLine(node.domain, `${record.slice(0, all.start)}-all${record.slice(all.end)}`) }],
  };
}

function judgeWide(tree: SpfNode, make: PolicyMaker): Draft[] {
  return everyNode(tree).flatMap((node) => {
    const wide = effectiveTerms(node.terms).filter(isWide);
    if (wide.length === 0) return [];
    return [
      {
        id: 'spf-wide',
        level: 'warn' as const,
        title: `"${wide[0]?.text ?? ''}" lets in a large part of the internet`,
        reason: 'Whoever has an address in that network may send as this domain.',
        evidence: [show(node, wide, make)],
        remedies: [without(tree, node, wide, 'Publish without it, or with the networks that send')],
        source: 'RFC 7208 section 11.4',
      },
    ];
  });
}

function isWide(term: SpfTerm): boolean {
  if (term.qualifier !== '+' || isModifier(term)) return false;
  return (term.prefix4 !== null && term.prefix4 <= widePrefix4) || (term.prefix6 !== null && term.prefix6 <= widePrefix6);
}

function judgeIdle(tree: SpfNode, make: PolicyMaker): Draft[] {
  const [record = ''] = tree.records;
  const evidence = (wrong: readonly SpfTerm[]) => [make.text(`SPF record of ${tree.domain}`, record, wrong)];
  const drafts: Draft[] = [];
  const effective = effectiveTerms(tree.terms);
  const late = tree.terms.filter((term) => !isModifier(term) && !effective.includes(term));
  if (late.length > 0) {
    drafts.push({
      id: 'spf-after-all',
      level: 'warn',
      title: 'Terms after "all" have no effect',
      detail: late.map((term) => term.text).join(' '),
      reason: '"all" matches every server, so receivers never get to what follows.',
      evidence: evidence(late),
      remedies: [
        {
          label: 'If they are meant, publish with "all" as the last term',
          text: txtLine(tree.domain, [record.slice(0, 6), ...reordered(tree)].join(' ')),
        },
      ],
      source: 'RFC 7208 section 5.1',
    });
  }
  const again = tree.terms.filter((term, at) => !isModifier(term) && tree.terms.findIndex((other) => sameTerm(other, term)) < at);
  if (again.length > 0) {
    const names = [...new Set(again.map(({ text }) => text))];
    drafts.push({
      id: 'spf-repeated',
      level: 'advice',
      title: names.length === 1 ? `"${names[0] ?? ''}" is named twice` : `${names.length} terms are named twice`,
      detail: names.length === 1 ? 'remove one' : names.join(' '),
      reason:
        'The second can match nothing that the first did not. Of an include it costs its look-ups once more, and ten are all there are.',
      evidence: evidence(again),
      remedies: [without(tree, tree, again, 'Publish with each once')],
      source: 'RFC 7208 section 4.6.4',
    });
  }
  const redirects = effective.at(-1)?.name === 'all' ? tree.terms.filter((term) => term.name === 'redirect') : [];
  if (redirects.length > 0) {
    drafts.push({
      id: 'spf-redirect-ignored',
      level: 'advice',
      title: 'The redirect has no effect',
      detail: 'the record has an "all" as well',
      reason: '"all" has already decided about every server when a receiver would come to the redirect.',
      evidence: evidence(redirects),
      remedies: [without(tree, tree, redirects, 'Publish without it, or without "all"')],
      source: 'RFC 7208 section 6.1',
    });
  }
  const pointers = everyNode(tree).flatMap((node) => (effectiveTerms(node.terms).some((term) => term.name === 'ptr') ? [node] : []));
  for (const node of pointers) {
    drafts.push({
      id: 'spf-ptr',
      level: 'advice',
      title: '"ptr" should not be used any more',
      detail: node === tree ? 'it is slow, and some receivers skip it' : `in the included record of ${node.domain}`,
      evidence: [
        make.text(
          `SPF record of ${node.domain}`,
          node.records[0] ?? '',
          node.terms.filter((term) => term.name === 'ptr'),
        ),
      ],
      reason: 'It asks for the names of every client, which costs much and tells little: who owns an address names it at will.',
      remedies: [
        without(
          tree,
          node,
          node.terms.filter((term) => term.name === 'ptr'),
          'Publish without it, and with the networks that send where they are not named yet',
        ),
      ],
      source: 'RFC 7208 section 5.5',
    });
  }
  if (record.length > maxComfortable) {
    drafts.push({
      id: 'spf-long',
      level: 'advice',
      title: 'The SPF record is long',
      detail: `${record.length} octets: above ${maxComfortable} the answer may not fit into one UDP packet`,
      reason: 'Together with the other TXT records of the domain such an answer needs TCP, which some networks do not let through.',
      evidence: evidence([]),
      remedies: [{ label: 'Move networks into a record of their own, for the price of a look-up', text: `include:_spf.${tree.domain}` }],
      source: 'RFC 7208 section 3.4',
    });
  }
  return drafts;
}

/** Letters of either size mean the same in what a name is; macros are left as they are. */
function sameTerm(one: SpfTerm, other: SpfTerm): boolean {
  const plain = ({ text, qualifier }: SpfTerm): string => `${qualifier}${text.replace(/^[+\-~?]/, '')}`;
  return plain(one) === plain(other) || (!one.text.includes('%') && plain(one).toLowerCase() === plain(other).toLowerCase());
}

/** The terms with "all" and the modifiers at the end. */
function reordered({ terms }: SpfNode): string[] {
  const isLast = (term: SpfTerm): boolean => term.name === 'all' || isModifier(term);
  return [...terms.filter((term) => !isLast(term)), ...terms.filter(isLast)].map(({ text }) => text);
}

/** Octets. */
const maxComfortable = 450;
