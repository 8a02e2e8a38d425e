// engine: what the engine asks the reader: the thread that parses mail and keeps the index, so that neither a large mail nor a search delays SMTP.
import type {
  EngineEvent,
  ListQuery,
  MailboxOptions,
  MailCounts,
  MailGroup,
  MailKey,
  MailPage,
  MailSource,
  MailSummary,
} from '../protocol/engine.ts';
import type { MailView, PartBytes } from '../protocol/viewer.ts';
import type { FolderChange, FolderEntry } from '../store/dropFolder.ts';

export interface ReaderApi {
  open(options: MailboxOptions): Promise<{ readonly counts: MailCounts; readonly wasRebuilt: boolean }>;
  /** The whole folder: whatever differs from the index is repaired from it. Resolves when it is queued, not when it is indexed. */
  sync(entries: readonly FolderEntry[]): Promise<void>;
  apply(change: FolderChange): Promise<void>;
  settled(): Promise<void>;
  list(query: ListQuery): Promise<MailPage>;
  groups(by: 'recipient' | 'sender' | 'day', text: string): Promise<readonly MailGroup[]>;
  counts(): Promise<MailCounts>;
  summaries(keys: readonly MailKey[]): Promise<readonly MailSummary[]>;
  markRead(keys: readonly MailKey[], isRead: boolean): Promise<void>;
  view(source: MailSource): Promise<MailView>;
  part(source: MailSource, part: number): Promise<PartBytes>;
  memory(): Promise<{ readonly heapUsed: number; readonly external: number }>;
  close(): Promise<void>;
}

/** needSync: the index was damaged while in use and made anew; the engine answers with sync(). */
export type ReaderEvent = Extract<EngineEvent, { readonly type: 'mailbox' | 'log' | 'problem' }> | { readonly type: 'needSync' };

/** What client.ts gives the engine's thread at its start. */
export interface EngineWorkerData {
  /** Absolute path of dist/reader.cjs. */
  readonly readerScript: string;
}
