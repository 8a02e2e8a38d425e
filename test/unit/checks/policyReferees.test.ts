// checks/policy: our verdicts beside those of pyspf and dkimpy, question by question.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import DKIM from 'nodemailer/lib/dkim';
import { checkMessage } from '../../../src/checks/message/checkMessage.ts';
import { checkSpf } from '../../../src/checks/policy/spf.ts';
import { judgeSpf } from '../../../src/checks/policy/spfEvaluation.ts';
import { isSkipped } from '../../peers/cache.ts';
import { getPythonAuthentication, type SpfQuestion } from '../../peers/pythonAuthentication.ts';
import { worldOf } from './policyWorld.ts';
import type { Zone } from './zone.ts';

const python = await getPythonAuthentication();
const skip = isSkipped(python) ? python.skipped : false;

/** Each name is asked for an address that is in 192.0.2.0/24, for one in 198.51.100.0/24 and for one that is nowhere. */
const records: Readonly<Record<string, readonly string[]>> = {
  'ip4.test': ['v=spf1 ip4:192.0.2.0/24 -all'],
  'soft.test': ['v=spf1 ip4:192.0.2.0/24 ~all'],
  'neutral.test': ['v=spf1 ip4:192.0.2.0/24 ?all'],
  'open.test': ['v=spf1 +all'],
  'endless.test': ['v=spf1 ip4:192.0.2.0/24'],
  'include.test': ['v=spf1 include:ip4.test -all'],
  'include-soft.test': ['v=spf1 ?include:soft.test -all'],
  'redirect.test': ['v=spf1 redirect=soft.test'],
  'redirect-gone.test': ['v=spf1 redirect=gone.test'],
  'include-gone.test': ['v=spf1 include:gone.test -all'],
  'include-down.test': ['v=spf1 include:down.test -all'],
  'two.test': ['v=spf1 -all', 'v=spf1 +all'],
  'mistyped.test': ['v=spf1 inlcude:ip4.test -all'],
  'wrong-ip.test': ['v=spf1 ip4:192.0.2.300 -all'],
  'late-error.test': ['v=spf1 ip4:192.0.2.0/24 mx:/33 -all'],
  'itself.test': ['v=spf1 include:itself.test -all'],
  'host.test': ['v=spf1 a:host-of.test/24 -all'],
  'mx.test': ['v=spf1 mx:mx-of.test -all'],
  'exists.test': ['v=spf1 exists:%{ir}.list.test -all'],
  'macro.test': ['v=spf1 include:%{d1r}.parts.test -all'],
  'void.test': ['v=spf1 a:gone1.test a:gone2.test a:gone3.test +all'],
  'eleven.test': [`v=spf1 ${Array.from({ length: 11 }, (_, index) => `exists:no${index}.there.test`).join(' ')} +all`],
  'glued.test': ['v=spf1;ip4:192.0.2.0/24'],
  'capitals.test': ['V=SPF1 IP4:192.0.2.0/24 -ALL'],
  'none.test': ['something else'],
};

const zone: Zone & Readonly<Record<string, Readonly<Record<string, readonly string[]>> | 'timeout'>> = {
  ...Object.fromEntries(Object.entries(records).map(([name, TXT]) => [name, { TXT }])),
  'down.test': 'timeout',
  'host-of.test': { A: ['192.0.2.200'] },
  'mx-of.test': { MX: ['10 mx1.mx-of.test'] },
  'mx1.mx-of.test': { A: ['198.51.100.7'] },
  '7.2.0.192.list.test': { A: ['127.0.0.2'] },
  'macro.parts.test': { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] },
};

const questions: readonly SpfQuestion[] = Object.keys(records).flatMap((name) =>
  ['192.0.2.7', '198.51.100.7', '203.0.113.7'].map((ip) => ({ ip, sender: `ann@${name}`, helo: 'mail.ip4.test' })),
);

describe('beside pyspf and dkimpy', { skip }, () => {
  test(`SPF has the same result ${questions.length} times`, async () => {
    assert.ok(!isSkipped(python));
    const theirs = await python.judgeSpf(zone, questions);
    const world = worldOf(zone);
    const ours = await Promise.all(questions.map(async ({ ip, sender, helo }) => (await judgeSpf(ip, sender, helo, world)).result));
    const name = (results: readonly string[]) => questions.map(({ ip, sender }, index) => `${ip} ${sender}: ${results[index]}`);
    assert.deepEqual(name(ours), name(theirs));
  });

  test('what the walk through all includes calls an error is a permanent error to pyspf, and nothing else is', async () => {
    assert.ok(!isSkipped(python));
    const stranger = questions.filter(({ ip }) => ip === '203.0.113.7');
    const theirs = await python.judgeSpf(zone, stranger);
    const world = worldOf(zone);
    const ours = await Promise.all(
      stranger.map(async ({ sender }) => {
        const findings = await checkSpf(sender.slice(sender.indexOf('@') + 1), world);
        // A record that receivers do not even take for SPF is an error to its owner alone.
        return findings.some(({ level, id }) => level === 'fail' && id !== 'spf-not-recognised');
      }),
    );
    const name = (isError: (index: number) => boolean) => stranger.map(({ sender }, index) => `${sender}: ${isError(index)}`);
    assert.deepEqual(
      name((index) => ours[index] === true),
      name((index) => theirs[index] === 'permerror'),
    );
  });

  test('DKIM signatures hold and break for both', async () => {
    assert.ok(!isSkipped(python));
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const keys: Zone & Readonly<Record<string, Readonly<Record<string, readonly (string | readonly string[])[]>>>> = {
      'k1._domainkey.a.test': { TXT: [[`v=DKIM1; k=rsa; p=${key.slice(0, 150)}`, key.slice(150)]] },
      'revoked._domainkey.a.test': { TXT: ['v=DKIM1; p='] },
      'other._domainkey.a.test': {
        TXT: [
          `p=${generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
        ],
      },
    };
    const sign = async (keySelector: string): Promise<string> => {
      const source = new PassThrough();
      const dkim = new DKIM({
        domainName: 'a.test',
        keySelector,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      });
      const signed = dkim.sign(source);
      source.end('From: ann@a.test\r\nTo: bob@b.test\r\nSubject: Hello\r\n\r\nall is well,  \r\n\r\nAnn\r\n\r\n');
      return (await buffer(signed)).toString();
    };
    const good = await sign('k1');
    const messages = [
      good,
      good.replace('all is well', 'all is lost'),
      good.replace('all is well,  ', 'all is well, '),
      good.replace('Subject: Hello', 'subject:   Hello'),
      good.replace('Subject: Hello', 'Subject: Pay'),
      `X-New: 1\r\n${good}`,
      `${good}\r\n\r\n`,
      await sign('revoked'),
      await sign('other'),
      await sign('gone'),
    ].map((message) => Buffer.from(message));
    const theirs = await python.verifyDkim(keys, messages);
    const world = worldOf(keys);
    const ours = await Promise.all(
      messages.map(async (message) =>
        (await checkMessage(message, null, world)).some(({ id, level }) => id === 'message-dkim' && level === 'pass'),
      ),
    );
    assert.deepEqual(ours, theirs);
    assert.deepEqual(ours, [true, false, true, true, false, true, true, false, false, false]);
  });

  test('keys of each kind hold for both, or for neither', async () => {
    assert.ok(!isSkipped(python));
    const spki = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64');
    const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
    const [weak, usual, strong, edwards] = [rsa(512), rsa(1024), rsa(2048), generateKeyPairSync('ed25519')];
    // RFC 8463 section 4: the 32 octets themselves.
    const raw = edwards.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
    const long = spki(strong.publicKey);
    const kinds: readonly (readonly [name: string, record: string | readonly string[], signer: KeyObject, holds: boolean])[] = [
      ['rsa512', `v=DKIM1; k=rsa; p=${spki(weak.publicKey)}`, weak.privateKey, false],
      ['rsa1024', `v=DKIM1; k=rsa; p=${spki(usual.publicKey)}`, usual.privateKey, true],
      ['rsa2048', `v=DKIM1; k=rsa; p=${long}`, strong.privateKey, true],
      ['plain', `p=${long}`, strong.privateKey, true],
      ['split', [`v=DKIM1; k=rsa; p=${long.slice(0, 200)}`, long.slice(200)], strong.privateKey, true],
      ['folded', `v=DKIM1; k=rsa; p=${long.slice(0, 100)} ${long.slice(100)}`, strong.privateKey, true],
      ['testing', `v=DKIM1; t=y; k=rsa; p=${long}`, strong.privateKey, true],
      ['mail', `v=DKIM1; s=email; k=rsa; p=${long}`, strong.privateKey, true],
      ['ed25519', `v=DKIM1; k=ed25519; p=${raw}`, edwards.privateKey, true],
      ['otherkind', `v=DKIM1; k=ed25519; p=${raw}`, strong.privateKey, false],
      ['unknownkind', `v=DKIM1; k=ecdsa; p=${raw}`, edwards.privateKey, false],
      ['version', `v=DKIM2; k=rsa; p=${long}`, strong.privateKey, false],
      ['keyless', 'v=DKIM1; k=rsa', strong.privateKey, false],
      ['cut', `v=DKIM1; k=rsa; p=${long.slice(0, 60)}`, strong.privateKey, false],
      ['revoked', 'v=DKIM1; k=rsa; p=', strong.privateKey, false],
    ];
    const keys: Zone & Readonly<Record<string, Readonly<Record<string, readonly (string | readonly string[])[]>>>> = Object.fromEntries(
      kinds.map(([name, record]) => [`${name}._domainkey.a.test`, { TXT: [record] }]),
    );
    const mail = 'From: ann@a.test\r\nTo: bob@b.test\r\nSubject: Hello\r\n\r\nAll is well.\r\n';
    const messages: Buffer[] = [];
    for (const [selector, , key] of kinds) {
      const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
      const by = { signingDomain: 'a.test', selector, privateKey };
      const { signatures } = await dkimSign(mail, { ...by, signatureData: [by] });
      assert.match(signatures, /^DKIM-Signature: /);
      messages.push(Buffer.from(`${signatures}${mail}`));
    }
    const theirs = await python.verifyDkim(keys, messages);
    const world = worldOf(keys);
    const ours = await Promise.all(
      messages.map(async (message) =>
        (await checkMessage(message, null, world)).some(({ id, level }) => id === 'message-dkim' && level === 'pass'),
      ),
    );
    const named = (results: readonly boolean[]) => kinds.map(([name], index) => `${name}: ${results[index]}`);
    assert.deepEqual(named(ours), named(theirs));
    assert.deepEqual(named(ours), named(kinds.map(([, , , holds]) => holds)));
  });
});
