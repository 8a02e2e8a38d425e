import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { readPart } from '../../../src/message/view.ts';
import { fixture, fixtureNames, mail, view } from './fixtures.ts';

describe('html and text', () => {
  test('are null when the mail has no such part', async () => {
    assert.equal((await view(fixture('plain-text'))).html, null);
    assert.equal((await view(fixture('html-only'))).text, null);
  });

  test('of a multipart/alternative are both there, preamble and epilogue are not', async () => {
    const { html, text } = await view(fixture('alternative'));
    assert.deepEqual(text, { content: 'Grüße als Text.', charset: 'utf-8', encoding: 'quoted-printable', size: 25 });
    assert.deepEqual(html, { content: '<p>Grüße als <b>HTML</b>.</p>', charset: 'utf-8', encoding: 'base64', size: 44 });
  });

  test('HTML is exactly what was sent: cid: stays, nothing is added', async () => {
    const { html } = await view(fixture('inline-image'));
    assert.equal(
      html?.content,
      '<style>.hero { background: url(cid:hero%40shop.test) }</style>\n<p>Logo: <img src="cid:logo@shop.test" alt="Logo"></p>',
    );
  });

  test('several texts follow one another, each in its own charset', async () => {
    const { text, parts } = await view(fixture('several-text-parts'));
    assert.equal(text?.content, 'First text.\nZweiter Text: ü.');
    assert.deepEqual(
      parts.map(({ fileName }) => fileName),
      ['dot.png'],
    );
  });

  test('lines that end with LF only are lines too', async () => {
    const { text, parts } = await view(fixture('bare-line-feeds'));
    assert.equal(text?.content, 'first\nsecond');
    assert.deepEqual(
      parts.map(({ fileName, size }) => [fileName, size]),
      [['data.csv', 3]],
    );
  });
});

describe('parts', () => {
  test('inside the HTML are those of multipart/related that it names, in src or in CSS, encoded or not', async () => {
    const { parts } = await view(fixture('inline-image'));
    assert.deepEqual(
      parts.map(({ contentId, isInline }) => [contentId, isInline]),
      [
        ['logo@shop.test', true],
        ['hero@shop.test', true],
        ['unused@shop.test', false],
      ],
    );
  });

  test('of the order are logo, invoice and calendar', async () => {
    const { parts, html, text } = await view(fixture('order-shipped'));
    assert.deepEqual(
      parts.map(({ part, fileName, contentType, contentId, isInline }) => [part, fileName, contentType, contentId, isInline]),
      [
        [0, 'logo.svg', 'image/svg+xml', 'logo@shop.test', true],
        [1, 'invoice-10423.pdf', 'application/pdf', null, false],
        [2, 'delivery.ics', 'text/calendar', null, false],
      ],
    );
    assert.match(html?.content ?? '', /<h1>Your order is on its way<\/h1>/);
    assert.match(text?.content ?? '', /^Your order is on its way\n/);
  });

  test('have names of RFC 2231 and 2047, and dangerous ones as they are', async () => {
    const { parts } = await view(fixture('attachment-names'));
    assert.deepEqual(
      parts.map(({ fileName, contentType }) => [fileName, contentType]),
      [
        ['Rechnung März 2026.pdf', 'application/pdf'],
        ['Größe.pdf', 'application/pdf'],
        ['日本語.pdf', 'application/pdf'],
        ['../../etc/passwd', 'application/octet-stream'],
        ['C:\\Windows\\evil.exe', 'application/octet-stream'],
        ['notes; v2.txt', 'text/plain'],
        ['two words.txt', 'application/octet-stream'],
        ['', 'application/octet-stream'],
        ['', 'image/png'],
      ],
    );
  });

  test('an attached mail is one part, and its text is not the mail’s', async () => {
    const { text, parts } = await view(fixture('attached-mail'));
    assert.equal(text?.content, 'See the mail inside.');
    assert.deepEqual(
      parts.map(({ contentType }) => contentType),
      ['message/rfc822'],
    );
    const inner = await view((await readPart(fixture('attached-mail'), 0)).bytes);
    assert.deepEqual([inner.subject, inner.text?.content, inner.problem], ['The inner mail', 'inner text', null]);
  });

  test('of a digest are mails without saying so', async () => {
    const { parts, text } = await view(fixture('digest-of-mails'));
    assert.deepEqual(
      parts.map(({ contentType }) => contentType),
      ['message/rfc822', 'message/rfc822'],
    );
    assert.equal(text, null);
  });

  test('that are no text are parts: calendar, delivery status', async () => {
    assert.deepEqual(
      (await view(fixture('calendar-invitation'))).parts.map(({ contentType }) => contentType),
      ['text/calendar'],
    );
    assert.deepEqual(
      (await view(fixture('delivery-report'))).parts.map(({ contentType }) => contentType),
      ['message/delivery-status', 'text/rfc822-headers'],
    );
  });

  test('without empty line behind their header are empty', async () => {
    const { parts } = await view(fixture('part-without-empty-line'));
    assert.deepEqual(
      parts.map(({ fileName, size }) => [fileName, size]),
      [['empty.pdf', 0]],
    );
  });
});

describe('readPart', () => {
  test('gives what the view promised, in memory of its own', async () => {
    for (const name of fixtureNames) {
      const bytes = fixture(name);
      for (const { part, fileName, contentType, size, sha256 } of (await view(bytes)).parts) {
        const read = await readPart(bytes, part);
        assert.deepEqual([read.fileName, read.contentType, read.bytes.length], [fileName, contentType, size], name);
        assert.equal(createHash('sha256').update(read.bytes).digest('hex'), sha256, name);
        assert.equal(read.bytes.byteLength, read.bytes.buffer.byteLength, name);
        assert.ok(!Buffer.isBuffer(read.bytes));
      }
    }
  });

  test('rejects with noSuchPart for any other number', async () => {
    for (const part of [-1, 3, 0.5, Number.NaN]) {
      await assert.rejects(readPart(fixture('order-shipped'), part), (error) => Failure.is(error, 'noSuchPart'));
    }
  });

  test('reads base64 as the octets that were encoded', async () => {
    const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) & 0xff));
    const bytes = mail(
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: BASE64 (as ever)',
      '',
      content.toString('base64').replace(/.{76}/g, '$&\r\n'),
      '',
    );
    assert.deepEqual(Buffer.from((await readPart(bytes, 0)).bytes), content);
  });
});
