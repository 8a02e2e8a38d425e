// checks/routing: each way in which the MX records of a domain can be right or wrong, in a world written here; every finding is compared.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckContext } from '../../../src/checks/context.ts';
import type { Dns } from '../../../src/checks/dns/port.ts';
import { checkRouting } from '../../../src/checks/routing/routing.ts';
import { contextOf, told } from './asserting.ts';
import { type Zone, type ZoneOptions, zoneDns } from './zone.ts';

/** Addresses of the public internet; nothing is sent to them. */
const one = { A: ['9.9.9.1'], AAAA: ['2620:fe::1'] };
const two = { A: ['9.9.9.2'], AAAA: ['2620:fe::2'] };

const sound: Zone = {
  'a.test': { MX: ['20 mx2.a.test', '10 mx1.a.test'] },
  'mx1.a.test': one,
  'mx2.a.test': two,
};

interface Case extends ZoneOptions {
  readonly zone: Zone;
  /** Findings besides the pass and the lifetime that a domain with MX records always has. */
  readonly findings: readonly string[];
  readonly isLab?: boolean;
  readonly hasNoMx?: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  'two sound hosts': { zone: sound, findings: [] },
  'one host': { zone: { 'a.test': { MX: ['10 mx1.a.test'] }, 'mx1.a.test': one }, findings: ['advice mx-single'] },
  'no MX, but an address': { zone: { 'a.test': one }, findings: ['advice mx-implicit'], hasNoMx: true },
  'neither MX nor address': { zone: { 'a.test': { TXT: ['x'] } }, findings: ['fail mx-missing'], hasNoMx: true },
  'no such domain': { zone: { 'b.test': one }, findings: ['fail domain-missing'], hasNoMx: true },
  'a null MX': { zone: { 'a.test': { MX: ['0 .'], ...one } }, findings: ['info mx-null'], hasNoMx: true },
  'a null MX that is not needed': {
    zone: { 'a.test': { MX: ['0 .'] } },
    findings: ['info mx-null'],
    hasNoMx: true,
  },
  'a null MX with a preference': {
    zone: { 'a.test': { MX: ['10 .'], ...one } },
    findings: ['advice mx-null-preference', 'info mx-null'],
    hasNoMx: true,
  },
  'a null MX beside others': {
    zone: { ...sound, 'a.test': { MX: ['0 .', '10 mx1.a.test', '20 mx2.a.test'] } },
    findings: ['warn mx-null-mixed'],
  },
  'a host that is an alias': {
    zone: { ...sound, 'mx2.a.test': { CNAME: ['real.a.test'] }, 'real.a.test': two },
    findings: ['warn mx-cname'],
  },
  'an alias that leads nowhere': {
    zone: { ...sound, 'mx2.a.test': { CNAME: ['gone.a.test'] } },
    findings: ['warn mx-cname', 'warn mx-dangling'],
  },
  'an alias into a domain that nobody owns': {
    zone: { ...sound, 'mx2.a.test': { CNAME: ['mx.free.test'] } },
    findings: ['warn mx-cname', 'fail mx-dangling'],
  },
  'a host that is an address': {
    zone: { 'a.test': { MX: ['10 9.9.9.1', '20 mx1.a.test'] }, 'mx1.a.test': one },
    findings: ['fail mx-literal'],
  },
  'one of two hosts does not exist': { zone: { 'a.test': sound['a.test']!, 'mx1.a.test': one }, findings: ['warn mx-dangling'] },
  'one of two hosts has no address': { zone: { ...sound, 'mx2.a.test': { TXT: ['x'] } }, findings: ['warn mx-dangling'] },
  'no host exists': { zone: { 'a.test': sound['a.test']! }, findings: ['fail mx-dangling', 'fail mx-dangling'] },
  'a host in a domain that nobody owns': {
    zone: { ...sound, 'a.test': { MX: ['10 mx1.a.test', '20 mx.free.test'] } },
    findings: ['fail mx-dangling'],
  },
  'a host that is this machine': {
    zone: { 'a.test': { MX: ['10 localhost'] }, localhost: { A: ['127.0.0.1'], AAAA: ['::1'] } },
    findings: ['advice mx-single', 'fail mx-private'],
  },
  'a private address': { zone: { ...sound, 'mx2.a.test': { A: ['10.0.0.5'], AAAA: ['2620:fe::2'] } }, findings: ['warn mx-private'] },
  'private addresses only': {
    zone: { ...sound, 'mx1.a.test': { A: ['10.0.0.5'] }, 'mx2.a.test': { AAAA: ['fd00::1'] } },
    findings: ['fail mx-private', 'fail mx-private'],
  },
  'a private address beside one that is not known': {
    zone: { ...sound, 'mx1.a.test': { A: ['10.0.0.5'] }, 'mx2.a.test': 'timeout' },
    findings: ['unknown mx-host-look-up', 'warn mx-private'],
  },
  'private addresses in a lab': {
    zone: { ...sound, 'mx1.a.test': { A: ['10.0.0.5'] }, 'mx2.a.test': { A: ['127.0.0.12'] } },
    findings: ['info mx-private', 'info mx-private'],
    isLab: true,
  },
  'the same host twice': {
    zone: { ...sound, 'a.test': { MX: ['10 mx1.a.test', '15 mx2.a.test', '20 mx1.a.test'] } },
    findings: ['advice mx-repeated'],
  },
  'two hosts on one address': { zone: { ...sound, 'mx2.a.test': one }, findings: ['advice mx-same-address'] },
  'a shared preference': { zone: { ...sound, 'a.test': { MX: ['10 mx1.a.test', '10 mx2.a.test'] } }, findings: ['info mx-tied'] },
  'a name that no host can have': {
    zone: { ...sound, 'a.test': { MX: ['10 mx_1.a.test', '20 mx2.a.test'] }, 'mx_1.a.test': one },
    findings: ['warn mx-invalid-name'],
  },
  'a domain that is an alias': {
    zone: { ...sound, 'a.test': { CNAME: ['b.test'] }, 'b.test': { MX: ['10 mx1.a.test', '20 mx2.a.test'] } },
    findings: ['warn domain-cname'],
  },
  'an alias in a circle': {
    zone: { 'a.test': { CNAME: ['b.test'] }, 'b.test': { CNAME: ['a.test'] } },
    findings: ['unknown mx-look-up', 'warn domain-cname'],
    hasNoMx: true,
  },
  'a wildcard': { zone: { ...sound, '*.a.test': { MX: ['10 mx1.a.test'] } }, findings: ['info mx-wildcard'] },
  'a provider': {
    zone: { 'a.test': { MX: ['1 smtp.google.com', '5 a.mx.google.com'] }, 'smtp.google.com': one, 'a.mx.google.com': two },
    findings: ['info mail-provider'],
  },
  'a signed answer': { zone: sound, findings: ['info dnssec'], isAuthentic: true },
  'a failing name server': { zone: { 'a.test': 'servFail' }, findings: ['unknown mx-look-up'], hasNoMx: true },
  'a refusing name server': { zone: { 'a.test': 'refused' }, findings: ['unknown mx-look-up'], hasNoMx: true },
  'a silent name server': { zone: { 'a.test': 'timeout' }, findings: ['unknown mx-look-up'], hasNoMx: true },
  'a cancelled look-up': { zone: { 'a.test': 'cancelled' }, findings: ['skipped mx-look-up'], hasNoMx: true },
  'a host whose name server is silent': { zone: { ...sound, 'mx2.a.test': 'timeout' }, findings: ['unknown mx-host-look-up'] },
};

function check(zone: Zone, options: ZoneOptions = {}, changes: Partial<CheckContext> = {}) {
  return checkRouting('a.test', contextOf(zoneDns(zone, options), changes));
}

describe('where mail goes', () => {
  for (const [name, { zone, findings, isLab = false, hasNoMx = false, ...options }] of Object.entries(cases))
    test(name, async () => {
      const result = await check(zone, options, { isLab });
      assert.deepEqual(told(result.findings), [...findings, ...(hasNoMx ? [] : ['pass mx'])].sort());
    });

  test('hosts come by preference, with the addresses of both families', async () => {
    const { hosts } = await check(sound);
    assert.deepEqual(
      hosts.map(({ host, preference, addresses }) => ({ host, preference, addresses })),
      [
        { host: 'mx1.a.test', preference: 10, addresses: ['9.9.9.1', '2620:fe::1'] },
        { host: 'mx2.a.test', preference: 20, addresses: ['9.9.9.2', '2620:fe::2'] },
      ],
    );
  });

  test('without MX records the domain itself is the host; with a null MX there is none', async () => {
    assert.deepEqual(
      (await check({ 'a.test': one })).hosts.map(({ host, preference }) => [host, preference]),
      [['a.test', null]],
    );
    assert.deepEqual((await check({ 'a.test': { MX: ['0 .'], ...one } })).hosts, []);
  });

  test('wrong records are marked in the evidence, and the remedy can be published as it is', async () => {
    const { findings } = await check({ 'a.test': { MX: ['10 9.9.9.1'] } });
    const literal = findings.find(({ id }) => id === 'mx-literal');
    const [evidence] = literal?.evidence ?? [];
    assert.equal(evidence?.label, 'Answer of 192.0.2.53');
    assert.equal(evidence?.text, 'a.test.  3600  MX  10 9.9.9.1.');
    assert.deepEqual(evidence?.marks, [[0, evidence.text.length]]);
    assert.equal(literal?.remedies[0]?.text, 'mx1.a.test.  A  9.9.9.1\na.test.  MX  10 mx1.a.test.');
  });

  test('a time to live is told where it is short or long, a long one with advice', async () => {
    const level = async (ttl: number) => (await check(sound, { ttl })).findings.find(({ id }) => id === 'mx-ttl')?.level;
    assert.deepEqual([await level(60), await level(3600), await level(604_800)], ['info', undefined, 'advice']);
  });

  test('SERVFAIL that goes away without validation is a wrong signature', async () => {
    const dns: Dns = { ...zoneDns({ 'a.test': 'servFail' }), lookUpUnvalidated: (name, type) => zoneDns(sound).lookUp(name, type) };
    const { findings } = await checkRouting('a.test', contextOf(dns));
    assert.deepEqual(told(findings), ['fail dnssec-bogus', 'unknown mx-look-up']);
  });

  test('of 500 hosts 20 are looked at', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `mx${index}.a.test`);
    const dns = zoneDns({
      'a.test': { MX: names.map((name, index) => `${index} ${name}`) },
      ...Object.fromEntries(names.map((name, at) => [name, { A: [`9.9.${at >> 8}.${at & 255}`] }])),
    });
    const { findings, hosts } = await checkRouting('a.test', contextOf(dns));
    assert.equal(hosts.length, 20);
    assert.ok(dns.asked.length < 60, `${dns.asked.length} questions`);
    assert.deepEqual(told(findings), ['pass mx', 'warn mx-many']);
    assert.ok(findings.every(({ evidence }) => evidence.every(({ text }) => text.length <= 4096)));
  });
});
