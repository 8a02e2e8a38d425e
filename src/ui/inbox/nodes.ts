// ui/inbox: the elements of the tree. A mail keeps its element as long as its list shows it, so that VS Code can be told that just this row changed.
import type { MailKey, MailSummary } from '../../protocol/engine.ts';
import { type FeedContent, pageSize } from './feed.ts';
import type { Section } from './sections.ts';

export interface MailNode {
  readonly kind: 'mail';
  readonly list: ListNode;
  mail: MailSummary;
}

/** The last row of a list that has more. */
export interface MoreNode {
  readonly kind: 'more';
  readonly list: ListNode;
}

/** A list of mails: the whole tree without groups, or one group. */
export interface ListNode {
  readonly kind: 'list';
  /** null: the root. */
  section: Section | null;
  /** How many mails are to be shown at most. */
  wanted: number;
  /** The rows as VS Code was last given them; undefined: never. */
  rows: Map<MailKey, MailNode> | undefined;
  /** How many mails come after those rows. */
  more: number;
}

export type Node = ListNode | MailNode | MoreNode;

export function createList(section: Section | null): ListNode {
  return { kind: 'list', section, wanted: pageSize, rows: undefined, more: 0 };
}

/** Gives the list its mails; elements of mails that were there before stay. Answers the rows. */
export function fillList(list: ListNode, { mails, more }: FeedContent): (MailNode | MoreNode)[] {
  const before = list.rows;
  list.rows = new Map();
  for (const mail of mails) {
    const node: MailNode = before?.get(mail.key) ?? { kind: 'mail', list, mail };
    node.mail = mail;
    list.rows.set(mail.key, node);
  }
  list.more = more;
  return more > 0 ? [...list.rows.values(), { kind: 'more', list }] : [...list.rows.values()];
}

/** The row that takes the place of `going` in their list: the next one, else the one before. */
export function neighbourOf(going: readonly MailNode[]): MailNode | undefined {
  const rows = [...(going[0]?.list.rows?.values() ?? [])];
  const first = rows.findIndex((row) => going.includes(row));
  return rows.slice(first).find((row) => !going.includes(row)) ?? rows.slice(0, Math.max(0, first)).findLast((row) => !going.includes(row));
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value && ['mail', 'more', 'list'].includes(String(value.kind));
}

export function isMailNode(value: unknown): value is MailNode {
  return isNode(value) && value.kind === 'mail';
}
