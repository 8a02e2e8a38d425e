// checks/routing: the name servers of a zone, each asked by itself: agreeing, disagreeing, lame, silent, missing and far too many.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkNameServers } from '../../../src/checks/routing/nameServers.ts';
import { contextOf, told } from './asserting.ts';
import { type Zone, type ZoneOptions, zoneDns } from './zone.ts';

const soa = 'ns1.a.test hostmaster.a.test 7 7200 900 1209600 300';
const held: Zone = { 'a.test': { MX: ['10 mx1.a.test', '20 mx2.a.test'], SOA: [soa], NS: ['ns1.a.test', 'ns2.a.test'] } };
const hosts: Zone = { 'ns1.a.test': { A: ['9.9.9.1'] }, 'ns2.a.test': { A: ['9.9.9.2'] } };
const zone: Zone = { ...held, ...hosts };
const both = (one: Zone | 'timeout' | 'refused' | 'servFail', other: Zone | 'timeout' | 'refused' | 'servFail' = held) => ({
  '9.9.9.1': one,
  '9.9.9.2': other,
});
const sound = ['info soa', 'pass mx-consistent', 'pass ns'];

interface Case extends ZoneOptions {
  readonly zone?: Zone;
  readonly findings: readonly string[];
  readonly domain?: string;
  readonly isLab?: boolean;
}

const withMx = (...MX: string[]): Zone => ({ 'a.test': { MX, SOA: [soa] } });
const withSoa = (text: string): Zone => ({ 'a.test': { ...(held['a.test'] as object), SOA: [text] } });

const cases: Readonly<Record<string, Case>> = {
  'two that agree': { findings: sound },
  'the order and the lifetime of records do not matter': {
    authorities: both(withMx('20 mx2.a.test', '10 mx1.a.test')),
    findings: sound,
  },
  'other MX records': { authorities: both(withMx('10 mx1.a.test')), findings: ['info soa', 'pass ns', 'warn mx-inconsistent'] },
  'no MX records on one': { authorities: both({ 'a.test': { SOA: [soa] } }), findings: ['info soa', 'pass ns', 'warn mx-inconsistent'] },
  'the domain is missing on one': { authorities: both({ 'b.test': {} }), findings: ['info soa', 'pass ns', 'warn mx-inconsistent'] },
  'a server that refuses': { authorities: both(held, 'refused'), findings: ['info soa', 'pass ns', 'warn ns-lame'] },
  'a server that fails': { authorities: both(held, 'servFail'), findings: ['info soa', 'pass ns', 'warn ns-lame'] },
  'a server that has not the zone': { authorities: both(held), strangers: ['9.9.9.2'], findings: ['info soa', 'pass ns', 'warn ns-lame'] },
  'a silent server': { authorities: both(held, 'timeout'), findings: ['info soa', 'pass ns', 'unknown ns-silent'] },
  'silent servers of a domain that the resolver knows': {
    authorities: both('timeout', 'timeout'),
    findings: ['pass ns', 'skipped ns-blocked'],
  },
  'the only server is silent': {
    zone: { ...zone, 'a.test': { ...(held['a.test'] as object), NS: ['ns1.a.test'] } },
    authorities: both('timeout'),
    findings: ['advice ns', 'unknown ns-silent'],
  },
  'silent servers of a name that the resolver does not know either': {
    domain: 'news.a.test',
    zone: { ...zone, 'news.a.test': 'timeout' },
    authorities: both('timeout', 'timeout'),
    findings: ['skipped ns-look-up'],
  },
  'other versions of the zone': {
    authorities: both(withSoa('ns1.a.test h.a.test 8 7200 900 1209600 300')),
    findings: [...sound, 'info soa-serial'],
  },
  'a zone that is soon forgotten': {
    authorities: both(withSoa('ns1.a.test h.a.test 7 7200 900 3600 300'), withSoa('ns1.a.test h.a.test 7 7200 900 3600 300')),
    findings: ['advice soa', 'pass mx-consistent', 'pass ns'],
  },
  'the resolver has older records': {
    zone: { ...zone, 'a.test': { ...(zone['a.test' as const] as object), MX: ['10 old.a.test'] } },
    findings: ['info mx-kept', ...sound],
  },
  'one name server': {
    zone: { ...zone, 'a.test': { ...(held['a.test'] as object), NS: ['ns1.a.test'] } },
    findings: ['advice ns', 'info soa'],
  },
  'two names of one server': {
    zone: { ...zone, 'ns2.a.test': { A: ['9.9.9.1'] } },
    findings: ['advice ns-same-address', ...sound],
  },
  'a name server that is an alias': {
    zone: { ...zone, 'ns2.a.test': { CNAME: ['real.a.test'] }, 'real.a.test': { A: ['9.9.9.2'] } },
    findings: [...sound, 'warn ns-cname'],
  },
  'a name server without an address': {
    zone: { ...zone, 'ns2.a.test': { TXT: ['x'] } },
    findings: ['info soa', 'pass ns', 'warn ns-dangling'],
  },
  'a name server in a domain that nobody owns': {
    zone: { ...zone, 'a.test': { ...(held['a.test'] as object), NS: ['ns1.a.test', 'ns.free.test'] } },
    findings: ['fail ns-dangling', 'info soa', 'pass ns'],
  },
  'a name server whose address is not told': {
    zone: { ...zone, 'ns2.a.test': 'timeout' },
    findings: ['info soa', 'pass ns', 'unknown ns-host-look-up'],
  },
  'a private address': { zone: { ...zone, 'ns2.a.test': { A: ['10.0.0.2'] } }, findings: ['info soa', 'pass ns', 'warn ns-private'] },
  'a private address in a lab': {
    zone: { ...zone, 'ns2.a.test': { A: ['127.0.0.2'] } },
    authorities: { '9.9.9.1': held, '127.0.0.2': held },
    isLab: true,
    findings: sound,
  },
  'the resolver itself at the address of a name server': {
    authorities: { ...both(held), '192.0.2.53': held },
    zone: { ...zone, 'ns2.a.test': { A: ['192.0.2.53'] } },
    strangers: ['192.0.2.53'],
    isLab: true,
    findings: ['info soa', 'pass ns', 'skipped ns-not-asked'],
  },
  'a name below the zone': {
    domain: 'news.a.test',
    zone: { ...zone, 'news.a.test': { MX: ['10 mx1.a.test'] } },
    authorities: both({ ...held, 'news.a.test': { MX: ['10 mx1.a.test'] } }, { ...held, 'news.a.test': { MX: ['10 mx1.a.test'] } }),
    findings: sound,
  },
  'no such domain': { domain: 'b.test', findings: [] },
  'nothing of the domain is told': { zone: { 'a.test': 'servFail' }, findings: ['skipped ns-look-up'] },
  'the name servers are not told': {
    domain: 'news.a.test',
    zone: { 'a.test': 'servFail', 'news.a.test': { MX: ['10 mx1.a.test'] } },
    findings: ['unknown ns-look-up'],
  },
  'a zone of the registry': { zone: { 'a.test': { A: ['9.9.9.9'] }, test: { NS: ['ns1.a.test'] } }, findings: [] },
};

describe('the name servers of a zone', () => {
  for (const [
    name,
    { findings, domain = 'a.test', isLab = false, zone: named = zone, authorities = both(held), ...options },
  ] of Object.entries(cases))
    test(name, async () => {
      const context = contextOf(zoneDns(named, { authorities, ...options }), { isLab });
      assert.deepEqual(told(await checkNameServers(domain, context)), [...findings].sort());
    });

  test('a difference shows the answer of each server', async () => {
    const context = contextOf(zoneDns(zone, { authorities: both(withMx('10 mx1.a.test')) }));
    const found = (await checkNameServers('a.test', context)).find(({ id }) => id === 'mx-inconsistent');
    assert.equal(found?.detail, 'ns2.a.test says something else than ns1.a.test');
    assert.deepEqual(
      found?.evidence.map(({ label, text }) => `${label}: ${text}`),
      [
        'Answer of 9.9.9.1: a.test.  3600  MX  10 mx1.a.test.',
        'Answer of 9.9.9.2: a.test.  3600  MX  10 mx1.a.test.\na.test.  3600  MX  20 mx2.a.test.',
      ],
    );
  });

  test('a short time to live is told by who holds the zone', async () => {
    const level = async (ttl: number) => {
      const context = contextOf(zoneDns(zone, { authorities: both(held), ttl }));
      return (await checkNameServers('a.test', context)).find(({ id }) => id === 'mx-ttl-short')?.level;
    };
    assert.deepEqual([await level(60), await level(300)], ['advice', undefined]);
  });

  test('a world without other servers gives no findings', async () => {
    assert.deepEqual(await checkNameServers('a.test', contextOf(zoneDns(zone))), []);
  });

  test('of 400 name servers eight are asked', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `ns${index}.a.test`);
    const many: Zone = {
      'a.test': { ...(held['a.test'] as object), NS: names },
      ...Object.fromEntries(names.map((name, at) => [name, { A: [`9.9.${at >> 8}.${at & 255}`] }])),
    };
    const dns = zoneDns(many, { authorities: {} });
    const findings = await checkNameServers('a.test', contextOf(dns));
    assert.deepEqual(told(findings), ['advice ns', 'skipped ns-blocked']);
    assert.ok(dns.asked.length < 50, `${dns.asked.length} questions`);
  });
});
