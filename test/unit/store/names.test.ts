// store: names sort by time, and no key leads out of the folder.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../src/base/failure.ts';
import { createIds, fileOf, isTemporaryName, parseKey, placeOf, sideFileOf, temporaryName, timeOf } from '../../../src/store/names.ts';

describe('ids', () => {
  test('sort in the order in which they were made, whatever clock and randomness do', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 200 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (steps, numbers) => {
          let now = Date.UTC(2026, 10, 21, 21, 12, 3, 417);
          const clock = { now: () => now, monotonic: () => 0 };
          const nextId = createIds(clock, (below) => Math.floor(numbers.next().value * below));
          const ids = steps.map((step) => {
            now += step;
            return nextId();
          });
          assert.deepEqual(ids.toSorted(), ids);
          assert.equal(new Set(ids).size, ids.length);
          for (const id of ids) assert.deepEqual(placeOf(`${id}.eml`), { kind: 'file', name: `${id}.eml`, id });
        },
      ),
    );
  });

  test('go on in the next millisecond when the numbers of one are used up', () => {
    // Steps far longer than real ones, so that the suffixes of a millisecond are used up soon.
    const nextId = createIds({ now: () => 0, monotonic: () => 0 }, () => 36 ** 6);
    const ids = Array.from({ length: 100 }, nextId);
    assert.deepEqual(ids.toSorted(), ids);
    assert.ok(timeOf(ids.at(-1) ?? '') !== timeOf(ids[0] ?? ''), 'a later millisecond was begun');
  });

  test('tell their time', () => {
    const nextId = createIds({ now: () => Date.UTC(2026, 10, 21, 21, 12, 3, 417), monotonic: () => 0 }, () => 5);
    const id = nextId();
    assert.equal(id, '20261121T211203417Z-0000005');
    assert.equal(timeOf(id), Date.UTC(2026, 10, 21, 21, 12, 3, 417));
    assert.equal(timeOf('20261321T211203417Z-k3f9'), null, 'there is no month 13');
    assert.equal(timeOf('20261121T211203417Z-K3F9'), null);
  });
});

describe('keys', () => {
  test('of mail lead to their files', () => {
    const folder = join('/', 'drop');
    assert.equal(fileOf(folder, parseKey('Hello World.EML')), join(folder, 'Hello World.EML'));
    assert.equal(fileOf(folder, parseKey('refused/20261121T211203417Z-k3f9.eml')), join(folder, 'refused', '20261121T211203417Z-k3f9.eml'));
    assert.deepEqual(parseKey('20260101-1.log#0123456789abcdef-12'), {
      kind: 'log',
      name: '20260101-1.log',
      slice: '0123456789abcdef-12',
    });
    assert.equal(
      sideFileOf(folder, parseKey('refused/20261121T211203417Z-k3f9.eml')),
      join(folder, 'refused', '20261121T211203417Z-k3f9.json'),
    );
    assert.equal(sideFileOf(folder, parseKey('package.eml')), null, 'package.json is not ours');
  });

  for (const key of [
    '',
    '.eml',
    '.hidden.eml',
    '..',
    '../a.eml',
    'a/../../b.eml',
    '/etc/a.eml',
    'sub/a.eml',
    'a\\b.eml',
    'a\0.eml',
    'a\n.eml',
    'a.txt',
    'a.log',
    'a.log#1',
    'a.log#0123456789ABCDEF',
    'a.log#0123456789abcdef-0',
    'a.log#0123456789abcdef-',
    '../a.log#0123456789abcdef',
    'a/b.log#0123456789abcdef',
    '.log#0123456789abcdef',
    'refused/a.eml',
    'refused/../20261121T211203417Z-k3f9.eml',
    'refused/20261121T211203417Z-k3f9.json',
    'refused/refused/20261121T211203417Z-k3f9.eml',
    `${'a'.repeat(300)}.eml`,
  ]) {
    test(`that are none are refused: ${JSON.stringify(key.slice(0, 50))}`, () => {
      assert.throws(
        () => parseKey(key),
        (error) => Failure.is(error, 'badKey'),
      );
    });
  }

  test('never lead out of the folder, whatever they are', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '\0',
      'a',
      '.eml',
      '.log',
      '#0123456789abcdef',
      'refused',
      '20261121T211203417Z-k3f9',
      ':',
      ' ',
    );
    const folder = join('/', 'drop', 'folder');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
        (key) => {
          const place = placeOf(key);
          if (!place) return;
          const path = fileOf(folder, place);
          const isRefused = place.kind === 'refused';
          assert.equal(path, isRefused ? join(folder, 'refused', place.name) : join(folder, place.name));
          assert.ok(!/[/\\\0]/.test(place.name) && !place.name.startsWith('.'));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('temporary names are known as ours, others are not', () => {
  assert.ok(isTemporaryName(temporaryName('20261121T211203417Z-k3f9', '.eml')));
  assert.ok(isTemporaryName(temporaryName('20261121T211203417Z-k3f9', '.json')));
  assert.ok(!isTemporaryName('.other.eml.tmp'));
  assert.ok(!isTemporaryName('20261121T211203417Z-k3f9.eml'));
});
