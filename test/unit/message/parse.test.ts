// What mailparser decodes, what is kept from it, and that it makes no difference which of the two ways a well-formed mail takes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { outlineMail } from '../../../src/message/outline.ts';
import { parseSound } from '../../../src/message/parse.ts';
import { contentOf, joinTexts } from '../../../src/message/tolerant.ts';
import { mail, view, within } from './fixtures.ts';

const mebibyte = 1024 * 1024;

function encode(content: Buffer, encoding: string): string {
  if (encoding === 'base64') return content.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n');
  if (encoding === 'quoted-printable')
    return content
      .toString('hex')
      .toUpperCase()
      .replace(/../g, '=$&')
      .replace(/.{72}(?=.)/g, '$&=\r\n');
  return content.toString('latin1');
}

/** An alternative of text and HTML, and files behind it. */
function message(text: string, files: readonly { readonly encoding: string; readonly content: Buffer }[], lineEnd = '\r\n'): Buffer {
  const body = encode(Buffer.from(text), 'base64');
  const lines = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="outer.1"',
    '',
    '--outer.1',
    'Content-Type: multipart/alternative; boundary="outer.1.inner"',
    '',
    ...['text/plain', 'text/html'].flatMap((type) => [
      '--outer.1.inner',
      `Content-Type: ${type}; charset=utf-8`,
      'Content-Transfer-Encoding: base64',
      '',
      body,
    ]),
    '--outer.1.inner--',
    ...files.flatMap(({ encoding, content }, index) => [
      '--outer.1',
      `Content-Type: application/x-test; name="file-${index}"`,
      `Content-Transfer-Encoding: ${encoding}`,
      'Content-Disposition: attachment',
      '',
      encode(content, encoding),
    ]),
    '--outer.1--',
    '',
  ];
  return Buffer.from(lines.join(lineEnd), 'latin1');
}

async function assertSame(bytes: Buffer): Promise<void> {
  const outline = outlineMail(bytes);
  const parsed = await parseSound(outline);
  assert.ok(parsed, 'takes the way of mailparser');
  assert.deepEqual([parsed.text, parsed.html], [joinTexts(outline, outline.texts), joinTexts(outline, outline.htmls)]);
  assert.equal(parsed.files.length, outline.files.length);
  for (const [part, file] of outline.files.entries()) assert.ok(parsed.files[part]?.equals(contentOf(outline, file)), `part ${part}`);
}

describe('both ways give the same octets', () => {
  test('of any well-formed mail', async () => {
    const encoding = fc.constantFrom('base64', 'quoted-printable', '8bit', 'binary');
    const file = fc.record({ encoding, content: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((octets) => Buffer.from(octets)) });
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((words) => !/[\uFFFD\uFEFF]/.test(words));
    await fc.assert(
      fc.asyncProperty(text, fc.array(file, { maxLength: 5 }), (words, files) => assertSame(message(words, files))),
      { numRuns: 300 },
    );
  });

  test('of parts that end near the edges of the pieces in which mailparser reads', async () => {
    for (const encoding of ['base64', 'quoted-printable', '8bit']) {
      for (let octets = 65_536 - 700; octets < 65_536; octets += 13) {
        const length =
          encoding === 'base64'
            ? Math.floor((octets * 57) / 78)
            : encoding === 'quoted-printable'
              ? Math.floor((octets * 24) / 75)
              : octets;
        const content = Buffer.from('one line of a file\r\n'.repeat(Math.ceil(length / 20)).slice(0, length));
        await assertSame(
          message('text', [
            { encoding, content },
            { encoding: '8bit', content: Buffer.from('end') },
          ]),
        );
      }
    }
  });

  test('where lines end with LF only', () => assertSame(message('text', [{ encoding: '8bit', content: Buffer.from('a\n\nb\n') }], '\n')));
});

describe('mailparser is not asked, or not believed,', () => {
  const file = (...lines: readonly string[]): Buffer => mail('Content-Type: application/x-test', ...lines);
  const cases: Readonly<Record<string, () => Buffer>> = {
    'for a mail larger than 8 MiB': () => file('', 'x'.repeat(8 * mebibyte)),
    'for more than 128 KiB of headers': () => file(`To: ${'a@b.test, '.repeat(14_000)}`, '', 'x'),
    'for white space without end in quoted-printable': () =>
      file('Content-Transfer-Encoding: quoted-printable', '', `${' '.repeat(mebibyte)}x`),
    'for a carriage return alone in quoted-printable': () => file('Content-Transfer-Encoding: quoted-printable', '', 'a \rb'),
    'for octets in base64 that are none of it': () => file('Content-Transfer-Encoding: base64', '', 'YW\u00e9Jj'),
    'for a part whose header has a line that is no field': () =>
      mail('Content-Type: multipart/mixed; boundary=b', '', '--b', 'no field', '', 'text', '--b--'),
    'for text and HTML that are no alternatives': () =>
      mail('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'text', '--b', 'Content-Type: text/html', '', '<p>', '--b--'),
    'for a mail inside the mail, though both have one file': () =>
      mail(
        ...['Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: message/rfc822', 'Content-Disposition: inline', ''],
        ...['Content-Type: multipart/mixed; boundary=c', '', '--c', 'Content-Type: application/x-test', '', 'x', '--c--', '--b--'],
      ),
    'for an empty file before another': () =>
      message('text', [
        { encoding: '8bit', content: Buffer.alloc(0) },
        { encoding: '8bit', content: Buffer.from('x') },
      ]),
    'for a charset that is an encoding': () => mail('Content-Type: text/plain; charset=hex', '', 'Hello'),
  };
  for (const [name, make] of Object.entries(cases)) {
    test(name, async () => {
      const bytes = make();
      assert.equal(await within(() => parseSound(outlineMail(bytes))), null);
    });
  }
});

test('nothing that mailparser writes is shown: no link, no markup, no data: address', async () => {
  const html = '<img src="cid:x"> https://shop.test';
  const bytes = mail(
    ...['Content-Type: multipart/related; boundary=b', '', '--b', 'Content-Type: multipart/alternative; boundary=c', ''],
    ...['--c', '', 'see https://shop.test <b>', '--c', 'Content-Type: text/html', '', html, '--c--'],
    ...['--b', 'Content-Type: image/png', 'Content-ID: <x>', '', 'x', '--b--'],
  );
  assert.ok(await parseSound(outlineMail(bytes)));
  const shown = await view(bytes);
  assert.deepEqual([shown.text?.content, shown.html?.content], ['see https://shop.test <b>', html]);
});

test('an encoding that is the name of something in every object is an unknown one', async () => {
  for (const encoding of ['constructor', '__proto__', 'toString']) {
    assert.equal((await view(mail(`Content-Transfer-Encoding: ${encoding}`, '', '=41'))).text?.content, '=41');
  }
});
