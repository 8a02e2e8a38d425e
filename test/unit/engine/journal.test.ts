// engine: the lines of the log that tell of each mail.
import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import type { Draft } from '../../../src/capture/intake.ts';
import { keepJournal } from '../../../src/engine/journal.ts';
import type { Delivery } from '../../../src/smtp/delivery.ts';
import { makeDelivery } from '../store/fixture.ts';

const path = (address: string) => ({ address, parameters: {} });

describe('the journal', () => {
  let lines: string[];
  let failures: string[];
  let now: number;
  let through: (draft: Draft) => Draft;

  beforeEach(() => {
    lines = [];
    failures = [];
    now = 0;
    const log: Log = { ...silentLog, info: (line) => void lines.push(line) };
    const clock = { now: () => now, monotonic: () => now };
    through = keepJournal({ log, clock, onDidFail: ({ reason }) => void failures.push(reason) });
  });

  /** A draft that stores nothing, or fails to. */
  const draftOf = (id: string, failure?: Failure): Draft => ({
    id,
    write: () => true,
    drained: async () => {},
    accept: async () => {
      if (failure) throw failure;
    },
    refuse: async () => {},
    discard: async () => {},
  });
  const accept = (id: string, delivery: Partial<Delivery> = {}, failure?: Failure): Promise<void> =>
    through(draftOf(id, failure)).accept(makeDelivery(delivery));

  test('says what was stored: envelope, size and client', async () => {
    await accept('one');
    await accept('two', { size: 12, envelope: { from: path(''), to: ['a', 'b', 'c', 'd', 'e'].map((name) => path(`${name}@y.test`)) } });
    assert.deepEqual(lines, [
      'Stored one.eml, 5 octets, from <a@x.test> to <b@y.test>, client 127.0.0.1',
      'Stored two.eml, 12 octets, from <> to <a@y.test>, <b@y.test>, <c@y.test> and 2 more, client 127.0.0.1',
    ]);
  });

  test('says what was refused, and why, in one line whatever the reply holds', async () => {
    const refuse = (delivery: Partial<Delivery>) => through(draftOf('id')).refuse(makeDelivery(delivery));
    await refuse({ outcome: 'refused', reply: '552 5.3.4 Too large\r\nforged line' });
    await refuse({ outcome: 'aborted', reply: null, envelope: { from: null, to: [] } });
    assert.deepEqual(lines, [
      'Refused a mail from <a@x.test> to <b@y.test>, client 127.0.0.1: 552 5.3.4 Too large\\x0D\\x0Aforged line. What arrived of it is refused/id.eml',
      'Refused a mail from nobody to nobody, client 127.0.0.1: the client broke off. What arrived of it is refused/id.eml',
    ]);
  });

  test('sums up a flood', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      for (let count = 0; count < 50; count++) await accept(`${count}`);
      assert.equal(lines.length, 20);
      mock.timers.tick(1000);
      assert.deepEqual(lines.slice(20), ['30 more mails within a second']);
      now = 1000;
      await accept('later');
      assert.match(lines.at(-1) ?? '', /^Stored later\.eml/);
    } finally {
      mock.timers.reset();
    }
  });

  test('tells of a full disk once, until a mail is stored again', async () => {
    const full = new Failure('storageFull', 'No space left');
    for (const id of ['a', 'b']) await assert.rejects(accept(id, {}, full), full);
    assert.deepEqual([failures, lines], [['storageFull'], []]);
    await accept('c');
    await assert.rejects(accept('d', {}, full), full);
    assert.deepEqual(failures, ['storageFull', 'storageFull']);
  });
});
