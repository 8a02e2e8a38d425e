// capture: the port through which received octets leave this room. The engine joins it with the store; capture knows no files.
import type { Delivery } from '../smtp/delivery.ts';

/** One message while it is being received. Exactly one of accept, refuse and discard ends it. */
export interface Draft {
  /** The name under which the mail will be kept: `<UTC time, compact>-<random>`, without an ending. */
  readonly id: string;
  /** Takes octets after dot-unstuffing. False: wait for drained() before the next write. Errors are held back until accept/refuse. */
  write(chunk: Uint8Array): boolean;
  drained(): Promise<void>;
  /** Resolves when the mail and its side file have their final names; only then may 250 be sent. Rejects with a Failure ('storageFull', 'readOnly', 'storageFailed') and then leaves nothing behind. */
  accept(delivery: Delivery): Promise<void>;
  /** Keeps what arrived (bounded) and the conversation of a transaction that ended without 250. Never rejects. */
  refuse(delivery: Delivery): Promise<void>;
  /** Forgets it all. Never rejects. */
  discard(): Promise<void>;
}

/** Begins a draft. Never throws. */
export type Intake = () => Draft;
