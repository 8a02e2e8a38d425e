// checks/policy: the include tree of SPF as text: a line each term, with the look-ups that it costs and what it does to one client.

import type { SpfTerm } from './spfRecord.ts';
import { costsLookUp, effectiveTerms, isModifier, type SpfNode } from './spfTree.ts';

const maxLines = 80;
/** Terms are padded to this width, so that the costs stand in a column. */
const widestTerm = 48;

/** What is said behind a term; '' for nothing. */
export type Remark = (term: SpfTerm, node: SpfNode) => string;

interface Row {
  readonly text: string;
  readonly cost: number;
  readonly remark: string;
}

export function showTree(tree: SpfNode, remark: Remark = () => ''): string {
  const rows: Row[] = [{ text: tree.domain, cost: tree.lookUps, remark: stateOf(tree) }, ...rowsOf(tree, 1, remark)];
  const shown = rows.slice(0, maxLines);
  const width = Math.min(widestTerm, Math.max(...shown.map(({ text }) => text.length)));
  const costs = Math.max(...shown.map(({ cost }) => costOf(cost).length));
  const lines = shown.map(({ text, cost, remark: behind }) =>
    [text.padEnd(width), ...(costs === 0 ? [] : [costOf(cost).padEnd(costs)]), behind].join('  ').trimEnd(),
  );
  return [...lines, ...(rows.length > maxLines ? [`… and ${rows.length - maxLines} more`] : [])].join('\n');
}

function rowsOf(node: SpfNode, depth: number, remark: Remark): Row[] {
  const effective = effectiveTerms(node.terms);
  const wrong = node.problems.map(({ start, end }) => ({ start, text: node.records[0]?.slice(start, end) ?? '', term: null }));
  const all = [...wrong, ...node.terms.map((term) => ({ start: term.start, text: term.text, term }))].sort((a, b) => a.start - b.start);
  return all.flatMap(({ text, term }): Row[] => {
    const indented = '  '.repeat(depth) + text;
    if (!term) return [{ text: indented, cost: 0, remark: 'not well formed' }];
    if (!effective.includes(term)) return [{ text: indented, cost: 0, remark: isModifier(term) ? '' : 'never reached' }];
    const child = node.children.find(({ through }) => through === term);
    const said = child ? stateOf(child) : node.voids.includes(term.text) ? 'leads nowhere' : '';
    return [
      { text: indented, cost: costsLookUp(term) ? 1 + (child?.lookUps ?? 0) : 0, remark: remark(term, node) || said },
      ...(child ? rowsOf(child, depth + 1, remark) : []),
    ];
  });
}

function costOf(count: number): string {
  if (count === 0) return '';
  return count === 1 ? '1 look-up' : `${count} look-ups`;
}

/** What keeps a record from being read; '' for one that is. */
function stateOf(node: SpfNode): string {
  if (node.isLoop) return 'leads back to itself';
  if (node.isCut) return 'not followed further';
  if (node.records.length > 1) return `${node.records.length} SPF records`;
  if (node.records.length === 1) return '';
  return node.answer.outcome === 'found' ? 'no SPF record' : `no SPF record (${node.answer.outcome})`;
}
