// capture: what this server allows and the words of its replies (RFC 5321 section 4.2, enhanced codes of RFC 3463), in one place.
import { Failure } from '../base/failure.ts';

export interface Limits {
  /** Octets; 0: no limit (RFC 1870 section 4). */
  readonly maxMessageSize: number;
  readonly maxRecipients: number;
  readonly maxConnections: number;
  /** Milliseconds without an octet from the client. */
  readonly idleTimeout: number;
}

/** Octets. RFC 4954 section 4 asks for 12,288 because of AUTH; access tokens of XOAUTH2 are longer still. */
export const maxCommandLine = 16 * 1024;
/** Of one conversation; the middle is left out. */
export const maxConversationLines = 500;
/** Characters of one recorded line. */
export const maxConversationLine = 2048;
/** How long close() lets clients take their 421 before it cuts them off, in milliseconds. */
export const closeGrace = 500;

const mebibyte = 1024 * 1024;

/** Octets of DATA after which the connection is cut: the client was to be told 552 at its end of data, but does not come to an end. */
export function cutOff(limit: number): number {
  return limit + Math.max(limit, 16 * mebibyte);
}

export const serverName = 'localhost';

/** The lines of the answer to EHLO. STARTTLS is left out: with a certificate that nobody trusts many clients fail when they see it. */
export function extensions(limits: Limits, authMethods: readonly string[]): readonly string[] {
  return [
    'PIPELINING',
    '8BITMIME',
    'SMTPUTF8',
    'ENHANCEDSTATUSCODES',
    'DSN',
    `AUTH ${authMethods.join(' ')}`,
    `SIZE ${limits.maxMessageSize}`,
  ];
}

export const replies = {
  ok: '250 2.0.0 OK',
  bye: '221 2.0.0 Bye',
  help: '214 2.0.0 Every mail is caught and none is sent on. Commands: EHLO HELO AUTH MAIL RCPT DATA RSET NOOP VRFY HELP QUIT',
  cannotVerify: '252 2.1.5 Every mailbox is accepted here',
  senderOk: '250 2.1.0 Sender OK',
  recipientOk: '250 2.1.5 Recipient OK',
  startData: '354 End data with <CR><LF>.<CR><LF>',
  noTls: '502 5.5.1 TLS is not offered',
  notImplemented: '502 5.5.1 Command not implemented',
  needHelloName: '501 5.5.4 Syntax: EHLO name',
  nestedMail: '503 5.5.1 MAIL was already given, RSET begins anew',
  needMail: '503 5.5.1 Need MAIL first',
  needRecipient: '503 5.5.1 Need RCPT first',
  noDataArguments: '501 5.5.4 Syntax: DATA',
  needRecipientAddress: '501 5.1.3 RCPT TO needs an address',
  badSize: '501 5.5.4 SIZE is not a number of octets',
  tooManyRecipients: '452 4.5.3 Too many recipients',
  tooLarge: '552 5.3.4 Message is larger than the limit',
  storageFull: '452 4.3.1 Insufficient system storage',
  storageFailed: '451 4.3.0 The mail could not be stored',
  lineTooLong: '421 4.3.0 The command line is too long',
  shuttingDown: '421 4.3.2 Server is shutting down',
} as const;

export function storedReply(id: string): string {
  return `250 2.0.0 Ok: stored as ${id}`;
}

/** Names the mailroom, so that a probe which finds it full still knows whose it is. */
export function fullReply(identity: string): string {
  return `421 4.3.2 Mailroom ${identity} has too many connections, try again later`;
}

/** The answer to our own XMAILROOM (see smtp/mailroom.ts). */
export function identityReply(identity: string): string {
  return `250 2.0.0 mailroom ${identity}`;
}

export function storageReply(error: unknown): string {
  return Failure.is(error, 'storageFull') || Failure.is(error, 'readOnly') ? replies.storageFull : replies.storageFailed;
}
