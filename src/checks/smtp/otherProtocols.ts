// checks: other kinds of servers, known by the first thing that they say.
import type { Reply } from '../../smtp/reply.ts';

const first: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['HTTP', /^HTTP\/\d/],
  ['HTTP', /^<(?:!doctype|html|head)\b/i],
  ['SSH', /^SSH-\d/],
  ['POP3', /^(?:\+OK|-ERR)\b/],
  ['IMAP', /^\* (?:OK|PREAUTH|BYE)\b/],
  ['NNTP', /^20[01][ -]/],
  ['RTSP', /^RTSP\/\d/],
  ['VNC', /^RFB \d{3}\.\d{3}/],
  // RFC 8446 section 5.1: an alert or a handshake, of a version 3.x.
  ['TLS', /^[\x15\x16]\x03[\x00-\x04]/],
];

/** FTP greets with 220, too (RFC 959 section 5.4). */
const ftp = /\b(?:ftp|ftpd|vsftpd|proftpd|pure-ftpd|filezilla)\b/i;

/** Not escaped. */
export function asSent({ lines }: Pick<Reply, 'lines'>): string {
  return lines.map(({ code, separator, text }) => `${code ?? ''}${separator}${text}`).join('\n');
}

/** `text`: what came first, as it came. null: nothing that is known. */
export function protocolOf(text: string): string | null {
  return first.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** `text`: of a greeting with 220, after which EHLO was not accepted. */
export function isFtp(text: string): boolean {
  return ftp.test(text) && !/\be?smtp\b/i.test(text);
}
