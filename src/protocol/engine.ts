// protocol: what the host asks the engine (worker thread), and what the engine announces. Types only; everything can be structured-cloned.
import type { LogLevel } from '../base/log.ts';
import type { MailView, PartBytes } from './viewer.ts';

/** The path of the .eml relative to the drop folder with '/' between folders ("20261121T211203417Z-k3f9.eml", "refused/….eml"). A mail that is one of several in a file of Django's file backend has "#" and an id made from its octets at its end. */
export type MailKey = string;

// ---- server -----------------------------------------------------------------------------------------------------------

export interface ServerOptions {
  /** 'localhost': 127.0.0.1 and ::1. Otherwise one IP address. */
  readonly host: string;
  /** 0 takes any free port (tests). */
  readonly port: number;
  /** Octets. */
  readonly maxMessageSize: number;
  readonly maxRecipients: number;
  readonly maxConnections: number;
  /** Milliseconds without an octet from the client. */
  readonly idleTimeout: number;
}

export type ServerState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting'; readonly port: number }
  | { readonly kind: 'listening'; readonly port: number; readonly addresses: readonly string[] }
  /** A mailroom of another window listens for the same drop folder; this one takes over when it goes. */
  | { readonly kind: 'shared'; readonly port: number }
  /** Something else listens. owner 'mailroom': a mailroom with another drop folder. */
  | { readonly kind: 'portInUse'; readonly port: number; readonly freePort: number; readonly owner: 'program' | 'mailroom' }
  /** reason: 'portNotAllowed' (EACCES), 'addressNotAvailable', 'listenFailed', 'engineEnded'. */
  | { readonly kind: 'failed'; readonly port: number; readonly reason: string; readonly message: string };

// ---- mailbox ----------------------------------------------------------------------------------------------------------

export const mailStates = ['ok', 'unreadable', 'refused'] as const;
export type MailState = (typeof mailStates)[number];

export interface MailAddress {
  /** Decoded display name, '' when there is none. */
  readonly name: string;
  readonly address: string;
}

/** What a list row needs; never needs the .eml. */
export interface MailSummary {
  readonly key: MailKey;
  /** Decoded; null: no Subject field. */
  readonly subject: string | null;
  /** First address of From, or the reverse-path. */
  readonly from: MailAddress | null;
  /** To and Cc of the header, then envelope recipients that are in neither, bounded to 50. */
  readonly to: readonly MailAddress[];
  /** Milliseconds since the epoch: when it arrived (side file, else the file's mtime). Newest first is the order of every list. */
  readonly arrivedAt: number;
  /** Octets. */
  readonly size: number;
  readonly attachments: number;
  readonly isRead: boolean;
  readonly state: MailState;
  /** unreadable: why, in English ("no end of header"); refused: the reply ("552 5.3.4 …") or what happened; else null. */
  readonly problem: string | null;
  /** True: our server caught it (there is a side file). Only such mail is ever removed by retention. */
  readonly isCaught: boolean;
}

export const groupings = ['none', 'recipient', 'sender', 'day'] as const;
export type Grouping = (typeof groupings)[number];

export interface MailGroup {
  /** An address in lower case ('' for none), or a local day "2026-11-21". */
  readonly key: string;
  readonly label: string;
  readonly total: number;
  readonly unread: number;
}

export interface ListQuery {
  /** Words; every one must occur in subject, addresses or body. Empty: all. */
  readonly text: string;
  /** Restricts to one group. */
  readonly group: { readonly by: Exclude<Grouping, 'none'>; readonly key: string } | null;
  /** Continue after this cursor (from MailPage.next); null: from the newest. */
  readonly after: string | null;
  /** 1 to 1000. */
  readonly limit: number;
}

export interface MailPage {
  readonly mails: readonly MailSummary[];
  /** null: this was the last page. */
  readonly next: string | null;
  /** How many match in all (without paging). */
  readonly total: number;
}

export interface MailCounts {
  readonly total: number;
  readonly unread: number;
}

export interface MailboxOptions {
  /** Absolute path; made when missing. */
  readonly dropFolder: string;
  /** Absolute path of the SQLite file; made when missing, made anew when damaged. */
  readonly indexFile: string;
  /** 0 keeps all. */
  readonly maxMessages: number;
  /** Milliseconds; 0 keeps for ever. */
  readonly maxAge: number;
  /** Minutes to add to UTC for local days, as from -Date.getTimezoneOffset(). */
  readonly utcOffset: number;
}

/** What one viewer shows: a mail of the drop folder, or the octets of any other .eml. */
export type MailSource = { readonly key: MailKey } | { readonly path: string } | { readonly bytes: Uint8Array };

// ---- calls and events -------------------------------------------------------------------------------------------------

export interface EngineApi {
  /** Opens (or changes) drop folder and index; resolves when lists can be asked for, before the folder was compared. */
  openMailbox(options: MailboxOptions): Promise<MailCounts>;
  /** Resolves when the folder was compared with the index once and everything found is indexed. */
  settled(): Promise<void>;

  startServer(options: ServerOptions): Promise<ServerState>;
  stopServer(): Promise<ServerState>;
  serverState(): Promise<ServerState>;

  list(query: ListQuery): Promise<MailPage>;
  groups(by: Exclude<Grouping, 'none'>, text: string): Promise<readonly MailGroup[]>;
  counts(): Promise<MailCounts>;
  /** Looks rows up again; keys that are gone are left out. */
  summaries(keys: readonly MailKey[]): Promise<readonly MailSummary[]>;
  markRead(keys: readonly MailKey[], isRead: boolean): Promise<void>;
  /** Removes .eml and side file. Rejects with 'removeFailed' and the first problem when one could not be removed; the others are. */
  remove(keys: readonly MailKey[]): Promise<void>;
  removeAll(): Promise<void>;
  /** Copies files into the drop folder under names of ours; answers the keys. */
  importFiles(paths: readonly string[]): Promise<readonly MailKey[]>;
  /** Absolute path of the file that holds the mail. */
  pathOf(key: MailKey): Promise<string>;
  read(key: MailKey): Promise<Uint8Array>;

  view(source: MailSource): Promise<MailView>;
  /** The decoded content of one attachment or inline part, by MailView's part number. */
  part(source: MailSource, part: number): Promise<PartBytes>;

  /** For the bench and the log: resident and heap octets of the process and of this thread. */
  memory(): Promise<{ readonly heapUsed: number; readonly external: number }>;
}

export type EngineEvent =
  | { readonly type: 'server'; readonly state: ServerState }
  /** The lists changed. added, changed, removed are complete unless 'reset' is true (then: ask again). */
  | {
      readonly type: 'mailbox';
      readonly added: readonly MailSummary[];
      readonly changed: readonly MailSummary[];
      readonly removed: readonly MailKey[];
      readonly reset: boolean;
      readonly counts: MailCounts;
    }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }
  /** Something the user should know: 'storageFull', 'readOnly', 'storageFailed', 'indexRebuilt', 'dropFolderFailed', 'dropFolderGone', 'watchFailed'. The log has it already. */
  | { readonly type: 'problem'; readonly reason: string; readonly message: string }
  /** A problem is over by itself: the folder of 'dropFolderGone' is back. */
  | { readonly type: 'solved'; readonly reason: 'dropFolderGone' };
