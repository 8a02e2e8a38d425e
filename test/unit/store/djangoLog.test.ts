// store: the files of Django's file backend, byte for byte as its write_message writes them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sliceLog, withoutSlices } from '../../../src/store/djangoLog.ts';

const separator = `${'-'.repeat(79)}\n`;
const first = 'Content-Type: text/plain; charset="utf-8"\nSubject: one\n\nHello\n';
const second = 'Content-Type: text/plain\nSubject: two\n\nNo line end';

/** As Django does: mail, line feed, separator. */
const log = (...mails: string[]): Buffer => Buffer.from(mails.map((mail) => `${mail}\n${separator}`).join(''));
const mailsOf = (octets: Buffer): string[] => sliceLog(octets).map(({ start, end }) => octets.toString('utf8', start, end));

describe('a log of mails', () => {
  test('is sliced into exactly the mails that were written', () => {
    assert.deepEqual(mailsOf(log(first, second, first)), [first, second, first]);
  });

  test('with CRLF line ends, as on Windows', () => {
    const crlf = Buffer.from(log(first, second).toString().replaceAll('\n', '\r\n'));
    assert.deepEqual(
      mailsOf(crlf),
      [first, second].map((mail) => mail.replaceAll('\n', '\r\n')),
    );
  });

  test('keeps a line of hyphens that is part of a text', () => {
    const quoted = `Subject: x\n\nabove\n${separator}below\n`;
    assert.deepEqual(mailsOf(log(quoted, second)), [quoted, second]);
  });

  test('takes only a line of exactly 79 hyphens', () => {
    const ruled = `Subject: x\n\n${'-'.repeat(80)}\nA: b\n${'-'.repeat(78)}\nA: b\n> ${'-'.repeat(79)}\nA: b\n`;
    assert.deepEqual(mailsOf(log(ruled)), [ruled]);
  });

  test('leaves out the mail that is still being written', () => {
    const octets = log(first, second);
    assert.deepEqual(mailsOf(octets.subarray(0, octets.length - 2)), [first]);
    for (let length = 0; length < octets.length; length++) {
      const mails = mailsOf(octets.subarray(0, length));
      assert.ok(mails.length < 2 && (mails[0] ?? first) === first, `${length} octets`);
    }
  });

  test('is none when it does not begin with a header field or has no separator', () => {
    assert.deepEqual(mailsOf(Buffer.from(`2026-11-21 12:00:00 started\n${separator}`)), []);
    assert.deepEqual(mailsOf(Buffer.from('INFO: started\nINFO: stopped\n')), []);
    assert.deepEqual(mailsOf(Buffer.alloc(0)), []);
  });

  test('loses the mails that are removed, and nothing else', () => {
    const octets = Buffer.concat([log(first, second, first), Buffer.from('Subject: unfinished\n')]);
    const slices = sliceLog(octets);
    const idOf = (index: number): string => slices[index]?.id ?? '';
    const rest = withoutSlices(octets, slices, new Set([idOf(0), idOf(2)]));
    assert.deepEqual(rest, Buffer.concat([log(second), Buffer.from('Subject: unfinished\n')]));
    assert.deepEqual(withoutSlices(log(first), sliceLog(log(first)), new Set([idOf(0)])), Buffer.alloc(0));
  });

  test('names each mail by its octets, whatever stands around it', () => {
    const idsOf = (...mails: string[]): string[] => sliceLog(log(...mails)).map(({ id }) => id);
    const [one = '', two = '', again = ''] = idsOf(first, second, first);
    assert.match(one, /^[0-9a-f]{16}$/);
    assert.equal(again, `${one}-2`);
    assert.deepEqual(idsOf(second, first), [two, one]);
    assert.deepEqual(idsOf(`${first} `), idsOf(`${first} `));
    assert.notDeepEqual(idsOf(`${first} `), [one]);
  });
});
