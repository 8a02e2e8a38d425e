// smtp: all that is known of one transaction besides its bytes. Made by capture, kept by store as the side file, shown by the viewer.
import type { Conversation } from './conversation.ts';
import type { Envelope } from './envelope.ts';

export const deliveryOutcomes = ['accepted', 'refused', 'aborted'] as const;
/** accepted: answered with 250. refused: answered with 4xx/5xx. aborted: the connection ended before an answer was due. */
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** RFC 5321 section 2.3.8: lines end with CRLF only; others are kept as sent and counted here. */
export interface LineEndings {
  readonly bareCr: number;
  readonly bareLf: number;
  /** 1-based line (counted by LF) of the first bare CR or LF, or null. */
  readonly firstLine: number | null;
}

export interface Delivery {
  readonly outcome: DeliveryOutcome;
  /** The last reply of the transaction as it was sent ("250 2.0.0 Ok: stored as …"), or null when none was. */
  readonly reply: string | null;
  /** ISO 8601, UTC: when the end of data was read (or the transaction ended without). */
  readonly receivedAt: string;
  /** Octets of the message as stored. For refused mail: what had arrived and was kept. */
  readonly size: number;
  /** Octets that arrived in DATA, which may be more than were kept. */
  readonly octetsReceived: number;
  readonly envelope: Envelope;
  readonly tls: { readonly protocol: string; readonly cipher: string } | null;
  /** Never a password. */
  readonly login: { readonly method: string; readonly username: string } | null;
  readonly lineEndings: LineEndings;
  /** How many leading dots were removed (RFC 5321 section 4.5.2). */
  readonly dotsUnstuffed: number;
  readonly conversation: Conversation;
}
