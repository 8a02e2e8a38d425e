import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { deliveryOf, everything, keysOf, Room } from './room.ts';

describe('mailbox: lists', () => {
  test('the newest comes first, and keys break ties', async () => {
    await using room = await Room.make();
    room.folder.put('old.eml', { mtimeMs: 1000 });
    room.folder.put('b.eml', { mtimeMs: 2000 });
    room.folder.put('a.eml', { mtimeMs: 2000 });
    room.folder.put('new.eml', { mtimeMs: 3000 });
    const mailbox = await room.filled();
    assert.deepEqual(keysOf(mailbox), ['new.eml', 'b.eml', 'a.eml', 'old.eml']);
  });

  test('a row says all that a list needs', async () => {
    await using room = await Room.make();
    const delivery = deliveryOf({ receivedAt: '2026-11-21T10:00:00.000Z', to: ['BOB@example.org', 'hidden@example.net'] });
    const { size } = room.folder.put('x.eml', {
      subject: 'Hi',
      from: 'Ann Ä <ann@example.com>',
      to: 'bob@example.org, Cy <cy@example.org>',
      delivery,
    });
    const mailbox = await room.filled();
    assert.deepEqual(mailbox.summaries(['x.eml', 'gone.eml']), [
      {
        key: 'x.eml',
        subject: 'Hi',
        from: { name: 'Ann Ä', address: 'ann@example.com' },
        to: [
          { name: '', address: 'bob@example.org' },
          { name: 'Cy', address: 'cy@example.org' },
          { name: '', address: 'hidden@example.net' },
        ],
        arrivedAt: Date.parse('2026-11-21T10:00:00.000Z'),
        size,
        attachments: 0,
        isRead: false,
        state: 'ok',
        problem: null,
        isCaught: true,
      },
    ]);
  });

  test('time of arrival: side file, else a name of ours, else the file', async () => {
    await using room = await Room.make();
    const delivery = deliveryOf({ receivedAt: '2026-11-21T10:00:00.000Z' });
    room.folder.put('20261121T110000000Z-0k3f9ab.eml', { delivery });
    room.folder.put('20261121T120000000Z-0k3f9ab.eml');
    room.folder.put('other.eml', { mtimeMs: Date.parse('2026-11-21T13:00:00Z') + 0.75 });
    const mailbox = await room.filled();
    assert.deepEqual(
      mailbox.list(everything).mails.map(({ arrivedAt }) => new Date(arrivedAt).toISOString().slice(11, 19)),
      ['13:00:00', '12:00:00', '10:00:00'],
    );
  });

  test('a refused mail is in all lists, with the reply as its problem', async () => {
    await using room = await Room.make();
    const key = 'refused/20261121T211203417Z-0k3f9ab.eml';
    room.folder.put(key, { delivery: deliveryOf({ outcome: 'refused', reply: '552 5.3.4 Too big' }) });
    const lost = 'refused/20261121T211203418Z-0k3f9ab.eml';
    room.folder.put(lost, { delivery: deliveryOf({ outcome: 'aborted', reply: '354 Go ahead' }) });
    const mailbox = await room.filled();
    const [first, second] = mailbox.summaries([key, lost]);
    assert.deepEqual([first?.state, first?.problem], ['refused', '552 5.3.4 Too big']);
    assert.deepEqual([second?.state, second?.problem], ['refused', 'connection lost']);
    assert.deepEqual(mailbox.counts(), { total: 2, unread: 2 });
    mailbox.markRead([key], true);
    assert.deepEqual(mailbox.counts(), { total: 2, unread: 1 });
  });

  test('pages continue where the last one ended, also when mail arrives in between', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 25; number++)
      room.folder.put(`${String(number).padStart(2, '0')}.eml`, { mtimeMs: 1000 + Math.floor(number / 4) });
    const mailbox = await room.filled();
    const seen: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const page = mailbox.list({ ...everything, limit: 10, after });
      seen.push(...page.mails.map(({ key }) => key));
      after = page.next;
      if (pages++ === 0) {
        assert.equal(page.total, 25);
        mailbox.apply({ added: [room.folder.put('new.eml', { mtimeMs: 9000 })], changed: [], removed: [] });
        await mailbox.settled();
      }
    } while (after !== null);
    assert.equal(pages, 3);
    assert.deepEqual(
      seen,
      keysOf(mailbox).filter((key) => key !== 'new.eml'),
    );
  });

  test('a page that is just full is the last one', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    room.folder.put('b.eml');
    const mailbox = await room.filled();
    assert.equal(mailbox.list({ ...everything, limit: 2 }).next, null);
  });

  test('limits out of range are moved into it', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    room.folder.put('b.eml');
    const mailbox = await room.filled();
    for (const limit of [0, -5, Number.NaN, 0.5]) assert.equal(mailbox.list({ ...everything, limit }).mails.length, 1, String(limit));
    assert.equal(mailbox.list({ ...everything, limit: 1e12 }).mails.length, 2);
  });

  test('a cursor that is none fails with badCursor', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    const mailbox = await room.filled();
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hostile = [
      '',
      'x',
      "' OR 1=1 --",
      '\0',
      'A'.repeat(100_000),
      encode(null),
      encode({}),
      encode([1]),
      encode(['1', 'a']),
      encode([1, 2]),
      encode([1.5, 'a']),
      encode([1, 'a', 'b']),
      encode([1e300, 'a']),
    ];
    for (const after of hostile)
      assert.throws(
        () => mailbox.list({ ...everything, after }),
        (error) => Failure.is(error, 'badCursor'),
        after.slice(0, 50),
      );
  });

  test('a mail without addresses is in the groups without name', async () => {
    await using room = await Room.make();
    room.folder.putBytes('bare.eml', Buffer.from('Subject: bare\r\n\r\n'));
    const mailbox = await room.filled();
    assert.deepEqual(mailbox.groups('sender', ''), [{ key: '', label: '', total: 1, unread: 1 }]);
    assert.deepEqual(mailbox.groups('recipient', ''), [{ key: '', label: '', total: 1, unread: 1 }]);
    assert.deepEqual(keysOf(mailbox, { group: { by: 'recipient', key: '' } }), ['bare.eml']);
    assert.equal(mailbox.summaries(['bare.eml'])[0]?.from, null);
  });

  test('a mail is in the group of each recipient once, whatever the case', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml', { to: 'Bob@Example.org, bob@example.org, cy@example.org' });
    room.folder.put('b.eml', { to: 'bob@example.org', mtimeMs: 5 });
    const mailbox = await room.filled();
    mailbox.markRead(['a.eml'], true);
    assert.deepEqual(mailbox.groups('recipient', ''), [
      { key: 'bob@example.org', label: 'bob@example.org', total: 2, unread: 1 },
      { key: 'cy@example.org', label: 'cy@example.org', total: 1, unread: 0 },
    ]);
    const page = mailbox.list({ ...everything, group: { by: 'recipient', key: 'bob@example.org' } });
    assert.deepEqual([page.mails.map(({ key }) => key), page.total], [['a.eml', 'b.eml'], 2]);
  });

  test('days are local days, the newest first', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml', { mtimeMs: Date.parse('2026-11-21T22:59:59.999Z') });
    room.folder.put('b.eml', { mtimeMs: Date.parse('2026-11-21T23:00:00.000Z') });
    room.folder.put('c.eml', { mtimeMs: 0 });
    const mailbox = await room.filled({ utcOffset: 60 });
    assert.deepEqual(
      mailbox.groups('day', '').map(({ key, total, unread }) => [key, total, unread]),
      [
        ['2026-11-22', 1, 1],
        ['2026-11-21', 1, 1],
        ['1970-01-01', 1, 1],
      ],
    );
    const page = mailbox.list({ ...everything, group: { by: 'day', key: '2026-11-22' } });
    assert.deepEqual([page.mails.map(({ key }) => key), page.total], [['b.eml'], 1]);
    mailbox.close();
    const west = await room.filled({ utcOffset: -300 });
    assert.deepEqual(
      west.groups('day', '').map(({ key }) => key),
      ['2026-11-21', '1969-12-31'],
    );
    for (const { key } of west.groups('day', '')) assert.ok(keysOf(west, { group: { by: 'day', key } }).length > 0, key);
  });

  test('a group that is not there is empty', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    const mailbox = await room.filled();
    for (const group of [
      { by: 'day', key: '2026-13-45' },
      { by: 'day', key: "' OR 1" },
      { by: 'sender', key: 'nobody@example.com' },
    ] as const)
      assert.deepEqual(mailbox.list({ ...everything, group }), { mails: [], next: null, total: 0 });
  });

  test('a time that no calendar knows is moved into one', async () => {
    await using room = await Room.make();
    room.folder.put('future.eml', { mtimeMs: 1e18 });
    room.folder.put('past.eml', { mtimeMs: -1e18 });
    const mailbox = await room.filled({ utcOffset: 14 * 60 });
    assert.deepEqual(
      mailbox.groups('day', '').map(({ key }) => key),
      ['9999-01-01', '1970-01-01'],
    );
  });
});
