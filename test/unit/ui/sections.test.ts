// ui/inbox: the groups of the list.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressSections, dayKeyOf, daySections } from '../../../src/ui/inbox/sections.ts';
import { english } from './english.ts';

const group = (key: string, total = 1, unread = 0) => ({ key, label: key, total, unread });

describe('day groups', () => {
  /** Saturday. */
  const today = '2026-11-21';
  const of = (...days: readonly string[]) =>
    daySections(
      days.map((day) => group(day)),
      today,
      english,
      'en-GB',
    );

  test('are named as people name days', () => {
    const labels = of('2026-11-21', '2026-11-20', '2026-11-19', '2026-11-15', '2026-11-14', '2026-11-08', '2026-11-07', '2025-01-01').map(
      ({ label }) => label,
    );
    assert.deepEqual(labels, ['Today', 'Yesterday', 'Thursday', 'Sunday', 'Last week', 'Earlier']);
  });
  test('join several days with their numbers, newest first', () => {
    const [lastWeek] = daySections([group('2026-11-13', 3, 1), group('2026-11-10', 4, 2)], today, english, 'en-GB');
    assert.deepEqual(lastWeek, {
      id: 'day:lastWeek',
      label: 'Last week',
      by: 'day',
      keys: ['2026-11-13', '2026-11-10'],
      total: 7,
      unread: 3,
      isOneDay: false,
    });
  });
  test('take mail from the future for mail of today', () => {
    const sections = of('2026-12-24', '2026-11-21');
    assert.deepEqual(
      sections.map(({ label, keys }) => [label, keys]),
      [['Today', ['2026-12-24', '2026-11-21']]],
    );
  });
  test('put what is no day last', () => assert.equal(of('unknown')[0]?.label, 'Earlier'));
  test('cross the change of the year', () => {
    const [section] = daySections([group('2025-12-31')], '2026-01-01', english, 'en-GB');
    assert.equal(section?.label, 'Yesterday');
  });
});

describe('a day key', () => {
  const at = Date.parse('2026-11-21T23:30:00Z');
  test('is the day in UTC without an offset', () => assert.equal(dayKeyOf(at, 0), '2026-11-21'));
  test('is the next day east of it', () => assert.equal(dayKeyOf(at, 60), '2026-11-22'));
  test('is the day before west of it', () => assert.equal(dayKeyOf(Date.parse('2026-11-21T03:00:00Z'), -300), '2026-11-20'));
});

describe('address groups', () => {
  test('show the address, or that there is none', () => {
    const labels = (by: 'sender' | 'recipient') => addressSections([group('a@x.test'), group('')], by, english).map(({ label }) => label);
    assert.deepEqual(labels('sender'), ['a@x.test', '(no sender)']);
    assert.deepEqual(labels('recipient'), ['a@x.test', '(no recipient)']);
  });
});
