// capture: records what is said on one connection: the whole of it, and for each mail the opening (greeting, EHLO, AUTH) with that mail's lines.
import type { Clock } from '../base/clock.ts';
import type { Conversation, ConversationLine, Peer } from '../smtp/conversation.ts';
import { printable } from '../smtp/printable.ts';
import { BoundedLines } from './boundedLines.ts';
import { maxConversationLine, maxConversationLines } from './policy.ts';

const maxOpeningLines = 60;

export class Recorder {
  clientName: string | null = null;
  private readonly clock: Clock;
  private readonly startedAt: number;
  private readonly zero: number;
  private readonly client: Peer;
  private readonly server: Peer;
  private readonly whole = new BoundedLines(maxConversationLines);
  private readonly opening: ConversationLine[] = [];
  private openingSince: ConversationLine[] = [];
  private mail = new BoundedLines(maxConversationLines - maxOpeningLines);
  private isOpening = true;

  constructor(clock: Clock, client: Peer, server: Peer) {
    this.clock = clock;
    this.startedAt = clock.now();
    this.zero = clock.monotonic();
    this.client = client;
    this.server = server;
  }

  /** `isOpening`: the line, and the replies to it, belong to every later mail of this connection as well. */
  heard(text: string, isOpening: boolean): void {
    this.isOpening = isOpening;
    this.add(this.line('C', text));
  }

  said(text: string): void {
    this.add(this.line('S', text));
  }

  note(text: string): void {
    this.add(this.line('note', text));
  }

  /** The reply that was recorded last was not sent after all, but this one. */
  saidInstead(text: string): void {
    const line = this.line('S', text);
    this.whole.replaceLast(line);
    this.mail.replaceLast(line);
  }

  endMail(): void {
    this.opening.push(...this.openingSince.slice(0, maxOpeningLines - this.opening.length));
    this.openingSince = [];
    this.mail = new BoundedLines(maxConversationLines - maxOpeningLines);
  }

  /** The opening and everything since the last mail. */
  conversationOfMail(): Conversation {
    const { lines, omitted } = this.mail.list();
    return this.conversation([...this.opening, ...lines], omitted);
  }

  conversationOfConnection(): Conversation {
    const { lines, omitted } = this.whole.list();
    return this.conversation(lines, omitted);
  }

  private conversation(lines: readonly ConversationLine[], omitted: number): Conversation {
    return {
      startedAt: new Date(this.startedAt).toISOString(),
      client: this.client,
      server: this.server,
      clientName: this.clientName,
      lines,
      omitted,
    };
  }

  private add(line: ConversationLine): void {
    this.whole.add(line);
    this.mail.add(line);
    if (this.isOpening && this.openingSince.length < maxOpeningLines) this.openingSince.push(line);
  }

  private line(who: ConversationLine['who'], text: string): ConversationLine {
    return { at: Math.round((this.clock.monotonic() - this.zero) * 10) / 10, who, text: shorten(printable(text)) };
  }
}

function shorten(text: string): string {
  return text.length <= maxConversationLine ? text : `${text.slice(0, maxConversationLine)}… (${text.length - maxConversationLine} more)`;
}
