// message: everything that the viewer shows of one mail, as plain data.
import { createHash } from 'node:crypto';
import type { HeaderField, MailView, Part, TextPart } from '../protocol/viewer.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { fieldSource, fieldValue } from './header.ts';
import { maxPartOctets, maxTextOctets } from './limits.ts';
import { addressesOf, contentOf, dateOf, fileTypeOf, type Mail, parseMail, subjectOf, textOf } from './parse.ts';
import { findShownFiles } from './references.ts';
import type { Entity } from './structure.ts';

/** What is known of a mail besides its octets. */
export interface MailFacts {
  readonly fileName: string;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number | null;
  readonly delivery: Delivery | null;
}

/** Never rejects: what cannot be read is left out and named in `problem`. */
export async function viewMail(bytes: Uint8Array, facts: MailFacts): Promise<MailView> {
  const mail = parseMail(bytes);
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
    html: joinTexts(mail, mail.htmls),
    text: joinTexts(mail, mail.texts),
    headers: listFields(mail),
    parts: listParts(mail),
    delivery: facts.delivery,
    problem: problems.length === 0 ? null : problems.join('; '),
  };
}

/** One text of all parts of a kind, one after the other; charset and encoding are those of the first. Null when there is none. */
function joinTexts(mail: Mail, parts: readonly Entity[]): TextPart | null {
  const [first] = parts;
  if (!first) return null;
  const texts: string[] = [];
  let left = maxTextOctets;
  for (const part of parts) {
    if (left <= 0) break;
    texts.push(textOf(mail, part, left));
    left -= part.end - part.start;
  }
  return { content: texts.join('\n'), charset: first.charset, encoding: first.encoding, size: octetsOf(parts) };
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

function listParts(mail: Mail): Part[] {
  const shown = findShownFiles(mail);
  return mail.files.map((file, part) => {
    const content = contentOf(mail, file);
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
