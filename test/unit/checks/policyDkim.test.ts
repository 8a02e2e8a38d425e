// checks/policy: DKIM keys of every kind, made here, over zones.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { checkDkim } from '../../../src/checks/policy/dkim.ts';
import { summary, worldOf } from './policyWorld.ts';
import type { ZoneRecords } from './zone.ts';

function rsa(bits: number, type: 'spki' | 'pkcs1' = 'spki'): string {
  return generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type, format: 'der' }).toString('base64');
}

const small = rsa(512);
const middle = rsa(1024);
const large = rsa(2048);
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const halves = [`v=DKIM1; k=rsa; p=${large.slice(0, 200)}`, large.slice(200)];

interface Case {
  readonly name: string;
  readonly records: ZoneRecords['TXT'];
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'RSA of 2048 bits', records: [`v=DKIM1; k=rsa; p=${large}`], expected: ['pass dkim-record'] },
  { name: 'RSA in the older format', records: [`p=${rsa(2048, 'pkcs1')}`], expected: ['pass dkim-record'] },
  { name: 'a key in two strings', records: [halves], expected: ['pass dkim-record'] },
  { name: 'spaces within the key', records: [`v=DKIM1; p=${large.slice(0, 40)} ${large.slice(40)};`], expected: ['pass dkim-record'] },
  { name: 'Ed25519', records: [`v=DKIM1; k=ed25519; p=${ed25519}`], expected: ['pass dkim-record'] },
  { name: 'RSA of 1024 bits', records: [`v=DKIM1; p=${middle}`], expected: ['advice dkim-key-size'] },
  { name: 'RSA of 512 bits', records: [`v=DKIM1; p=${small}`], expected: ['warn dkim-key-size'] },
  { name: 'a revoked key', records: ['v=DKIM1; p='], expected: ['info dkim-revoked'] },
  { name: 'a test', records: [`v=DKIM1; t=y:s; p=${large}`], expected: ['info dkim-testing', 'pass dkim-record'] },
  { name: 'another service', records: [`v=DKIM1; s=tlsrpt; p=${large}`], expected: ['pass dkim-record', 'warn dkim-service'] },
  { name: 'mail among the services', records: [`v=DKIM1; s=tlsrpt:email; p=${large}`], expected: ['pass dkim-record'] },
  { name: 'an unknown tag', records: [`v=DKIM1; n=note; x=1; p=${large}`], expected: ['pass dkim-record'] },
  { name: 'no key', records: ['v=DKIM1; k=rsa'], expected: ['fail dkim-syntax'] },
  { name: 'another version', records: [`v=DKIM2; p=${large}`], expected: ['fail dkim-syntax'] },
  { name: 'the version not first', records: [`p=${large}; v=DKIM1`], expected: ['fail dkim-syntax'] },
  { name: 'an unknown kind of key', records: [`v=DKIM1; k=dsa; p=${large}`], expected: ['fail dkim-syntax'] },
  { name: 'only sha1', records: [`v=DKIM1; h=sha1; p=${large}`], expected: ['fail dkim-syntax'] },
  { name: 'a key that is cut off', records: [`v=DKIM1; p=${large.slice(0, 100)}`], expected: ['fail dkim-syntax'] },
  { name: 'PEM in place of base64', records: [`v=DKIM1; p=-----BEGIN PUBLIC KEY-----${large}`], expected: ['fail dkim-syntax'] },
  { name: 'an Ed25519 key said to be RSA', records: [`v=DKIM1; p=${ed25519}`], expected: ['fail dkim-syntax'] },
  { name: 'a tag twice', records: [`v=DKIM1; p=${large}; p=${middle}`], expected: ['fail dkim-syntax'] },
  { name: 'two records', records: [`v=DKIM1; p=${large}`, `v=DKIM1; p=${middle}`], expected: ['fail dkim-multiple'] },
  { name: 'none', records: [], expected: ['fail dkim-missing'] },
];

describe('a DKIM selector', () => {
  for (const { name, records, expected } of cases) {
    test(name, async () => {
      const findings = await checkDkim('a.test', 'k1', worldOf({ 'k1._domainkey.a.test': { TXT: records ?? [] } }));
      assert.deepEqual(summary(findings), expected.toSorted());
    });
  }

  test('a key kept by another domain is found there', async () => {
    const world = worldOf({
      'k1._domainkey.a.test': { CNAME: ['k1.provider.test'] },
      'k1.provider.test': { TXT: [`v=DKIM1; p=${large}`] },
    });
    assert.deepEqual(summary(await checkDkim('a.test', 'k1', world)), ['info dkim-alias', 'pass dkim-record']);
    const gone = worldOf({ 'k1._domainkey.a.test': { CNAME: ['gone.provider.test'] } });
    assert.deepEqual(summary(await checkDkim('a.test', 'k1', gone)), ['fail dkim-missing', 'info dkim-alias']);
  });

  test('no answer is not taken for no key', async () => {
    assert.deepEqual(summary(await checkDkim('a.test', 'k1', worldOf({ 'k1._domainkey.a.test': 'servFail' }))), ['unknown dkim-look-up']);
  });

  test('what is no selector is not looked up', async () => {
    for (const selector of ['', '../x', 'a b', 'a..b', '.a', 'x'.repeat(300)]) {
      assert.deepEqual(summary(await checkDkim('a.test', selector, worldOf({}))), ['skipped dkim-selector']);
    }
  });
});
