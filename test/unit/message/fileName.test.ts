import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cleanFileName } from '../../../src/message/fileName.ts';

describe('cleanFileName', () => {
  const names: readonly (readonly [string, string])[] = [
    ['invoice-10423.pdf', 'invoice-10423.pdf'],
    ['Größe 日本.pdf', 'Größe 日本.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\evil.exe', 'evil.exe'],
    ['/', 'attachment'],
    ['', 'attachment'],
    ['...', 'attachment'],
    ['.bashrc', 'bashrc'],
    ['name.txt. . ', 'name.txt'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    ['a\u0000b\r\nc.txt', 'abc.txt'],
    ['a<b>:"|?*.txt', 'ab.txt'],
    ['con', '_con'],
    ['NUL.txt', '_NUL.txt'],
    ['com1 .tar.gz', '_com1 .tar.gz'],
    ['console.log', 'console.log'],
    ['lone\uD800surrogate', 'lonesurrogate'],
    ['zero\u200Bwidth', 'zerowidth'],
    ['many   spaces\t.txt', 'many spaces.txt'],
    ['folder/', 'folder'],
  ];
  for (const [name, clean] of names) {
    test(JSON.stringify(name), () => {
      assert.equal(cleanFileName(name, 'attachment'), clean);
    });
  }

  test('a long name is cut before its extension', () => {
    const clean = cleanFileName(`${'é'.repeat(500)}.tar.gz`, 'attachment');
    assert.equal([...clean].length, 80);
    assert.ok(clean.endsWith('é.gz'));
  });

  test('no name whatever is a path, hidden, reserved or long, and cleaning it again changes nothing', () => {
    const hostile = fc.stringMatching(/^[./\\: a-z\u202e\ud83d\u0000]{0,100}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), hostile), (name) => {
        const clean = cleanFileName(name, 'attachment');
        assert.doesNotMatch(clean, /[/\\:\u0000-\u001f\u202a-\u202e]|^[.\s]|[.\s]$|^$/);
        assert.doesNotMatch(clean, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        assert.ok(Buffer.byteLength(clean) <= 80 * 4 && clean.isWellFormed());
        assert.equal(cleanFileName(clean, 'attachment'), clean);
      }),
    );
  });
});
