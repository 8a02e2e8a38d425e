// checks: the cases of the list against BIND, which has each of them in a zone: every finding by id and level, and none besides.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { checkHostAddresses } from '../../../src/checks/addresses/hostAddresses.ts';
import { checkReverse } from '../../../src/checks/addresses/reverse.ts';
import type { CheckContext } from '../../../src/checks/context.ts';
import { type RecordType, valuesOf } from '../../../src/checks/dns/port.ts';
import { createResolver } from '../../../src/checks/dns/resolver.ts';
import type { ServerAddress } from '../../../src/checks/dns/serverAddress.ts';
import { checkRecord } from '../../../src/checks/lookups/record.ts';
import { understand } from '../../../src/checks/question.ts';
import { checkRouting } from '../../../src/checks/routing/routing.ts';
import { type NameServerPeer, startBind } from '../../peers/bind.ts';
import { isSkipped } from '../../peers/cache.ts';
import { contextOf, told } from './asserting.ts';

const started = await startBind();
const reason = isSkipped(started) ? started.skipped : false;

function ask(servers: readonly ServerAddress[], changes: Partial<CheckContext> = {}, timeout = 20_000): CheckContext {
  const dns = createResolver({ servers, timeout, clock: systemClock, signal: new AbortController().signal });
  return contextOf(dns, { isLab: true, ...changes });
}

/** Besides these: `pass mx`, `info mx-ttl`, and for each host on loopback `info mx-private`; `others` are all findings where that is not so. */
const routes: Readonly<
  Record<string, { readonly findings?: readonly string[]; readonly hosts?: number; readonly others?: readonly string[] }>
> = {
  'good.test': {},
  'single.test': { findings: ['advice mx-single'], hosts: 1 },
  'nomx.test': { others: ['advice mx-implicit', 'info mx-private'] },
  'nodata.test': { others: ['fail mx-missing'] },
  'not-there.test': { others: ['fail domain-missing'] },
  'nullmx.test': { others: ['info mx-null', 'info mx-ttl'] },
  'nullbare.test': { others: ['advice mx-null-needless', 'info mx-null', 'info mx-ttl'] },
  'nullpreference.test': { others: ['advice mx-null-preference', 'info mx-null', 'info mx-ttl'] },
  'nullmixed.test': { findings: ['warn mx-null-mixed'] },
  'aliashost.test': { findings: ['warn mx-cname'] },
  'literal.test': { findings: ['fail mx-literal'], hosts: 1 },
  'dangling.test': { findings: ['warn mx-dangling'], hosts: 1 },
  'danglingall.test': { findings: ['fail mx-dangling', 'fail mx-dangling'], hosts: 0 },
  'free.test': { findings: ['fail mx-dangling'], hosts: 1 },
  'private.test': {},
  'tied.test': { findings: ['info mx-tied'] },
  'shared.test': { findings: ['advice mx-same-address'] },
  'under_score.test': { findings: ['warn mx-invalid-name'] },
  'v6only.test': { findings: ['advice mx-single'], hosts: 1 },
  'aliased.test': { findings: ['warn domain-cname'] },
  'circlea.test': { others: ['unknown mx-look-up'] },
  'lost.test': { others: ['fail domain-missing', 'warn domain-cname'] },
  'wild.test': { findings: ['info mx-wildcard'] },
  'kept.test': { others: ['advice mx-ttl', 'info mx-private', 'info mx-private', 'pass mx'] },
  'Bücher.test': {},
  'broken.invalid': { others: ['unknown mx-look-up'] },
  'not-served.example': { others: ['unknown mx-look-up'] },
};

describe('with BIND', { skip: reason }, () => {
  const bind = started as NameServerPeer;
  after(() => bind.stop());

  describe('where mail goes', () => {
    for (const [typed, { findings = [], hosts = 2, others }] of Object.entries(routes))
      test(typed, async () => {
        const understood = understand('mx', typed);
        const domain = 'question' in understood ? understood.question.subject : '';
        const result = await checkRouting(domain, ask([bind]));
        const expected = others ?? [...findings, 'pass mx', 'info mx-ttl', ...Array<string>(hosts).fill('info mx-private')];
        assert.deepEqual(told(result.findings), [...expected].sort());
      });

    test('hosts on loopback and private networks are wrong on the internet', async () => {
      const level = async (domain: string) => {
        const { findings } = await checkRouting(domain, ask([bind], { isLab: false }));
        return findings.filter(({ id }) => id === 'mx-private').map((finding) => finding.level);
      };
      assert.deepEqual(await level('private.test'), ['fail', 'fail']);
      assert.deepEqual(await level('local.test'), ['fail']);
    });
  });

  test('addresses of a host', async () => {
    const of = async (host: string) => told((await checkHostAddresses(host, ask([bind]))).findings);
    assert.deepEqual(await of('mx1.good.test'), ['pass address']);
    assert.deepEqual(await of('mx2.good.test'), ['advice ipv6-missing', 'pass address']);
    assert.deepEqual(await of('mx.v6only.test'), ['pass address']);
    assert.deepEqual(await of('empty.danglingall.test'), ['fail address-missing']);
  });

  test('names of addresses', async () => {
    const of = async (address: string) => told((await checkReverse({ address }, ask([bind]))).findings);
    assert.deepEqual(await of('127.0.0.11'), ['pass ptr']);
    assert.deepEqual(await of('::1'), ['pass ptr']);
    assert.deepEqual(await of('127.0.0.13'), ['warn ptr-mismatch']);
    assert.deepEqual(await of('127.0.0.14'), ['info ptr-several', 'pass ptr']);
    assert.deepEqual(await of('127.0.0.15'), ['info ptr-generic', 'pass ptr']);
    assert.deepEqual(await of('127.0.0.16'), ['info ptr-missing']);
  });

  test('each type of record is looked up, a long one over TCP', async () => {
    const of = async (name: string, type: RecordType) =>
      (await checkRecord(name, type, ask([bind])))[0]?.evidence[0]?.text.split('\n').sort().join('\n');
    assert.equal(await of('good.test', 'MX'), 'good.test.  3600  MX  10 mx1.good.test.\ngood.test.  3600  MX  20 mx2.good.test.');
    assert.equal(await of('mx1.good.test', 'A'), 'mx1.good.test.  3600  A  127.0.0.11');
    assert.equal(await of('mx1.good.test', 'AAAA'), 'mx1.good.test.  3600  AAAA  ::1');
    assert.equal(await of('127.0.0.11', 'PTR'), '11.0.0.127.in-addr.arpa.  3600  PTR  mx1.good.test.');
    assert.equal(await of('caa.test', 'CAA'), 'caa.test.  3600  CAA  0 issue "ca.good.test"');
    assert.equal(await of('_submission._tcp.good.test', 'SRV'), '_submission._tcp.good.test.  3600  SRV  0 1 587 mx1.good.test.');
    assert.equal(
      await of('_25._tcp.mx1.good.test', 'TLSA'),
      '_25._tcp.mx1.good.test.  3600  TLSA  3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff',
    );
    assert.equal(await of('test', 'NS'), 'test.  3600  NS  ns.good.test.');
    assert.equal(await of('test', 'SOA'), 'test.  3600  SOA  ns.good.test. hostmaster.good.test. 1 3600 600 86400 300');
    assert.equal(await of('aliased.test', 'CNAME'), 'aliased.test.  3600  CNAME  good.test.');
    const [long] = valuesOf(await ask([bind]).dns.lookUp('long.test', 'TXT'), 'TXT');
    assert.equal(long?.strings.length, 6);
  });
});

describe('a name server that never answers', () => {
  const socket = createSocket('udp4');
  before(() => once(socket.bind(0, '127.0.0.1'), 'listening'));
  after(() => socket.close());

  test('leaves everything unknown', async () => {
    const silent = { address: '127.0.0.1', port: socket.address().port };
    const { findings, hosts } = await checkRouting('good.test', ask([silent], {}, 200));
    assert.deepEqual(told(findings), ['unknown mx-look-up']);
    assert.match(findings[0]?.detail ?? '', /no answer in time, asked of 127\.0\.0\.1:/);
    assert.deepEqual(hosts, []);
  });
});
