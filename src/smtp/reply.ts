// smtp: one reply of a server as it came (RFC 5321 section 4.2), also when it is broken: the shape that the client reads and a session shows.
import { printable } from './printable.ts';

export interface ReplyLine {
  /** The three digits as sent, or null when the line does not begin with exactly three. */
  readonly code: string | null;
  /** '-': more lines follow; ' ' or '' : the last line. '' with text is a problem ("250ok"), '' without is none ("250"). */
  readonly separator: '-' | ' ' | '';
  /** What comes after the separator, without the line ending: UTF-8 where it is valid, else Latin-1. Not escaped: see replyText. */
  readonly text: string;
  /** The octets with their line ending; of a line that is too long, its first 8 KiB. */
  readonly raw: Uint8Array;
  readonly ending: 'CRLF' | 'LF' | 'CR' | 'none';
}

export const replyProblems = [
  'bareLf',
  'bareCr',
  'noCode',
  'codesDiffer',
  'badSeparator',
  'eightBit',
  'lineTooLong',
  'tooManyLines',
  'unfinished',
  'control',
] as const;
/**
 * bareLf, bareCr: a line ends with, or holds, one without the other (RFC 5321 section 2.3.8). noCode: a line without three digits.
 * codesDiffer: the lines of one reply have several codes. badSeparator: neither blank nor hyphen after the code. eightBit: an octet above 127.
 * control: a control character other than TAB. lineTooLong, tooManyLines: cut at our limits. unfinished: the connection ended before the reply did.
 */
export type ReplyProblem = (typeof replyProblems)[number];

export interface Reply {
  /** Of the last line that has one, or null. */
  readonly code: number | null;
  /** RFC 2034: "5.7.1", or null. */
  readonly enhanced: string | null;
  readonly lines: readonly ReplyLine[];
  /** Each at most once, in the order of `replyProblems`. */
  readonly problems: readonly ReplyProblem[];
  /** Milliseconds since the last octet was sent, or since connected when none was. */
  readonly ms: number;
}

/** "250-SIZE" and so on, joined by LF, control characters escaped: safe to show. */
export function replyText(reply: Pick<Reply, 'lines'>): string {
  return reply.lines.map((line) => printable(`${line.code ?? ''}${line.separator}${line.text}`)).join('\n');
}
