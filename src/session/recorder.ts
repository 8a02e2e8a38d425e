// session: keeps what a run says and hears as a Conversation, with credentials masked, so that it prints like one that our server recorded.
import type { Clock } from '../base/clock.ts';
import type { Conversation, ConversationLine, Peer } from '../smtp/conversation.ts';
import { CredentialMask } from '../smtp/credentialMask.ts';
import { printable } from '../smtp/printable.ts';
import type { Reply } from '../smtp/reply.ts';

const maxLines = 4000;
/** UTF-16 units. */
const maxLine = 2048;

const command = /^\s*(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|VRFY|EXPN|HELP|STARTTLS)\b/i;
const nowhere: Peer = { address: '', port: 0 };

export class SessionRecorder {
  private readonly clock: Clock;
  private readonly startedAt: number;
  private readonly zero: number;
  private readonly lines: ConversationLine[] = [];
  private readonly mask = new CredentialMask();
  private omitted = 0;
  private clientName: string | null = null;
  private client = nowhere;
  private server = nowhere;

  constructor(clock: Clock) {
    this.clock = clock;
    this.startedAt = clock.now();
    this.zero = clock.monotonic();
  }

  connected(client: Peer, server: Peer): void {
    this.client = client;
    this.server = server;
  }

  /** A command, or with `isAnswer` the answer to a challenge of AUTH. */
  sent(line: string, isAnswer: boolean): void {
    const name = /^\s*(?:EHLO|HELO|LHLO)\s+(.+)$/i.exec(line)?.[1];
    if (name !== undefined && !isAnswer) this.clientName = printable(name.trim());
    this.add('C', this.mask.apply(line, isAnswer, command.test(line)));
  }

  /** A line of a message, which is no command whatever it looks like. */
  sentData(line: string): void {
    this.add('C', line);
  }

  heard(reply: Reply): void {
    for (const { code, separator, text } of reply.lines) this.add('S', `${code ?? ''}${separator}${text}`);
  }

  note(text: string): void {
    this.add('note', text);
  }

  conversation(): Conversation {
    return {
      startedAt: new Date(this.startedAt).toISOString(),
      client: this.client,
      server: this.server,
      clientName: this.clientName,
      lines: this.lines,
      omitted: this.omitted,
    };
  }

  private add(who: ConversationLine['who'], text: string): void {
    const shown = printable(text.slice(0, maxLine));
    const rest = text.length > maxLine ? `… (${text.length - maxLine} more)` : '';
    this.lines.push({ at: Math.round((this.clock.monotonic() - this.zero) * 10) / 10, who, text: shown + rest });
    // The beginning and the end tell most.
    if (this.lines.length > maxLines) {
      this.lines.splice(maxLines / 2, 1);
      this.omitted++;
    }
  }
}
