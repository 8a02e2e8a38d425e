// smtp: what was said on one connection, as data. Recorded by capture, kept in the side file, printed by smtp/transcript.ts.

/** One line on the wire (without its line ending), or a note of ours about what is not shown line by line. */
export interface ConversationLine {
  /** Milliseconds since the connection was accepted, one decimal. */
  readonly at: number;
  /** C: client, S: server (RFC 5321 section 1.1 examples); note: written by us ("12,345 bytes of data, 1 dot unstuffed"). */
  readonly who: 'C' | 'S' | 'note';
  /** Credentials are already masked. Control characters other than TAB are printed as \xHH. */
  readonly text: string;
}

export interface Peer {
  /** IP address without IPv4-mapped prefix. */
  readonly address: string;
  readonly port: number;
}

export interface Conversation {
  /** ISO 8601, UTC, milliseconds: when the connection was accepted. */
  readonly startedAt: string;
  readonly client: Peer;
  readonly server: Peer;
  /** The argument of EHLO/HELO, or null when none was said. */
  readonly clientName: string | null;
  readonly lines: readonly ConversationLine[];
  /** How many lines were left out in the middle because the conversation was longer than the limit. */
  readonly omitted: number;
}
