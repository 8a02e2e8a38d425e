// Which fixtures mailparser decodes for the viewer, and that it decodes them as our tolerant pass does; where we do not follow it, the
// reason stands here.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { type ParsedMail, simpleParser } from 'mailparser';
import { addressesOf, fileTypeOf, type Mail, outlineMail, subjectOf } from '../../../src/message/outline.ts';
import { parseSound } from '../../../src/message/parse.ts';
import { contentOf, joinTexts } from '../../../src/message/tolerant.ts';
import { fixture, fixtureNames } from './fixtures.ts';

type Aspect = 'subject' | 'from' | 'text' | 'files';

/** Why subject and addresses are ours in every mail. */
const headerDifferences: Readonly<Record<string, readonly [aspects: readonly Aspect[], why: string]>> = {
  'address-encoded-tricks': [['from'], 'it takes the address inside the encoded word for the sender'],
  'header-raw-latin-1': [['subject', 'from'], 'it shows U+FFFD for each letter'],
};

/** What takes the tolerant way, what mailparser reads otherwise in it, and why. */
const tolerant: Readonly<Record<string, readonly [aspects: readonly Aspect[], why: string]>> = {
  'attached-mail': [['text', 'files'], 'it mixes the text of an attached mail into the text'],
  'attachment-names': [['text', 'files'], 'it makes a text with a file name part of the text'],
  'base64-garbage': [[], 'it skips less of what is not base64'],
  'binary-garbage': [['text'], 'it makes fields of lines that are none'],
  'boundary-missing': [['text'], 'it shows nothing'],
  'boundary-never-appears': [['text'], 'it shows nothing'],
  'boundary-never-closed': [['text', 'files'], 'it does not see the outer boundary and loses the file'],
  'boundary-with-spaces': [['text', 'files'], 'it does not see a boundary with white space behind it'],
  'charset-missing-latin-1': [['text'], 'it reads octets without charset as UTF-8 though they are none'],
  'charset-utf-16': [['text'], 'it reads UTF-16 without mark as little-endian'],
  'charset-utf-16-mark': [[], 'UTF-16 without mark'],
  'charset-wrong-declaration': [[], 'octets that its decoder cannot read may be readable to ours'],
  'delivery-report': [['text', 'files'], 'it makes the delivery status part of the text'],
  'digest-of-mails': [['files'], 'it does not know the default type of a digest'],
  empty: [[], 'there is nothing to decode'],
  'encoding-comment': [['text', 'files'], 'it takes a comment for a part of type and charset'],
  'format-flowed': [['text'], 'it joins quoted lines with their marks'],
  'header-bare-cr': [[], 'a CR alone in a field'],
  'header-begins-folded': [[], 'a header that begins with a line that continues none'],
  'header-cut': [[], 'a header without end'],
  'no-end-of-header': [['text'], 'it loses the text'],
  'no-header': [['text'], 'it loses the first line'],
  'several-text-parts': [[], 'it leaves out empty ones and puts markup between those of HTML'],
  'stray-header-line': [[], 'a line in the header that is no field'],
};

/** Everything as mailparser has it when nobody looks at the mail first. */
function theirReading(mail: Mail, parsed: ParsedMail): Readonly<Record<Aspect | 'html', unknown>> {
  return {
    subject: parsed.subject ?? null,
    from: (parsed.from?.value ?? []).map(({ name, address }) => ({ name, address: address ?? '' })),
    text: mail.texts.length === 0 ? '' : (parsed.text ?? ''),
    html: parsed.html || '',
    files: parsed.attachments.map(({ filename, checksum, contentType }) => [filename ?? '', checksum, contentType]),
  };
}

function ourReading(mail: Mail): Readonly<Record<Aspect | 'html', unknown>> {
  return {
    subject: subjectOf(mail),
    from: addressesOf(mail, 'from'),
    text: joinTexts(mail, mail.texts),
    html: joinTexts(mail, mail.htmls),
    files: mail.files.map((file) => [file.fileName, createHash('sha256').update(contentOf(mail, file)).digest('hex'), fileTypeOf(file)]),
  };
}

describe('mailparser and our tolerant pass read alike, but for what the table says', () => {
  for (const name of fixtureNames) {
    test(name, async () => {
      const mail = outlineMail(fixture(name));
      const parsed = await simpleParser(mail.bytes, {
        skipHtmlToText: true,
        skipTextToHtml: true,
        keepCidLinks: true,
        checksumAlgo: 'sha256',
      });
      const [ours, theirs] = [ourReading(mail), theirReading(mail, parsed)];
      const aspects = ['subject', 'from', 'text', 'html', 'files'] as const;
      const differing = aspects.filter((aspect) => JSON.stringify(ours[aspect]) !== JSON.stringify(theirs[aspect]));
      const expected = [...(headerDifferences[name]?.[0] ?? []), ...(tolerant[name]?.[0] ?? [])];
      assert.deepEqual(differing, expected, JSON.stringify({ ours, theirs }).slice(0, 1500));
    });
  }
});

describe('the way of a fixture', () => {
  for (const name of fixtureNames) {
    test(name in tolerant ? `${name} is decoded by ourselves` : `${name} is decoded by mailparser, to the same octets`, async () => {
      const mail = outlineMail(fixture(name));
      const parsed = await parseSound(mail);
      if (name in tolerant) assert.equal(parsed, null);
      else {
        assert.deepEqual([parsed?.text, parsed?.html], [joinTexts(mail, mail.texts), joinTexts(mail, mail.htmls)]);
        assert.deepEqual(
          parsed?.files,
          mail.files.map((file) => Buffer.from(contentOf(mail, file))),
        );
      }
    });
  }
});
