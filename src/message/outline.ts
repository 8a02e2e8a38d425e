// message: one mail as its header fields, texts and files: where they lie and what they say of themselves. Bodies are not decoded. Lists
// (digest.ts) and viewer (view.ts) both begin here.
import type { MailAddress } from '../protocol/engine.ts';
import { readAddresses } from './addresses.ts';
import { fieldText, fieldValue, findField, type Header } from './header.ts';
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
  /** As in Structure. */
  readonly hasOddHeader: boolean;
}

export function outlineMail(octets: Uint8Array): Mail {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const { header, leaves, problems, hasOddHeader } = readStructure(bytes);
  const texts: Entity[] = [];
  const htmls: Entity[] = [];
  const files: Entity[] = [];
  for (const leaf of leaves) (isFile(leaf) ? files : leaf.contentType === 'text/html' ? htmls : texts).push(leaf);
  return { bytes, header, texts, htmls, files, problem: problems.length === 0 ? null : problems.join('; '), hasOddHeader };
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

/** Lower case, "application/octet-stream" when the mail does not say. */
export function fileTypeOf(entity: Entity): string {
  return entity.contentType === '' ? 'application/octet-stream' : entity.contentType;
}
