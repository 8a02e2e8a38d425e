import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeLine, printable } from '../../../src/smtp/printable.ts';

describe('lines as text', () => {
  test('UTF-8 is read as UTF-8', () => assert.equal(decodeLine(Buffer.from('RCPT TO:<grüße@例え.test>')), 'RCPT TO:<grüße@例え.test>'));
  test('other octets become one character each', () => assert.equal(decodeLine(Buffer.from([0x41, 0xfc, 0x42])), 'A\xfcB'));
  test('a mark at the start is not lost', () => assert.equal(decodeLine(Buffer.from('\ufeffQUIT')), '\ufeffQUIT'));
  test('control characters other than TAB are printed', () => {
    assert.equal(printable('a\tb\x00c\x7fd\x85e\u2029'), 'a\tb\\x00c\\x7Fd\\x85e\\u2029');
  });
});
