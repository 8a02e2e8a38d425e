// ui/inbox: the mails of one list (all, those found, or one section), loaded from the newest down to where the person has come. Without `vscode`.
import type { EngineApi, ListQuery, MailSummary } from '../../protocol/engine.ts';

/** Rows that are shown at first, and that each "Show More" adds. */
export const pageSize = 200;
/** The engine gives no more at once. */
const largestPage = 1000;

export type Lists = Pick<EngineApi, 'list' | 'groups'>;

export interface FeedContent {
  readonly mails: readonly MailSummary[];
  /** How many there are that are not in `mails`. */
  readonly more: number;
}

/** `parts` are the lists that follow each other in it: null for one without groups. */
export interface FeedQuery {
  readonly text: string;
  readonly parts: readonly ListQuery['group'][];
}

/** The newest `count` mails. */
export async function loadFeed(lists: Lists, { text, parts }: FeedQuery, totalOfParts: number, count: number): Promise<FeedContent> {
  const mails: MailSummary[] = [];
  let total = totalOfParts;
  for (const group of parts) {
    let after: string | null = null;
    do {
      const page = await lists.list({ text, group, after, limit: Math.min(largestPage, count - mails.length) });
      mails.push(...page.mails);
      after = page.next;
      if (parts.length === 1) total = page.total;
    } while (after !== null && mails.length < count);
    if (mails.length >= count) break;
  }
  return { mails, more: Math.max(0, total - mails.length) };
}
