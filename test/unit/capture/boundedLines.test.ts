import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BoundedLines } from '../../../src/capture/boundedLines.ts';

function linesOf(count: number, limit: number) {
  const lines = new BoundedLines(limit);
  for (let index = 0; index < count; index++) lines.add({ at: index, who: 'C', text: String(index) });
  return lines;
}

describe('bounded lines', () => {
  test('keeps all up to the limit', () => {
    const { lines, omitted } = linesOf(10, 10).list();
    assert.equal(omitted, 0);
    assert.deepEqual(
      lines.map((line) => line.text),
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    );
  });

  for (const count of [11, 12, 14, 15, 16, 19, 20, 21, 1000]) {
    test(`of ${count} lines the first and last five stay, with a note between`, () => {
      const { lines, omitted } = linesOf(count, 10).list();
      assert.equal(omitted, count - 10);
      assert.deepEqual(
        lines.map((line) => line.text),
        [
          0,
          1,
          2,
          3,
          4,
          `${omitted} line${omitted === 1 ? '' : 's'} left out`,
          ...Array.from({ length: 5 }, (_, index) => count - 5 + index),
        ].map(String),
      );
      assert.equal(lines[5]!.who, 'note');
    });
  }

  test('replaces the newest line, in either half', () => {
    for (const count of [3, 12]) {
      const lines = linesOf(count, 10);
      lines.replaceLast({ at: 0, who: 'S', text: 'instead' });
      assert.equal(lines.list().lines.at(-1)!.text, 'instead');
    }
  });
});
