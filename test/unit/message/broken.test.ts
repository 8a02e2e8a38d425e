// Broken and hostile mail: never an exception, never long, and as much as could be read.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestMail } from '../../../src/message/digest.ts';
import type { MailView } from '../../../src/protocol/viewer.ts';
import { fixture, mail, view, within } from './fixtures.ts';

describe('broken mail tells its problem and what could be read', () => {
  const fixtures: Readonly<Record<string, readonly [problem: string | null, text: string | undefined, files: readonly string[]]>> = {
    empty: ['empty file', '', []],
    'header-only': [null, '', []],
    'header-cut': ['no end of header', '', []],
    'no-header': ['no header', 'Hello, I typed this by hand.\n\nSubject: not a header\n', []],
    'no-end-of-header': ['no end of header', 'Hello Kim,\nthis is the text already.\n', []],
    'stray-header-line': ['line 2 is not a header field', 'Body.\n', []],
    'boundary-missing': ['multipart without boundary', 'Just text.\n', []],
    'boundary-never-appears': ['boundary never appears', 'Just text.\n', []],
    'boundary-never-closed': ['boundary never closed', 'The text.', ['found.pdf']],
    'boundary-with-spaces': [null, 'The text.', ['found.pdf']],
    'part-without-empty-line': [null, 'The text.', ['empty.pdf']],
  };
  for (const [name, [problem, text, files]] of Object.entries(fixtures)) {
    test(name, async () => {
      const shown = await view(fixture(name));
      assert.deepEqual([shown.problem, shown.text?.content], [problem, text]);
      assert.deepEqual(
        shown.parts.map(({ fileName }) => fileName),
        files,
      );
    });
  }

  test('fields before the line that ends the header are kept', async () => {
    const shown = await view(fixture('no-end-of-header'));
    assert.equal(shown.subject, 'The empty line is missing');
    assert.equal((await view(fixture('stray-header-line'))).subject, 'Readable all the same');
  });

  test('binary garbage is one text', async () => {
    const shown = await view(fixture('binary-garbage'));
    assert.equal(shown.problem, 'no header');
    assert.equal(shown.size, 4096);
  });
});

const mebibyte = 1024 * 1024;

function parts(count: number): Buffer {
  const part = '--b\r\nContent-Type: application/x-small\r\n\r\nx\r\n';
  return mail('Subject: many', 'Content-Type: multipart/mixed; boundary=b', '', `${part.repeat(count)}--b--`);
}

function nested(depth: number): Buffer {
  const open = Array.from({ length: depth }, (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`).join(
    '',
  );
  const close = Array.from({ length: depth }, (_, level) => `--b${depth - level - 1}--\r\n`).join('');
  return Buffer.from(`Subject: deep\r\n${open}Content-Type: text/plain\r\n\r\nthe bottom\r\n${close}`);
}

describe('hostile mail ends soon', () => {
  const cases: readonly (readonly [name: string, bytes: () => Buffer, check: (shown: MailView) => void])[] = [
    ['1,000 parts are read', () => parts(1000), ({ parts, problem }) => assert.deepEqual([parts.length, problem], [1000, null])],
    [
      'of 10,000 parts 1,000 are read',
      () => parts(10_000),
      ({ parts, problem }) => assert.deepEqual([parts.length, problem], [1000, 'more than 1,000 parts']),
    ],
    [
      '50 multiparts in one another are read',
      () => nested(50),
      ({ text, problem }) => assert.deepEqual([text?.content, problem], ['the bottom', null]),
    ],
    [
      'of 500 multiparts in one another the 51st is a file',
      () => nested(500),
      ({ parts, problem }) => {
        assert.deepEqual([parts.length, parts[0]?.contentType], [1, 'multipart/mixed']);
        assert.match(problem ?? '', /^parts nested deeper than 50/);
      },
    ],
    [
      'of 100,000 header fields 2,000 are read, and the body is found',
      () => mail(`${'A: b\r\n'.repeat(100_000)}Subject: late`, '', 'the body'),
      ({ headers, problem, text }) =>
        assert.deepEqual([headers.length, problem, text?.content], [2000, 'more than 2,000 header fields', 'the body']),
    ],
    [
      'a header of 5 MiB is read to 1 MiB, and the body is found',
      () => mail(`Subject: first\r\n${`X: ${'y'.repeat(990)}\r\n`.repeat(5 * 1024)}Z: z`, '', 'the body'),
      ({ subject, problem, text }) =>
        assert.deepEqual([subject, problem, text?.content], ['first', 'header larger than 1 MiB', 'the body']),
    ],
    [
      'one header line of 5 MiB',
      () => mail(`Subject: ${'x'.repeat(5 * mebibyte)}`, '', ''),
      ({ subject }) => assert.ok(subject && subject.length <= 65_536),
    ],
    [
      'one body line of 5 MiB',
      () => mail('Subject: s', '', 'x'.repeat(5 * mebibyte)),
      ({ text, problem }) => assert.deepEqual([text?.content.length, problem], [5 * mebibyte, null]),
    ],
    [
      'a text of 20 MiB is cut',
      () => mail('Content-Type: text/plain; charset=iso-2022-jp', '', 'abcdefg\n'.repeat(2.5 * mebibyte)),
      ({ text, problem }) => {
        assert.equal(text?.size, 20 * mebibyte);
        assert.ok(text.content.length <= 5 * mebibyte);
        assert.equal(problem, 'text longer than 5 MiB');
      },
    ],
    [
      '5 MiB of lines that look like boundaries',
      () => mail('Content-Type: multipart/mixed; boundary=b', '', '--\n'.repeat((5 * mebibyte) / 3)),
      ({ problem }) => assert.equal(problem, 'boundary never appears'),
    ],
    ['5 MiB of line feeds', () => Buffer.alloc(5 * mebibyte, '\n'), ({ problem }) => assert.equal(problem, null)],
    ['5 MiB of carriage returns', () => Buffer.alloc(5 * mebibyte, '\r'), ({ problem }) => assert.equal(problem, 'no header')],
    ['5 MiB of NUL', () => Buffer.alloc(5 * mebibyte), ({ problem }) => assert.equal(problem, 'no header')],
    [
      '4 MiB of spaces in quoted-printable',
      () => mail('Content-Transfer-Encoding: quoted-printable', '', `${' '.repeat(4 * mebibyte)}x`),
      ({ text }) => assert.equal(text?.content.length, 4 * mebibyte + 1),
    ],
    ['an address field of 1 MiB', () => mail(`To: ${'a@b.test, '.repeat(100_000)}`, '', ''), ({ to }) => assert.equal(to.length, 1000)],
    ['an address field of brackets', () => mail(`To: ${'<"(:'.repeat(60_000)}`, '', ''), ({ to }) => assert.ok(to.length <= 1000)],
    [
      'a subject of encoded words',
      () => mail(`Subject: ${'=?utf-8?Q?=C3?= '.repeat(60_000)}`, '', ''),
      ({ subject }) => assert.ok(subject !== null),
    ],
    ['a subject of openings', () => mail(`Subject: ${'=?a'.repeat(300_000)}`, '', ''), ({ subject }) => assert.ok(subject !== null)],
    [
      'a content type of parameters',
      () => mail(`Content-Type: text/plain${';a*1=b'.repeat(100_000)}`, '', 'x'),
      ({ text }) => assert.equal(text?.content, 'x'),
    ],
    [
      '5 MiB of HTML that names parts',
      () =>
        mail(
          'Content-Type: multipart/related; boundary=b',
          '',
          `--b\r\nContent-Type: text/html\r\n\r\n${'cid:x '.repeat(800_000)}`,
          `${'--b\r\nContent-Type: image/png\r\nContent-ID: <y>\r\n\r\nx\r\n'.repeat(900)}--b--`,
        ),
      ({ parts }) => assert.equal(parts.length, 900),
    ],
  ];
  for (const [name, make, check] of cases) {
    test(name, async () => {
      const bytes = make();
      check(await within(() => view(bytes)));
      await within(() => digestMail(bytes, null));
    });
  }

  test('a mail of 50 MiB is read in little more memory than it takes', async () => {
    const content = Buffer.alloc(36 * mebibyte, 'mail');
    const lines = content.toString('base64').replace(/.{76}/g, '$&\r\n');
    const bytes = mail(
      'Subject: big',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      'text',
      '--b',
      'Content-Type: application/zip',
      'Content-Transfer-Encoding: base64',
      '',
      lines,
      '--b--',
    );
    assert.ok(bytes.length > 49 * mebibyte);
    const shown = await within(() => view(bytes));
    assert.deepEqual([shown.parts[0]?.size, shown.problem], [content.length, null]);
    const before = process.memoryUsage();
    const digest = await digestMail(bytes, null);
    const after = process.memoryUsage();
    assert.deepEqual([digest.attachments, digest.problem], [1, null]);
    assert.ok(after.external - before.external < 8 * mebibyte, 'a digest decodes no attachment');
  });
});
