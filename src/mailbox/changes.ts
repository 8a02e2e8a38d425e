// mailbox: collects what changed until it is announced: one event for many rows, and none of the rows when there are too many.
import type { MailCounts, MailKey, MailSummary } from '../protocol/engine.ts';
import type { RowChange } from './rows.ts';

/** Complete unless `reset` is true; then the lists are empty and everything is to be asked for again. */
export interface MailboxChange {
  readonly added: readonly MailSummary[];
  /** Also mail whose place in the lists has changed. */
  readonly changed: readonly MailSummary[];
  readonly removed: readonly MailKey[];
  readonly reset: boolean;
  readonly counts: MailCounts;
}

const mostRows = 500;

export class Changes {
  private rows = new Map<MailKey, RowChange>();
  private isReset = false;

  get isEmpty(): boolean {
    return this.rows.size === 0 && !this.isReset;
  }

  reset(): void {
    this.isReset = true;
    this.rows.clear();
  }

  add(key: MailKey, now: RowChange): void {
    if (this.isReset) return;
    const before = this.rows.get(key);
    if (before === 'added' && now === 'removed') this.rows.delete(key);
    else if (before === 'added') this.rows.set(key, 'added');
    else if (before === 'removed' && now === 'added') this.rows.set(key, 'changed');
    else this.rows.set(key, now);
    if (this.rows.size > mostRows) this.reset();
  }

  /** Empties the collection. */
  take(counts: MailCounts, summaries: (keys: readonly MailKey[]) => readonly MailSummary[]): MailboxChange {
    const { rows, isReset: reset } = this;
    this.rows = new Map();
    this.isReset = false;
    const keys = (which: RowChange): MailKey[] => [...rows].filter(([, change]) => change === which).map(([key]) => key);
    return { added: summaries(keys('added')), changed: summaries(keys('changed')), removed: keys('removed'), reset, counts };
  }
}
