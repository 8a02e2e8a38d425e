import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MailView } from '../../../src/protocol/viewer.ts';
import { fill, formatMoment, formatSize } from '../../../src/webview/format.ts';
import { isSenderDifferent, matchRecipients } from '../../../src/webview/recipients.ts';
import { makeDelivery } from '../store/fixture.ts';

const path = (address: string) => ({ address, parameters: {} });
const named = (...addresses: string[]) => addresses.map((address) => ({ name: '', address }));
const delivery = makeDelivery({
  envelope: { from: path('bounce@shop.test'), to: [path('KIM@example.com'), path('audit@shop.test'), path('boss@shop.test')] },
});
const mail: MailView = {
  fileName: 'a.eml',
  subject: null,
  from: named('orders@shop.test'),
  to: named('kim@example.com'),
  cc: [],
  bcc: named('boss@shop.test'),
  replyTo: [],
  date: null,
  arrivedAt: null,
  size: 1,
  html: null,
  text: null,
  headers: [],
  parts: [],
  delivery,
  problem: null,
};

describe('the envelope held against the header', () => {
  test('a recipient that no header names is a Bcc; case does not count', () => {
    assert.deepEqual(
      matchRecipients(mail).map(({ path: { address }, header }) => [address, header]),
      [
        ['KIM@example.com', 'to'],
        ['audit@shop.test', null],
        ['boss@shop.test', 'bcc'],
      ],
    );
  });

  test('MAIL FROM differs from From, or is one of its addresses', () => {
    assert.equal(isSenderDifferent(mail), true);
    assert.equal(isSenderDifferent({ ...mail, from: named('a@b.test', 'Bounce@Shop.test') }), false);
    assert.equal(isSenderDifferent({ ...mail, from: [] }), false);
    assert.equal(isSenderDifferent({ ...mail, delivery: null }), false);
  });
});

describe('sizes and times', () => {
  test('sizes are told as VS Code does', () => {
    assert.deepEqual(
      [0, 99, 614, 49_357, 2 * 1024 * 1024].map((octets) => formatSize(octets, 'en')),
      ['0 B', '99 B', '0.6 KB', '48.2 KB', '2.0 MB'],
    );
  });

  test('today and yesterday by name, older days by date', () => {
    const strings = { today: 'Today {0}', yesterday: 'Yesterday {0}' };
    const now = new Date(2026, 10, 21, 12).getTime();
    const at = (...date: [number, number, number, number, number, number]) =>
      formatMoment(new Date(...date).getTime(), now, 'en-GB', strings);
    assert.equal(at(2026, 10, 21, 9, 5, 3), 'Today 09:05:03');
    assert.equal(at(2026, 10, 20, 23, 59, 59), 'Yesterday 23:59:59');
    assert.equal(at(2026, 9, 1, 0, 0, 0), '1 Oct 2026, 00:00:00');
  });

  test('a value with places in it is not filled again', () => {
    assert.equal(fill('{0} of {1}, {2}', '{1}', 'b'), '{1} of b, {2}');
  });
});
