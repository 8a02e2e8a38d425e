// checks/addresses: addresses of a host, their names and whether those lead back, and plain look-ups, in worlds written here.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkHostAddresses } from '../../../src/checks/addresses/hostAddresses.ts';
import { checkReverse, judgeGreeting, reverseName } from '../../../src/checks/addresses/reverse.ts';
import { checkRecord } from '../../../src/checks/lookups/record.ts';
import { contextOf, told } from './asserting.ts';
import { type Zone, zoneDns } from './zone.ts';

describe('addresses of a host', () => {
  const cases: Readonly<Record<string, readonly [zone: Zone, findings: readonly string[]]>> = {
    'both families': [{ 'm.test': { A: ['9.9.9.1'], AAAA: ['2620:fe::1'] } }, ['pass address']],
    'IPv4 only': [{ 'm.test': { A: ['9.9.9.1'] } }, ['advice ipv6-missing', 'pass address']],
    'IPv6 only': [{ 'm.test': { AAAA: ['2620:fe::1'] } }, ['pass address']],
    none: [{ 'm.test': { TXT: ['x'] } }, ['fail address-missing']],
    'no such host': [{}, ['fail address-missing']],
    'a silent name server': [{ 'm.test': 'timeout' }, ['unknown address-look-up']],
  };
  for (const [name, [zone, findings]] of Object.entries(cases))
    test(name, async () => assert.deepEqual(told((await checkHostAddresses('m.test', contextOf(zoneDns(zone)))).findings), findings));
});

test('addresses that are kept for more than a day are told', async () => {
  const told2 = async (ttl: number) =>
    told(
      (await checkHostAddresses('m.test', contextOf(zoneDns({ 'm.test': { A: ['9.9.9.1'], AAAA: ['2620:fe::1'] } }, { ttl })))).findings,
    );
  assert.deepEqual(await told2(86_400), ['pass address']);
  assert.deepEqual(await told2(86_401), ['advice address-ttl', 'pass address']);
});

describe('the name of an address', () => {
  const reverse = '1.9.9.9.in-addr.arpa';
  const cases: Readonly<Record<string, readonly [zone: Zone, findings: readonly string[]]>> = {
    'leads back': [{ [reverse]: { PTR: ['m.test'] }, 'm.test': { A: ['9.9.9.1'] } }, ['pass ptr']],
    'is missing': [{ '9.9.9.in-addr.arpa': {} }, ['warn ptr-missing']],
    'leads elsewhere': [{ [reverse]: { PTR: ['m.test'] }, 'm.test': { A: ['9.9.9.2'] } }, ['warn ptr-mismatch']],
    'leads nowhere': [{ [reverse]: { PTR: ['m.test'] } }, ['warn ptr-mismatch']],
    'is one of several, of which one leads back': [
      { [reverse]: { PTR: ['x.test', 'm.test'] }, 'm.test': { A: ['9.9.9.1'] } },
      ['info ptr-several', 'pass ptr'],
    ],
    'looks like an access line': [
      { [reverse]: { PTR: ['9-9-9-1.dsl.test'] }, '9-9-9-1.dsl.test': { A: ['9.9.9.1'] } },
      ['info ptr-generic', 'pass ptr'],
    ],
    'could not be looked up': [{ [reverse]: 'servFail' }, ['unknown ptr-look-up']],
    'is known, the way back is not': [{ [reverse]: { PTR: ['m.test'] }, 'm.test': 'timeout' }, ['unknown ptr-look-up']],
  };
  for (const [name, [zone, findings]] of Object.entries(cases))
    test(name, async () =>
      assert.deepEqual(told((await checkReverse({ address: '9.9.9.1' }, contextOf(zoneDns(zone)))).findings), findings),
    );

  test('is looked for under ip6.arpa for IPv6, however the address is written', async () => {
    const name = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.e.f.0.0.0.2.6.2.ip6.arpa';
    assert.equal(reverseName('2620:00fe::0001'), name);
    const dns = zoneDns({ [name]: { PTR: ['m.test'] }, 'm.test': { AAAA: ['2620:fe:0:0:0:0:0:1'] } });
    assert.deepEqual(told((await checkReverse({ address: '2620:fe::1' }, contextOf(dns))).findings), ['pass ptr']);
  });

  test('may be missing for a private address', async () => {
    assert.deepEqual(told((await checkReverse({ address: '10.0.0.1' }, contextOf(zoneDns({})))).findings), ['info ptr-missing']);
  });

  test('of 300 names ten are asked back', async () => {
    const dns = zoneDns({ [reverse]: { PTR: Array.from({ length: 300 }, (_, index) => `m${index}.test`) } });
    await checkReverse({ address: '9.9.9.1' }, contextOf(dns));
    assert.equal(dns.asked.length, 11);
  });

  test('is compared with what the server calls itself', () => {
    const level = (names: readonly string[], said: readonly string[]) => judgeGreeting(names, said, {})?.level;
    assert.equal(level(['m.test'], ['M.Test.']), 'pass');
    assert.equal(level(['m.test', 'n.test'], ['x.test', 'n.test']), 'pass');
    assert.equal(level(['m.test'], ['x.test']), 'warn');
    assert.equal(level([], ['x.test']), undefined, 'nothing is said where nothing is known');
    assert.equal(level(['m.test'], []), undefined);
  });
});

describe('a plain look-up', () => {
  const dns = zoneDns({
    'a.test': { TXT: ['x', 'y'], CAA: ['0 issue ca.test'] },
    '1.9.9.9.in-addr.arpa': { PTR: ['m.test'] },
    'f.test': 'refused',
  });

  test('shows the records with their lifetime and the server that was asked', async () => {
    const [found] = await checkRecord('a.test', 'TXT', contextOf(dns));
    assert.equal(found?.title, 'a.test has 2 TXT records');
    assert.equal(found?.detail, '"x" (3600 s), "y" (3600 s)');
    assert.equal(found?.reason, '192.0.2.53:53 answered');
    assert.deepEqual(found?.evidence, [{ label: 'Answer of 192.0.2.53', text: 'a.test.  3600  TXT  "x"\na.test.  3600  TXT  "y"' }]);
  });

  test('tells none, no answer and an address apart', async () => {
    const of = async (name: string, type: 'MX' | 'PTR' | 'TXT') => told(await checkRecord(name, type, contextOf(dns)));
    assert.deepEqual(await of('a.test', 'MX'), ['info record-missing']);
    assert.deepEqual(await of('none.test', 'MX'), ['info record-missing']);
    assert.deepEqual(await of('f.test', 'TXT'), ['unknown record-look-up']);
    assert.deepEqual(await of('9.9.9.1', 'PTR'), ['info record']);
  });
});
