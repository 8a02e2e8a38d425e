// message: the bodies of sound mail, decoded by mailparser, for the viewer. The only file that imports it.
//
// Decoded texts and files are taken from it and nothing else: not its subject and addresses (an address inside an encoded word becomes
// the sender, see addresses.ts), nor any HTML that it writes. What it is known to lose or to mix does not get here; each case has its
// mail in test/mail and its reason in test/unit/message/witness.test.ts.
import { type Attachment, simpleParser } from 'mailparser';
import { isPeculiarCharset } from './charset.ts';
import { maxSoundHeaders, maxSoundOctets, maxTextOctets } from './limits.ts';
import type { Mail } from './outline.ts';
import type { Entity } from './structure.ts';

export interface ParsedMail {
  /** '' when the mail has none. */
  readonly text: string;
  readonly html: string;
  /** By part number. */
  readonly files: readonly Buffer[];
}

/** No markup of its own, no links made or changed; cid: stays. The hash is made in any case, and MD5 fails where Node runs in FIPS mode. */
const options = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  keepCidLinks: true,
  checksumAlgo: 'sha256',
};

/** Null when the mail is not sound, or mailparser does not see what the outline says: tolerant.ts decodes it then. Never rejects. */
export async function parseSound(mail: Mail): Promise<ParsedMail | null> {
  if (!isSound(mail)) return null;
  try {
    const { text = '', html, attachments } = await simpleParser(mail.bytes, options);
    const parsed = { text, html: html || '', files: attachments.map(({ content }) => content) };
    const hasSameFiles = mail.files.length === attachments.length && mail.files.every((file, part) => isFileOf(file, attachments[part]));
    return hasSameFiles && isTextOf(mail.texts, parsed.text) && isTextOf(mail.htmls, parsed.html) ? parsed : null;
  } catch {
    return null;
  }
}

/** Whether a mail is in order and has nothing that mailparser reads in a way of its own. */
function isSound(mail: Mail): boolean {
  const { bytes, texts, htmls, files, problem, hasOddHeader } = mail;
  const leaves = [...texts, ...htmls, ...files];
  const shown = [...texts, ...htmls];
  return (
    problem === null &&
    // It loses the text below the header of a part that has lines which are no fields.
    !hasOddHeader &&
    bytes.length <= maxSoundOctets &&
    bytes.length - octetsOf(leaves) <= maxSoundHeaders &&
    octetsOf(shown) <= maxTextOctets &&
    // It joins texts with markup, and puts a text among the HTML unless they are alternatives.
    texts.length <= 1 &&
    htmls.length <= 1 &&
    (shown.length < 2 || shown.every(({ isAlternative }) => isAlternative)) &&
    // It joins quoted lines of format=flowed, and knows charsets that are none.
    !shown.some(({ isFlowed, charset }) => isFlowed || isPeculiarCharset(charset)) &&
    // It opens a mail inside the mail.
    !files.some(({ contentType }) => contentType.startsWith('message/')) &&
    leaves.every((leaf) => isEncodedWell(bytes, leaf)) &&
    !hasOddFields(bytes, leaves)
  );
}

/**
 * What it takes for a part of the name of a charset or encoding: control characters, a CR alone among them, which are white space for us, and the
 * comments of RFC 5322 section 3.2.2.
 */
const odd = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|charset[ \t]*=[^;\r\n]*\(/i;

/** Whether a header has such fields. The headers are what lies between the leaves. */
function hasOddFields(bytes: Buffer, leaves: readonly Entity[]): boolean {
  let from = 0;
  for (const { start, end } of leaves.toSorted((a, b) => a.start - b.start)) {
    if (odd.test(bytes.toString('latin1', from, start))) return true;
    from = end;
  }
  return false;
}

/**
 * What mailparser's decoders take otherwise: libbase64 makes letters of octets above 127 where RFC 2045 section 6.8 has them skipped. libqp
 * ends a line at a CR alone, and takes quadratic time for a run of white space (half a minute for 256 KiB), of which a line of
 * quoted-printable has at most 76 (section 6.7).
 */
const unusual: ReadonlyMap<string, RegExp> = new Map([
  ['base64', /[^A-Za-z0-9+/=\r\n\t ]/],
  ['quoted-printable', /\r(?!\n)|[ \t]{80}/],
]);

function isEncodedWell(bytes: Buffer, { encoding, start, end }: Entity): boolean {
  return !unusual.get(encoding)?.test(bytes.toString('latin1', start, end));
}

/** Whether name and length are those of the outline; mailparser gives an empty file that is not the last the line ending behind it. */
function isFileOf({ fileName, encoding, start, end }: Entity, attachment: Attachment | undefined): boolean {
  if (attachment === undefined || (attachment.filename ?? '') !== fileName) return false;
  const octets = attachment.content.length;
  return unusual.has(encoding) ? octets <= end - start : octets === end - start;
}

/** Whether a decoded text is there when the mail has one, and its octets could be decoded. A mark at its beginning is no text. */
function isTextOf(parts: readonly Entity[], text: string): boolean {
  return (text === '') === (octetsOf(parts) === 0) && !/[\uFFFD\uFEFF]/.test(text);
}

function octetsOf(parts: readonly Entity[]): number {
  return parts.reduce((sum, { start, end }) => sum + end - start, 0);
}
