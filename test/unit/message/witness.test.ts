// mailparser, the best known parser for Node, is asked about every fixture; where we differ from it, the reason stands here.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ParsedMail, simpleParser } from 'mailparser';
import { fixture, fixtureNames, view } from './fixtures.ts';

type Aspect = 'subject' | 'from' | 'text' | 'html' | 'files';

/** What mailparser reads otherwise, and why we do not follow. */
const differences: Readonly<Record<string, readonly [aspects: readonly Aspect[], why: string]>> = {
  'address-encoded-tricks': [['from'], 'it takes the address inside the encoded word for the sender'],
  'attached-mail': [['text', 'files'], 'it mixes the text of an attached mail into the text'],
  'attachment-names': [['text', 'files'], 'it makes a text with a file name part of the text'],
  'binary-garbage': [['text'], 'it makes fields of lines that are none'],
  'boundary-missing': [['text'], 'it shows nothing'],
  'boundary-never-appears': [['text'], 'it shows nothing'],
  'boundary-never-closed': [['text', 'files'], 'it does not see the outer boundary and loses the file'],
  'boundary-with-spaces': [['text', 'files'], 'it does not see a boundary with white space behind it'],
  'charset-missing-latin-1': [['text'], 'it reads octets without charset as UTF-8 though they are none'],
  'charset-utf-16': [['text'], 'it reads UTF-16 without mark as little-endian'],
  'delivery-report': [['text', 'files'], 'it makes the delivery status part of the text'],
  'digest-of-mails': [['files'], 'it does not know the default type of a digest'],
  'format-flowed': [['text'], 'it joins quoted lines with their marks'],
  'header-raw-latin-1': [['subject', 'from'], 'it shows U+FFFD for each letter'],
  'no-end-of-header': [['text'], 'it loses the text'],
  'no-header': [['text'], 'it loses the first line'],
  empty: [['text'], 'it has no text'],
  'header-only': [['text'], 'it has no text'],
  'header-cut': [['text'], 'it has no text'],
};

function readings(parsed: ParsedMail, text: string | null): Readonly<Record<Aspect, unknown>> {
  return {
    subject: parsed.subject ?? null,
    from: (parsed.from?.value ?? []).map(({ name, address }) => ({ name, address: address ?? '' })),
    text,
    html: parsed.html === false ? null : (parsed.html ?? null),
    files: parsed.attachments.map(({ filename, checksum, contentType }) => [filename ?? '', checksum, contentType]),
  };
}

describe('mailparser agrees', () => {
  for (const name of fixtureNames) {
    test(name, async () => {
      const bytes = fixture(name);
      const shown = await view(bytes);
      const parsed = await simpleParser(bytes, {
        skipHtmlToText: true,
        skipTextToHtml: true,
        skipImageLinks: true,
        keepCidLinks: true,
        checksumAlgo: 'sha256',
      } as Parameters<typeof simpleParser>[1]);
      const theirs = readings(parsed, shown.text === null ? null : (parsed.text ?? null));
      const ours: Readonly<Record<Aspect, unknown>> = {
        subject: shown.subject,
        from: shown.from,
        text: shown.text?.content ?? null,
        html: shown.html?.content ?? null,
        files: shown.parts.map(({ fileName, sha256, contentType }) => [fileName, sha256, contentType]),
      };
      const aspects: readonly Aspect[] = ['subject', 'from', 'text', 'html', 'files'];
      const differing = aspects.filter((aspect) => JSON.stringify(ours[aspect]) !== JSON.stringify(theirs[aspect]));
      const expected = differences[name]?.[0] ?? [];
      assert.deepEqual(differing.toSorted(), expected.toSorted(), JSON.stringify({ ours, theirs }).slice(0, 1500));
    });
  }
});
