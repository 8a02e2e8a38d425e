// message: everything that the viewer shows of one mail, as plain data. Decoded by mailparser (parse.ts) where the mail is sound, else by
// ourselves (tolerant.ts).
import { createHash } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import type { HeaderField, MailView, Part, PartBytes, TextPart } from '../protocol/viewer.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { fieldSource, fieldValue } from './header.ts';
import { maxPartOctets, maxTextOctets } from './limits.ts';
import { addressesOf, dateOf, fileTypeOf, type Mail, outlineMail, subjectOf } from './outline.ts';
import { type ParsedMail, parseSound } from './parse.ts';
import { findShownFiles } from './references.ts';
import type { Entity } from './structure.ts';
import { contentOf, joinTexts } from './tolerant.ts';

/** What is known of a mail besides its octets. */
export interface MailFacts {
  readonly fileName: string;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number | null;
  readonly delivery: Delivery | null;
}

/** Never rejects: what cannot be read is left out and named in `problem`. */
export async function viewMail(bytes: Uint8Array, facts: MailFacts): Promise<MailView> {
  const mail = outlineMail(bytes);
  const parsed = await parseSound(mail);
  const problems = mail.problem === null ? [] : [mail.problem];
  if ([mail.texts, mail.htmls].some((parts) => octetsOf(parts) > maxTextOctets)) problems.push('text longer than 5 MiB');
  if (mail.files.some(({ start, end }) => end - start > maxPartOctets)) problems.push('a part larger than 256 MiB is not decoded');
  return {
    fileName: facts.fileName,
    subject: subjectOf(mail),
    from: addressesOf(mail, 'from'),
    to: addressesOf(mail, 'to'),
    cc: addressesOf(mail, 'cc'),
    bcc: addressesOf(mail, 'bcc'),
    replyTo: addressesOf(mail, 'reply-to'),
    date: dateOf(mail),
    arrivedAt: facts.arrivedAt,
    size: bytes.length,
    html: describeText(mail.htmls, parsed ? parsed.html : joinTexts(mail, mail.htmls)),
    text: describeText(mail.texts, parsed ? parsed.text : joinTexts(mail, mail.texts)),
    headers: listFields(mail),
    parts: listParts(mail, parsed),
    delivery: facts.delivery,
    problem: problems.length === 0 ? null : problems.join('; '),
  };
}

/**
 * The decoded octets of one part, by MailView's part number, in memory of their own. The file name is as the mail says: clean it.
 * Rejects with 'noSuchPart'.
 */
export async function readPart(bytes: Uint8Array, part: number): Promise<PartBytes> {
  const mail = outlineMail(bytes);
  const file = mail.files[part];
  if (!file) throw new Failure('noSuchPart', `The mail has no part ${part}`, { part });
  const parsed = await parseSound(mail);
  const content = parsed?.files[part] ?? contentOf(mail, file);
  return { fileName: file.fileName, contentType: fileTypeOf(file), bytes: new Uint8Array(content) };
}

/** Charset and encoding are those of the first part. Null when there is none. */
function describeText(parts: readonly Entity[], content: string): TextPart | null {
  const [first] = parts;
  return first ? { content, charset: first.charset, encoding: first.encoding, size: octetsOf(parts) } : null;
}

/** Octets before decoding. */
function octetsOf(parts: readonly Entity[]): number {
  return parts.reduce((sum, { start, end }) => sum + end - start, 0);
}

function listFields({ bytes, header }: Mail): HeaderField[] {
  return header.fields.map((field) => ({
    line: field.line,
    name: field.name,
    value: fieldValue(bytes, field),
    raw: fieldSource(bytes, field),
  }));
}

function listParts(mail: Mail, parsed: ParsedMail | null): Part[] {
  const shown = findShownFiles(mail);
  return mail.files.map((file, part) => {
    const content = parsed?.files[part] ?? contentOf(mail, file);
    return {
      part,
      fileName: file.fileName,
      contentType: fileTypeOf(file),
      contentId: file.contentId,
      isInline: shown.has(file),
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
  });
}
