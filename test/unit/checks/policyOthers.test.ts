// checks/policy: DANE against real certificates, blocklists that err, parked domains.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkBimi } from '../../../src/checks/policy/bimi.ts';
import { checkBlocklists } from '../../../src/checks/policy/blocklists.ts';
import { compareDane, type DaneSubject } from '../../../src/checks/policy/dane.ts';
import { judgeDane, lookUpTlsa } from '../../../src/checks/policy/daneFinding.ts';
import { checkDmarc } from '../../../src/checks/policy/dmarc.ts';
import { checkParked } from '../../../src/checks/policy/parked.ts';
import { checkSpf } from '../../../src/checks/policy/spf.ts';
import { checkTlsRpt } from '../../../src/checks/policy/tlsRpt.ts';
import { contextOf } from './asserting.ts';
import { summary, worldOf } from './policyWorld.ts';
import { type Zone, zoneDns } from './zone.ts';

const folder = join(import.meta.dirname, '../smtp/certificates');
const certificate = (file: string) => new X509Certificate(readFileSync(join(folder, file)));
const good = certificate('good.pem');
const expired = certificate('expired.pem');
const authority = certificate('authority.pem');
const spki = (of: X509Certificate) => of.publicKey.export({ type: 'spki', format: 'der' });
const digest = (octets: Buffer, kind: 'sha256' | 'sha512' = 'sha256') => createHash(kind).update(octets).digest('hex');
const subjectOf = (...chain: X509Certificate[]): DaneSubject => ({
  chain: chain.map(({ raw }) => raw),
  host: 'mx.mailroom.test',
  now: Date.parse('2026-11-21'),
});

describe('DANE', () => {
  const stranger = 'ab'.repeat(32);
  const cases: readonly (readonly [name: string, records: readonly string[], subject: DaneSubject, expected: string])[] = [
    ['3 1 1 of the key', [`3 1 1 ${digest(spki(good))}`], subjectOf(good), 'pass dane'],
    ['3 0 1 of the certificate', [`3 0 1 ${digest(good.raw)}`], subjectOf(good), 'pass dane'],
    ['3 1 2', [`3 1 2 ${digest(spki(good), 'sha512')}`], subjectOf(good), 'pass dane'],
    ['3 0 0 in full', [`3 0 0 ${good.raw.toString('hex')}`], subjectOf(good), 'pass dane'],
    ['an expired certificate with its key named', [`3 1 1 ${digest(spki(expired))}`], subjectOf(expired), 'pass dane'],
    ['a pair during a change', [`3 1 1 ${stranger}`, `3 1 1 ${digest(spki(good))}`], subjectOf(good), 'pass dane'],
    ['2 0 1 of the authority in the chain', [`2 0 1 ${digest(authority.raw)}`], subjectOf(good, authority), 'pass dane'],
    ['2 1 1 of the authority', [`2 1 1 ${digest(spki(authority))}`], subjectOf(good, authority), 'pass dane'],
    ['another key', [`3 1 1 ${stranger}`], subjectOf(good), 'fail dane'],
    ['the authority named as the server', [`3 1 1 ${digest(spki(authority))}`], subjectOf(good, authority), 'fail dane'],
    ['the authority is not presented', [`2 0 1 ${digest(authority.raw)}`], subjectOf(good), 'fail dane'],
    ['the authority named, but expired below it', [`2 0 1 ${digest(authority.raw)}`], subjectOf(expired, authority), 'fail dane'],
    [
      'the authority named, but for another host',
      [`2 0 1 ${digest(authority.raw)}`],
      { ...subjectOf(good, authority), host: 'other.test' },
      'fail dane',
    ],
    ['only PKIX', [`1 1 1 ${digest(spki(good))}`], subjectOf(good), 'warn dane-unusable'],
    ['a digest of the wrong length', ['3 1 1 abcd'], subjectOf(good), 'warn dane-unusable'],
    ['octets that are no certificate', [`3 1 1 ${stranger}`], { ...subjectOf(good), chain: [Buffer.from('junk')] }, 'unknown dane'],
  ];
  const answerTo = async (TLSA: readonly string[], isAuthentic = true) => {
    const dns = zoneDns({ '_25._tcp.mx.mailroom.test': { TLSA } }, { isAuthentic });
    return lookUpTlsa('mx.mailroom.test', 25, contextOf(dns));
  };
  for (const [name, records, subject, expected] of cases) {
    test(`${name}: ${expected}`, async () => {
      assert.deepEqual(summary([judgeDane(await answerTo(records), subject, { host: subject.host })]), [expected]);
    });
  }

  test('without DNSSEC, without an answer, without a certificate or without a record nothing is claimed', async () => {
    const record = `3 1 1 ${stranger}`;
    assert.deepEqual(summary([judgeDane(await answerTo([record], false), subjectOf(good), {})]), ['unknown dane-dnssec']);
    assert.deepEqual(summary([judgeDane(await answerTo([record]), null, {})]), ['skipped dane']);
    assert.deepEqual(summary([judgeDane(await answerTo([]), null, {})]), ['advice dane-none']);
    const failing = await lookUpTlsa('x', 25, contextOf(zoneDns({ '_25._tcp.x': 'servFail' })));
    assert.deepEqual(summary([judgeDane(failing, null, {})]), ['unknown dane-look-up']);
  });

  test('a failure that goes away without validation is a wrong signature', async () => {
    const failing = zoneDns({ '_25._tcp.x': 'servFail' });
    const unchecked = (zone: Zone) => lookUpTlsa('x', 25, contextOf({ ...failing, lookUpUnvalidated: zoneDns(zone).lookUp }));
    assert.deepEqual(summary([judgeDane(await unchecked({ '_25._tcp.x': { TLSA: [`3 1 1 ${stranger}`] } }), null, {})]), [
      'fail dane-bogus',
    ]);
    assert.deepEqual(summary([judgeDane(await unchecked({ x: {} }), null, {})]), ['fail dane-bogus'], 'that there is none is signed too');
    assert.deepEqual(summary([judgeDane(await unchecked({ '_25._tcp.x': 'servFail' }), null, {})]), ['unknown dane-look-up']);
  });

  test('the record for the certificate that is used is offered', async () => {
    const record = `_25._tcp.mx.mailroom.test. IN TLSA 3 1 1 ${digest(spki(good))}`;
    for (const records of [[], [`3 1 1 ${stranger}`], [`1 1 1 ${stranger}`]])
      assert.equal(judgeDane(await answerTo(records), subjectOf(good), {}).remedies[0]?.text, record, records[0]);
  });

  test('beside a match, records for another certificate and those of no use are counted', async () => {
    const finding = judgeDane(
      await answerTo([`3 1 1 ${stranger}`, `3 1 1 ${digest(spki(good))}`, `0 0 1 ${stranger}`]),
      subjectOf(good),
      {},
    );
    assert.match(finding.detail, /; 1 more for another certificate, as during a change; 1 that mail cannot use$/);
  });

  test('both halves of a change are told', () => {
    const tlsa = (data: string) => ({ kind: 'TLSA' as const, usage: 3, selector: 1, matchingType: 1, certificate: data });
    const { matched, unmatched } = compareDane([tlsa(stranger), tlsa(digest(spki(good)))], subjectOf(good));
    assert.deepEqual([matched.length, unmatched.length], [1, 1]);
  });
});

describe('blocklists', () => {
  const list = (entries: Zone): Zone => ({ '2.0.0.127.bl.test': { A: ['127.0.0.2'] }, ...entries });
  const address = '192.0.2.7';
  const cases: readonly (readonly [name: string, zone: Zone, expected: string])[] = [
    ['not on it', list({}), 'pass blocklist-clear'],
    ['on it', list({ '7.2.0.192.bl.test': { A: ['127.0.0.4'], TXT: ['see https://bl.test/192.0.2.7'] } }), 'warn blocklist-listed'],
    ['an error in place of an entry', list({ '7.2.0.192.bl.test': { A: ['127.255.255.254'] } }), 'unknown blocklist-look-up'],
    ['an address of a web page in place of an entry', list({ '7.2.0.192.bl.test': { A: ['198.51.100.1'] } }), 'unknown blocklist-look-up'],
    ['no answer', list({ '7.2.0.192.bl.test': 'timeout' }), 'unknown blocklist-look-up'],
    ['a list without its test entry', { 'bl.test': {} }, 'unknown blocklist-unusable'],
    ['a list that refuses', { '2.0.0.127.bl.test': 'refused' }, 'unknown blocklist-unusable'],
    ['a list that answers with an error', { '2.0.0.127.bl.test': { A: ['127.255.255.252'] } }, 'unknown blocklist-unusable'],
    ['a wildcard in place of a list', { '*.bl.test': { A: ['198.51.100.1'] } }, 'unknown blocklist-unusable'],
  ];
  for (const [name, zone, expected] of cases) {
    test(name, async () => assert.deepEqual(summary(await checkBlocklists([address], ['bl.test'], worldOf(zone))), [expected]));
  }

  test('IPv6 is asked by nibbles', async () => {
    const name = `${'1'.padEnd(24, '0').split('').join('.')}.8.b.d.0.1.0.0.2.bl.test`;
    const findings = await checkBlocklists(['2001:db8::1'], ['bl.test'], worldOf(list({ [name]: { A: ['127.0.0.2'] } })));
    assert.deepEqual(summary(findings), ['warn blocklist-listed']);
  });

  test('without a list nobody is asked, and private addresses are not told to a list', async () => {
    const world = worldOf(list({}));
    assert.deepEqual(summary(await checkBlocklists([address], [], world)), ['skipped blocklists']);
    assert.deepEqual(summary(await checkBlocklists(['10.0.0.1', '::1'], ['bl.test'], world)), ['skipped blocklist', 'skipped blocklist']);
    assert.ok('asked' in world.dns && Array.isArray(world.dns.asked) && world.dns.asked.length <= 1);
  });
});

describe('a parked domain', () => {
  const parked: Zone = { 'a.test': { MX: ['0 .'], TXT: ['v=spf1 -all'] }, '_dmarc.a.test': { TXT: ['v=DMARC1; p=reject'] } };
  const cases: readonly (readonly [name: string, zone: Zone, expected: readonly string[]])[] = [
    ['says so in every way', parked, ['pass parked']],
    ['without DMARC', { ...parked, '_dmarc.a.test': {} }, ['advice parked']],
    ['without SPF', { ...parked, 'a.test': { MX: ['0 .'] } }, ['advice parked']],
    ['without a null MX', { ...parked, 'a.test': { TXT: ['v=spf1 -all'] } }, ['advice parked']],
    ['a domain with mail', { ...parked, 'a.test': { MX: ['10 mx1.a.test'], TXT: ['v=spf1 -all'] } }, []],
    ['a domain without anything', { 'a.test': { A: ['192.0.2.1'] } }, []],
    ['no answer', { 'a.test': 'timeout' }, []],
  ];
  for (const [name, zone, expected] of cases) {
    test(name, async () => assert.deepEqual(summary(await checkParked('a.test', worldOf(zone))), expected));
  }
});

describe('a remedy', () => {
  const remedyOf = (findings: Awaited<ReturnType<typeof checkTlsRpt>>, id: string): string =>
    findings.find((each) => each.id === id)?.remedies[0]?.text ?? '';

  test('for TLS reports keeps the mailbox that is named', async () => {
    const publish = async (text: string) =>
      remedyOf(await checkTlsRpt('a.test', worldOf({ '_smtp._tls.a.test': { TXT: [text] } })), 'tls-rpt-syntax');
    assert.equal(await publish('v=TLSRPTv1; rua=tls@x.test'), '_smtp._tls.a.test. IN TXT "v=TLSRPTv1; rua=mailto:tls@x.test"');
    assert.equal(
      await publish('v=TLSRPTv1; rua=tls@x.test,https://x.test/report'),
      '_smtp._tls.a.test. IN TXT "v=TLSRPTv1; rua=mailto:tls@x.test,https://x.test/report"',
    );
    assert.equal(await publish('v=TLSRPTv1; rua='), '_smtp._tls.a.test. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@a.test"');
  });

  test('for DMARC keeps every tag that is right', async () => {
    const publish = async (text: string) =>
      remedyOf(await checkDmarc('a.test', worldOf({ '_dmarc.a.test': { TXT: [text] } })), 'dmarc-syntax');
    const reports = 'rua=mailto:d@a.test; adkim=s';
    assert.equal(await publish(`v=DMARC1; p=refuse; ${reports}`), `_dmarc.a.test. IN TXT "v=DMARC1; p=quarantine; ${reports}"`);
    assert.equal(await publish(`v=DMARC1; p=reject; sp=all; ${reports}`), `_dmarc.a.test. IN TXT "v=DMARC1; p=reject; ${reports}"`);
  });

  test('for a term of SPF that is named twice has it once', async () => {
    const zone: Zone = {
      'a.test': { TXT: ['v=spf1 include:b.test include:B.test -all'] },
      'b.test': { TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
    };
    assert.equal(remedyOf(await checkSpf('a.test', worldOf(zone)), 'spf-repeated'), 'a.test. IN TXT "v=spf1 include:b.test -all"');
  });
});

test('of a domain that does not exist nobody says that it has no logo', async () => {
  assert.deepEqual(summary(await checkBimi('not-there.test', worldOf({}))), ['skipped bimi-none']);
});
