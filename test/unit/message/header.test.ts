import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixture, mail, view } from './fixtures.ts';

describe('subject', () => {
  const subjects: Readonly<Record<string, string | null>> = {
    'subject-base64-split': 'Größe geändert: 日',
    'subject-quoted-printable-split': 'Café 🎉 in two words and plain',
    'subject-mixed-charsets': 'Grüße日本Привет“ok”',
    'subject-folded': 'A subject that goes on over three lines',
    'header-raw-utf-8': 'Größe geändert 日本',
    'header-raw-latin-1': 'Größe geändert',
    'order-shipped': 'Your order 10423 has shipped',
    'no-subject': null,
  };
  for (const [name, subject] of Object.entries(subjects)) {
    test(`${name} reads exactly`, async () => {
      assert.equal((await view(fixture(name))).subject, subject);
    });
  }

  test('an empty Subject field is not a missing one', async () => {
    assert.equal((await view(mail('Subject:', '', ''))).subject, '');
  });
});

describe('addresses', () => {
  test('encoded names are decoded after the parse, commas and all', async () => {
    assert.deepEqual((await view(fixture('subject-base64-split'))).from, [{ name: 'Müller, Jörg', address: 'joerg@shop.test' }]);
  });

  test('groups give their members, an empty group its name; fields of one name are joined', async () => {
    const shown = await view(fixture('address-groups'));
    assert.deepEqual(shown.from, [{ name: 'Doe, Jane', address: 'jane@shop.test' }]);
    assert.deepEqual(shown.to, [
      { name: 'Kim Example', address: 'kim@example.com' },
      { name: "O'Neil (ops)", address: 'ops@example.com' },
      { name: 'undisclosed-recipients', address: '' },
    ]);
    assert.deepEqual(
      shown.cc.map(({ address }) => address),
      ['support@shop.test', 'juergen@shop.test', 'second@shop.test'],
    );
    assert.equal(shown.cc[1]?.name, 'Doe, Jürgen');
    assert.deepEqual(shown.bcc, [{ name: '', address: 'audit@shop.test' }]);
    assert.deepEqual(shown.replyTo, [{ name: '', address: 'help@shop.test' }]);
  });

  test('an address inside an encoded word stays a name', async () => {
    const shown = await view(fixture('address-encoded-tricks'));
    assert.deepEqual(shown.from, [{ name: 'Bank <security@bank.test>', address: 'attacker@evil.test' }]);
    assert.deepEqual(shown.to, [{ name: 'kim@example.com', address: '' }]);
  });

  test('UTF-8 addresses (RFC 6532) are taken as they are', async () => {
    const shown = await view(fixture('header-raw-utf-8'));
    assert.deepEqual(shown.from, [{ name: 'Jörg Müller', address: 'jörg@bücher.test' }]);
    assert.deepEqual(shown.to, [{ name: '用户', address: '用户@例え.test' }]);
  });

  test('Latin-1 octets without declaration read as what they mean', async () => {
    assert.deepEqual((await view(fixture('header-raw-latin-1'))).from, [{ name: 'Jörg Müller', address: 'joerg@shop.test' }]);
  });
});

describe('date', () => {
  const dates: readonly (readonly [string, number | null])[] = [
    ['Sat, 21 Nov 2026 21:12:03 +0000', Date.UTC(2026, 10, 21, 21, 12, 3)],
    ['21 Nov 2026 22:12 +0100 (CET)', Date.UTC(2026, 10, 21, 21, 12)],
    ['Sat, 21 Nov 2026 16:12:03 EST', Date.UTC(2026, 10, 21, 21, 12, 3)],
    ['Sat, 21 Nov 2026 21:12:03', Date.UTC(2026, 10, 21, 21, 12, 3)],
    ['Sat, 21 Nov 2026 21:12:03 CEST', Date.UTC(2026, 10, 21, 21, 12, 3)],
    ['yesterday', null],
    ['99 Xyz 2026 21:12:03 +0000', null],
    ['1', null],
  ];
  for (const [text, time] of dates) {
    test(`"${text}"`, async () => {
      assert.equal((await view(mail(`Date: ${text}`, '', ''))).date, time);
    });
  }
});

describe('header fields', () => {
  test('come in order with the line where they begin, unfolded and as sent', async () => {
    const { headers } = await view(fixture('folded-headers'));
    assert.deepEqual(
      headers.map(({ line, name }) => [line, name]),
      [
        [1, 'Received'],
        [4, 'X-Empty'],
        [5, 'X-Late-Value'],
        [7, 'X-Space'],
        [8, 'Subject'],
        [9, 'Date'],
        [10, 'From'],
      ],
    );
    assert.equal(headers[0]?.value, 'from worker-3 (worker-3 [10.0.0.7]) by app.shop.test with ESMTP; Sat, 21 Nov 2026 21:12:03 +0000');
    assert.equal(headers[0]?.raw, 'from worker-3 (worker-3 [10.0.0.7])\n\tby app.shop.test with ESMTP;\n\tSat, 21 Nov 2026 21:12:03 +0000');
    assert.deepEqual([headers[1]?.value, headers[1]?.raw], ['', '']);
    assert.deepEqual([headers[2]?.value, headers[2]?.raw], ['starts on the second line', '\n starts on the second line']);
  });

  test('are decoded in value and not in raw', async () => {
    const { headers } = await view(fixture('order-shipped'));
    const subject = headers.find(({ name }) => name === 'Subject');
    assert.deepEqual(subject, {
      line: 10,
      name: 'Subject',
      value: 'Your order 10423 has shipped',
      raw: '=?utf-8?Q?Your_order_10423_has_shipped?=',
    });
  });

  test('octets that are not UTF-8 are U+FFFD in raw', async () => {
    const { headers } = await view(fixture('header-raw-latin-1'));
    assert.equal(headers.find(({ name }) => name === 'Subject')?.raw, 'Gr\uFFFD\uFFFDe ge\uFFFDndert');
  });

  test('the separator line of an mbox file is no field and no problem', async () => {
    const shown = await view(mail('From kim@example.com Sat Nov 21 21:12:03 2026', 'Subject: In a mailbox', '', 'Text.'));
    assert.deepEqual([shown.subject, shown.headers[0]?.line, shown.problem], ['In a mailbox', 2, null]);
  });

  test('one value is bounded', async () => {
    const { headers } = await view(mail(`X-Long: ${'x'.repeat(100_000)}`, '', ''));
    assert.ok((headers[0]?.value.length ?? 0) <= 65_536 && (headers[0]?.raw.length ?? 0) <= 65_536);
  });
});
