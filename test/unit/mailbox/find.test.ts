import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everything, keysOf, Room } from './room.ts';

/** For each text: the mails it finds, of those below. */
const cases: readonly (readonly [text: string, ...keys: string[]])[] = [
  ['', 'muell.eml', 'tokyo.eml', 'order.eml'],
  ['   ', 'muell.eml', 'tokyo.eml', 'order.eml'],
  ['""', 'muell.eml', 'tokyo.eml', 'order.eml'],
  ['order', 'order.eml'],
  ['ORDER', 'order.eml'],
  // the start of a word in the body, not its middle
  ['shipp', 'order.eml'],
  ['hipping'],
  // parts of words in subject and addresses
  ['rder', 'order.eml'],
  ['@exam', 'muell.eml', 'order.eml'],
  ['ob@example.o', 'order.eml'],
  // every term must occur, wherever
  ['order shipping bob', 'order.eml'],
  ['order muller'],
  // quoted: in this order
  ['"is shipping"', 'order.eml'],
  ['"shipping is"'],
  ['"is shipp"'],
  ['"is shipping', 'order.eml'],
  ['"bob@example.org"', 'order.eml'],
  ['"ob@example.org"'],
  // accents and case
  ['muller', 'muell.eml'],
  ['MÜLLER', 'muell.eml'],
  ['Mu\u0308ller', 'muell.eml'],
  ['ｏｒｄｅｒ', 'order.eml'],
  // writing without spaces: any part, any length
  ['京', 'tokyo.eml'],
  ['東京', 'tokyo.eml'],
  ['京都', 'tokyo.eml'],
  ['都東'],
  ['バー', 'tokyo.eml'],
  ['ｻｰﾊﾞｰ', 'tokyo.eml'],
  // short ones: a letter is a word, two are the start of one
  ['a', 'order.eml'],
  ['sh', 'order.eml'],
  ['42', 'order.eml'],
  ['#', 'order.eml'],
  ['%'],
  ['_', 'muell.eml'],
  ['\\'],
  ['🎉', 'order.eml'],
  ['🎉🎈'],
  // nothing is syntax
  ['order OR tokyo'],
  ['order NOT shipping'],
  ['subject:order'],
  ['text : order'],
  ['ord*', 'order.eml'],
  ['-order', 'order.eml'],
  ['^shipping', 'order.eml'],
];

describe('mailbox: find', () => {
  test('finds by words, parts of words and phrases', async () => {
    await using room = await Room.make();
    room.folder.put('order.eml', { subject: 'Order #42 🎉', to: 'bob@example.org', text: 'A parcel is shipping today', mtimeMs: 1000 });
    room.folder.put('tokyo.eml', { subject: 'x', from: 'x@x.test', to: 'y@y.test', text: '東京都のサーバー', mtimeMs: 2000 });
    room.folder.put('muell.eml', {
      subject: 'snake_case',
      from: 'Jürgen Müller <j@example.com>',
      to: 'y@y.test',
      text: 'x',
      mtimeMs: 3000,
    });
    const mailbox = await room.filled();
    for (const [text, ...keys] of cases) {
      const page = mailbox.list({ ...everything, text });
      assert.deepEqual([page.mails.map(({ key }) => key), page.total], [keys, keys.length], text);
    }
  });

  test('hostile text never fails', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml');
    const mailbox = await room.filled();
    const hostile = [
      '"',
      '""""',
      '*',
      '"*"',
      'NEAR(',
      'NEAR(a b, 3)',
      'a OR b',
      'AND',
      'NOT',
      '-x',
      '{text}: a',
      '- text : a',
      'a + b',
      '^',
      ')',
      '(((',
      "';--",
      'a\0b',
      '\0',
      '\0\0\0',
      '\ud800',
      'x\udc00y',
      '\\',
      '%%%%',
      '?1',
      ':a',
      'x'.repeat(10_000),
      '" '.repeat(5000),
      'a '.repeat(5000),
      `${'ab cd '.repeat(3000)}"`,
      '京'.repeat(10_000),
      '\u0301'.repeat(1000),
      '\u{10ffff}',
      '\u202e\u200b\ufeff',
    ];
    for (const text of hostile) {
      const { total, mails } = mailbox.list({ ...everything, text });
      assert.equal(mails.length, total, text.slice(0, 20));
      for (const by of ['day', 'sender', 'recipient'] as const) mailbox.groups(by, text);
    }
  });

  test('pages and groups hold only what was found', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 30; number++)
      room.folder.put(`${number}.eml`, {
        text: number % 3 === 0 ? 'apple' : 'pear',
        from: `s${number % 2}@example.com`,
        mtimeMs: number * 3_600_000 * 6,
      });
    const mailbox = await room.filled();
    mailbox.markRead(['0.eml', '3.eml'], true);
    const first = mailbox.list({ ...everything, text: 'apple', limit: 4 });
    const second = mailbox.list({ ...everything, text: 'apple', limit: 100, after: first.next });
    assert.deepEqual(
      [...first.mails, ...second.mails].map(({ key }) => key),
      ['27', '24', '21', '18', '15', '12', '9', '6', '3', '0'].map((name) => `${name}.eml`),
    );
    assert.equal(first.total, 10);
    assert.deepEqual(
      mailbox.groups('sender', 'apple').map(({ key, total, unread }) => [key, total, unread]),
      [
        ['s0@example.com', 5, 4],
        ['s1@example.com', 5, 4],
      ],
    );
    assert.deepEqual(mailbox.groups('day', 'apple').at(-1), { key: '1970-01-01', label: '1970-01-01', total: 2, unread: 0 });
    const group = { by: 'sender', key: 's1@example.com' } as const;
    assert.deepEqual(keysOf(mailbox, { text: 'apple', group }), ['27.eml', '21.eml', '15.eml', '9.eml', '3.eml']);
    assert.equal(mailbox.list({ ...everything, text: 'apple', group: { by: 'day', key: '1970-01-01' } }).total, 2);
  });

  test('what is found follows the mails', async () => {
    await using room = await Room.make();
    room.folder.put('a.eml', { text: 'apple' });
    const mailbox = await room.filled();
    assert.deepEqual(keysOf(mailbox, { text: 'apple' }), ['a.eml']);
    mailbox.apply({
      added: [room.folder.put('b.eml', { text: 'apple' })],
      changed: [room.folder.put('a.eml', { text: 'some pears' })],
      removed: [],
    });
    await mailbox.settled();
    assert.deepEqual(keysOf(mailbox, { text: 'apple' }), ['b.eml']);
    assert.deepEqual(keysOf(mailbox, { text: 'pears' }), ['a.eml']);
    room.folder.delete('b.eml');
    mailbox.apply({ added: [], changed: [], removed: ['b.eml'] });
    await mailbox.settled();
    assert.deepEqual(keysOf(mailbox, { text: 'apple' }), []);
  });

  test('a mail with more than thousands of hits is found in the order of arrival', async () => {
    await using room = await Room.make();
    const mailbox = await room.open({
      digest: async () => ({ subject: 's', from: null, to: [], date: null, attachments: 0, searchText: 'same', problem: null }),
    });
    for (let number = 0; number < 5200; number++) room.folder.put(`${String(number).padStart(4, '0')}.eml`, { mtimeMs: number });
    await room.sync(mailbox);
    const page = mailbox.list({ ...everything, text: 'same', limit: 3 });
    assert.deepEqual([page.total, page.mails.map(({ key }) => key)], [5200, ['5199.eml', '5198.eml', '5197.eml']]);
    const next = mailbox.list({ ...everything, text: 'same', limit: 1, after: page.next });
    assert.deepEqual(
      next.mails.map(({ key }) => key),
      ['5196.eml'],
    );
  });
});
