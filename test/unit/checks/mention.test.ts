// checks: what stands at the cursor of any file, of the kind that a check can be about.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAboutMail, mentionAt, mentionIn } from '../../../src/checks/mention.ts';

/** The cursor is where the bar stands. */
function at(line: string): string {
  const found = mentionAt(line.replace('|', ''), line.indexOf('|'));
  return found ? `${found.kind} ${found.text}` : 'nothing';
}

describe('what stands at the cursor', () => {
  for (const [line, found] of [
    ['MAIL_FROM="Shop <or|ders@shop.example>"', 'mailAddress orders@shop.example'],
    ['MAIL FROM:<|orders+x@shop.example> SIZE=1', 'mailAddress orders+x@shop.example'],
    ['orders@shop.example|', 'mailAddress orders@shop.example'],
    ['SMTP_HOST=mail.sh|op.example', 'domain mail.shop.example'],
    ['@connect mx1.shop.example:25|87', 'server mx1.shop.example:2587'],
    ['@connect local|host:1025', 'server localhost:1025'],
    ['const url = "smtp://user:pw@mail.sh|op.example:587/"', 'server smtp://mail.shop.example:587/'],
    ['url: smtp://mail.sh|op.example', 'server smtp://mail.shop.example'],
    ['see https://shop.example/help|?a=b now', 'domain https://shop.example/help?a=b'],
    ['shop.example. 300 IN MX 10 mx1.sh|op.example.', 'domain mx1.shop.example'],
    ['_dmarc.shop.ex|ample IN TXT', 'domain _dmarc.shop.example'],
    ['to=<a@x.example>, relay=mx1.x.example[192.0.|2.1]:25', 'server [192.0.2.1]:25'],
    ['relay=mx1.x.ex|ample[192.0.2.1]:25', 'domain mx1.x.example'],
    ['v=spf1 ip4:192.0.2.1|7 -all', 'address 192.0.2.17'],
    ['v=spf1 include:_spf.sh|op.example -all', 'domain _spf.shop.example'],
    ['server 127.0.0.1:10|25;', 'server 127.0.0.1:1025'],
    ['listen [::1]:25|25', 'server [::1]:2525'],
    ['from 2001:db8::|53 port 53', 'address 2001:db8::53'],
    ['почта@приме|р.испытание', 'mailAddress почта@пример.испытание'],
    ['a word |only', 'nothing'],
    ['version 1.2|.3 of it', 'nothing'],
    ['version 1.2.3|.4.5 of it', 'nothing'],
    ['300.1.2|.3', 'nothing'],
    ['at 12:3|0:45 it', 'nothing'],
    ['shop.example and th|is', 'nothing'],
    ['|', 'nothing'],
  ] as const)
    test(line, () => assert.equal(at(line), found));

  test('is looked for near the cursor only, however long or odd the line is', () => {
    const started = performance.now();
    for (const part of ['a.', 'a@', '1.', ':', 'a-', '[', 'x://', 'a@a.']) {
      const line = part.repeat(500_000);
      mentionAt(line, line.length / 2);
    }
    assert.ok(performance.now() - started < 3000);
    assert.equal(at(`${'x '.repeat(100_000)}shop.ex|ample${' y'.repeat(100_000)}`), 'domain shop.example');
  });
});

test('a selection is taken as a whole, without quotes around it', () => {
  const kind = (text: string) => mentionIn(text)?.kind ?? 'nothing';
  assert.equal(kind(' "orders@shop.example", '), 'mailAddress');
  assert.equal(kind('shop.example.'), 'domain');
  assert.equal(kind('mx1.shop.example:25'), 'server');
  assert.equal(kind('192.0.2.1'), 'address');
  for (const text of ['two words', 'write to orders@shop.example', 'shop.example, shop.test', 'word', '', 'x'.repeat(10_000)])
    assert.equal(kind(text), 'nothing', text);
});

test('a file is about mail when it has an address or speaks of it', () => {
  for (const text of ['SMTP_PORT=25', 'a@shop.example', 'x\nmyhostname = mx1\n', 'v=spf1 -all', '"mail": {', 'EMAIL_HOST'])
    assert.ok(isAboutMail(text), text);
  for (const text of ['', 'const a = b.c(d);', '@Component({})', '"typescript@5.9.2"', 'a @ b.c', 'blackmail'])
    assert.ok(!isAboutMail(text), text);
});
