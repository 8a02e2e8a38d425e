import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { digestMail } from '../../../src/message/digest.ts';
import type { FolderChange } from '../../../src/store/folderState.ts';
import { deliveryOf, everything, keysOf, listenTo, Room, waitFor } from './room.ts';

function change(changes: Partial<FolderChange>): FolderChange {
  return { added: [], changed: [], removed: [], ...changes };
}

describe('mailbox: follows the folder', () => {
  test('sync takes what is new or changed, removes what is gone and leaves the rest alone', async () => {
    await using room = await Room.make();
    for (const key of ['same.eml', 'touched.eml', 'grown.eml', 'gone.eml']) room.folder.put(key);
    const mailbox = await room.filled();
    room.folder.reads.length = 0;
    room.folder.put('touched.eml', { mtimeMs: 1_800_000_000_000 });
    room.folder.put('grown.eml', { text: 'Good day, and more' });
    room.folder.put('new.eml');
    room.folder.delete('gone.eml');
    const events = listenTo(mailbox);
    await room.sync(mailbox);
    assert.deepEqual(room.folder.reads.toSorted(), ['gone.eml', 'grown.eml', 'new.eml', 'touched.eml']);
    assert.deepEqual(keysOf(mailbox).toSorted(), ['grown.eml', 'new.eml', 'same.eml', 'touched.eml']);
    assert.deepEqual(
      events.map(({ added, changed, removed, reset, counts }) => [
        added.map(({ key }) => key),
        changed.map(({ key }) => key).toSorted(),
        removed,
        reset,
        counts,
      ]),
      [[['new.eml'], ['grown.eml', 'touched.eml'], ['gone.eml'], false, { total: 4, unread: 4 }]],
    );
  });

  test('an index that is opened again knows everything without reading', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 300; number++) room.folder.put(`${number}.eml`);
    const first = await room.filled();
    first.markRead(['7.eml'], true);
    first.close();
    room.folder.reads.length = 0;
    const second = await room.open();
    assert.equal(second.wasRebuilt, false);
    assert.deepEqual(second.counts(), { total: 300, unread: 299 });
    await room.sync(second);
    assert.deepEqual(room.folder.reads, []);
  });

  test('a row whose file is there stays, although an older listing of the folder lacks it', async () => {
    await using room = await Room.make();
    const mailbox = await room.open();
    const before = room.folder.entries();
    mailbox.apply(change({ added: [room.folder.put('late.eml')] }));
    await mailbox.settled();
    await mailbox.sync(before);
    await mailbox.settled();
    assert.deepEqual(keysOf(mailbox), ['late.eml']);
  });

  test('the side file that comes later makes a mail a caught one', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    const mailbox = await room.filled();
    mailbox.apply(change({ changed: [room.folder.put('a.eml', { delivery: deliveryOf({}) })] }));
    await mailbox.settled();
    assert.equal(mailbox.summaries(['a.eml'])[0]?.isCaught, true);
  });

  test('a mail that is removed before it was indexed never shows', async () => {
    await using room = await Room.make();
    const mailbox = await room.open();
    const events = listenTo(mailbox);
    const entry = room.folder.put('a.eml');
    room.folder.delete('a.eml');
    mailbox.apply(change({ added: [entry] }));
    mailbox.apply(change({ removed: ['a.eml'] }));
    mailbox.apply(change({ added: [{ ...entry, key: 'vanished.eml' }] }));
    await mailbox.settled();
    assert.deepEqual([keysOf(mailbox), events, room.warnings], [[], [], []]);
  });

  test('the newest are indexed first', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 1000; number++) room.folder.put(`${number}.eml`, { mtimeMs: 1000 + ((number * 7) % 1000) });
    const mailbox = await room.open();
    await mailbox.sync(room.folder.entries());
    mailbox.apply(change({ added: [room.folder.put('live.eml')] }));
    await mailbox.settled();
    const times = room.folder.reads.map((key) => room.folder.mails.get(key)?.entry.mtimeMs ?? 0);
    assert.equal(room.folder.reads[0], 'live.eml');
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
  });

  test('read marks outlive a change of the file, not its removal', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    const mailbox = await room.filled();
    mailbox.markRead(['a.eml'], true);
    mailbox.apply(change({ changed: [room.folder.put('a.eml', { text: 'Grown since' })] }));
    await mailbox.settled();
    assert.deepEqual(mailbox.counts(), { total: 1, unread: 0 });
    assert.deepEqual(
      mailbox.groups('sender', '').map(({ unread }) => unread),
      [0],
    );
    mailbox.apply(change({ removed: ['a.eml'] }));
    await mailbox.settled();
    assert.deepEqual(mailbox.counts(), { total: 0, unread: 0 });
    assert.deepEqual(mailbox.groups('sender', ''), []);
    mailbox.apply(change({ added: [room.folder.put('a.eml')] }));
    await mailbox.settled();
    assert.deepEqual(mailbox.counts(), { total: 1, unread: 1 });
    // Both at once, and the new one no different from the old.
    mailbox.markRead(['a.eml'], true);
    mailbox.apply(change({ removed: ['a.eml'] }));
    mailbox.apply(change({ added: [room.folder.put('a.eml')] }));
    mailbox.apply(change({ changed: [room.folder.put('a.eml')] }));
    await mailbox.settled();
    assert.deepEqual(mailbox.counts(), { total: 1, unread: 1 });
  });

  test('a file that is only touched keeps its time of arrival', async () => {
    await using room = await Room.make();
    room.folder.put('log#1', { mtimeMs: 1000 });
    const mailbox = await room.filled();
    mailbox.apply(change({ changed: [room.folder.put('log#1', { mtimeMs: 2000 })] }));
    await mailbox.settled();
    assert.equal(mailbox.summaries(['log#1'])[0]?.arrivedAt, 1000);
    mailbox.apply(change({ changed: [room.folder.put('log#1', { mtimeMs: 3000, text: 'other' })] }));
    await mailbox.settled();
    assert.equal(mailbox.summaries(['log#1'])[0]?.arrivedAt, 3000);
  });

  test('what cannot be read is listed with its error, and tried again at the next comparison', async () => {
    await using room = await Room.make();
    room.folder.put('locked.eml', { delivery: deliveryOf({ to: ['bob@example.org'] }) });
    room.folder.put('fine.eml');
    room.folder.broken.set('locked.eml', new Failure('readFailed', 'Cannot read: EACCES'));
    const mailbox = await room.filled();
    const [row] = mailbox.summaries(['locked.eml']);
    assert.deepEqual(
      [row?.state, row?.problem, row?.subject, row?.from?.address, row?.to[0]?.address],
      ['unreadable', 'Cannot read: EACCES', null, 'ann@example.com', 'bob@example.org'],
    );
    assert.deepEqual(keysOf(mailbox, { text: 'bob@example.org' }).length, 2);
    room.folder.broken.clear();
    await room.sync(mailbox);
    assert.equal(mailbox.summaries(['locked.eml'])[0]?.state, 'ok');
  });

  test('a digest that throws makes one unreadable row and no more', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 50; number++) room.folder.put(`${number}.eml`, { subject: `number ${number}` });
    const mailbox = await room.filled({
      digest: (bytes, delivery) => {
        if (Buffer.from(bytes).includes('number 30')) throw new Error('parser gave up');
        return digestMail(bytes, delivery);
      },
    });
    assert.equal(mailbox.counts().total, 50);
    const unreadable = mailbox.list(everything).mails.filter(({ state }) => state === 'unreadable');
    assert.deepEqual(
      unreadable.map(({ key, problem }) => [key, problem]),
      [['30.eml', 'parser gave up']],
    );
  });

  test("the digest's own problem makes a mail unreadable", async () => {
    await using room = await Room.make();
    room.folder.put('a.eml', { subject: 'Half' });
    const mailbox = await room.filled({
      digest: async (bytes, delivery) => ({ ...(await digestMail(bytes, delivery)), problem: 'no end of header' }),
    });
    const [row] = mailbox.summaries(['a.eml']);
    assert.deepEqual([row?.state, row?.problem, row?.subject], ['unreadable', 'no end of header', 'Half']);
  });
});

describe('mailbox: events', () => {
  test('come after the change is in the lists', async () => {
    await using room = await Room.make();
    const mailbox = await room.open();
    const totals: number[] = [];
    mailbox.onDidChange(({ added, counts }) => totals.push(added.length, counts.total, mailbox.list(everything).total));
    mailbox.apply(change({ added: [room.folder.put('a.eml')] }));
    await mailbox.settled();
    assert.deepEqual(totals, [1, 1, 1]);
  });

  test('say nothing when nothing changed', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    const mailbox = await room.filled();
    const events = listenTo(mailbox);
    mailbox.apply(change({ added: room.folder.entries(), changed: room.folder.entries(), removed: ['never.eml'] }));
    await room.sync(mailbox);
    mailbox.markRead(['a.eml', 'never.eml'], false);
    assert.deepEqual(events, []);
  });

  test('more than 500 rows at once come as a reset', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 1300; number++) room.folder.put(`${number}.eml`);
    const mailbox = await room.open();
    const events = listenTo(mailbox);
    await room.sync(mailbox);
    assert.ok(events.some(({ reset }) => reset));
    for (const { reset, added } of events) assert.ok(reset ? added.length === 0 : added.length <= 500);
    assert.deepEqual(events.at(-1)?.counts, { total: 1300, unread: 1300 });
  });

  test('a listener that is disposed hears nothing more', async () => {
    await using room = await Room.make();
    const mailbox = await room.open();
    const heard: unknown[] = [];
    mailbox.onDidChange((event) => heard.push(event)).dispose();
    mailbox.apply(change({ added: [room.folder.put('a.eml')] }));
    await mailbox.settled();
    assert.deepEqual(heard, []);
  });

  test('marking is one event; many rows are a reset', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 2000; number++) room.folder.put(`${number}.eml`);
    const mailbox = await room.filled();
    const events = listenTo(mailbox);
    mailbox.markRead(['1.eml', '2.eml', '2.eml', 'gone.eml'], true);
    assert.deepEqual(
      events.map((event) => [event.changed.map(({ key, isRead }) => [key, isRead]), event.reset, event.counts.unread]),
      [
        [
          [
            ['1.eml', true],
            ['2.eml', true],
          ],
          false,
          1998,
        ],
      ],
    );
    mailbox.markRead([...room.folder.mails.keys()], true);
    assert.deepEqual(
      events.slice(1).map(({ reset, counts }) => [reset, counts.unread]),
      [[true, 0]],
    );
    mailbox.markRead(['5.eml'], false);
    assert.equal(events.at(-1)?.counts.unread, 1);
  });
});

describe('mailbox: two windows on one index', () => {
  test('each sees what the other indexed and marked', async () => {
    await using room = await Room.make();
    const first = await room.open();
    const second = await room.open();
    const events = listenTo(second);
    first.apply(change({ added: [room.folder.put('a.eml'), room.folder.put('b.eml')] }));
    await first.settled();
    await waitFor(() => events.some(({ reset, counts }) => reset && counts.total === 2), 'the mails of the other');
    assert.deepEqual(keysOf(second, { text: 'hello' }), ['b.eml', 'a.eml']);
    first.markRead(['a.eml'], true);
    await waitFor(() => events.at(-1)?.counts.unread === 1, 'the mark of the other');
    const heard = listenTo(first);
    second.markRead(['a.eml'], false);
    await waitFor(() => heard.at(-1)?.counts.unread === 2, 'the mark of the second');
  });

  test('what one has found is found anew after the other wrote', async () => {
    await using room = await Room.make();
    const first = await room.open();
    const second = await room.open();
    assert.equal(second.list({ ...everything, text: 'hello' }).total, 0);
    first.apply(change({ added: [room.folder.put('a.eml')] }));
    await first.settled();
    assert.equal(second.list({ ...everything, text: 'hello' }).total, 1);
  });

  test('both index the same folder at the same time; every mail is there once', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 1000; number++) room.folder.put(`${number}.eml`, { subject: `number ${number}` });
    const first = await room.open();
    const second = await room.open();
    const heard = [listenTo(first), listenTo(second)];
    await Promise.all([room.sync(first), room.sync(second)]);
    for (const mailbox of [first, second]) {
      assert.deepEqual(mailbox.counts(), { total: 1000, unread: 1000 });
      assert.equal(mailbox.list({ ...everything, text: 'number' }).total, 1000);
      assert.deepEqual(
        mailbox.groups('sender', '').map(({ total }) => total),
        [1000],
      );
    }
    await waitFor(() => heard.every((events) => events.at(-1)?.counts.total === 1000), 'both to hear of all');
    assert.ok(room.folder.reads.length < 2000, `${room.folder.reads.length} reads`);
    assert.deepEqual(room.warnings, []);
  });

  test('who finds a mail already indexed by the other hears of it without waiting', async () => {
    await using room = await Room.make();
    const first = await room.open();
    const second = await room.open({ pollInterval: 3_600_000 });
    const events = listenTo(second);
    const added = [room.folder.put('a.eml')];
    first.apply(change({ added }));
    await first.settled();
    second.apply(change({ added }));
    await second.settled();
    assert.deepEqual(
      events.map(({ reset, counts }) => [reset, counts.total]),
      [[true, 1]],
    );
  });
});
