// Logging in: the exchanges of the RFCs, and that no secret is ever shown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AuthAnswer, authExchange, decodeBase64, isSecretDue, readAnswer } from '../../../src/smtp/auth.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');

function read(mechanism: string, step: number, text: string, challenge = ''): AuthAnswer {
  return readAnswer(mechanism, step, challenge, text);
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
    assert.equal(decodeBase64('VXNlcm5hbWU6'), 'Username:');
    assert.equal(decodeBase64(''), null);
    assert.equal(decodeBase64('not base64!'), null);
    assert.equal(decodeBase64(encode('\x1b[2J')), '\\x1B[2J');
    assert.ok(decodeBase64(encode('x'.repeat(5000)))!.length < 600);
  });

  test('is the name and never the password', () => {
    assert.deepEqual(read('LOGIN', 0, encode('kim@example.com')), { isSecret: false, user: 'kim@example.com' });
    assert.deepEqual(read('login', 1, encode('secret')), { isSecret: true, user: null });
    assert.deepEqual(read('PLAIN', 0, encode('\0kim\0secret')), { isSecret: true, user: 'kim' });
    assert.deepEqual(read('PLAIN', 0, encode('boss\0kim\0secret')), { isSecret: true, user: 'kim' });
    assert.deepEqual(read('CRAM-MD5', 0, encode('kim the second 0123456789abcdef')), { isSecret: true, user: 'kim the second' });
    assert.deepEqual(read('XOAUTH2', 0, encode('user=kim\x01auth=Bearer secret\x01\x01')), { isSecret: true, user: 'kim' });
  });

  test('is no name where the server asks for the password first', () => {
    assert.deepEqual(read('LOGIN', 0, encode('secret'), encode('Password:')), { isSecret: true, user: null });
    assert.equal(isSecretDue('LOGIN', 0, encode('Password:')), true);
    assert.equal(isSecretDue('LOGIN', 0, encode('Username:')), false);
    assert.equal(isSecretDue('PLAIN', 0, ''), true);
  });

  test('is only what the user did, where it is no secret', () => {
    for (const line of ['*', '', ' ', '=']) assert.deepEqual(read('PLAIN', 0, line), { isSecret: false, user: null }, line);
  });

  test('is nothing of what cannot be understood', () => {
    for (const [mechanism, line] of [
      ['PLAIN', encode('kim secret')],
      ['PLAIN', 'kim secret'],
      ['LOGIN', 'kim secret'],
      ['SCRAM-SHA-256', encode('n,,n=kim,r=secret')],
    ] as const)
      assert.deepEqual(read(mechanism, 0, line), { isSecret: true, user: null }, mechanism);
  });

  test('never holds the secret of an exchange of ours', () => {
    const mechanisms = fc.constantFrom('plain', 'login', 'cram-md5', 'xoauth2');
    fc.assert(
      fc.property(mechanisms, fc.stringMatching(/^[A-Z]{8,20}$/), (mechanism, secret) => {
        const exchange = authExchange(mechanism, 'kim', secret);
        const lines = [exchange.initial, exchange.answer(encode('first')), exchange.answer(encode('second'))];
        for (const [step, line] of lines.filter((one) => one !== null).entries()) {
          const { user, isSecret } = read(mechanism, step, line);
          assert.ok(!user?.includes(secret));
          if (Buffer.from(line, 'base64').toString().includes(secret)) assert.ok(isSecret);
        }
      }),
    );
  });
});
