// message: the parts of a mail (RFC 2046) as ranges of its octets. One pass, nothing is copied or decoded.
//
// Own code where a library exists: mailparser's splitter knows only the innermost two boundaries and takes none with white space
// behind it (RFC 2046 section 5.1.1 and 5.1.2 ask for both), so it swallows attachments of mail that is slightly broken, which is the
// mail that people test; and it tells neither octet ranges nor declared charsets, which lists, viewer and findings need. So this pass
// says what there is, and mailparser decodes it where it sees the same (parse.ts).
import libmime from 'libmime';
import { decodeWords, fieldText, findField, type Header, readHeader } from './header.ts';
import { maxDepth, maxParts } from './limits.ts';

export interface Entity {
  /** Lower case, without parameters; '' when the mail does not say. */
  readonly contentType: string;
  /** As declared, lower case; '' when not. */
  readonly charset: string;
  /** As declared, lower case; '' when not. */
  readonly encoding: string;
  /** format=flowed and delsp=yes of RFC 3676. */
  readonly isFlowed: boolean;
  readonly delSp: boolean;
  /** Lower case; '' when not said. */
  readonly disposition: string;
  /** Decoded; '' when there is none. May hold anything. */
  readonly fileName: string;
  /** Whether the name is in Content-Disposition, which makes even a text a file of its own. */
  readonly isNamedFile: boolean;
  /** Without angle brackets. */
  readonly contentId: string | null;
  /** Whether a multipart/related is around it. */
  readonly isRelated: boolean;
  /** Whether a multipart/alternative is around it. */
  readonly isAlternative: boolean;
  readonly isRoot: boolean;
  /** Octets of the body as sent: offsets, without the line ending that belongs to the boundary. */
  readonly start: number;
  readonly end: number;
}

export interface Structure {
  readonly header: Header;
  /** Everything that is not a multipart, in the order of the mail. */
  readonly leaves: readonly Entity[];
  /** What could not be read, in the order in which it was found. */
  readonly problems: readonly string[];
  /** Whether the header of a part has lines that are no fields. All can be read, so it is no problem. */
  readonly hasOddHeader: boolean;
}

interface Multipart {
  readonly contentType: string;
  readonly delimiter: string;
  readonly isRelated: boolean;
  readonly isAlternative: boolean;
  readonly start: number;
  hasParts: boolean;
}

/** A boundary has at most 70 characters (RFC 2046 section 5.1.1); longer ones are seen, lines of any length are not compared. */
const maxBoundaryLine = 1000;

export function readStructure(bytes: Buffer): Structure {
  const header = readHeader(bytes, 0);
  const problems = new Set<string>();
  const leaves: Entity[] = [];
  /** The multiparts that are open, outermost first. */
  const open: Multipart[] = [];
  let leaf: Entity | null = null;
  let count = 0;
  let hasOddHeader = false;
  if (bytes.length === 0) problems.add('empty file');
  else if (header.problem) problems.add(header.problem);

  const closeLeaf = (end: number): void => {
    if (leaf) leaves.push({ ...leaf, end: Math.max(leaf.start, end) });
    leaf = null;
  };
  const closeMultiparts = (keep: number, end: number): void => {
    for (const multipart of open.splice(keep)) {
      problems.add(multipart.hasParts ? 'boundary never closed' : 'boundary never appears');
      if (!multipart.hasParts) leaves.push({ ...asText, start: multipart.start, end: Math.max(multipart.start, end) });
    }
  };
  const begin = (fields: Header): void => {
    const parent = open.at(-1);
    const entity = describe(bytes, fields, parent);
    leaf = entity;
    if (!entity.contentType.startsWith('multipart/')) return;
    if (entity.boundary === '') {
      problems.add('multipart without boundary');
      leaf = { ...asText, isRoot: entity.isRoot, start: entity.start };
    } else if (open.length >= maxDepth) problems.add(`parts nested deeper than ${maxDepth}`);
    else {
      leaf = null;
      const isRelated = entity.isRelated || entity.contentType === 'multipart/related';
      const isAlternative = entity.isAlternative || entity.contentType === 'multipart/alternative';
      const { contentType, start } = entity;
      open.push({ contentType, delimiter: `--${entity.boundary}`, isRelated, isAlternative, start, hasParts: false });
    }
  };

  begin(header);
  let from = header.bodyStart - 1;
  while (open.length > 0) {
    const line = nextDashes(bytes, from);
    if (!line) break;
    from = line.end;
    const found = matchDelimiter(open, bytes, line.start, line.end);
    if (!found) continue;
    const end = bytes[line.start - 2] === 0x0d ? line.start - 2 : line.start - 1;
    closeLeaf(end);
    closeMultiparts(found.index + 1, end);
    if (found.isClose) {
      const multipart = open.pop();
      if (multipart && !multipart.hasParts) problems.add('multipart without parts');
      continue;
    }
    if (++count > maxParts) {
      problems.add('more than 1,000 parts');
      return { header, leaves, problems: [...problems], hasOddHeader };
    }
    found.multipart.hasParts = true;
    const fields = readHeader(
      bytes,
      Math.min(line.end + 1, bytes.length),
      (start, lineEnd) => matchDelimiter(open, bytes, start, lineEnd) !== null,
    );
    if (fields.problem !== null) hasOddHeader = true;
    begin(fields);
    from = fields.bodyStart - 1;
  }
  closeLeaf(bytes.length);
  closeMultiparts(0, bytes.length);
  return { header, leaves, problems: [...problems], hasOddHeader };
}

/** The next line that begins with "--", after the LF at or behind `from`; its end is its LF or the end of the octets. */
function nextDashes(bytes: Buffer, from: number): { readonly start: number; readonly end: number } | null {
  const feed = bytes.indexOf('\n--', Math.max(0, from), 'latin1');
  if (feed < 0) return null;
  const end = bytes.indexOf(0x0a, feed + 3);
  return { start: feed + 1, end: end < 0 ? bytes.length : end };
}

/** Compares a line with the boundaries of all multiparts that are open, innermost first (RFC 2046 section 5.1.2), white space behind ignored. */
function matchDelimiter(
  open: readonly Multipart[],
  bytes: Buffer,
  start: number,
  end: number,
): { readonly multipart: Multipart; readonly index: number; readonly isClose: boolean } | null {
  const shortest = Math.min(...open.map(({ delimiter }) => delimiter.length));
  if (end - start < shortest || end - start > maxBoundaryLine) return null;
  const line = bytes.toString('latin1', start, end).trimEnd();
  for (let index = open.length - 1; index >= 0; index--) {
    const multipart = open[index];
    if (!multipart || !line.startsWith(multipart.delimiter)) continue;
    if (line.length === multipart.delimiter.length) return { multipart, index, isClose: false };
    if (line.length === multipart.delimiter.length + 2 && line.endsWith('--')) return { multipart, index, isClose: true };
  }
  return null;
}

const asText: Entity = {
  contentType: 'text/plain',
  charset: '',
  encoding: '',
  isFlowed: false,
  delSp: false,
  disposition: '',
  fileName: '',
  isNamedFile: false,
  contentId: null,
  isRelated: false,
  isAlternative: false,
  isRoot: false,
  start: 0,
  end: 0,
};

/** What the MIME fields of one header block say (RFC 2045, 2183, 2392). */
function describe(bytes: Buffer, header: Header, parent: Multipart | undefined): Entity & { readonly boundary: string } {
  const text = (name: string): string => {
    const field = findField(header, name);
    return field ? fieldText(bytes, field) : '';
  };
  const type = libmime.parseHeaderValue(text('content-type'));
  const disposition = libmime.parseHeaderValue(text('content-disposition'));
  const declared = firstWord(type.value);
  const named = decodeWords(disposition.params['filename'] ?? '');
  const contentId = text('content-id').replace(/^<|>$/g, '').trim();
  return {
    // RFC 2046 section 5.1.5: in a digest the default is a mail.
    contentType: declared === '' && parent?.contentType === 'multipart/digest' ? 'message/rfc822' : declared,
    charset: withoutComments(type.params['charset'] ?? '')
      .trim()
      .toLowerCase(),
    encoding: firstWord(withoutComments(text('content-transfer-encoding'))),
    isFlowed: type.params['format']?.trim().toLowerCase() === 'flowed',
    delSp: type.params['delsp']?.trim().toLowerCase() === 'yes',
    disposition: firstWord(disposition.value),
    fileName: named || decodeWords(type.params['name'] ?? ''),
    isNamedFile: named !== '',
    contentId: contentId === '' ? null : contentId,
    isRelated: parent?.isRelated ?? false,
    isAlternative: parent?.isAlternative ?? false,
    isRoot: parent === undefined,
    // Compared with octets read as Latin-1.
    boundary: Buffer.from(type.params['boundary'] ?? '', 'utf8')
      .toString('latin1')
      .trimEnd(),
    start: header.bodyStart,
    end: header.bodyStart,
  };
}

/** The value without comments and what follows, lower case. */
function firstWord(value: string | false): string {
  return (/^[^\s;()]+/.exec(value === false ? '' : value.trim())?.[0] ?? '').toLowerCase();
}

/** RFC 2045 section 5.1 has one in its example: `charset=us-ascii (Plain text)`. */
function withoutComments(value: string): string {
  return value.replace(/\([^()]*\)/g, '');
}
