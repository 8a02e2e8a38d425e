// ui/inbox: times in rows.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTimes } from '../../../src/ui/inbox/times.ts';
import { english } from './english.ts';

const times = createTimes(english, 'en-GB', 'Europe/Berlin');
/** Saturday, 20:30 in Berlin. */
const now = Date.parse('2026-11-21T19:30:00Z');
const minute = 60_000;

describe('short times', () => {
  const cases: readonly [string, string, boolean, string][] = [
    ['in the last minute', '2026-11-21T19:29:01Z', true, 'now'],
    ['of a clock that runs a little ahead', '2026-11-21T19:30:20Z', true, 'now'],
    ['below an hour', '2026-11-21T19:27:30Z', true, '2 min'],
    ['just below an hour', '2026-11-21T18:30:01Z', true, '59 min'],
    ['an hour ago', '2026-11-21T18:30:00Z', true, '19:30'],
    ['today in a list of several days', '2026-11-21T04:02:00Z', false, '05:02'],
    ['yesterday in the group of that day', '2026-11-20T15:40:00Z', true, '16:40'],
    ['yesterday in a list of several days', '2026-11-20T15:40:00Z', false, 'Fri 16:40'],
    ['midnight is 00 and not 24', '2026-11-20T23:00:00Z', true, '00:00'],
    ['a week ago', '2026-11-14T19:30:00Z', false, '14 Nov'],
    ['last year', '2025-11-02T12:00:00Z', false, '2 Nov 2025'],
    ['tomorrow, from a file with a wrong time', '2026-11-22T12:00:00Z', false, '22 Nov'],
  ];
  for (const [name, at, isOneDay, expected] of cases) {
    test(`${name}: ${expected}`, () => assert.equal(times.short(Date.parse(at), now, isOneDay), expected));
  }
});

describe('spoken times', () => {
  test('are whole words below an hour', () => {
    assert.equal(times.spoken(now - 1000, now), 'just now');
    assert.equal(times.spoken(now - minute, now), '1 minute ago');
    assert.equal(times.spoken(now - 24 * minute, now), '24 minutes ago');
  });
  test('are date and time before that', () => {
    assert.match(times.spoken(Date.parse('2026-11-19T08:44:00Z'), now), /Thursday.*19 November 2026.*09:44/);
  });
});
