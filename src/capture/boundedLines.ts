// capture: the lines of a conversation, whose length the client decides: the beginning and the end are kept, the middle is counted.
import type { ConversationLine } from '../smtp/conversation.ts';

export class BoundedLines {
  private readonly head: ConversationLine[] = [];
  private tail: ConversationLine[] = [];
  private readonly half: number;
  private dropped = 0;

  /** Keeps about `limit` lines. */
  constructor(limit: number) {
    this.half = Math.ceil(limit / 2);
  }

  add(line: ConversationLine): void {
    if (this.head.length < this.half) {
      this.head.push(line);
      return;
    }
    this.tail.push(line);
    // Cut only now and then, so that a line costs the same however many there are.
    if (this.tail.length < 2 * this.half) return;
    this.dropped += this.tail.length - this.half;
    this.tail = this.tail.slice(-this.half);
  }

  /** Puts `line` in the place of the newest one. */
  replaceLast(line: ConversationLine): void {
    const list = this.tail.length > 0 ? this.tail : this.head;
    list[list.length - 1] = line;
  }

  /** With a note where lines are missing. */
  list(): { readonly lines: readonly ConversationLine[]; readonly omitted: number } {
    const surplus = Math.max(0, this.tail.length - this.half);
    const omitted = this.dropped + surplus;
    const first = this.tail[surplus];
    if (omitted === 0 || !first) return { lines: [...this.head, ...this.tail], omitted: 0 };
    const note: ConversationLine = { at: first.at, who: 'note', text: `${omitted} line${omitted === 1 ? '' : 's'} left out` };
    return { lines: [...this.head, note, ...this.tail.slice(surplus)], omitted };
  }
}
