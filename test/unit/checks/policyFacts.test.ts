// checks/policy: facts around the policies of a domain: who may issue certificates, what mail programs find, what SPF says of the MX hosts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkCaa } from '../../../src/checks/policy/caa.ts';
import { checkClientSettings } from '../../../src/checks/policy/clientSettings.ts';
import { checkDkimPresence } from '../../../src/checks/policy/dkimPresence.ts';
import { checkSpfOfHosts } from '../../../src/checks/policy/spfOfHosts.ts';
import { summary, worldOf } from './policyWorld.ts';
import type { Zone } from './zone.ts';

describe('CAA of the MX hosts', () => {
  test('is advised where authorities look for it, and for the hosts of others to their owner', async () => {
    const [own, other] = await Promise.all(
      ['mx1.a.test', 'mx1.good.test'].map(async (host) => (await checkCaa('a.test', [host], worldOf({})))[0]?.remedies[0]),
    );
    assert.equal(own?.text, 'a.test. IN CAA 0 issue "letsencrypt.org"');
    assert.equal(other?.text, 'good.test. IN CAA 0 issue "letsencrypt.org"');
    assert.match(other?.label ?? '', /^Whoever owns good\.test/);
  });

  const hosts = ['mx1.a.test', 'mx2.a.test'];
  const cases: readonly (readonly [name: string, zone: Zone, expected: readonly string[]])[] = [
    ['none', { 'a.test': { A: ['192.0.2.1'] } }, ['info caa-none']],
    ['above the hosts, told once', { 'a.test': { CAA: ['0 issue ca.test'] } }, ['info caa']],
    ['of one host', { 'mx1.a.test': { CAA: ['0 issue ca.test'] } }, ['info caa', 'info caa-none']],
    ['of each host', { 'mx1.a.test': { CAA: ['0 issue ca.test'] }, 'mx2.a.test': { CAA: ['0 issue cb.test'] } }, ['info caa', 'info caa']],
    ['no authority at all', { 'a.test': { CAA: ['0 issue ;'] } }, ['advice caa-nobody']],
    ['mail certificates only', { 'a.test': { CAA: ['0 issuemail ca.test'] } }, ['info caa']],
    ['something critical that nobody knows', { 'a.test': { CAA: ['128 tbs x', '0 issue ca.test'] } }, ['warn caa-critical']],
    ['something unknown, but not critical', { 'a.test': { CAA: ['0 tbs x', '0 issue ca.test'] } }, ['info caa']],
    ['no answer', { 'a.test': 'servFail' }, ['unknown caa-look-up']],
  ];
  for (const [name, zone, expected] of cases)
    test(name, async () => assert.deepEqual(summary(await checkCaa('a.test', hosts, worldOf(zone))), expected));

  test('the authorities are named without their parameters', async () => {
    const zone: Zone = { 'a.test': { CAA: ['0 issue ca.test; account=7', '0 issue cb.test', '0 issuewild ;'] } };
    const [finding] = await checkCaa('a.test', hosts, worldOf(zone));
    assert.equal(finding?.title, 'Certificates for the MX hosts come only from ca.test and cb.test');
    assert.equal(finding?.detail, 'mx1.a.test, mx2.a.test');
  });

  test('a top-level domain is not asked, and of many hosts eight are', async () => {
    const world = worldOf({});
    await checkCaa(
      'a.test',
      Array.from({ length: 300 }, (_, index) => `m${index}.a.test`),
      world,
    );
    assert.ok('asked' in world.dns && Array.isArray(world.dns.asked));
    assert.ok(!world.dns.asked.includes('CAA test'));
    assert.ok(world.dns.asked.length <= 16, `${world.dns.asked.length} questions`);
  });
});

describe('whether DKIM keys are published', () => {
  const a: Zone = { 'a.test': { MX: ['10 mail.a.test'] } };
  const cases: readonly (readonly [name: string, zone: Zone, expected: readonly string[]])[] = [
    ['a key below', { ...a, 'k1._domainkey.a.test': { TXT: ['v=DKIM1; p='] } }, ['info dkim-keys']],
    ['nothing below', a, ['advice dkim-keys']],
    ['no answer', { ...a, '_domainkey.a.test': 'timeout' }, ['unknown dkim-keys']],
    ['no answer about the domain either', { 'a.test': 'timeout', '_domainkey.a.test': 'timeout' }, ['skipped dkim-keys']],
    ['a domain that takes no mail', { 'a.test': { MX: ['0 .'] } }, []],
    ['no such domain', {}, []],
  ];
  for (const [name, zone, expected] of cases)
    test(name, async () => assert.deepEqual(summary(await checkDkimPresence('a.test', worldOf(zone))), expected));
});

describe('settings for mail programs', () => {
  const host: Zone = { 'mail.a.test': { A: ['192.0.2.1'] } };
  const a: Zone = { 'a.test': { MX: ['10 mail.a.test'] }, ...host };
  const cases: readonly (readonly [name: string, zone: Zone, expected: readonly string[]])[] = [
    ['none', a, ['info client-settings-none']],
    ['encrypted from the start', { ...a, '_imaps._tcp.a.test': { SRV: ['0 1 993 mail.a.test'] } }, ['info client-settings']],
    [
      'not from the start',
      { ...a, '_imap._tcp.a.test': { SRV: ['0 1 143 mail.a.test'] }, '_submission._tcp.a.test': { SRV: ['0 1 587 mail.a.test'] } },
      ['advice client-settings-plain', 'info client-settings'],
    ],
    [
      'both ways',
      { ...a, '_imap._tcp.a.test': { SRV: ['0 1 143 mail.a.test'] }, '_imaps._tcp.a.test': { SRV: ['0 1 993 mail.a.test'] } },
      ['info client-settings'],
    ],
    ['a service that is not offered', { ...a, '_pop3._tcp.a.test': { SRV: ['0 0 0 .'] } }, ['info client-settings']],
    [
      'a host without an address',
      { ...a, '_imaps._tcp.a.test': { SRV: ['0 1 993 gone.a.test'] } },
      ['info client-settings', 'warn client-settings-host'],
    ],
    [
      'a host that is an alias',
      { ...a, '_imaps._tcp.a.test': { SRV: ['0 1 993 imap.a.test'] }, 'imap.a.test': { CNAME: ['mail.a.test'] } },
      ['advice client-settings-alias', 'info client-settings'],
    ],
    ['a host by its usual name', { ...a, 'autoconfig.a.test': { CNAME: ['mail.a.test'] } }, ['info client-settings']],
    ['no such domain', { 'b.test': {} }, []],
    ['a domain that takes no mail', { 'a.test': { MX: ['0 .'] } }, []],
    ['no answer', { 'a.test': { MX: ['10 mail.a.test'] }, '_imaps._tcp.a.test': 'timeout' }, ['unknown client-settings-look-up']],
  ];
  for (const [name, zone, expected] of cases)
    test(name, async () => assert.deepEqual(summary(await checkClientSettings('a.test', worldOf(zone))), expected));

  test('what programs find is told in short', async () => {
    const zone: Zone = {
      ...a,
      '_imaps._tcp.a.test': { SRV: ['10 1 993 far.a.test', '0 1 993 mail.a.test'] },
      'far.a.test': { A: ['192.0.2.2'] },
      '_pop3s._tcp.a.test': { SRV: ['0 0 0 .'] },
      'autodiscover.a.test': { A: ['192.0.2.1'] },
    };
    const [finding] = await checkClientSettings('a.test', worldOf(zone));
    assert.equal(finding?.detail, 'imaps mail.a.test:993, pop3s not offered, autodiscover.a.test');
  });
});

describe('SPF of the MX hosts', () => {
  const hosts = [
    { host: 'mx1.a.test', address: '192.0.2.1' },
    { host: 'mx2.a.test', address: '192.0.2.2' },
  ];
  const of = async (TXT: readonly string[], more: Zone = {}) => {
    const [finding] = await checkSpfOfHosts('a.test', hosts, worldOf({ 'a.test': { TXT }, ...more }));
    return finding;
  };

  test('all, some and none of them may send', async () => {
    const titles = await Promise.all(
      ['v=spf1 ip4:192.0.2.0/24 -all', 'v=spf1 ip4:192.0.2.1 -all', 'v=spf1 ~all'].map(async (record) => (await of([record]))?.title),
    );
    assert.deepEqual(titles, [
      'SPF lets the MX hosts send too',
      'SPF does not let 1 of 2 addresses of the MX hosts send',
      'SPF does not let the MX hosts send',
    ]);
  });

  test('a record for both is offered to copy', async () => {
    const finding = await of(['v=spf1 include:x.test -all'], { 'x.test': { TXT: ['v=spf1 -all'] } });
    assert.equal(finding?.level, 'info');
    assert.equal(finding?.remedies[0]?.text, 'a.test. IN TXT "v=spf1 mx include:x.test -all"');
  });

  test('nothing is compared without one record that can be judged', async () => {
    const of2 = async (TXT: readonly string[], more: Zone = {}) => {
      const finding = await of(TXT, more);
      return `${finding?.level} ${finding?.detail}`;
    };
    assert.equal(await of2([]), 'skipped there is no SPF record');
    assert.equal(await of2(['v=spf1 -all', 'v=spf1 ~all']), 'skipped there are several SPF records');
    assert.equal(await of2(['v=spf1 inlcude:x -all']), 'skipped the record itself cannot be judged');
    assert.equal(await of2(['v=spf1 include:x.test -all'], { 'x.test': 'timeout' }), 'skipped the record itself cannot be judged');
    const silent = await checkSpfOfHosts('a.test', hosts, worldOf({ 'a.test': 'timeout' }));
    assert.equal(silent[0]?.detail, 'SPF could not be looked up');
    assert.deepEqual(await checkSpfOfHosts('a.test', [], worldOf({})), []);
  });
});
