// checks/message: chains of forwarders (ARC) beside dkimpy, and what DMARC, SPF and DKIM make together of mails that real signers have made.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { sealMessage } from 'mailauth/lib/arc/index.js';
import { checkMessage } from '../../../src/checks/message/checkMessage.ts';
import { isSkipped } from '../../peers/cache.ts';
import { getPythonAuthentication } from '../../peers/pythonAuthentication.ts';
import { worldOf } from './policyWorld.ts';

const python = await getPythonAuthentication();
const skip = isSkipped(python) ? python.skipped : false;

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const record = `v=DKIM1; k=rsa; p=${pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
const zone = {
  'k1._domainkey.list.test': { TXT: [record] },
  'k1._domainkey.forward.test': { TXT: [record] },
  'revoked._domainkey.list.test': { TXT: ['v=DKIM1; p='] },
};

const mail = Buffer.from(
  'From: ann@a.test\r\nTo: list@list.test\r\nSubject: Hello\r\nDate: Sat, 21 Nov 2026 11:00:00 +0000\r\n\r\nAll is well.\r\n',
);

async function seal(message: Buffer, signingDomain: string, cv: 'none' | 'pass' | 'fail', selector = 'k1'): Promise<Buffer> {
  const headers = await sealMessage(message, {
    signingDomain,
    selector,
    privateKey,
    cv,
    authResults: `${signingDomain}; dkim=pass; spf=pass`,
  });
  return Buffer.concat([headers, message]);
}

describe('beside dkimpy', { skip }, () => {
  test('ARC chains hold and break for both', async () => {
    assert.ok(!isSkipped(python));
    const one = await seal(mail, 'list.test', 'none');
    const two = await seal(one, 'forward.test', 'pass');
    const text = (message: Buffer, from: string | RegExp, to: string) => Buffer.from(message.toString().replace(from, to));
    const chains: readonly (readonly [name: string, message: Buffer, expected: string])[] = [
      ['no chain', mail, 'none'],
      ['one forwarder', one, 'pass'],
      ['two forwarders', two, 'pass'],
      ['a changed body', text(two, 'All is well', 'All is lost'), 'fail'],
      ['a changed subject', text(two, 'Subject: Hello', 'Subject: Pay'), 'fail'],
      ['changed results of the first forwarder', text(two, 'list.test; dkim=pass', 'list.test; dkim=fail'), 'fail'],
      ['a new field on top', Buffer.concat([Buffer.from('X-New: 1\r\n'), two]), 'pass'],
      ['the first seal missing', text(two, /ARC-Seal: i=1;[\s\S]*?\r\n(?=\S)/, ''), 'fail'],
      ['a forwarder who saw it broken', await seal(one, 'forward.test', 'fail'), 'fail'],
      ['a key that is gone', await seal(mail, 'list.test', 'none', 'gone'), 'fail'],
      ['a revoked key', await seal(mail, 'list.test', 'none', 'revoked'), 'fail'],
    ];
    const theirs = await python.verifyArc(
      zone,
      chains.map(([, message]) => message),
    );
    const levels: Readonly<Record<string, string>> = { pass: 'pass', warn: 'fail' };
    const ours = await Promise.all(
      chains.map(async ([, message]) => {
        const found = (await checkMessage(message, null, worldOf(zone))).find(({ id }) => id === 'message-arc');
        return found ? (levels[found.level] ?? found.level) : 'none';
      }),
    );
    const named = (results: readonly string[]) => chains.map(([name], index) => `${name}: ${results[index]}`);
    assert.deepEqual(named(ours), named(chains.map(([, , expected]) => expected)));
    assert.deepEqual(named(theirs), named(ours));
  });
});
