// ui/inbox: the elements of the tree. A mail keeps its element as long as its list shows it, so that VS Code can be told that just this row changed.
import type { MailKey, MailSummary } from '../../protocol/engine.ts';
import { pageSize } from './feed.ts';
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
  /** How many mails are not shown. */
  count: number;
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
  readonly more: MoreNode;
}

export type Node = ListNode | MailNode | MoreNode;

export function createList(section: Section | null): ListNode {
  const list: ListNode = {
    kind: 'list',
    section,
    wanted: pageSize,
    rows: undefined,
    get more() {
      return more;
    },
  };
  const more: MoreNode = { kind: 'more', list, count: 0 };
  return list;
}

/** Gives the list its mails; elements of mails that were there before stay. */
export function fillList(list: ListNode, mails: readonly MailSummary[], more: number): (MailNode | MoreNode)[] {
  const before = list.rows;
  list.rows = new Map();
  for (const mail of mails) {
    const node = before?.get(mail.key) ?? { kind: 'mail', list, mail };
    node.mail = mail;
    list.rows.set(mail.key, node);
  }
  list.more.count = more;
  return more > 0 ? [...list.rows.values(), list.more] : [...list.rows.values()];
}

export function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (value.kind === 'mail' || value.kind === 'list' || value.kind === 'more')
  );
}
