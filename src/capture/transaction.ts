// capture: one mail on its way in (RFC 5321 section 3.3): its envelope, and its octets on their way into a draft.
import type { Delivery, DeliveryOutcome } from '../smtp/delivery.ts';
import type { Path } from '../smtp/envelope.ts';
import { DataReader } from './dataReader.ts';
import type { Draft } from './intake.ts';
import { cutOff } from './policy.ts';

/** What the connection knows and the transaction does not. */
export type Circumstances = Pick<Delivery, 'receivedAt' | 'login' | 'conversation'>;

export interface Received {
  /** What follows the end of data; null: the end has not come. */
  readonly rest: Buffer | null;
  /** Resolves when the draft can take more; null: it can now. */
  readonly drained: Promise<void> | null;
}

export class Transaction {
  /** null: MAIL was not accepted (yet). */
  from: Path | null = null;
  readonly to: Path[] = [];
  /** The last 4xx or 5xx reply to one of its commands. */
  refusal: string | null = null;
  /** Set from 354 on. */
  draft: Draft | null = null;
  /** The conversation already says how much data came. */
  isNoted = false;
  private readonly reader = new DataReader();
  private readonly limit: number;
  private written = 0;

  /** `limit` in octets; 0: none. */
  constructor(limit: number) {
    this.limit = limit || Number.POSITIVE_INFINITY;
  }

  get isOversized(): boolean {
    return this.reader.octetsRead > this.limit;
  }

  /** So far past the limit that waiting for the end of data is no longer sensible. */
  get isRunaway(): boolean {
    return this.reader.octetsRead > cutOff(this.limit);
  }

  /** Takes a chunk of DATA, which must not be used otherwise. Past the limit nothing more is written. */
  receive(chunk: Buffer, draft: Draft): Received {
    const { octets, rest } = this.reader.read(chunk);
    const room = this.limit - this.written;
    const piece = octets.length > room ? octets.subarray(0, room) : octets;
    if (piece.length === 0) return { rest, drained: null };
    this.written += piece.length;
    return { rest, drained: draft.write(piece) ? null : draft.drained() };
  }

  /** For the conversation: "48.2 KB of data, 1 dot unstuffed". */
  describeData(): string {
    const { octetsRead, dotsUnstuffed, lineEndings } = this.reader;
    const parts = [`${describeSize(octetsRead)} of data`];
    if (dotsUnstuffed > 0) parts.push(`${count(dotsUnstuffed, 'dot')} unstuffed`);
    if (lineEndings.bareCr > 0) parts.push(`${lineEndings.bareCr} bare CR`);
    if (lineEndings.bareLf > 0) parts.push(`${lineEndings.bareLf} bare LF`);
    if (this.isOversized) parts.push(`only the first ${describeSize(this.written)} kept`);
    return parts.join(', ');
  }

  delivery(outcome: DeliveryOutcome, reply: string | null, circumstances: Circumstances): Delivery {
    return {
      outcome,
      reply,
      receivedAt: circumstances.receivedAt,
      size: this.written,
      octetsReceived: this.reader.octetsRead,
      envelope: { from: this.from, to: this.to },
      tls: null,
      login: circumstances.login,
      lineEndings: this.reader.lineEndings,
      dotsUnstuffed: this.reader.dotsUnstuffed,
      conversation: circumstances.conversation,
    };
  }
}

function describeSize(octets: number): string {
  if (octets < 1024) return count(octets, 'byte');
  const kibibytes = octets / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KB` : `${(kibibytes / 1024).toFixed(1)} MB`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
