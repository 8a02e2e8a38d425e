// What an S: line asks of a reply, and what it captures.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseExpectation } from '../../../src/session/expectation.ts';
import { matchReply } from '../../../src/session/match.ts';
import type { Reply, ReplyLine } from '../../../src/smtp/reply.ts';

function replyOf(...texts: string[]): Reply {
  const lines = texts.map((raw): ReplyLine => {
    const [, code = null, separator = '', text = raw] = /^([0-9]{3})([- ]?)(.*)$/s.exec(raw) ?? [];
    return { code, separator: separator as '-' | ' ' | '', text, raw: Buffer.from(`${raw}\r\n`), ending: 'CRLF' };
  });
  const code = lines.findLast((line) => line.code !== null)?.code;
  const enhanced = /^([245]\.\d+\.\d+)(?: |$)/.exec(lines.at(-1)?.text ?? '')?.[1] ?? null;
  return { code: code === undefined || code === null ? null : Number(code), enhanced, lines, problems: [], ms: 1 };
}

function match(expectation: string, reply: Reply, values: Record<string, string> = {}): Record<string, string> | string {
  const parsed = parseExpectation(expectation);
  assert.ok(typeof parsed !== 'string', `${expectation}: ${String(parsed)}`);
  const { matched, failures, captures } = matchReply([parsed], reply, (name) => values[name]);
  return matched ? { ...captures } : (failures[0]?.what ?? '');
}

const ok = replyOf('250 2.1.5 Recipient OK');
const ehlo = replyOf('250-mx.test greets you', '250-SIZE 1000', '250-AUTH PLAIN LOGIN', '250 DSN');

describe('expectations', () => {
  for (const [expectation, reply, outcome] of [
    ['250', ok, {}],
    ['251', ok, 'code'],
    ['2xx', ok, {}],
    ['25X', ok, {}],
    ['5xx', ok, 'code'],
    ['', ok, {}],
    ['250 2.1.5', ok, {}],
    ['250 2.1.x', ok, {}],
    ['250 2.1.0', ok, 'enhanced'],
    ['250 2.1.5', replyOf('250 2.1.50 No'), 'enhanced'],
    ['250 2.1.5 recipient', ok, {}],
    ['250 2.1.5 Recip', ok, 'text'],
    ['250 2.1.5 OK', ok, 'text'],
    ['250 * OK', ok, {}],
    ['250 Recipient', replyOf('250 Recipient'), {}],
    ['250-SIZE', ehlo, {}],
    ['250-DSN', ehlo, {}],
    ['250-AUTH *LOGIN', ehlo, {}],
    ['250-SIZE 10', ehlo, 'text'],
    ['250-STARTTLS', ehlo, 'text'],
    ['250 SIZE', ehlo, 'text'],
    ['250 DSN', ehlo, {}],
    ['250', ehlo, {}],
    ['250 /^2\\.1\\.5 rec/i', ok, {}],
    ['250-/^SIZE \\d+$/', ehlo, {}],
    ['/^250 DSN$/', ehlo, {}],
    ['/^251/', ehlo, 'text'],
    ['garbage', replyOf('garbage from a server'), {}],
    ['250', replyOf('garbage'), 'code'],
    ['250 queued as {{id}}', replyOf('250 queued as 4dR2'), { id: '4dR2' }],
    ['250 {{a}} as {{b}}.', replyOf('250 queued as as x.'), { a: 'queued', b: 'as x' }],
    ['250 {{who}} greets', replyOf('250 mx.test greets'), 'text'],
    ['250 (?<a>.)', ok, 'text'],
    ['250 /as (?<id>\\w+)/', replyOf('250 queued as 4dR2'), { id: '4dR2' }],
  ] as const) {
    test(`"${expectation}" and "${reply.lines.at(-1)?.code ?? ''} ${reply.lines.at(-1)?.text}": ${JSON.stringify(outcome)}`, () => {
      const values = expectation.includes('{{who}}') ? { who: 'mail.test' } : {};
      assert.deepEqual(match(expectation, reply, values), outcome);
    });
  }

  test('a failure says what was expected and what came', () => {
    const [wanted, other] = [parseExpectation('550 5.7.1'), parseExpectation('250-STARTTLS')];
    assert.ok(typeof wanted !== 'string' && typeof other !== 'string');
    assert.deepEqual(matchReply([wanted], ok).failures, [
      { index: 0, what: 'code', expected: '550 5.7.1', actual: '250 2.1.5 Recipient OK' },
    ]);
    assert.equal(matchReply([other], ehlo).failures[0]?.actual.split('\n').length, 4);
  });

  test('what is captured cannot leave its line', () => {
    assert.deepEqual(match('250 {{x}}', replyOf('250 a\rRSET\x00')), { x: 'a\\x0DRSET\\x00' });
  });

  test('a regular expression without end is ended', { timeout: 30_000 }, () => {
    assert.equal(match('250 /^(a+)+$/', replyOf(`250 ${'a'.repeat(60)}!`)), 'tooSlow');
  });

  test('a wildcard never takes long', { timeout: 30_000 }, () => {
    assert.equal(match(`250 ${'*a'.repeat(500)}b`, replyOf(`250 ${'a'.repeat(8000)}`)), 'text');
  });

  test('no expectation and no reply throw', () => {
    const part = fc.constantFrom('250', '5xx', '-', ' ', '*', '{{a}}', '{{', '/', '(', '5.7.1', 'a', 'İ', '\u{1f600}', '\\');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (expectation, reply) => {
        const parsed = parseExpectation(expectation);
        if (typeof parsed !== 'string') matchReply([parsed], replyOf(reply));
      }),
    );
  });
});
