// checks: hosts and records of each type as BIND answers for them, down to the line that is shown as evidence. Cases by the dozen are in domain*.test.ts.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { checkHostAddresses } from '../../../src/checks/addresses/hostAddresses.ts';
import type { CheckContext } from '../../../src/checks/context.ts';
import { type RecordType, valuesOf } from '../../../src/checks/dns/port.ts';
import { createResolver } from '../../../src/checks/dns/resolver.ts';
import type { ServerAddress } from '../../../src/checks/dns/serverAddress.ts';
import { checkRecord } from '../../../src/checks/lookups/record.ts';
import { type NameServerPeer, startBind } from '../../peers/bind.ts';
import { isSkipped } from '../../peers/cache.ts';
import { contextOf, told } from './asserting.ts';

const started = await startBind();
const reason = isSkipped(started) ? started.skipped : false;

function ask(servers: readonly ServerAddress[], changes: Partial<CheckContext> = {}, timeout = 20_000): CheckContext {
  const dns = createResolver({ servers, timeout, clock: systemClock, signal: new AbortController().signal });
  return contextOf(dns, { isLab: true, ...changes });
}

describe('with BIND', { skip: reason }, () => {
  const bind = started as NameServerPeer;
  after(() => bind.stop());

  test('addresses of a host', async () => {
    const of = async (host: string) => told((await checkHostAddresses(host, ask([bind]))).findings);
    assert.deepEqual(await of('mx1.good.test'), ['pass address']);
    assert.deepEqual(await of('mx2.good.test'), ['advice ipv6-missing', 'pass address']);
    assert.deepEqual(await of('mx.v6only.test'), ['pass address']);
    assert.deepEqual(await of('empty.danglingall.test'), ['fail address-missing']);
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
