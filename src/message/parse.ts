// message: one mail as its subject, addresses, texts and files, decoded on demand. What lists (digest.ts) and viewer (view.ts) both begin with.
import { Failure } from '../base/failure.ts';
import type { MailAddress } from '../protocol/engine.ts';
import type { PartBytes } from '../protocol/viewer.ts';
import { readAddresses } from './addresses.ts';
import { decodeText, decodeTransfer } from './charset.ts';
import { joinFlowed } from './flowed.ts';
import { fieldText, fieldValue, findField, type Header } from './header.ts';
import { maxPartOctets } from './limits.ts';
import { type Entity, readStructure } from './structure.ts';

export interface Mail {
  readonly bytes: Buffer;
  readonly header: Header;
  /** Shown as text: text/plain that is no file, in order. */
  readonly texts: readonly Entity[];
  /** Shown as HTML. */
  readonly htmls: readonly Entity[];
  /** Everything else: attachments and what the HTML shows. Their index is the part number. */
  readonly files: readonly Entity[];
  /** Why it could not be read wholly, in English; null: fine. */
  readonly problem: string | null;
}

export function parseMail(octets: Uint8Array): Mail {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const { header, leaves, problems } = readStructure(bytes);
  const texts: Entity[] = [];
  const htmls: Entity[] = [];
  const files: Entity[] = [];
  for (const leaf of leaves) (isFile(leaf) ? files : leaf.contentType === 'text/html' ? htmls : texts).push(leaf);
  return { bytes, header, texts, htmls, files, problem: problems.length === 0 ? null : problems.join('; ') };
}

/**
 * Whether a part is kept apart from the text. Dispositions other than inline are attachments (RFC 2183 section 2.8); so is text that
 * comes under a file name of its own, unless it is the whole mail.
 */
function isFile(entity: Entity): boolean {
  if (entity.disposition !== '' && entity.disposition !== 'inline') return true;
  if (entity.isNamedFile && !entity.isRoot) return true;
  // RFC 2045 section 5.2: without a Content-Type it is plain text.
  return entity.contentType !== '' && entity.contentType !== 'text/plain' && entity.contentType !== 'text/html';
}

/** Decoded; null when there is no Subject field. */
export function subjectOf({ bytes, header }: Mail): string | null {
  const field = findField(header, 'subject');
  return field ? fieldValue(bytes, field) : null;
}

/** The addresses of From, To and so on; `name` in lower case. */
export function addressesOf({ bytes, header }: Mail, name: string): MailAddress[] {
  return readAddresses(bytes, header, name);
}

/** Milliseconds since the epoch, or null when there is no Date field that can be read. A date without zone is taken as UTC. */
export function dateOf({ bytes, header }: Mail): number | null {
  const field = findField(header, 'date');
  const text = field ? fieldText(bytes, field, 200) : '';
  const match = /(\d{1,2}\s+[A-Za-z]{3}[a-z]*\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?)\s*([+-]\d{4}|[A-Za-z]{1,5})?/.exec(text);
  if (!match) return null;
  const time = Date.parse(`${match[1]} ${match[2] ?? '+0000'}`);
  // RFC 5322 section 4.3: an unknown zone counts as -0000.
  const known = Number.isNaN(time) ? Date.parse(`${match[1]} +0000`) : time;
  return Number.isNaN(known) ? null : known;
}

/** The text of a part: transfer encoding, charset and format=flowed undone, lines end with LF. At most `limit` octets of the part are read. */
export function textOf({ bytes }: Mail, entity: Entity, limit: number): string {
  const octets = decodeTransfer(bytes.subarray(entity.start, Math.min(entity.end, entity.start + limit)), entity.encoding);
  const text = decodeText(octets, entity.charset);
  const lines = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
  return entity.isFlowed && entity.contentType !== 'text/html' ? joinFlowed(lines, entity.delSp) : lines;
}

/** The decoded octets of a file; a view of the mail itself where nothing had to be decoded. */
export function contentOf({ bytes }: Mail, entity: Entity): Buffer {
  const octets = bytes.subarray(entity.start, entity.end);
  return octets.length > maxPartOctets ? octets : decodeTransfer(octets, entity.encoding);
}

/** Lower case, "application/octet-stream" when the mail does not say. */
export function fileTypeOf(entity: Entity): string {
  return entity.contentType === '' ? 'application/octet-stream' : entity.contentType;
}

/**
 * The decoded octets of one part, by MailView's part number, in memory of their own. The file name is as the mail says: clean it.
 * Rejects with 'noSuchPart'.
 */
export async function readPart(bytes: Uint8Array, part: number): Promise<PartBytes> {
  const mail = parseMail(bytes);
  const file = mail.files[part];
  if (!file) throw new Failure('noSuchPart', `The mail has no part ${part}`, { part });
  return { fileName: file.fileName, contentType: fileTypeOf(file), bytes: new Uint8Array(contentOf(mail, file)) };
}
