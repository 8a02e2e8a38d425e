import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestMail } from '../../../src/message/digest.ts';
import type { Delivery } from '../../../src/smtp/delivery.ts';
import { makeDelivery } from '../store/fixture.ts';
import { fixture, fixtureNames, mail, view } from './fixtures.ts';

function delivered(from: string | null, ...to: readonly string[]): Delivery {
  const path = (address: string) => ({ address, parameters: {} });
  return makeDelivery({ envelope: { from: from === null ? null : path(from), to: to.map(path) } });
}

describe('digestMail', () => {
  test('has what a row needs', async () => {
    const digest = await digestMail(fixture('order-shipped'), delivered('bounce@shop.test', 'kim@example.com', 'audit@shop.test'));
    assert.equal(digest.subject, 'Your order 10423 has shipped');
    assert.deepEqual(digest.from, { name: 'Example Shop', address: 'orders@shop.test' });
    assert.deepEqual(digest.to, [
      { name: 'Kim Example', address: 'kim@example.com' },
      { name: '', address: 'support@shop.test' },
      { name: '', address: 'audit@shop.test' },
    ]);
    assert.equal(digest.date, Date.UTC(2026, 10, 21, 21, 12, 3));
    assert.equal(digest.attachments, 2, 'the logo is shown inside the HTML');
    assert.equal(digest.problem, null);
  });

  test('searches subject, addresses, envelope, body and names of attachments', async () => {
    const { searchText } = await digestMail(fixture('order-shipped'), delivered('bounce@shop.test', 'audit@shop.test'));
    for (const word of [
      '10423',
      'Example Shop',
      'orders@shop.test',
      'support@shop.test',
      'bounce@',
      'audit@',
      '482913',
      'Watering',
      'delivery.ics',
    ]) {
      assert.ok(searchText.includes(word), word);
    }
  });

  test('searches the words of HTML when there is no text', async () => {
    const { searchText } = await digestMail(fixture('html-only'), null);
    assert.ok(searchText.includes('Grüße & schön es Wochen\u00ADende'), searchText);
    assert.doesNotMatch(searchText, /hidden|color|<|p>/);
  });

  test('takes the reverse-path where there is no From', async () => {
    const bytes = mail('Subject: none', '', '');
    assert.deepEqual((await digestMail(bytes, delivered('a@app.test', 'kim@example.com'))).from, { name: '', address: 'a@app.test' });
    assert.equal((await digestMail(bytes, delivered('', 'kim@example.com'))).from, null, 'the null reverse-path');
    assert.equal((await digestMail(bytes, delivered(null))).from, null);
    assert.equal((await digestMail(bytes, null)).from, null);
  });

  test('names no recipient twice and at most 50', async () => {
    const many = Array.from({ length: 80 }, (_, index) => `user${index}@example.com`);
    const digest = await digestMail(mail('To: Kim <KIM@example.com>', '', ''), delivered('a@app.test', 'kim@example.com', ...many));
    assert.equal(digest.to.length, 50);
    assert.deepEqual(
      digest.to.slice(0, 2).map(({ address }) => address),
      ['KIM@example.com', 'user0@example.com'],
    );
  });

  test('agrees with the view on every fixture', async () => {
    for (const name of fixtureNames) {
      const bytes = fixture(name);
      const [digest, shown] = [await digestMail(bytes, null), await view(bytes)];
      assert.deepEqual(
        [digest.subject, digest.from, digest.date, digest.attachments, digest.problem],
        [shown.subject, shown.from[0] ?? null, shown.date, shown.parts.filter(({ isInline }) => !isInline).length, shown.problem],
        name,
      );
    }
  });

  test('is bounded, whatever the mail', async () => {
    const long = 'word '.repeat(1_000_000);
    const digest = await digestMail(
      mail(`Subject: ${long.slice(0, 500_000)}`, `From: "${long.slice(0, 200_000)}" <a@app.test>`, '', long),
      null,
    );
    assert.equal(digest.searchText.length, 64 * 1024);
    assert.ok((digest.subject?.length ?? 0) <= 1000 && (digest.from?.name.length ?? 0) <= 1000);
  });
});
