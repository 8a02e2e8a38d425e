// checks/policy: SPF over zones written here: which findings each record gives, and that no other is given.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkSpf } from '../../../src/checks/policy/spf.ts';
import { parseSpf } from '../../../src/checks/policy/spfRecord.ts';
import { walkSpf } from '../../../src/checks/policy/spfTree.ts';
import { summary, worldOf } from './policyWorld.ts';
import type { Zone } from './zone.ts';

const sound = ['pass spf-all', 'pass spf-look-ups', 'pass spf-record'];
const provider: Zone = { 'spf.provider.test': { TXT: ['v=spf1 ip4:198.51.100.0/24 ~all'] } };

function many(prefix: string, count: number): Zone {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${prefix}${index}.test`, { TXT: ['v=spf1 ip4:192.0.2.1 -all'], A: ['192.0.2.1'] }]),
  );
}

function includes(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `include:${prefix}${index}.test`).join(' ');
}

interface Case {
  readonly name: string;
  readonly record: string | readonly string[];
  readonly others?: Zone;
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'a plain record', record: 'v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all', expected: sound },
  { name: 'a record in capitals', record: 'V=SPF1 IP4:192.0.2.1 -ALL', expected: sound },
  { name: 'an include', record: 'v=spf1 include:spf.provider.test ~all', others: provider, expected: sound },
  { name: 'a redirect to a record with an end', record: 'v=spf1 redirect=spf.provider.test', others: provider, expected: sound },
  { name: 'a macro, which cannot be followed', record: 'v=spf1 exists:%{i}._spf.%{d2} -all', expected: sound },
  { name: 'an unknown modifier', record: 'v=spf1 ip4:192.0.2.1 ra=postmaster -all', expected: sound },
  { name: 'only -all', record: 'v=spf1 -all', expected: sound },
  { name: 'none', record: [], expected: ['warn spf-none'] },
  { name: 'none among others', record: ['google-site-verification=x'], expected: ['warn spf-none'] },
  { name: 'two records', record: ['v=spf1 -all', 'v=spf1 mx ~all'], expected: ['fail spf-multiple'] },
  { name: 'a version glued to a term', record: 'v=spf1;ip4:192.0.2.1', expected: ['fail spf-not-recognised'] },
  { name: 'a record with a space before it', record: ' v=spf1 -all', expected: ['fail spf-not-recognised'] },
  { name: 'a broken copy beside a good one', record: ['v=spf1 -all', 'v=spf10 -all'], expected: [...sound, 'warn spf-not-recognised'] },
  { name: 'Sender ID left over', record: ['v=spf1 -all', 'spf2.0/pra -all'], expected: ['advice spf-sender-id', ...sound] },
  {
    name: 'a record of the type 99 left over',
    record: [],
    others: { 'a.test': { TXT: ['v=spf1 -all'], SPF: ['v=spf1 mx -all'] } },
    expected: ['advice spf-type-99', ...sound],
  },
  { name: 'a mistyped mechanism', record: 'v=spf1 inlcude:spf.provider.test -all', expected: ['fail spf-syntax'] },
  { name: 'a network that is none', record: 'v=spf1 ip4:192.0.2.300 -all', expected: ['fail spf-syntax'] },
  { name: 'an IPv4 address as ip6', record: 'v=spf1 ip6:192.0.2.1 -all', expected: ['fail spf-syntax'] },
  { name: 'a prefix that is too long', record: 'v=spf1 ip4:192.0.2.0/33 -all', expected: ['fail spf-syntax'] },
  { name: 'an include of nothing', record: 'v=spf1 include: -all', expected: ['fail spf-syntax'] },
  {
    name: 'two redirects',
    record: 'v=spf1 redirect=spf.provider.test redirect=spf.provider.test',
    others: provider,
    expected: ['fail spf-syntax'],
  },
  { name: '+all', record: 'v=spf1 +all', expected: ['pass spf-look-ups', 'pass spf-record', 'warn spf-all'] },
  { name: 'a bare all', record: 'v=spf1 all', expected: ['pass spf-look-ups', 'pass spf-record', 'warn spf-all'] },
  { name: '?all', record: 'v=spf1 ip4:192.0.2.1 ?all', expected: ['advice spf-all', 'pass spf-look-ups', 'pass spf-record'] },
  { name: 'no end', record: 'v=spf1 ip4:192.0.2.1', expected: ['advice spf-all', 'pass spf-look-ups', 'pass spf-record'] },
  { name: 'terms behind all', record: 'v=spf1 -all ip4:192.0.2.1', expected: [...sound, 'warn spf-after-all'] },
  { name: 'all and redirect', record: 'v=spf1 -all redirect=spf.provider.test', expected: ['advice spf-redirect-ignored', ...sound] },
  { name: 'ptr', record: 'v=spf1 ptr -all', expected: ['advice spf-ptr', ...sound] },
  { name: 'half the internet', record: 'v=spf1 ip4:0.0.0.0/1 -all', expected: [...sound, 'warn spf-wide'] },
  {
    name: 'a long record',
    record: [],
    others: { 'a.test': { TXT: [[`v=spf1 ${'ip4:192.0.2.100 '.repeat(15)}`, `${'ip4:192.0.2.200 '.repeat(15)}-all`]] } },
    expected: ['advice spf-long', 'advice spf-repeated', ...sound],
  },
  { name: 'itself included', record: 'v=spf1 include:a.test -all', expected: ['fail spf-loop'] },
  {
    name: 'a circle of two',
    record: 'v=spf1 include:b.test -all',
    others: { 'b.test': { TXT: ['v=spf1 include:a.test -all'] } },
    expected: ['fail spf-loop'],
  },
  {
    name: 'an include without SPF',
    record: 'v=spf1 include:b.test -all',
    others: { 'b.test': { A: ['192.0.2.1'] } },
    expected: ['fail spf-include-broken'],
  },
  {
    name: 'an include that does not exist',
    record: 'v=spf1 include:gone.test -all',
    expected: ['fail spf-include-broken'],
  },
  { name: 'a redirect that does not exist', record: 'v=spf1 redirect=gone.test', expected: ['fail spf-include-broken'] },
  {
    name: 'an include with two records',
    record: 'v=spf1 include:b.test -all',
    others: { 'b.test': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] } },
    expected: ['fail spf-include-broken'],
  },
  {
    name: 'a wrong term in an include',
    record: 'v=spf1 include:b.test -all',
    others: { 'b.test': { TXT: ['v=spf1 ipv4:192.0.2.1 -all'] } },
    expected: ['fail spf-syntax'],
  },
  {
    name: 'an include that cannot be looked up',
    record: 'v=spf1 include:b.test -all',
    others: { 'b.test': 'servFail' },
    expected: ['pass spf-all', 'pass spf-record', 'unknown spf-include-look-up'],
  },
  {
    name: 'a host that cannot be looked up',
    record: 'v=spf1 a:b.test -all',
    others: { 'b.test': 'timeout' },
    expected: ['pass spf-all', 'pass spf-record', 'unknown spf-include-look-up'],
  },
  { name: 'eight look-ups', record: `v=spf1 ${includes('i', 8)} -all`, others: many('i', 8), expected: sound },
  {
    name: 'ten look-ups',
    record: `v=spf1 ${includes('i', 10)} -all`,
    others: many('i', 10),
    expected: ['advice spf-look-ups', 'pass spf-all', 'pass spf-record'],
  },
  {
    name: 'eleven look-ups',
    record: `v=spf1 ${includes('i', 11)} -all`,
    others: many('i', 11),
    expected: ['fail spf-look-ups', 'pass spf-record'],
  },
  {
    name: 'look-ups hidden in an include',
    record: 'v=spf1 a include:b.test -all',
    others: { 'b.test': { TXT: [`v=spf1 ${includes('i', 9)} -all`] }, ...many('i', 9) },
    expected: ['advice spf-void-look-ups', 'fail spf-look-ups', 'pass spf-record'],
  },
  {
    name: 'look-ups behind all are not made',
    record: `v=spf1 -all ${includes('i', 11)}`,
    others: many('i', 11),
    expected: [...sound, 'warn spf-after-all'],
  },
  { name: 'one name that leads nowhere', record: 'v=spf1 a:gone.test -all', expected: ['advice spf-void-look-ups', ...sound] },
  {
    name: 'a name with IPv6 alone is not void',
    record: 'v=spf1 a:six.test -all',
    others: { 'six.test': { AAAA: ['2001:db8::1'] } },
    expected: sound,
  },
  {
    name: 'three names that lead nowhere',
    record: 'v=spf1 a:x.test mx:y.test exists:z.test -all',
    expected: ['fail spf-void-look-ups', 'pass spf-look-ups', 'pass spf-record'],
  },
  {
    name: 'a domain with eleven MX',
    record: 'v=spf1 mx:big.test -all',
    others: { 'big.test': { MX: Array.from({ length: 11 }, (_, index) => `10 mx${index}.big.test`) } },
    expected: ['fail spf-mx-many', 'pass spf-look-ups', 'pass spf-record'],
  },
];

describe('SPF of a domain', () => {
  for (const { name, record, others, expected } of cases) {
    test(name, async () => {
      const TXT = typeof record === 'string' ? [record] : record;
      const findings = await checkSpf('a.test', worldOf({ 'a.test': { TXT }, ...others }));
      assert.deepEqual(summary(findings), expected.toSorted());
      assert.ok(findings.every(({ evidence }) => evidence.length > 0));
    });
  }

  test('nothing is said of a domain that does not exist, or cannot be looked up', async () => {
    assert.deepEqual(summary(await checkSpf('a.test', worldOf({}))), ['skipped spf-none']);
    assert.deepEqual(summary(await checkSpf('a.test', worldOf({ 'a.test': 'timeout' }))), ['unknown spf-look-up']);
    assert.deepEqual(summary(await checkSpf('a.test', worldOf({ 'a.test': 'refused' }))), ['unknown spf-look-up']);
    const cancelled = worldOf({ 'a.test': {} }, { signal: AbortSignal.abort() });
    assert.deepEqual(summary(await checkSpf('a.test', cancelled)), ['skipped spf-look-up']);
  });

  test('two records become one with the terms of both', async () => {
    const findings = await checkSpf('a.test', worldOf({ 'a.test': { TXT: ['v=spf1 mx -all', 'v=spf1 mx ip4:192.0.2.1 ~all'] } }));
    assert.equal(findings[0]?.remedies[0]?.text, 'a.test. IN TXT "v=spf1 mx ip4:192.0.2.1 ~all"');
  });

  test('what to do about a record is a whole record, in strings that fit', async () => {
    const remedy = async (record: string, id: string) => {
      const findings = await checkSpf('a.test', worldOf({ 'a.test': { TXT: [[record]] } }));
      return findings.find((finding) => finding.id === id)?.remedies[0]?.text;
    };
    const whole = (text: string) => `a.test. IN TXT "${text}"`;
    assert.equal(await remedy('v=spf1 ip4:192.0.2.1 inlcude:b.test -all', 'spf-syntax'), whole('v=spf1 ip4:192.0.2.1 -all'));
    assert.equal(await remedy('v=spf1;ip4:192.0.2.1;-all', 'spf-not-recognised'), whole('v=spf1 ip4:192.0.2.1 -all'));
    assert.equal(await remedy('"v=spf1 -all"', 'spf-not-recognised'), whole('v=spf1 -all'));
    assert.equal(await remedy('v=spf1 -all ip4:192.0.2.1', 'spf-after-all'), whole('v=spf1 ip4:192.0.2.1 -all'));
    assert.equal(await remedy('v=spf1 ptr ip4:192.0.2.1 -all', 'spf-ptr'), whole('v=spf1 ip4:192.0.2.1 -all'));
    assert.equal(await remedy('v=spf1 ip4:0.0.0.0/1 -all', 'spf-wide'), whole('v=spf1 -all'));
    assert.equal(await remedy('v=spf1 all', 'spf-all'), whole('v=spf1 -all'));
    const long = await remedy(`v=spf1 ${'ip4:192.0.2.100 '.repeat(20)}ptr -all`, 'spf-ptr');
    const strings = [...(long ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
    assert.deepEqual(
      strings.map(({ length }) => length),
      [255, 76],
    );
    assert.equal(strings.join(''), `v=spf1 ${'ip4:192.0.2.100 '.repeat(20)}-all`);
  });

  test('the wrong term is marked', async () => {
    const findings = await checkSpf('a.test', worldOf({ 'a.test': { TXT: ['v=spf1 inlcude:b.test -all'] } }));
    const evidence = findings.find(({ id }) => id === 'spf-syntax')?.evidence[0];
    const [start, end] = evidence?.marks?.[0] ?? [0, 0];
    assert.equal(evidence?.text.slice(start, end), 'inlcude:b.test');
  });

  test('the tree shows every include with its cost', async () => {
    const findings = await checkSpf('a.test', worldOf({ 'a.test': { TXT: ['v=spf1 include:spf.provider.test -all'] }, ...provider }));
    assert.equal(
      findings.find(({ id }) => id === 'spf-look-ups')?.evidence[0]?.text,
      [
        'a.test                       1 look-up',
        '  include:spf.provider.test  1 look-up',
        '    ip4:198.51.100.0/24',
        '    ~all',
        '  -all',
      ].join('\n'),
    );
  });

  test('a tree that grows without end is cut', async () => {
    const grow: Record<string, { TXT: string[] }> = {};
    for (let level = 0; level < 30; level++)
      grow[`l${level}.test`] = { TXT: [`v=spf1 include:l${level + 1}.test include:x${level}.test -all`] };
    const world = worldOf(grow);
    const tree = await walkSpf('l0.test', world);
    assert.ok(tree.lookUps > 10);
    assert.ok('asked' in world.dns && Array.isArray(world.dns.asked) && world.dns.asked.length < 80);
  });

  test('control characters of a record are printed, and a large one is bounded', async () => {
    const findings = await checkSpf('a.test', worldOf({ 'a.test': { TXT: [[`v=spf1 \u001b[31m${'x'.repeat(60_000)} -all`]] } }));
    for (const { title, detail, evidence } of findings) {
      const texts = [title, detail, ...evidence.map(({ text }) => text)];
      assert.ok(texts.every((text) => text.length <= 4200 && !text.includes('\u001b')));
    }
    assert.ok(findings.some(({ id }) => id === 'spf-syntax'));
  });
});

describe('SPF for an address', () => {
  const zone: Zone = {
    'a.test': { TXT: ['v=spf1 ip4:192.0.2.0/24 include:spf.provider.test -all'] },
    'soft.test': { TXT: ['v=spf1 ip4:192.0.2.1 ~all'] },
    'open.test': { TXT: ['v=spf1 ?all'] },
    'broken.test': { TXT: ['v=spf1 inlcude:x.test -all'] },
    'late.test': { TXT: ['v=spf1 include:down.test -all'] },
    'down.test': 'timeout',
    ...provider,
  };
  const asked: readonly (readonly [domain: string, ip: string, expected: string])[] = [
    ['a.test', '192.0.2.7', 'pass'],
    ['a.test', '198.51.100.9', 'pass'],
    ['a.test', '203.0.113.1', 'fail'],
    ['a.test', '2001:db8::1', 'fail'],
    ['soft.test', '203.0.113.1', 'warn'],
    ['open.test', '203.0.113.1', 'info'],
    ['broken.test', '203.0.113.1', 'fail'],
    ['late.test', '203.0.113.1', 'unknown'],
    ['a.test', 'not-an-address', 'skipped'],
  ];
  for (const [domain, ip, expected] of asked) {
    test(`${ip} for ${domain}: ${expected}`, async () => {
      const findings = await checkSpf(domain, worldOf(zone), { ip });
      assert.deepEqual(
        findings.filter(({ id }) => id === 'spf-evaluation').map(({ level }) => level),
        [expected],
      );
    });
  }

  test('the term that decides is named, with the way to it', async () => {
    const detail = async (ip: string) => {
      const findings = await checkSpf('a.test', worldOf(zone), { ip });
      return findings.find(({ id }) => id === 'spf-evaluation')?.detail;
    };
    assert.equal(await detail('192.0.2.7'), 'because of "ip4:192.0.2.0/24" in the record of a.test');
    assert.equal(
      await detail('198.51.100.9'),
      'because of "ip4:198.51.100.0/24" in the record of spf.provider.test, by include:spf.provider.test',
    );
    assert.equal(await detail('203.0.113.1'), 'because of "-all" in the record of a.test');
  });

  test('the tree shows what each term does to the client', async () => {
    const findings = await checkSpf('a.test', worldOf(zone), { ip: '203.0.113.1' });
    const evaluation = findings.find(({ id }) => id === 'spf-evaluation');
    assert.equal(
      evaluation?.evidence[0]?.text,
      [
        'a.test                       1 look-up',
        '  ip4:192.0.2.0/24                      no match',
        '  include:spf.provider.test  1 look-up  no match',
        '    ip4:198.51.100.0/24                 no match',
        '    ~all                                matches: softfail',
        '  -all                                  matches: fail',
      ].join('\n'),
    );
    assert.equal(evaluation?.remedies[0]?.text, 'a.test. IN TXT "v=spf1 ip4:203.0.113.1 ip4:192.0.2.0/24 include:spf.provider.test -all"');
  });

  test('hosts, exchangers and redirects decide too; what rests on a macro is not known', async () => {
    const more: Zone = {
      'hosts.test': { TXT: ['v=spf1 a/24 mx:mail.test -all'], A: ['192.0.2.1'] },
      'mail.test': { MX: ['10 mx1.mail.test'] },
      'mx1.mail.test': { A: ['198.51.100.1'], AAAA: ['2001:db8::25'] },
      'moved.test': { TXT: ['v=spf1 redirect=hosts.test'] },
      'macro.test': { TXT: ['v=spf1 exists:%{i}.list.test -all'] },
    };
    const term = async (domain: string, ip: string) => {
      const [first] = await checkSpf(domain, worldOf(more), { ip });
      return `${first?.level} ${/"([^"]*)"/.exec(first?.detail ?? '')?.[1]}`;
    };
    assert.equal(await term('hosts.test', '192.0.2.200'), 'pass a/24');
    assert.equal(await term('hosts.test', '198.51.100.1'), 'pass mx:mail.test');
    assert.equal(await term('hosts.test', '2001:db8::25'), 'pass mx:mail.test');
    assert.equal(await term('moved.test', '192.0.2.9'), 'pass a/24');
    assert.equal(await term('moved.test', '203.0.113.9'), 'fail -all');
    assert.equal(await term('macro.test', '203.0.113.9'), 'fail undefined');
  });

  test('an address is answered for even where the record is none, or two', async () => {
    const of = async (TXT: string[]) => (await checkSpf('x.test', worldOf({ 'x.test': { TXT } }), { ip: '192.0.2.1' }))[0];
    assert.deepEqual([(await of([]))?.level, (await of(['v=spf1 -all', 'v=spf1 ~all']))?.level], ['info', 'fail']);
  });
});

describe('the grammar of SPF', () => {
  const right = [
    'a',
    'a/24',
    'a//64',
    'a/24//64',
    'a:mail.a.test/24',
    'mx:%{d}',
    '+mx',
    '?ptr:a.test',
    'exp=%{i}._x.a.test',
    'ip6:::1',
    'exists:%{ir}.a.test.',
    'x-y.z=%{c}',
  ];
  const wrong = [
    'a:',
    'a/33',
    'a//129',
    'a/024',
    'mx:test',
    'ip4:1.2.3',
    'ip4',
    'ip6:::1/129',
    'exists',
    'exists:%{z}.a.test',
    'include:a.123',
    'redirect=',
    '-redirect=a.test',
    'all:a.test',
    '%',
    'x=%',
  ];
  for (const term of right) test(`${term} is well formed`, () => assert.deepEqual(parseSpf(`v=spf1 ${term}`).problems, []));
  for (const term of wrong) test(`${term} is not`, () => assert.equal(parseSpf(`v=spf1 ${term}`).problems.length, 1));
});
