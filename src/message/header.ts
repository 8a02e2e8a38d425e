// message: the fields of one header block as offsets into the octets (RFC 5322 section 2.2), and their text.
import libmime from 'libmime';
import { decodeText } from './charset.ts';
import { maxFieldOctets, maxHeaderFields, maxHeaderOctets } from './limits.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;

export interface Field {
  /** 1-based, counted by LF. */
  readonly line: number;
  readonly name: string;
  /** Offsets of what follows the colon, without the last line ending. */
  readonly start: number;
  readonly end: number;
}

export interface Header {
  readonly fields: readonly Field[];
  /** Offset of the first octet of the body. */
  readonly bodyStart: number;
  readonly problem: string | null;
}

/**
 * Reads the header block that begins at `start`. `isDelimiter` tells whether a line that begins with "--" ends the part, which
 * it may do before any empty line.
 *
 * A line that is no field is skipped when an empty line follows later; without one it begins the body, as with a mail typed by
 * hand. A header that ends with the octets is whole: RFC 5322 section 3.5 makes the body optional.
 */
export function readHeader(bytes: Buffer, start: number, isDelimiter?: (lineStart: number, lineEnd: number) => boolean): Header {
  const fields: { line: number; name: string; start: number; end: number }[] = [];
  let problem: string | null = null;
  let stray: { readonly at: number; readonly fields: number } | null = null;
  let position = start;
  for (let line = 1; position < bytes.length; line++) {
    if (position - start > maxHeaderOctets) {
      return { fields, bodyStart: endOfHeader(bytes, position), problem: 'header larger than 1 MiB' };
    }
    const feed = bytes.indexOf(lineFeed, position);
    const next = feed < 0 ? bytes.length : feed + 1;
    let end = feed < 0 ? bytes.length : feed;
    if (end > position && bytes[end - 1] === carriageReturn) end--;
    if (end === position) return { fields, bodyStart: next, problem };
    const first = bytes[position];
    const nameEnd = endOfName(bytes, position, end);
    if (first === 0x20 || first === 0x09) {
      const field = fields.at(-1);
      if (field) field.end = end;
      else problem ??= `line ${line} is not a header field`;
    } else if (first === 0x2d && isDelimiter?.(position, end)) {
      return { fields, bodyStart: position, problem };
    } else if (nameEnd > position) {
      if (fields.length < maxHeaderFields) {
        fields.push({ line, name: bytes.toString('latin1', position, nameEnd), start: bytes.indexOf(colon, nameEnd) + 1, end });
      } else problem ??= 'more than 2,000 header fields';
    } else if (line > 1 || !isMboxLine(bytes, position)) {
      if (line === 1) return { fields, bodyStart: start, problem: 'no header' };
      stray ??= { at: position, fields: fields.length };
      problem ??= `line ${line} is not a header field`;
    }
    position = next;
  }
  if (stray) return { fields: fields.slice(0, stray.fields), bodyStart: stray.at, problem: 'no end of header' };
  const isCut = bytes.length > start && bytes[bytes.length - 1] !== lineFeed;
  return { fields, bodyStart: bytes.length, problem: isCut ? 'no end of header' : problem };
}

/** Offset after the name (printable ASCII but colon, RFC 5322 section 2.2), or `start` when the line is no field. White space before the colon is obsolete but seen. */
function endOfName(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isNameOctet(bytes[at])) at++;
  let afterSpace = at;
  while (afterSpace < end && (bytes[afterSpace] === 0x20 || bytes[afterSpace] === 0x09)) afterSpace++;
  return bytes[afterSpace] === colon && afterSpace < end ? at : start;
}

function isNameOctet(octet: number | undefined): boolean {
  return octet !== undefined && octet > 0x20 && octet < 0x7f && octet !== colon;
}

/** The line "From sender date" that separates mails in an mbox file. */
function isMboxLine(bytes: Buffer, at: number): boolean {
  return bytes.toString('latin1', at, at + 5) === 'From ';
}

/** Offset after the first empty line at or after `from`, or the end. */
function endOfHeader(bytes: Buffer, from: number): number {
  const ends = ['\n\r\n', '\n\n']
    .map((mark) => ({ at: bytes.indexOf(mark, from - 1, 'latin1'), length: mark.length }))
    .filter(({ at }) => at >= 0);
  return ends.length === 0 ? bytes.length : Math.min(...ends.map(({ at, length }) => at + length));
}

/** The first field of that name (lower case), or undefined. */
export function findField(header: Header, name: string): Field | undefined {
  return header.fields.find((field) => field.name.length === name.length && field.name.toLowerCase() === name);
}

/**
 * The text of a field, unfolded (RFC 5322 section 2.2.3), encoded words left as they are. Octets above 127 are UTF-8 (RFC 6532) or,
 * when they are not valid as such, Windows-1252.
 */
export function fieldText(bytes: Buffer, field: Field, limit = maxFieldOctets): string {
  const text = decodeText(bytes.subarray(field.start, Math.min(field.end, field.start + limit)), '');
  return (/[\r\n]/.test(text) ? text.replace(/[\r\n]+[ \t]*/g, ' ') : text).trim();
}

/** As `fieldText`, with encoded words decoded. */
export function fieldValue(bytes: Buffer, field: Field): string {
  return decodeWords(fieldText(bytes, field));
}

/** As sent, folding kept (lines end with LF); octets that are not UTF-8 are U+FFFD. */
export function fieldSource(bytes: Buffer, field: Field): string {
  const octets = bytes.subarray(field.start, Math.min(field.end, field.start + maxFieldOctets));
  return octets
    .toString('utf8')
    .replaceAll('\r\n', '\n')
    .replace(/^[ \t]+/, '');
}

/** Decodes the encoded words (RFC 2047) of an unfolded text; words that share characters between them are joined first. */
export function decodeWords(text: string): string {
  return text.includes('=?') ? libmime.decodeWords(text) : text;
}
