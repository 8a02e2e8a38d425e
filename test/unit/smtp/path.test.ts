import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePath } from '../../../src/smtp/path.ts';

describe('paths', () => {
  test('the null reverse-path', () => assert.deepEqual(parsePath('MAIL FROM', 'MAIL FROM:<>'), { address: '', parameters: {} }));
  test('parameters as they were sent, keywords in upper case, unknown ones too', () => {
    assert.deepEqual(parsePath('MAIL FROM', 'mail from: <a@x.test> size=10 Body=BINARYMIME SMTPUTF8 ENVID=a+3Db X-Odd=a=b EMPTY='), {
      address: 'a@x.test',
      parameters: { SIZE: '10', BODY: 'BINARYMIME', SMTPUTF8: true, ENVID: 'a+3Db', 'X-ODD': 'a=b', EMPTY: '' },
    });
  });
  const addresses: readonly (readonly [string, string])[] = [
    ['kim', 'kim'],
    ['@relay.test,@other.test:kim@y.test', 'kim@y.test'],
    ['"a b> c\\" d"@y.test', '"a b> c\\" d"@y.test'],
    ['grüße@例え.test', 'grüße@例え.test'],
    ['user@[IPv6:::1]', 'user@[IPv6:::1]'],
    ['user.@y..test', 'user.@y..test'],
    ['KIM@XN--R8JZ45G.TEST', 'KIM@XN--R8JZ45G.TEST'],
  ];
  for (const [sent, address] of addresses) {
    test(`<${sent}>`, () => assert.deepEqual(parsePath('RCPT TO', `RCPT TO:<${sent}>`), { address, parameters: {} }));
  }
  const problems: readonly (readonly [string, string])[] = [
    ['RCPT', 'command'],
    ['RCPT <b@y.test>', 'command'],
    ['RCPT FROM:<b@y.test>', 'command'],
    ['RCPT TO:b@y.test', 'path'],
    ['RCPT TO:', 'path'],
    ['RCPT TO:<b@y.test', 'path'],
    ['RCPT TO:<b@y.test>>', 'path'],
    ['RCPT TO:<a b@y.test>', 'path'],
    ['RCPT TO:<"b@y.test>', 'path'],
    ['RCPT TO:<b@y.test>NOTIFY=NEVER', 'path'],
    ['RCPT TO:<b\x01@y.test>', 'path'],
    ['RCPT TO:<b@y.test> __proto__=x', 'parameter'],
    ['RCPT TO:<b@y.test> NOTIFY=NEVER notify=DELAY', 'duplicate'],
  ];
  for (const [line, problem] of problems) {
    test(`${JSON.stringify(line)} is refused`, () => {
      const result = parsePath('RCPT TO', line);
      assert.equal('problem' in result ? result.problem : result, problem);
    });
  }
  test('a long hostile line takes linear time', { timeout: 5000 }, () => {
    for (const part of ['"', '\\"', '<', '@a,', '"a"', ' ']) parsePath('RCPT TO', `RCPT TO:<${part.repeat(16_000)}`);
  });
});
