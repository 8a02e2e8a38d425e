// ui/inbox: pages of a list, and the rows that stay the same elements.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ListQuery, MailSummary } from '../../../src/protocol/engine.ts';
import { type Lists, loadFeed } from '../../../src/ui/inbox/feed.ts';
import { createList, fillList, type MailNode, neighbourOf } from '../../../src/ui/inbox/nodes.ts';

function mails(prefix: string, count: number): MailSummary[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${prefix}${index}.eml`,
    subject: null,
    from: null,
    to: [],
    arrivedAt: 0,
    size: 0,
    attachments: 0,
    isRead: false,
    state: 'ok',
    problem: null,
    isCaught: true,
  }));
}

/** Lists of the engine's shape; `limits` notes how much each call asked for. */
function listsOf(groups: Readonly<Record<string, readonly MailSummary[]>>, limits: number[] = []): Lists {
  return {
    list: async ({ group, after, limit }: ListQuery) => {
      limits.push(limit);
      const all = groups[group?.key ?? ''] ?? [];
      const start = after === null ? 0 : Number(after);
      const end = start + Math.min(limit, 1000);
      return { mails: all.slice(start, end), next: end < all.length ? String(end) : null, total: all.length };
    },
    groups: async () => [],
  };
}

describe('loading a list', () => {
  test('takes no more than asked for, and counts the rest', async () => {
    const content = await loadFeed(listsOf({ '': mails('a', 450) }), { text: '', parts: [null] }, 0, 200);
    assert.equal(content.mails.length, 200);
    assert.equal(content.more, 250);
  });
  test('goes on from day to day, newest first', async () => {
    const lists = listsOf({ d1: mails('a', 3), d2: mails('b', 5) });
    const parts = [{ by: 'day', key: 'd1' } as const, { by: 'day', key: 'd2' } as const];
    const content = await loadFeed(lists, { text: '', parts }, 8, 5);
    assert.deepEqual(
      content.mails.map((mail) => mail.key),
      ['a0.eml', 'a1.eml', 'a2.eml', 'b0.eml', 'b1.eml'],
    );
    assert.equal(content.more, 3);
  });
  test('asks in pages that the engine gives', async () => {
    const limits: number[] = [];
    const content = await loadFeed(listsOf({ '': mails('a', 2500) }, limits), { text: '', parts: [null] }, 0, 2400);
    assert.equal(content.mails.length, 2400);
    assert.equal(content.more, 100);
    assert.deepEqual(limits, [1000, 1000, 400]);
  });
  test('is empty when there is nothing', async () => {
    assert.deepEqual(await loadFeed(listsOf({}), { text: 'x', parts: [null] }, 0, 200), { mails: [], more: 0 });
  });
});

describe('rows', () => {
  test('stay the same elements while their mail is in the list', () => {
    const list = createList(null);
    const [first, second] = fillList(list, { mails: mails('a', 2), more: 0 });
    const changed = mails('a', 2).map((mail) => ({ ...mail, isRead: true }));
    const again = fillList(list, { mails: [...mails('b', 1), ...changed], more: 0 });
    assert.equal(again[1], first);
    assert.equal(again[2], second);
    assert.equal((first as MailNode).mail.isRead, true);
  });
  test('end with one for what is not shown', () => {
    const list = createList(null);
    assert.equal(fillList(list, { mails: mails('a', 2), more: 7 }).at(-1)?.kind, 'more');
    assert.equal(list.more, 7);
    assert.equal(fillList(list, { mails: mails('a', 2), more: 0 }).at(-1)?.kind, 'mail');
  });
  test('have a neighbour that takes their place: the next one, else the one before', () => {
    const list = createList(null);
    const rows = fillList(list, { mails: mails('a', 4), more: 0 }) as MailNode[];
    assert.equal(neighbourOf([rows[1]!, rows[2]!]), rows[3]);
    assert.equal(neighbourOf([rows[2]!, rows[3]!]), rows[1]);
    assert.equal(neighbourOf(rows), undefined);
    assert.equal(neighbourOf([]), undefined);
  });
});
