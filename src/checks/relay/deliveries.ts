// checks: how a message that was sent through a tested server is seen to arrive: in the drop folder of our own server, which this room does not know.
import type { Delivery } from '../../smtp/delivery.ts';

export interface DeliveredMail {
  readonly bytes: Uint8Array;
  /** null: another program put it there. */
  readonly delivery: Delivery | null;
}

export interface Deliveries {
  /** Our own server takes mail now. */
  readonly isListening: boolean;
  /** The first mail with `token` in its Subject, also one that lies there already. Rejects when `signal` is aborted. */
  waitFor(token: string, signal: AbortSignal): Promise<DeliveredMail>;
}

/** Octets of a header that are looked at. */
const maxHeader = 64 * 1024;

/** The trace fields (RFC 5321 section 4.4), newest first, each as it stands in the mail. */
export function receivedFields(mail: Uint8Array): readonly string[] {
  const text = Buffer.from(mail.subarray(0, maxHeader)).toString('latin1');
  const header = /^(?:.*?\r?\n)??(?=\r?\n)/s.exec(text)?.[0] ?? text;
  // Lines that begin with a blank go on with the field before (RFC 5322 section 2.2.3).
  return header
    .split(/\r?\n(?![ \t])/)
    .filter((field) => /^received[ \t]*:/i.test(field))
    .map((field) => field.replaceAll('\r\n', '\n'));
}
