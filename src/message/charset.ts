// message: octets to text, and transfer encodings to octets. libmime knows the charsets; what it gets wrong is put right here.
import { isUtf8 } from 'node:buffer';
import charsets from 'libmime/lib/charset.js'; // deep: the package's front exports no decoder for octets

/** Names that iconv-lite takes for an encoding though they are no charset. */
const notCharsets = new Set(['HEX', 'BASE64', 'BINARY', 'INTERNAL']);
const utf16 = /^(?:utf-?16|ucs-?2|unicode|iso-10646-ucs-2|csunicode)$/;

/** Whether `decodeText` knows better than other decoders what a charset of that name (lower case) is. */
export function isPeculiarCharset(name: string): boolean {
  return utf16.test(name) || notCharsets.has(charsets.normalizeCharset(name));
}

/**
 * Decodes octets as `charset`. '' and US-ASCII (whose octets above 127 are undefined) and charsets that nobody knows are read as UTF-8
 * where they are valid as such, else as Windows-1252. Never throws.
 */
export function decodeText(octets: Buffer, charset: string): string {
  const name = charset.trim().toLowerCase();
  if (name === '' || name === 'us-ascii' || name === 'ascii') return decodeUndeclared(octets);
  // RFC 2781 section 4.3: UTF-16 without byte order mark is big-endian; libmime always takes little-endian.
  if (utf16.test(name)) {
    const isLittle = octets[0] === 0xff && octets[1] === 0xfe;
    return withoutMark(charsets.decode(octets, isLittle ? 'UTF-16LE' : 'UTF-16BE'));
  }
  const known = charsets.normalizeCharset(name);
  if (notCharsets.has(known)) return decodeUndeclared(octets);
  const text = charsets.decode(octets, known);
  if (known !== 'UTF-8' && text.includes('\uFFFD') && text === octets.toString('utf8')) return decodeUndeclared(octets);
  return withoutMark(text);
}

function decodeUndeclared(octets: Buffer): string {
  return isUtf8(octets) ? withoutMark(octets.toString('utf8')) : charsets.decode(octets, 'windows-1252');
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Undoes a Content-Transfer-Encoding (RFC 2045 section 6). Unknown ones leave the octets as they are. Never throws. */
export function decodeTransfer(octets: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return decodeBase64(octets);
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(octets);
  return octets;
}

/** Octets outside the alphabet are skipped (RFC 2045 section 6.8). Padding in the middle, as senders write that encode piece by piece, does not end the data. */
function decodeBase64(octets: Buffer): Buffer {
  const text = octets.toString('latin1');
  const padding = text.indexOf('=');
  if (padding < 0 || !/[A-Za-z0-9+/]/.test(text.slice(padding))) return Buffer.from(text, 'base64');
  return Buffer.concat(text.split(/=+/).map((piece) => Buffer.from(piece, 'base64')));
}

/** RFC 2045 section 6.7. One pass over the octets: the library's regular expressions take quadratic time for a long run of spaces. */
function decodeQuotedPrintable(octets: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(octets.length);
  let length = 0;
  for (let at = 0; at < octets.length; ) {
    const octet = octets[at] ?? 0;
    if (octet === 0x3d) {
      const high = hexDigit(octets[at + 1]);
      const low = hexDigit(octets[at + 2]);
      if (high >= 0 && low >= 0) {
        decoded[length++] = high * 16 + low;
        at += 3;
        continue;
      }
      const next = endOfLine(octets, skipSpace(octets, at + 1));
      if (next >= 0) {
        at = next;
        continue;
      }
    } else if (octet === 0x20 || octet === 0x09) {
      // Rule 3: white space at the end of a line was added on the way.
      const end = skipSpace(octets, at);
      if (endOfLine(octets, end) < 0) length += octets.copy(decoded, length, at, end);
      at = end;
      continue;
    }
    decoded[length++] = octet;
    at++;
  }
  return decoded.subarray(0, length);
}

function hexDigit(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function skipSpace(octets: Buffer, from: number): number {
  let at = from;
  while (octets[at] === 0x20 || octets[at] === 0x09) at++;
  return at;
}

/** Offset after the line ending at `at` (CRLF, LF or the end of the octets), or -1 when there is none. */
function endOfLine(octets: Buffer, at: number): number {
  if (at >= octets.length) return octets.length;
  if (octets[at] === 0x0a) return at + 1;
  return octets[at] === 0x0d && octets[at + 1] === 0x0a ? at + 2 : -1;
}
