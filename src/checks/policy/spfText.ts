// checks/policy: the include tree of SPF as text: a line each record, with what it costs.
import type { SpfNode } from './spfTree.ts';

const maxLines = 80;

export function showTree(tree: SpfNode): string {
  const lines = linesOf(tree, 0);
  return [...lines.slice(0, maxLines), ...(lines.length > maxLines ? [`… and ${lines.length - maxLines} more`] : [])].join('\n');
}

function linesOf(node: SpfNode, depth: number): string[] {
  const name = node.through?.text ?? node.domain;
  return [
    `${'  '.repeat(depth)}${name} (${costOf(node)}): ${stateOf(node)}`,
    ...node.children.flatMap((child) => linesOf(child, depth + 1)),
  ];
}

function costOf(node: SpfNode): string {
  // The look-up that fetched an included record belongs to it; the first of all is not counted (RFC 7208 section 4.6.4).
  const count = node.lookUps + (node.through ? 1 : 0);
  return count === 1 ? '1 look-up' : `${count} look-ups`;
}

function stateOf(node: SpfNode): string {
  if (node.isLoop) return 'leads back to itself';
  if (node.isCut) return 'not followed further';
  if (node.records.length > 1) return `${node.records.length} SPF records`;
  return node.records[0] ?? (node.answer.outcome === 'found' ? 'no SPF record' : node.answer.outcome);
}
