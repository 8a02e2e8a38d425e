// checks/message: messages signed here with real keys, judged as a receiver would; DNS is a zone.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { sealMessage } from 'mailauth/lib/arc/index.js';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import DKIM from 'nodemailer/lib/dkim';
import { checkMessage } from '../../../src/checks/message/checkMessage.ts';
import { receiverSentence } from '../../../src/checks/message/receiver.ts';
import type { Delivery } from '../../../src/smtp/delivery.ts';
import { summary, worldOf } from './policyWorld.ts';
import type { Zone } from './zone.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 512 });
const pem = (pair: typeof rsa) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const published = (pair: typeof rsa) => `v=DKIM1; k=rsa; p=${pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;

const zone: Zone = {
  'a.test': { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'], A: ['198.51.100.1'] },
  '_dmarc.a.test': { TXT: ['v=DMARC1; p=reject'] },
  'k1._domainkey.a.test': { TXT: [published(rsa)] },
  'other._domainkey.a.test': { TXT: [published(other)] },
  'weak._domainkey.a.test': { TXT: [published(weak)] },
  'revoked._domainkey.a.test': { TXT: ['v=DKIM1; p='] },
  'down._domainkey.a.test': 'timeout',
  'k1._domainkey.list.test': { TXT: [published(rsa)] },
  'list.test': { TXT: ['v=spf1 ip4:203.0.113.0/24 -all'] },
  'soft.test': { TXT: ['v=spf1 ~all'] },
  'broken.test': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] },
};

const plain =
  'From: Ann <ann@a.test>\r\nTo: bob@b.test\r\nSubject: Hello\r\nDate: Sat, 21 Nov 2026 11:00:00 +0000\r\n\r\nHello Bob,\r\nall is well.\r\n';

function sign(message: string, selector = 'k1', domain = 'a.test', pair = rsa): Promise<Buffer> {
  const source = new PassThrough();
  const signed = new DKIM({ domainName: domain, keySelector: selector, privateKey: pem(pair) }).sign(source);
  source.end(message);
  return buffer(signed);
}

/** What the tests do not look at is left as a server would have it. */
function deliveredBy(address: string, sender: string, clientName = 'mail.a.test'): Delivery {
  return {
    outcome: 'accepted',
    reply: '250 2.0.0 Ok',
    receivedAt: '2026-11-21T11:00:00.000Z',
    size: 0,
    octetsReceived: 0,
    envelope: { from: { address: sender, parameters: {} }, to: [] },
    tls: null,
    login: null,
    lineEndings: { bareCr: 0, bareLf: 0, firstLine: null },
    dotsUnstuffed: 0,
    conversation: {
      startedAt: '2026-11-21T11:00:00.000Z',
      client: { address, port: 40_000 },
      server: { address: '192.0.2.25', port: 25 },
      clientName,
      lines: [],
      omitted: 0,
    },
  };
}

const own = deliveredBy('198.51.100.7', 'ann@a.test');

async function judge(message: Buffer | string, delivery: Delivery | null = own): Promise<readonly string[]> {
  return summary(await checkMessage(Buffer.from(message), delivery, worldOf(zone)));
}

describe('a message as a receiver sees it', () => {
  test('signed and sent by its own server, all passes', async () => {
    assert.deepEqual(await judge(await sign(plain)), ['pass message-dkim', 'pass message-dmarc', 'pass message-spf']);
  });

  test('not signed, SPF alone carries DMARC', async () => {
    assert.deepEqual(await judge(plain), ['pass message-dmarc', 'pass message-spf', 'warn message-dkim-none']);
  });

  test('forwarded, the signature alone carries DMARC', async () => {
    const findings = await judge(await sign(plain), deliveredBy('203.0.113.5', 'ann@a.test'));
    assert.deepEqual(findings, ['fail message-spf', 'pass message-dkim', 'pass message-dmarc']);
  });

  test('without a side file SPF is not judged', async () => {
    assert.deepEqual(await judge(await sign(plain), null), ['pass message-dkim', 'pass message-dmarc', 'skipped message-spf']);
  });

  test('caught from loopback, SPF is not judged, and DMARC of an unsigned message is not known', async () => {
    assert.deepEqual(await judge(plain, deliveredBy('127.0.0.1', 'ann@a.test')), [
      'skipped message-spf',
      'unknown message-dmarc',
      'warn message-dkim-none',
    ]);
  });

  test('caught from loopback in a lab, the client is not named in a record to publish, and what the name server said is shown', async () => {
    const lab = worldOf({ ...zone, 'quiet.test': { MX: ['10 mx.quiet.test'] } }, { isLab: true });
    for (const sender of ['ann@quiet.test', 'ann@not-there.test', 'ann@a.test']) {
      const findings = await checkMessage(Buffer.from(plain), deliveredBy('127.0.0.1', sender), lab);
      const spf = findings.find(({ id }) => id === 'message-spf');
      assert.equal(spf?.level, 'skipped');
      assert.equal(spf?.detail, 'sent from this machine (127.0.0.1)');
      assert.match(spf?.evidence[0]?.label ?? '', /^(?:Answer of|Not asked)/);
      assert.ok(findings.every(({ remedies }) => !remedies.some(({ text }) => text.includes('127.0.0.1'))));
    }
  });

  test('a private client that a record does not name is not put into it', async () => {
    const lab = worldOf(zone, { isLab: true });
    const findings = await checkMessage(Buffer.from(plain), deliveredBy('10.1.2.3', 'ann@nothing.test'), lab);
    const spf = findings.find(({ id }) => id === 'message-spf');
    assert.deepEqual([spf?.level, spf?.remedies], ['advice', []]);
    assert.doesNotMatch(spf?.detail ?? '', /designate/);
  });

  test('the sentence says what a receiver would do', async () => {
    const about = async (message: Buffer | string, delivery: Delivery | null, changes: Zone = {}) =>
      receiverSentence(await checkMessage(Buffer.from(message), delivery, worldOf({ ...zone, ...changes })));
    const policy = (p: string): Zone => ({ '_dmarc.a.test': { TXT: [`v=DMARC1; p=${p}`] } });
    const stranger = deliveredBy('203.0.113.5', 'ann@a.test');
    assert.match((await about(await sign(plain), own)) ?? '', /^A receiver would accept it: DMARC passes/);
    assert.match((await about(plain, stranger, policy('reject'))) ?? '', /^A receiver would refuse it: DMARC fails, neither SPF nor DKIM/);
    assert.match((await about(plain, stranger, policy('quarantine'))) ?? '', /^A receiver would put it aside \(quarantine\): DMARC fails/);
    assert.match((await about(plain, stranger, policy('none'))) ?? '', /^A receiver would accept it all the same: DMARC fails/);
    assert.equal(
      await about(plain, deliveredBy('127.0.0.1', 'ann@a.test'), policy('reject')),
      'A receiver would accept it if the server that sends it passes SPF, and otherwise refuse it',
    );
    assert.equal(
      await about(plain.replace('ann@a.test', 'ann@not-there.test'), deliveredBy('127.0.0.1', 'ann@not-there.test')),
      'A receiver would probably refuse it: there is no domain not-there.test in the DNS',
    );
  });

  test('in the lab, addresses of the lab count', async () => {
    const lab = worldOf({ ...zone, 'a.test': { TXT: ['v=spf1 ip4:127.0.0.0/8 -all'] } }, { isLab: true });
    const findings = await checkMessage(Buffer.from(plain), deliveredBy('127.0.0.1', 'ann@a.test'), lab);
    assert.deepEqual(summary(findings), ['pass message-dmarc', 'pass message-spf', 'warn message-dkim-none']);
  });

  test('a changed body breaks the signature', async () => {
    const changed = (await sign(plain)).toString().replace('all is well', 'all is lost');
    const findings = await checkMessage(Buffer.from(changed), deliveredBy('203.0.113.5', 'ann@a.test'), worldOf(zone));
    assert.deepEqual(summary(findings), ['fail message-dkim', 'fail message-dmarc', 'fail message-spf']);
    assert.match(findings.find(({ id }) => id === 'message-dkim')?.title ?? '', /body was changed/);
  });

  test('a changed header field breaks the signature', async () => {
    const changed = (await sign(plain)).toString().replace('Subject: Hello', 'Subject: Pay');
    const findings = await checkMessage(Buffer.from(changed), own, worldOf(zone));
    assert.deepEqual(summary(findings), ['fail message-dkim', 'pass message-dmarc', 'pass message-spf']);
    assert.match(findings.find(({ id }) => id === 'message-dkim')?.detail ?? '', /bad signature/);
  });

  const keys: readonly (readonly [name: string, selector: string, pair: typeof rsa, level: string])[] = [
    ['no key', 'gone', rsa, 'fail'],
    ['the key of another', 'other', rsa, 'fail'],
    ['a revoked key', 'revoked', rsa, 'fail'],
    ['a key that is too small', 'weak', weak, 'fail'],
    ['a key that cannot be looked up', 'down', rsa, 'unknown'],
  ];
  for (const [name, selector, pair, level] of keys) {
    test(`${name}: ${level}`, async () => {
      assert.deepEqual(
        await judge(await sign(plain, selector, 'a.test', pair)),
        [`${level} message-dkim`, 'pass message-dmarc', 'pass message-spf'].sort(),
      );
    });
  }

  test('a key that cannot be looked up leaves DMARC open when SPF does not carry it', async () => {
    const findings = await judge(await sign(plain, 'down'), deliveredBy('203.0.113.5', 'ann@a.test'));
    assert.deepEqual(findings, ['fail message-spf', 'unknown message-dkim', 'unknown message-dmarc']);
  });

  test('SPF and DKIM of a foreign domain do not carry DMARC', async () => {
    const findings = await judge(await sign(plain, 'k1', 'list.test'), deliveredBy('203.0.113.5', 'bounce@list.test'));
    assert.deepEqual(findings, ['fail message-dmarc', 'pass message-dkim', 'pass message-spf']);
  });

  const senders: readonly (readonly [sender: string, expected: string])[] = [
    ['x@soft.test', 'warn message-spf'],
    ['x@broken.test', 'fail message-spf'],
    ['x@nothing.test', 'advice message-spf'],
    ['', 'advice message-spf'],
  ];
  for (const [sender, expected] of senders) {
    test(`MAIL FROM:<${sender}>: ${expected}`, async () => {
      assert.deepEqual(
        await judge(await sign(plain), deliveredBy('203.0.113.5', sender)),
        [expected, 'pass message-dkim', 'pass message-dmarc'].sort(),
      );
    });
  }

  test('a domain without a policy is told', async () => {
    const findings = await judge(plain.replace('ann@a.test', 'x@soft.test'));
    assert.deepEqual(findings, ['advice message-dmarc', 'pass message-spf', 'warn message-dkim-none']);
  });

  test('who speaks for the message is told in a line each, with the alignment', async () => {
    const text = async (record: string, message: Buffer | string, delivery: Delivery | null) => {
      const world = worldOf({ ...zone, '_dmarc.a.test': { TXT: [record] }, 'k1._domainkey.mail.a.test': { TXT: [published(rsa)] } });
      const dmarc = (await checkMessage(Buffer.from(message), delivery, world)).find(({ id }) => id === 'message-dmarc');
      return { detail: dmarc?.detail, shown: dmarc?.evidence[0]?.text };
    };
    const below = await sign(plain, 'k1', 'mail.a.test');
    const bounced = deliveredBy('203.0.113.5', 'bounce@list.test');
    assert.deepEqual(await text('v=DMARC1; p=reject', below, bounced), {
      detail: 'DKIM of mail.a.test speaks for a.test',
      shown: [
        'From        a.test',
        'SPF   pass  list.test    does not: another organization',
        'DKIM  pass  mail.a.test  speaks for it: the same organization',
      ].join('\n'),
    });
    assert.deepEqual(await text('v=DMARC1; p=reject; adkim=s', below, bounced), {
      detail: 'DKIM of mail.a.test passes, but "adkim=s" wants a.test itself; receivers refuse it',
      shown: [
        'From        a.test',
        'SPF   pass  list.test    does not: another organization',
        'DKIM  pass  mail.a.test  does not: "adkim=s" wants a.test itself',
      ].join('\n'),
    });
    assert.deepEqual(await text('v=DMARC1; p=quarantine', plain, bounced), {
      detail: 'SPF of list.test passes, but does not speak for a.test; receivers put it aside',
      shown: ['From        a.test', 'SPF   pass  list.test  does not: another organization'].join('\n'),
    });
    assert.equal(
      (await text('v=DMARC1; p=none', plain, deliveredBy('203.0.113.5', 'ann@a.test'))).detail,
      'neither SPF nor DKIM passes for a.test; receivers only report it',
    );
  });

  test('SPF names the term that decides, and what to publish for the client', async () => {
    const spf = async (address: string) => {
      const findings = await checkMessage(Buffer.from(plain), deliveredBy(address, 'ann@a.test'), worldOf(zone));
      return findings.find(({ id }) => id === 'message-spf');
    };
    assert.equal((await spf('198.51.100.7'))?.detail, 'because of "ip4:198.51.100.0/24" in the record of a.test');
    const failed = await spf('203.0.113.5');
    assert.equal(failed?.detail, 'because of "-all" in the record of a.test');
    assert.equal(failed?.remedies[0]?.text, 'a.test. IN TXT "v=spf1 ip4:203.0.113.5 ip4:198.51.100.0/24 -all"');
    assert.match(failed?.evidence[0]?.text ?? '', /^client {5}203\.0\.113\.5\nEHLO {7}mail\.a\.test\nMAIL FROM {2}<ann@a\.test>$/);
  });

  test('an expired signature is told as such', async () => {
    const key = { signingDomain: 'a.test', selector: 'k1', privateKey: pem(rsa), expires: new Date('2026-11-21T11:30:00Z') };
    const { signatures } = await dkimSign(plain, { ...key, signTime: new Date('2026-11-21T11:00:00Z'), signatureData: [key] });
    const findings = await checkMessage(Buffer.from(signatures + plain), own, worldOf(zone));
    assert.match(findings.find(({ id }) => id === 'message-dkim')?.title ?? '', /has expired/);
  });

  test('the logo of a domain is told where DMARC passes, and only there', async () => {
    const logo: Zone = { ...zone, 'default._bimi.a.test': { TXT: ['v=BIMI1; l=https://a.test/logo.svg'] } };
    const ids = async (delivery: Delivery, changes: Zone = {}) =>
      summary(await checkMessage(Buffer.from(plain), delivery, worldOf({ ...logo, ...changes }))).filter((id) => id.includes('bimi'));
    assert.deepEqual(await ids(own), ['info message-bimi-record']);
    assert.deepEqual(await ids(own, { '_dmarc.a.test': { TXT: ['v=DMARC1; p=none'] } }), [
      'advice message-bimi-dmarc',
      'info message-bimi-record',
    ]);
    assert.deepEqual(await ids(deliveredBy('203.0.113.5', 'ann@a.test')), []);
  });

  test('two From fields, or none, are refused', async () => {
    assert.ok((await judge(`From: eve@evil.test\r\n${plain}`)).includes('fail message-from'));
    assert.ok((await judge(plain.replace(/^From.*\r\n/, ''))).includes('fail message-from'));
  });

  test('a signature over a part of the body is told', async () => {
    const key = { signingDomain: 'a.test', selector: 'k1', privateKey: pem(rsa), maxBodyLength: 5 };
    const { signatures } = await dkimSign(plain, { ...key, canonicalization: 'relaxed/relaxed', signatureData: [key] });
    assert.deepEqual(await judge(signatures + plain), [
      'pass message-dkim',
      'pass message-dmarc',
      'pass message-spf',
      'warn message-dkim-length',
    ]);
  });

  test('a signature over From alone is told', async () => {
    const key = { signingDomain: 'a.test', selector: 'k1', privateKey: pem(rsa), headerList: ['From'] };
    const { signatures } = await dkimSign(plain, { ...key, signatureData: [key] });
    assert.deepEqual(await judge(signatures + plain), [
      'advice message-dkim-headers',
      'pass message-dkim',
      'pass message-dmarc',
      'pass message-spf',
    ]);
  });

  test('an ARC chain is verified', async () => {
    const signed = await sign(plain);
    const seal = await sealMessage(signed, {
      signingDomain: 'list.test',
      selector: 'k1',
      privateKey: pem(rsa),
      cv: 'none',
      authResults: 'list.test; dkim=pass',
    });
    const sealed = Buffer.concat([seal, signed]).toString();
    const all = ['pass message-arc', 'pass message-dkim', 'pass message-dmarc', 'pass message-spf'];
    assert.deepEqual(await judge(sealed), all);
    const chain = (await checkMessage(Buffer.from(sealed), own, worldOf(zone))).find(({ id }) => id === 'message-arc');
    assert.equal(chain?.detail, '1 set, sealed by list.test');
    assert.equal(chain?.evidence[0]?.text, 'i=1  d=list.test  s=k1  cv=none');
    assert.deepEqual(await judge(sealed.replace(/dkim=pass/, 'dkim=fail')), [...all.slice(1), 'warn message-arc']);
    const silent = worldOf({ ...zone, 'k1._domainkey.list.test': 'timeout' });
    assert.deepEqual(summary(await checkMessage(Buffer.from(sealed), own, silent)), [...all.slice(1), 'unknown message-arc']);
  });
});

describe('hostile messages', () => {
  test('many signatures cost a bounded number of look-ups and findings', async () => {
    const headers = Array.from(
      { length: 400 },
      (_, index) => `DKIM-Signature: v=1; a=rsa-sha256; d=d${index}.test; s=s; h=From; bh=AAAA; b=AAAA\r\n`,
    ).join('');
    const world = worldOf(zone);
    const findings = await checkMessage(Buffer.from(headers + plain), own, world);
    assert.ok(findings.length < 20);
    assert.ok('asked' in world.dns && Array.isArray(world.dns.asked) && world.dns.asked.length < 200);
  });

  test('octets of any kind are judged without an error', async () => {
    for (const message of [
      '',
      '\r\n',
      'no header at all',
      `From: <\u001b[31m@a.test>\r\nDKIM-Signature: ;;;=\r\nARC-Seal: i=99999\r\n\r\n`,
      '\u0000'.repeat(1000),
    ]) {
      const findings = await checkMessage(Buffer.from(message), null, worldOf(zone));
      assert.ok(findings.length > 0);
      assert.ok(
        findings.every(
          ({ title, detail, evidence }) => ![title, detail, ...evidence.map(({ text }) => text)].some((text) => text.includes('\u001b')),
        ),
      );
    }
  });
});
