// checks: what people type and paste, understood or refused with a sentence.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isLikelyHost, understand } from '../../../src/checks/question.ts';
import type { QuestionKind } from '../../../src/checks/report.ts';

function subject(kind: QuestionKind, text: string, options: Record<string, string> = {}): string {
  const understood = understand(kind, text, options);
  return 'question' in understood ? understood.question.subject : `refused: ${understood.refusal}`;
}

describe('a domain', () => {
  for (const text of [
    'example.com',
    '  Example.COM. ',
    'https://example.com/contact?x=1#y',
    'http://user:secret@example.com:8080/',
    'someone@example.com',
    'mailto:someone@example.com?subject=x',
    'Some One <someone@example.com>',
    '<someone@example.com>,',
    '"example.com"',
    'example.com:25',
    'example.com/',
  ])
    test(`is read from ${text}`, () => assert.equal(subject('domain', text), 'example.com'));

  for (const [text, wanted] of [
    ['someone@example.com', 'someone@example.com'],
    ['Some One <some.one+x@Example.com>', 'some.one+x@example.com'],
    ['mailto:someone@example.com?subject=x', 'someone@example.com'],
    ['someone@bücher.example', 'someone@xn--bcher-kva.example'],
    ['"some one"@example.com', undefined],
    ['почта@example.com', undefined],
    ['a\r\nDATA@example.com', 'DATA@example.com'],
    ['example.com', undefined],
    ['http://user@example.com/', undefined],
  ] as const)
    test(`with the recipient that is asked for, from ${JSON.stringify(text)}`, () => {
      const understood = understand('domain', text);
      assert.deepEqual('question' in understood && understood.question.options['recipient'], wanted);
      const mx = understand('mx', text);
      assert.deepEqual('question' in mx && mx.question.options, {});
    });

  test('of any script is asked for in A-labels', () => {
    assert.equal(subject('domain', 'Bücher.example'), 'xn--bcher-kva.example');
    assert.equal(subject('mx', 'почта@пример.испытание'), 'xn--e1afmkfd.xn--80akhbyknj4f');
  });

  for (const [text, why] of [
    ['', /Nothing was entered/],
    ['   ', /Nothing was entered/],
    ['someone@', /after @ is missing/],
    ['two words', /no domain name/],
    ['exa mple.com', /no domain name/],
    ['a..b', /no domain name/],
    [`${'x'.repeat(70)}.test`, /no domain name/],
    ['192.0.2.1', /IP address; a domain is needed/],
    ['[2001:db8::1]', /IP address; a domain is needed/],
    ['5', /no domain name/],
    ['1.2.3', /no IP address/],
    ['256.1.1.1', /no IP address/],
    ['999.1.1.1', /"999\.1\.1\.1" is no IP address/],
    ['x.'.repeat(150), /too long for a domain name/],
    ['\u{1F4E7}.test', /has an emoji.*enter xn--du8h\.test/],
    ['0x7f.1', /no domain name/],
    ['https://', /domain is missing/],
    ['@', /after @ is missing/],
    ['Some One <someone@>', /after @ is missing/],
    ['ex ample@two words.test', /no domain name/],
    ['x'.repeat(2000), /too long/],
    ['<script>alert(1)</script>', /no domain name/],
    ['a\u0000b\u202e.test', /no domain name/],
  ] as const)
    test(`is missed in ${JSON.stringify(text.slice(0, 30))}`, () => assert.match(subject('domain', text), why));
});

describe('a server', () => {
  for (const [text, wanted] of [
    ['mx1.example.com', 'mx1.example.com:25'],
    ['mx1.example.com:587', 'mx1.example.com:587'],
    ['192.0.2.1:2525', '192.0.2.1:2525'],
    ['2001:db8::1', '[2001:db8::1]:25'],
    ['[2001:DB8::1]:465', '[2001:db8::1]:465'],
    ['[IPv6:2001:db8::1]', '[2001:db8::1]:25'],
    ['smtps://mx1.example.com', 'mx1.example.com:465'],
    ['smtp://mx1.example.com:1025/', 'mx1.example.com:1025'],
    ['submission://mx1.example.com', 'mx1.example.com:587'],
    ['localhost:1025', 'localhost:1025'],
  ] as const)
    test(`${text} is ${wanted}`, () => {
      assert.equal(subject('server', text), wanted);
      assert.equal(subject('relay', text), wanted);
    });

  test('is not a mail address, and has a port that exists', () => {
    assert.match(subject('server', 'me@example.com'), /mail address; a server is needed/);
    for (const port of ['0', '65536', 'smtp', '-1'])
      assert.match(subject('server', `mx1.example.com:${port}`), /no number from 1 to 65535/, port);
  });
});

test('a DKIM question has a selector', () => {
  assert.equal(subject('dkim', 'example.com', { selector: 'k1' }), 'example.com');
  for (const selector of ['', 'a b', 'a..b']) assert.match(subject('dkim', 'example.com', { selector }), /selector is needed/);
});

test('an SPF question may have the address of a sender, a server one the domain whose mail it takes', () => {
  const optionsOf = (kind: QuestionKind, text: string, options: Record<string, string>) => {
    const understood = understand(kind, text, options);
    return 'question' in understood ? understood.question.options : understood.refusal;
  };
  assert.deepEqual(optionsOf('spf', 'example.com', {}), {});
  assert.deepEqual(optionsOf('spf', 'example.com', { ip: ' 192.0.2.1 ' }), { ip: '192.0.2.1' });
  assert.deepEqual(optionsOf('spf', 'example.com', { ip: '[IPv6:2001:DB8::1]' }), { ip: '2001:db8::1' });
  for (const ip of ['', 'example.com', '192.0.2', '192.0.2.1/24'])
    assert.match(String(optionsOf('spf', 'example.com', { ip })), /no IP address/);
  for (const kind of ['server', 'relay'] as const) {
    assert.deepEqual(optionsOf(kind, 'mx1.example.com', { domain: 'me@Example.com' }), { domain: 'example.com' });
    assert.match(String(optionsOf(kind, 'mx1.example.com', { domain: '192.0.2.1' })), /a domain is needed/);
    assert.match(String(optionsOf(kind, 'mx1.example.com', { domain: 'two words' })), /no domain name/);
  }
});

test('a word with dots is a name when its end is one that is in use or kept for labs', () => {
  for (const text of [
    'example.com',
    'a@shop.example',
    'mx1.corp.test:25',
    'localhost:1025',
    '192.0.2.1',
    'x.co.uk',
    'пример.рф',
    'smtp://mail.internal',
  ])
    assert.ok(isLikelyHost(text), text);
  for (const text of ['console.log', 'vscode.l10n', 'index.test.ts', 'word', 'a b', '1.2.3']) assert.ok(!isLikelyHost(text), text);
});

test('a record is asked for with its type, below underscores too; an address only for PTR', () => {
  assert.equal(subject('dns', '_dmarc.example.com', { type: 'TXT' }), '_dmarc.example.com');
  assert.equal(subject('dns', '192.0.2.1', { type: 'PTR' }), '192.0.2.1');
  assert.match(subject('dns', '192.0.2.1', { type: 'MX' }), /only PTR/);
  assert.match(subject('dns', 'example.com', { type: 'ANY' }), /Record types/);
});

test('reverse DNS starts from an address, a blocklist is asked for both', () => {
  assert.equal(subject('reverseDns', '[192.0.2.1]'), '192.0.2.1');
  assert.match(subject('reverseDns', 'example.com'), /is a name/);
  assert.equal(subject('blocklists', '192.0.2.1'), '192.0.2.1');
  assert.equal(subject('blocklists', 'example.com'), 'example.com');
});
