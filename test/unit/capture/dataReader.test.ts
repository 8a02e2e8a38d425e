import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DataReader } from '../../../src/capture/dataReader.ts';
import { chunked, dataText, send } from './octets.ts';

interface Read {
  readonly message: string;
  readonly rest: string | null;
  readonly reader: DataReader;
}

function readAll(chunks: readonly string[]): Read {
  const reader = new DataReader();
  let message = '';
  for (const [index, chunk] of chunks.entries()) {
    const piece = reader.read(Buffer.from(chunk, 'latin1'));
    message += piece.octets.toString('latin1');
    if (piece.rest) return { message, rest: piece.rest.toString('latin1') + chunks.slice(index + 1).join(''), reader };
  }
  return { message, rest: null, reader };
}

/** The rules of RFC 5321 sections 4.1.1.4 and 4.5.2 as patterns over the whole text. */
function readSlowly(wire: string): { message: string; rest: string; dots: number } | null {
  const end = /(?:^|\r\n)(\.\r\n)/d.exec(wire);
  if (!end?.indices?.[1]) return null;
  const [from, to] = end.indices[1];
  let dots = 0;
  const message = wire.slice(0, from).replace(/(^|\r\n)\./g, (_all, before: string) => {
    dots++;
    return before;
  });
  return { message, rest: wire.slice(to), dots };
}

describe('data reader', () => {
  test('gives back what a client that stuffs dots was to send, however it is cut', () => {
    fc.assert(
      fc.property(dataText, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (text, sizes) => {
        const message = text === '' ? '' : `${text}\r\n`;
        const read = readAll(chunked(`${send(message)}NEXT`, sizes));
        assert.equal(read.message, message);
        assert.equal(read.rest, 'NEXT');
        assert.equal(read.reader.octetsRead, message.length);
      }),
      { numRuns: 1000 },
    );
  });

  test('reads any octets by the rules of the RFC, however they are cut', () => {
    fc.assert(
      fc.property(dataText, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (text, sizes) => {
        const wire = `${text}\r\n.\r\n`;
        const expected = readSlowly(wire);
        const { message, rest, reader } = readAll(chunked(wire, sizes));
        assert.deepEqual({ message, rest, dots: reader.dotsUnstuffed }, expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('counts bare CR and LF of the message, however it is cut', () => {
    fc.assert(
      fc.property(dataText, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (text, sizes) => {
        const message = `${text}\r\n`;
        const { reader } = readAll(chunked(send(message), sizes));
        const bare = [...message.matchAll(/\r(?!\n)|(?<!\r)\n/g)];
        assert.deepEqual(reader.lineEndings, {
          bareCr: bare.filter(([octet]) => octet === '\r').length,
          bareLf: bare.filter(([octet]) => octet === '\n').length,
          firstLine: bare[0] ? message.slice(0, bare[0].index).split('\n').length : null,
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('an empty message', () => {
    const { message, rest } = readAll(['.', '\r', '\n']);
    assert.deepEqual({ message, rest }, { message: '', rest: '' });
  });

  test('a dot that came stuffed in its own chunk does not end the data', () => {
    const { message, rest } = readAll(['.', '.', '\r\n', '.\r\n']);
    assert.deepEqual({ message, rest }, { message: '.\r\n', rest: '' });
  });

  for (const wire of ['x\n.\nQUIT', 'x\n.\r\nQUIT', 'x\r\n.\nQUIT', 'x\r.\rQUIT', 'x\r\n.\rQUIT', 'x\r.\r\nQUIT', '.\nQUIT', '.\rQUIT']) {
    test(`${JSON.stringify(wire)} does not end the data`, () => assert.equal(readAll([...wire]).rest, null));
  }
});
