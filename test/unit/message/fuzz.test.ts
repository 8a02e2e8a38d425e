// Properties: whatever the octets, a mail is read without an exception and what is told about it fits together.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digestMail } from '../../../src/message/digest.ts';
import { readPart } from '../../../src/message/view.ts';
import { fixture, fixtureNames, view } from './fixtures.ts';

async function read(bytes: Uint8Array): Promise<void> {
  const shown = await view(bytes);
  const digest = await digestMail(bytes, null);
  assert.equal(shown.size, bytes.length);
  assert.equal(digest.problem, shown.problem);
  assert.ok(digest.searchText.length <= 65_536);
  assert.doesNotThrow(() => structuredClone(shown));
  let line = 0;
  for (const field of shown.headers) {
    assert.ok(field.line > line && field.name !== '');
    line = field.line;
  }
  for (const { part, size } of shown.parts) assert.equal((await readPart(bytes, part)).bytes.length, size);
}

/** Pieces that steer a parser, in any order. */
const pieces = fc.constantFrom(
  '\r\n', '\n', '\r', '\r\n\r\n', ' ', '\t', ':', ';', '=', '"', '\0', '--', '--b', '--b--', '--b\r\n', '\r\n--b--\r\n', '=?utf-8?Q?=C3?=', '=?x?B?!?=', '=3D', '=\r\n',
  'Subject: ', 'From: ', 'To: <a@b.test>, ', 'Content-Type: ', 'multipart/mixed; boundary=b', 'multipart/related; boundary="b"', 'text/html', 'text/plain; charset=', 'utf-16', 'iso-2022-jp', 'hex',
  'message/rfc822', 'Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: quoted-printable', 'Content-Disposition: attachment; filename*0*=', "utf-8''%C3", 'Content-ID: <x>', 'cid:x',
  'format=flowed', '\u001b$B', '日本', '<b>&auml;', '__proto__=x', 'From ', 'YWJj',
); // biome-ignore format: a list of words

describe('any octets', () => {
  test('of no kind in particular', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), read), { numRuns: 300 });
  });

  test('of pieces of mail in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 60 }), (words) => read(Buffer.from(words.join('')))),
      { numRuns: 1500 },
    );
  });

  test('of the fixtures with octets changed, removed, repeated and cut', async () => {
    const mutation = fc.record({
      name: fc.constantFrom(...fixtureNames),
      edits: fc.array(fc.record({ at: fc.nat(), length: fc.nat({ max: 40 }), octets: fc.uint8Array({ maxLength: 10 }) }), {
        minLength: 1,
        maxLength: 6,
      }),
      cut: fc.option(fc.nat()),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ name, edits, cut }) => {
        let bytes = fixture(name);
        for (const { at, length, octets } of edits) {
          const start = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, start), octets, bytes.subarray(start + length)]);
        }
        await read(cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1)));
      }),
      { numRuns: 600 },
    );
  });
});
