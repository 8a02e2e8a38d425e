// Random changes of a folder, and after each of them the same questions to the index and to a plain array.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Mailbox } from '../../../src/mailbox/mailbox.ts';
import type { MailGroup } from '../../../src/protocol/engine.ts';
import { everything, Room } from './room.ts';

const keys = ['a.eml', 'b.eml', 'c.eml', '20261121T211203417Z-0k3f9ab.eml'];
const words = ['Alpha', 'alpine', 'Béta', 'beta42', 'x', '東京都', 'tea-pot'];
const senders = ['ann@example.com', 'Bob@example.org', 'zoé@example.net'];
const texts = ['', 'al', 'alp', 'lpha', 'bet', 'ETA', 'x', '42', '京', '東京', 'tea', 'pot', 'example.o', 'ob', 'alpha beta', '京 x'];
const hour = 3_600_000;

type Step =
  | {
      readonly do: 'put';
      readonly key: string;
      readonly subject: string;
      readonly from: string;
      readonly to: readonly string[];
      readonly text: string;
    }
  | { readonly do: 'remove'; readonly key: string }
  | { readonly do: 'mark'; readonly keys: readonly string[]; readonly isRead: boolean }
  | { readonly do: 'sync' | 'reopen' };

const key = fc.constantFrom(...keys);
const phrase = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' '));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key,
      subject: phrase,
      from: fc.constantFrom(...senders),
      to: fc.uniqueArray(fc.constantFrom(...senders), { minLength: 1 }),
      text: phrase,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mark' as const), keys: fc.array(key, { maxLength: 4 }), isRead: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('sync' as const, 'reopen' as const) }) },
);

interface ModelMail {
  readonly key: string;
  readonly arrived: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly head: string;
  readonly text: string;
  isRead: boolean;
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function has(mail: ModelMail, text: string): boolean {
  const all = fold(`${mail.head} ${mail.text}`)
    .replace(/\p{Script=Han}/gu, ' $& ')
    .split(/[^\p{L}\p{N}]+/u);
  return fold(text)
    .split(' ')
    .every((term) => {
      const signs = term
        .replace(/\p{Script=Han}/gu, ' $& ')
        .trim()
        .split(/[^\p{L}\p{N}]+/u);
      const last = signs.length - 1;
      const isThere = all.some((_, at) =>
        signs.every((sign, index) => {
          const word = all[at + index] ?? '';
          return index === last && sign.length > 1 ? word.startsWith(sign) : word === sign;
        }),
      );
      return isThere || (term.length > 2 && fold(mail.head).includes(term));
    });
}

/** The model's list, newest first. */
function sorted(mails: Iterable<ModelMail>): ModelMail[] {
  return [...mails].sort((a, b) => b.arrived - a.arrived || (a.key < b.key ? 1 : -1));
}

function grouped(mails: readonly ModelMail[], namesOf: (mail: ModelMail) => readonly string[]): Omit<MailGroup, 'label'>[] {
  const names = new Set(mails.flatMap(namesOf));
  return [...names].sort().map((name) => {
    const inside = mails.filter((mail) => namesOf(mail).includes(name));
    return { key: name, total: inside.length, unread: inside.filter(({ isRead }) => !isRead).length };
  });
}

function compare(mailbox: Mailbox, model: ReadonlyMap<string, ModelMail>): void {
  const all = sorted(model.values());
  assert.deepEqual(mailbox.counts(), { total: all.length, unread: all.filter(({ isRead }) => !isRead).length });
  for (const text of texts) {
    const found = text === '' ? all : all.filter((mail) => has(mail, text));
    const pages: string[] = [];
    for (let after: string | null = null, isFirst = true; isFirst || after; isFirst = false) {
      const page = mailbox.list({ ...everything, text, limit: 2, after });
      pages.push(...page.mails.map((mail) => mail.key));
      assert.equal(page.total, found.length, `total of ${text}`);
      after = page.next;
    }
    assert.deepEqual(
      pages,
      found.map((mail) => mail.key),
      `find ${text}`,
    );
    const expected = {
      sender: grouped(found, ({ from }) => [from.toLowerCase()]),
      recipient: grouped(found, ({ to }) => to.map((address) => address.toLowerCase())),
      day: grouped(found, ({ arrived }) => [new Date(arrived).toISOString().slice(0, 10)]).reverse(),
    };
    for (const by of ['sender', 'recipient', 'day'] as const) {
      const groups = mailbox.groups(by, text);
      assert.deepEqual(
        groups,
        expected[by].map((group) => ({ ...group, label: group.key })),
        `${by} of ${text}`,
      );
      for (const group of groups) assert.equal(mailbox.list({ ...everything, text, group: { by, key: group.key } }).total, group.total);
    }
  }
}

test('mailbox: lists, groups, counts and finds are those of a plain array', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await using room = await Room.make();
      let mailbox = await room.open();
      const model = new Map<string, ModelMail>();
      for (const [number, now] of steps.entries()) {
        if (now.do === 'put') {
          const mtimeMs = (1 + number) * 7 * hour;
          // Never twice the same size, which would tell of a file that was only touched.
          const text = `${now.text}\n${'.'.repeat(200 * number)}`;
          const entry = room.folder.put(now.key, { ...now, text, to: now.to.join(', '), mtimeMs });
          const before = model.get(now.key);
          const time = now.key.startsWith('2026') ? Date.parse('2026-11-21T21:12:03.417Z') : mtimeMs;
          model.set(now.key, {
            key: now.key,
            arrived: time,
            from: now.from,
            to: now.to,
            head: `${now.subject}\n${now.from}\n${now.to.join('\n')}`,
            text: now.text,
            isRead: before?.isRead ?? false,
          });
          mailbox.apply({ added: [entry], changed: [], removed: [] });
        } else if (now.do === 'remove') {
          room.folder.delete(now.key);
          model.delete(now.key);
          mailbox.apply({ added: [], changed: [], removed: [now.key] });
        } else if (now.do === 'mark') {
          await mailbox.settled();
          mailbox.markRead(now.keys, now.isRead);
          for (const marked of now.keys) {
            const mail = model.get(marked);
            if (mail) mail.isRead = now.isRead;
          }
        } else if (now.do === 'sync') await mailbox.sync(room.folder.entries());
        else {
          await mailbox.settled();
          mailbox.close();
          mailbox = await room.open();
        }
      }
      await mailbox.settled();
      compare(mailbox, model);
    }),
    { numRuns: 40 },
  );
});
