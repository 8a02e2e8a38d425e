// The reader of replies: what RFC 5321 allows, what servers send instead, and the same replies in whatever pieces they come.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { replyText } from '../../../src/smtp/reply.ts';
import { maxLine, maxLines, type ReadReply, ReplyReader } from '../../../src/smtp/replyReader.ts';

function octets(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function read(...pieces: readonly (string | Buffer)[]): { readonly replies: ReadReply[]; readonly reader: ReplyReader } {
  const replies: ReadReply[] = [];
  const reader = new ReplyReader((reply) => replies.push(reply));
  for (const piece of pieces) reader.push(typeof piece === 'string' ? octets(piece) : piece);
  return { replies, reader };
}

function only(...pieces: readonly (string | Buffer)[]): ReadReply {
  const { replies } = read(...pieces);
  assert.equal(replies.length, 1);
  return replies[0]!;
}

describe('a correct reply', () => {
  test('of one line has its code, its enhanced code and its text', () => {
    const reply = only('550 5.7.1 Unable to relay\r\n');
    assert.equal(reply.code, 550);
    assert.equal(reply.enhanced, '5.7.1');
    assert.deepEqual(reply.problems, []);
    const { raw, ...line } = reply.lines[0]!;
    assert.deepEqual(line, { code: '550', separator: ' ', text: '5.7.1 Unable to relay', ending: 'CRLF' });
    assert.equal(Buffer.from(raw).toString('latin1'), '550 5.7.1 Unable to relay\r\n');
  });

  test('of several lines is complete with the line that has no hyphen', () => {
    const { replies, reader } = read('250-localhost\r\n250-SIZE 10\r\n');
    assert.equal(replies.length, 0);
    reader.push(octets('250 HELP\r\n'));
    assert.equal(replyText(replies[0]!), '250-localhost\n250-SIZE 10\n250 HELP');
    assert.deepEqual(replies[0]?.problems, []);
  });

  test('may be a code alone (RFC 5321 section 4.2)', () => {
    for (const text of ['250\r\n', '250 \r\n']) assert.deepEqual(only(text).problems, []);
  });

  test('may follow another one in one piece', () => {
    assert.deepEqual(
      read('250 a\r\n250-b\r\n250 c\r\n354 d\r\n').replies.map((reply) => reply.code),
      [250, 250, 354],
    );
  });

  test('has an enhanced code only where RFC 2034 puts it', () => {
    assert.equal(only('250 2.1.5\r\n').enhanced, '2.1.5');
    assert.equal(only('250-2.0.0 a\r\n250 b\r\n').enhanced, '2.0.0');
    for (const text of ['250 version 2.1.5\r\n', '250 3.1.5 x\r\n', '250 2.1.5x\r\n', '250 2.1\r\n'])
      assert.equal(only(text).enhanced, null);
  });

  test('in UTF-8 is decoded, and said to be eight-bit', () => {
    const reply = only(Buffer.from('250 Grüße\r\n', 'utf8'));
    assert.equal(reply.lines[0]?.text, 'Grüße');
    assert.deepEqual(reply.problems, ['eightBit']);
    assert.equal(only('250 Gr\xfc\xdfe\r\n').lines[0]?.text, 'Grüße');
  });
});

describe('a broken reply', () => {
  test('with a bare LF is read and said to be broken', () => {
    assert.deepEqual(only('250-a\n250 b\r\n').problems, ['bareLf']);
  });

  test('with a CR inside of a line keeps it in the text', () => {
    const reply = only('250 ok\r\r\n');
    assert.equal(reply.lines[0]?.text, 'ok\r');
    assert.deepEqual(reply.problems, ['bareCr']);
  });

  test('with bare CR between its lines is read as lines', () => {
    const reply = only('250-a\r250 b\r\n');
    assert.deepEqual(
      reply.lines.map((line) => line.ending),
      ['CR', 'CRLF'],
    );
    assert.deepEqual(reply.problems, ['bareCr']);
  });

  test('that ends with a bare CR is complete when nothing more comes, and a late LF makes no reply of its own', () => {
    const { replies, reader } = read('250 ok\r');
    assert.equal(replies.length, 0);
    reader.settle();
    assert.equal(replyText(replies[0]!), '250 ok');
    reader.push(octets('\n250 next\r\n'));
    assert.deepEqual(replies.map(replyText), ['250 ok', '250 next']);
  });

  test('without a code stands alone, or belongs to the reply it is in', () => {
    const alone = read('HTTP/1.1 400 Bad Request\r\nServer: x\r\n').replies;
    assert.deepEqual(
      alone.map((reply) => [reply.code, reply.problems]),
      [
        [null, ['noCode']],
        [null, ['noCode']],
      ],
    );
    const inside = only('214-Help:\r\n  EHLO\r\n214 end\r\n');
    assert.equal(inside.lines.length, 3);
    assert.deepEqual(inside.problems, ['noCode']);
    assert.equal(only('2500 four digits\r\n').code, null);
  });

  test('with different codes counts the last one', () => {
    const reply = only('250-a\r\n550 b\r\n');
    assert.equal(reply.code, 550);
    assert.deepEqual(reply.problems, ['codesDiffer']);
  });

  test('with something else than a blank or hyphen after the code is a last line', () => {
    assert.deepEqual(only('250_ok\r\n').problems, ['badSeparator']);
    assert.deepEqual(only('250\tok\r\n').problems, ['badSeparator']);
  });

  test('with control characters is shown escaped', () => {
    const reply = only('250 \x1b[2Jgone\x00\r\n');
    assert.deepEqual(reply.problems, ['control']);
    assert.equal(replyText(reply), '250 \\x1B[2Jgone\\x00');
  });

  test('that is cut off is unfinished, with or without a whole line', () => {
    for (const text of ['250 ha', '250-whole\r\n']) {
      const { replies, reader } = read(text);
      reader.end();
      assert.deepEqual(replies[0]?.problems, ['unfinished'], text);
      assert.equal(replies[0]?.code, 250);
      assert.equal(reader.pendingOctets, 0);
    }
  });
});

describe('a reply that is too much', () => {
  test('keeps 8 KiB of a line', () => {
    const fitting = only(`250 ${'x'.repeat(maxLine - 4)}\r\n`);
    assert.deepEqual(fitting.problems, []);
    const long = only(`250 ${'x'.repeat(maxLine - 3)}\n`);
    assert.deepEqual(long.problems, ['bareLf', 'lineTooLong']);
    assert.equal(long.lines[0]?.text.length, maxLine - 4);
    assert.equal(only(`250 ${'x'.repeat(1_000_000)}\r\n`).lines[0]?.ending, 'CRLF');
  });

  test('keeps the first of its lines and the last', () => {
    const reply = only('250-x\r\n'.repeat(maxLines + 10), '250 last\r\n');
    assert.equal(reply.lines.length, maxLines);
    assert.equal(reply.lines.at(-1)?.text, 'last');
    assert.deepEqual(reply.problems, ['tooManyLines']);
  });

  test('counts octets that it does not keep', () => {
    const counts: number[] = [];
    const reader = new ReplyReader((_reply, count) => counts.push(count));
    const text = `250 ${'x'.repeat(100_000)}\r\n`;
    reader.push(octets(text));
    reader.push(octets('250 a\r250 b\r\n'));
    assert.deepEqual(counts, [text.length, 6, 7]);
    reader.push(octets('250-a\r\nhalf'));
    assert.equal(reader.pendingOctets, 11);
    assert.equal(reader.drop(), 11);
    assert.equal(reader.pendingOctets, 0);
  });
});

describe('any octets', () => {
  const piece = fc.constantFrom('250', '250-', '250 ', '550 5.7.1 no', '\r', '\n', '\r\n', '\r\n', 'text', '\xff', '\x00', ' ', '-', '4');
  const stream = fc.array(piece, { maxLength: 60 }).map((pieces) => octets(pieces.join('')));

  test('give the same replies in whatever pieces they come', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200)), (whole, cuts) => {
        const chunks: Buffer[] = [];
        let start = 0;
        for (const cut of [...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((a, b) => a - b)) {
          chunks.push(whole.subarray(start, cut));
          start = cut;
        }
        const inPieces = read(...chunks);
        const atOnce = read(whole);
        inPieces.reader.end();
        atOnce.reader.end();
        assert.deepEqual(inPieces.replies, atOnce.replies);
      }),
    );
  });

  test('are all in the lines that were read', () => {
    fc.assert(
      fc.property(stream, (whole) => {
        const { replies, reader } = read(whole);
        reader.end();
        assert.deepEqual(Buffer.concat(replies.flatMap((reply) => reply.lines.map((line) => line.raw))), whole);
      }),
    );
  });
});
