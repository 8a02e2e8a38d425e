// mailbox: what the index is made from. The drop folder and the parser come in as ports, so that the index knows neither paths nor MIME.
import type { MailDigest } from '../message/digest.ts';
import type { MailKey } from '../protocol/engine.ts';
import type { Delivery } from '../smtp/delivery.ts';

export interface MailReader {
  /** The octets of a mail. Rejects with ENOENT or a Failure('mailNotFound') when it is gone. */
  read(key: MailKey): Promise<Uint8Array>;
  /** Null: mail that our server did not catch. */
  delivery(key: MailKey): Promise<Delivery | null>;
}

export type Digest = (bytes: Uint8Array, delivery: Delivery | null) => Promise<MailDigest>;
