// Logging in: the exchanges of the RFCs, and that no secret is ever shown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AuthWords, authExchange, explainAuth } from '../../../src/smtp/auth.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');

function client(mechanism: string, index: number, text: string): AuthWords {
  return explainAuth(mechanism, { from: 'client', index }, text);
}

describe('an exchange', () => {
  test('PLAIN says all at once (RFC 4616)', () => {
    const exchange = authExchange('plain', 'tim', 'tanstaaftanstaaf');
    assert.equal(exchange.command, 'AUTH PLAIN');
    assert.equal(exchange.initial, 'AHRpbQB0YW5zdGFhZnRhbnN0YWFm');
    assert.equal(exchange.answer(''), exchange.initial);
  });

  test('LOGIN gives name and password in this order, however it is asked', () => {
    const exchange = authExchange('login', 'kim@example.com', 'pä55');
    assert.equal(exchange.initial, null);
    assert.equal(exchange.answer(encode('Benutzer?')), encode('kim@example.com'));
    assert.equal(exchange.answer(encode('Kennwort?')), encode('pä55'));
    assert.equal(exchange.answer(encode('More?')), '');
  });

  test('CRAM-MD5 is the one of RFC 2195', () => {
    const challenge = 'PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+';
    const answer = authExchange('cram-md5', 'tim', 'tanstaaftanstaaf').answer(challenge);
    assert.equal(answer, 'dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw');
  });

  test('XOAUTH2 says the token once, and takes note of an error', () => {
    const initial = encode('user=kim\x01auth=Bearer token\x01\x01');
    const withInitial = authExchange('xoauth2', 'kim', 'token');
    assert.equal(withInitial.initial, initial);
    assert.equal(withInitial.answer(encode('{"status":"401"}')), '');
    const asked = authExchange('xoauth2', 'kim', 'token');
    assert.equal(asked.answer(''), initial);
    assert.equal(asked.answer(''), '');
  });
});

describe('what is shown of a login', () => {
  test('is what the server asks', () => {
    const server = (text: string): string => explainAuth('LOGIN', { from: 'server', index: 0 }, text).text;
    assert.equal(server('VXNlcm5hbWU6'), 'decoded: Username:');
    assert.equal(server(''), 'an empty challenge');
    assert.equal(server('not base64!'), 'not base64');
    assert.equal(server(encode('\x1b[2J')), 'decoded: \\x1B[2J');
    assert.ok(server(encode('x'.repeat(5000))).length < 600);
  });

  test('is the name and never the password', () => {
    assert.deepEqual(client('LOGIN', 0, encode('kim@example.com')), { text: 'decoded: kim@example.com', isSecret: false });
    assert.deepEqual(client('login', 1, encode('secret')), { text: 'password, not shown and not kept', isSecret: true });
    assert.deepEqual(client('PLAIN', 0, encode('\0kim\0secret')), {
      text: 'decoded: kim; password, not shown and not kept',
      isSecret: true,
    });
    assert.match(client('PLAIN', 0, encode('boss\0kim\0secret')).text, /kim, acting for boss/);
    assert.match(client('CRAM-MD5', 0, encode('kim 0123456789abcdef')).text, /^decoded: kim;/);
    assert.match(client('XOAUTH2', 0, encode('user=kim\x01auth=Bearer secret\x01\x01')).text, /^decoded: kim;/);
  });

  test('is only what the user did, where it is no secret', () => {
    assert.deepEqual(client('PLAIN', 0, '*'), { text: 'gives the login up', isSecret: false });
    assert.equal(client('PLAIN', 0, '=').isSecret, false);
  });

  test('is nothing of what cannot be understood', () => {
    for (const [mechanism, line] of [
      ['PLAIN', encode('kim secret')],
      ['PLAIN', 'kim secret'],
      ['SCRAM-SHA-256', encode('n,,n=kim,r=secret')],
    ] as const) {
      const words = client(mechanism, 0, line);
      assert.equal(words.isSecret, true);
      assert.doesNotMatch(words.text, /secret|kim/);
    }
  });

  test('never holds the secret of an exchange of ours', () => {
    const mechanisms = fc.constantFrom('plain', 'login', 'cram-md5', 'xoauth2');
    fc.assert(
      fc.property(mechanisms, fc.stringMatching(/^[A-Z]{8,20}$/), (mechanism, secret) => {
        const exchange = authExchange(mechanism, 'kim', secret);
        const lines = [exchange.initial, exchange.answer(encode('first')), exchange.answer(encode('second'))].filter(
          (line) => line !== null,
        );
        const start = mechanism === 'login' ? 0 : -1;
        lines.forEach((line, index) => {
          const { text, isSecret } = client(mechanism, Math.max(start, index), line);
          assert.ok(!text.includes(secret));
          if (Buffer.from(line, 'base64').toString().includes(secret)) assert.ok(isSecret);
        });
      }),
    );
  });
});
