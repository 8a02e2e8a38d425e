import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CredentialMask } from '../../../src/smtp/credentialMask.ts';

describe('credential mask', () => {
  const lines: readonly (readonly [string, string])[] = [
    ['AUTH PLAIN AGtpbQBzZWNyZXQ=', 'AUTH PLAIN ****'],
    ['auth plain AGtpbQBzZWNyZXQ= more', 'auth plain ****'],
    ['AUTH  LOGIN  a2lt', 'AUTH  LOGIN ****'],
    ['AUTH\tPLAIN\tAGtpbQBzZWNyZXQ=', 'AUTH\tPLAIN ****'],
    ['  AUTH PLAIN AGtpbQBzZWNyZXQ=', '  AUTH PLAIN ****'],
    ['AUTH XOAUTH2 dXNlcj1raW0=', 'AUTH XOAUTH2 ****'],
    ['AUTH c2VjcmV0', 'AUTH ****'],
    ['AUTH secret word', 'AUTH **** ****'],
    ['AUTH LOGIN', 'AUTH LOGIN'],
    ['AUTH', 'AUTH'],
    ['MAIL FROM:<a@x.test> AUTH=<>', 'MAIL FROM:<a@x.test> AUTH=<>'],
    ['AUTHENTIC', 'AUTHENTIC'],
  ];
  for (const [line, shown] of lines) {
    test(JSON.stringify(line), () => assert.equal(new CredentialMask().apply(line, false, line.startsWith('MAIL')), shown));
  }

  test('hides the answer to a challenge, but not that the login was cancelled', () => {
    const mask = new CredentialMask();
    assert.equal(mask.apply('c2VjcmV0', true, false), '****');
    assert.equal(mask.apply('QUIT', true, true), '****');
    assert.equal(mask.apply('*', true, false), '*');
  });

  test('hides what a client goes on to send after AUTH was refused, until a command comes', () => {
    const mask = new CredentialMask();
    mask.apply('AUTH LOGIN', false, true);
    assert.equal(mask.apply('a2lt', false, false), '****');
    assert.equal(mask.apply('c2VjcmV0', false, false), '****');
    assert.equal(mask.apply('EHLO x.test', false, true), 'EHLO x.test');
    assert.equal(mask.apply('HELLO', false, false), 'HELLO');
  });
});
