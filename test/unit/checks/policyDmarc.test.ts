// checks/policy: DMARC as RFC 9989 has it: records, the walk up the names, and reports to foreign domains.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkDmarc } from '../../../src/checks/policy/dmarc.ts';
import { policyFor, walkDmarc } from '../../../src/checks/policy/dmarcTree.ts';
import { summary, worldOf } from './policyWorld.ts';
import type { Zone } from './zone.ts';

const reports = 'rua=mailto:d@a.test';
/** Of a domain that takes mail. */
const mailbox = { A: ['192.0.2.25'] };
const sound = ['pass dmarc-policy', 'pass dmarc-record', 'pass dmarc-reports'];

interface Case {
  readonly name: string;
  readonly record: string | readonly string[];
  readonly others?: Zone;
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'reject with reports', record: `v=DMARC1; p=reject; ${reports}`, expected: sound },
  {
    name: 'quarantine with everything',
    record: `v=DMARC1; p=quarantine; sp=reject; np=reject; adkim=s; aspf=r; fo=1:d; psd=n; ${reports};`,
    expected: sound,
  },
  { name: 'capitals in values, spaces around', record: `v = DMARC1 ;p = Reject; ${reports}`, expected: sound },
  { name: 'none', record: `v=DMARC1; p=none; ${reports}`, expected: ['advice dmarc-policy', 'pass dmarc-record', 'pass dmarc-reports'] },
  {
    name: 'test mode',
    record: `v=DMARC1; p=reject; t=y; ${reports}`,
    expected: ['advice dmarc-policy', 'pass dmarc-record', 'pass dmarc-reports'],
  },
  { name: 'no reports', record: 'v=DMARC1; p=reject', expected: ['advice dmarc-reports', 'pass dmarc-policy', 'pass dmarc-record'] },
  { name: 'weaker below', record: `v=DMARC1; p=reject; sp=none; ${reports}`, expected: ['advice dmarc-subdomains', ...sound] },
  {
    name: 'weaker for what does not exist',
    record: `v=DMARC1; p=reject; np=quarantine; ${reports}`,
    expected: ['advice dmarc-subdomains', ...sound],
  },
  {
    name: 'tags of the older document',
    record: `v=DMARC1; p=reject; pct=50; ri=3600; ${reports}`,
    expected: ['advice dmarc-removed-tags', ...sound],
  },
  { name: 'an unknown tag', record: `v=DMARC1; p=reject; P=none; ${reports}`, expected: ['advice dmarc-unknown-tags', ...sound] },
  { name: 'an unknown value', record: `v=DMARC1; p=reject; adkim=strict; ${reports}`, expected: [...sound, 'warn dmarc-tag-values'] },
  { name: 'no policy', record: `v=DMARC1; ${reports}`, expected: ['fail dmarc-syntax', 'pass dmarc-reports'] },
  { name: 'an unknown policy', record: `v=DMARC1; p=block; ${reports}`, expected: ['fail dmarc-syntax', 'pass dmarc-reports'] },
  { name: 'a wrong policy below', record: `v=DMARC1; p=reject; sp=all; ${reports}`, expected: ['fail dmarc-syntax', 'pass dmarc-reports'] },
  { name: 'commas in place of semicolons', record: `v=DMARC1, p=reject, ${reports}`, expected: ['fail dmarc-not-recognised'] },
  { name: 'a policy twice', record: `v=DMARC1; p=reject; p=none; ${reports}`, expected: ['fail dmarc-syntax', 'pass dmarc-reports'] },
  {
    name: 'a part that is no tag',
    record: `v=DMARC1; p=reject; quarantine; ${reports}`,
    expected: ['fail dmarc-syntax', 'pass dmarc-reports'],
  },
  { name: 'two records', record: [`v=DMARC1; p=reject; ${reports}`, 'v=DMARC1; p=none'], expected: ['fail dmarc-multiple'] },
  { name: 'the version in small letters', record: 'v=dmarc1; p=reject', expected: ['fail dmarc-not-recognised'] },
  { name: 'a space before the version', record: ' v=DMARC1; p=reject', expected: ['fail dmarc-not-recognised'] },
  { name: 'SPF in its place', record: 'v=spf1 -all', expected: ['advice dmarc-unrelated', 'warn dmarc-none'] },
  { name: 'none', record: [], expected: ['warn dmarc-none'] },
  {
    name: 'an address without mailto',
    record: 'v=DMARC1; p=reject; rua=d@a.test',
    expected: ['pass dmarc-policy', 'pass dmarc-record', 'warn dmarc-report-address'],
  },
  { name: 'a size limit behind the address', record: 'v=DMARC1; p=reject; rua=mailto:d@a.test!10m', expected: sound },
  {
    name: 'reports to a foreign domain that agrees',
    record: 'v=DMARC1; p=reject; rua=mailto:d@reports.example',
    others: { 'a.test._report._dmarc.reports.example': { TXT: ['v=DMARC1;'] }, 'reports.example': mailbox },
    expected: sound,
  },
  {
    name: 'reports to a foreign domain that takes all',
    record: 'v=DMARC1; p=reject; rua=mailto:d@reports.example',
    others: { '*._report._dmarc.reports.example': { TXT: ['v=DMARC1'] }, 'reports.example': mailbox },
    expected: sound,
  },
  {
    name: 'reports to a foreign domain that does not agree',
    record: 'v=DMARC1; p=reject; rua=mailto:d@reports.example, mailto:e@a.test',
    expected: ['pass dmarc-policy', 'pass dmarc-record', 'warn dmarc-report-authorisation'],
  },
  {
    name: 'reports to a foreign domain that does not answer',
    record: 'v=DMARC1; p=reject; rua=mailto:d@reports.example',
    others: { 'a.test._report._dmarc.reports.example': 'timeout' },
    expected: ['pass dmarc-policy', 'pass dmarc-record', 'unknown dmarc-report-authorisation'],
  },
  {
    name: 'reports to a subdomain of the same organization',
    record: 'v=DMARC1; p=reject; rua=mailto:d@mail.a.test',
    others: { 'mail.a.test': mailbox },
    expected: sound,
  },
  ...(
    [
      ['that does not exist', {}, 'warn'],
      ['that takes no mail', { 'mail.a.test': { MX: ['0 .'] } }, 'warn'],
      ['without MX and address', { 'mail.a.test': { TXT: ['x'] } }, 'warn'],
      ['that cannot be looked up', { 'mail.a.test': 'timeout' }, 'unknown'],
    ] satisfies readonly (readonly [string, Zone, string])[]
  ).map(([what, others, level]) => ({
    name: `reports to a domain ${what}`,
    record: 'v=DMARC1; p=reject; rua=mailto:d@mail.a.test',
    others,
    expected: ['pass dmarc-policy', 'pass dmarc-record', `${level} dmarc-report-mail`],
  })),
];

describe('DMARC of a domain', () => {
  for (const { name, record, others, expected } of cases) {
    test(name, async () => {
      const TXT = typeof record === 'string' ? [record] : record;
      const findings = await checkDmarc('a.test', worldOf({ 'a.test': { A: ['192.0.2.1'] }, '_dmarc.a.test': { TXT }, ...others }));
      assert.deepEqual(summary(findings), expected.toSorted());
      assert.ok(findings.every(({ evidence }) => evidence.length > 0));
    });
  }

  test('no answer is not taken for no policy', async () => {
    assert.deepEqual(summary(await checkDmarc('a.test', worldOf({ '_dmarc.a.test': 'servFail' }))), ['unknown dmarc-look-up']);
    const above = worldOf({ '_dmarc.test': 'timeout' });
    assert.deepEqual(summary(await checkDmarc('a.test', above)), ['unknown dmarc-look-up']);
  });

  test('a domain that does not exist needs no policy', async () => {
    assert.deepEqual(summary(await checkDmarc('a.test', worldOf({}))), ['skipped dmarc-none']);
  });

  test('a record of the domain holds although the name above does not answer', async () => {
    const world = worldOf({ 'a.test': mailbox, '_dmarc.a.test': { TXT: [`v=DMARC1; p=reject; ${reports}`] }, '_dmarc.test': 'timeout' });
    assert.deepEqual(summary(await checkDmarc('a.test', world)), sound);
  });

  test('a subdomain takes the policy of above, for subdomains', async () => {
    const world = worldOf({
      'a.test': mailbox,
      'x.y.a.test': mailbox,
      '_dmarc.a.test': { TXT: [`v=DMARC1; p=reject; sp=none; ${reports}`] },
    });
    assert.deepEqual(summary(await checkDmarc('x.y.a.test', world)), ['advice dmarc-policy', 'pass dmarc-record', 'pass dmarc-reports']);
  });

  test('a name that does not exist takes the policy for such names, where there is one', async () => {
    const policy = async (record: string, zone: Zone = {}) => {
      const findings = await checkDmarc('x.a.test', worldOf({ 'a.test': mailbox, '_dmarc.a.test': { TXT: [record] }, ...zone }));
      const found = findings.find(({ id }) => id === 'dmarc-policy');
      return `${found?.title}; ${found?.detail}`;
    };
    const all = `v=DMARC1; p=none; sp=quarantine; np=reject; ${reports}`;
    assert.equal(
      await policy(all),
      'The policy for x.a.test is "reject", by "np=" of a.test; forged mail is refused; the domain does not exist',
    );
    assert.equal(
      await policy(all, { 'x.a.test': mailbox }),
      'The policy for x.a.test is "quarantine", by "sp=" of a.test; forged mail is put aside',
    );
    assert.equal(
      await policy(all, { 'b.x.a.test': mailbox }),
      'The policy for x.a.test is "quarantine", by "sp=" of a.test; forged mail is put aside',
      'a name above others exists',
    );
    const two = `v=DMARC1; p=none; sp=quarantine; ${reports}`;
    assert.equal(
      await policy(two),
      'The policy for x.a.test is "quarantine", by "sp=" of a.test; forged mail is put aside; the domain does not exist',
    );
  });

  test('what holds for names below is told', async () => {
    const detail = async (tags: string) => {
      const zone = { 'a.test': mailbox, '_dmarc.a.test': { TXT: [`v=DMARC1; p=reject; ${tags}${reports}`] } };
      return (await checkDmarc('a.test', worldOf(zone))).find(({ id }) => id === 'dmarc-policy')?.detail;
    };
    assert.equal(await detail(''), 'the policy is "reject", for all names below too');
    assert.equal(
      await detail('sp=quarantine; np=none; '),
      'the policy is "reject", "quarantine" for subdomains, "none" for names that do not exist',
    );
  });

  test('remedies are whole records', async () => {
    const remedy = async (record: string, id: string) => {
      const findings = await checkDmarc('a.test', worldOf({ 'a.test': mailbox, '_dmarc.a.test': { TXT: [record] } }));
      return findings.find((finding) => finding.id === id)?.remedies[0]?.text;
    };
    const whole = (text: string) => `_dmarc.a.test. IN TXT "${text}"`;
    assert.equal(await remedy('v=DMARC1; p=none; sp = none', 'dmarc-policy'), whole('v=DMARC1; p=quarantine; sp = quarantine'));
    assert.equal(await remedy('v=DMARC1; p=reject; t=y', 'dmarc-policy'), whole('v=DMARC1; p=reject'));
    assert.equal(await remedy('v=DMARC1; p=reject; sp=none', 'dmarc-subdomains'), whole('v=DMARC1; p=reject; sp=reject'));
    assert.equal(await remedy('v=DMARC1; p=reject; pct=50;', 'dmarc-removed-tags'), whole('v=DMARC1; p=reject'));
    assert.equal(await remedy('v=DMARC1; p=reject', 'dmarc-reports'), whole('v=DMARC1; p=reject; rua=mailto:dmarc@a.test'));
    assert.equal(
      await remedy('v=DMARC1; p=reject; rua=d@a.test', 'dmarc-report-address'),
      whole('v=DMARC1; p=reject; rua=mailto:d@a.test'),
    );
  });
});

describe('the walk up the names (RFC 9989 section 4.10)', () => {
  const walk = async (domain: string, zone: Zone) => {
    const world = worldOf(zone);
    const tree = await walkDmarc(domain, world);
    return {
      found: tree.found?.domain ?? null,
      organization: tree.organization,
      policy: policyFor(tree),
      asked: tree.steps.map((step) => step.domain),
    };
  };

  test('goes up one label at a time, and takes the topmost record for the organization', async () => {
    const zone: Zone = {
      '_dmarc.a.test': { TXT: ['v=DMARC1; p=reject; sp=quarantine'] },
      '_dmarc.b.a.test': { TXT: ['v=DMARC1; p=none'] },
    };
    assert.deepEqual(await walk('c.b.a.test', zone), {
      found: 'a.test',
      organization: 'a.test',
      policy: 'quarantine',
      asked: ['c.b.a.test', 'b.a.test', 'a.test', 'test'],
    });
  });

  test('jumps to seven labels from a longer name', async () => {
    const { asked } = await walk('a.b.c.d.e.f.g.h.i.test', {});
    assert.deepEqual(asked.slice(0, 3), ['a.b.c.d.e.f.g.h.i.test', 'd.e.f.g.h.i.test', 'e.f.g.h.i.test']);
    assert.equal(asked.length, 8);
  });

  test('ends at psd=n, which is the organization', async () => {
    const zone: Zone = { '_dmarc.b.a.test': { TXT: ['v=DMARC1; p=none; psd=n'] }, '_dmarc.a.test': { TXT: ['v=DMARC1; p=reject'] } };
    assert.deepEqual(await walk('c.b.a.test', zone), {
      found: 'b.a.test',
      organization: 'b.a.test',
      policy: 'none',
      asked: ['c.b.a.test', 'b.a.test'],
    });
  });

  test('ends at psd=y: the organization is one label below, and the record of the suffix holds', async () => {
    const zone: Zone = { '_dmarc.gov.test': { TXT: ['v=DMARC1; p=quarantine; psd=y'] } };
    assert.deepEqual(await walk('x.a.gov.test', zone), {
      found: 'gov.test',
      organization: 'a.gov.test',
      policy: 'quarantine',
      asked: ['x.a.gov.test', 'a.gov.test', 'gov.test'],
    });
  });

  test('takes two records of a name for none', async () => {
    const zone: Zone = {
      '_dmarc.b.a.test': { TXT: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] },
      '_dmarc.a.test': { TXT: ['v=DMARC1; p=reject'] },
    };
    assert.equal((await walk('b.a.test', zone)).found, 'a.test');
  });
});
