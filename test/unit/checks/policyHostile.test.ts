// checks/policy, checks/routing: answers of hostile name servers through every check of a domain: bounded in questions, time and text, and shown as text.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckContext } from '../../../src/checks/context.ts';
import { checkBimi } from '../../../src/checks/policy/bimi.ts';
import { checkBlocklists } from '../../../src/checks/policy/blocklists.ts';
import { checkCaa } from '../../../src/checks/policy/caa.ts';
import { checkClientSettings } from '../../../src/checks/policy/clientSettings.ts';
import { judgeDane, lookUpTlsa } from '../../../src/checks/policy/daneFinding.ts';
import { checkDkim } from '../../../src/checks/policy/dkim.ts';
import { checkDmarc } from '../../../src/checks/policy/dmarc.ts';
import { checkMtaSts } from '../../../src/checks/policy/mtaSts.ts';
import { checkParked } from '../../../src/checks/policy/parked.ts';
import { checkSpf } from '../../../src/checks/policy/spf.ts';
import { checkSpfOfHosts } from '../../../src/checks/policy/spfOfHosts.ts';
import { checkTlsRpt } from '../../../src/checks/policy/tlsRpt.ts';
import type { Finding } from '../../../src/checks/report.ts';
import { checkNameServers } from '../../../src/checks/routing/nameServers.ts';
import { checkRouting } from '../../../src/checks/routing/routing.ts';
import { contextOf } from './asserting.ts';
import { type Zone, type ZoneOptions, type ZoneRecords, zoneDns } from './zone.ts';

type Check = (context: CheckContext) => Promise<readonly Finding[]>;

const checks: Readonly<Record<string, Check>> = {
  routing: async (context) => (await checkRouting('a.test', context)).findings,
  'name servers': (context) => checkNameServers('a.test', context),
  SPF: (context) => checkSpf('a.test', context, { ip: '192.0.2.1' }),
  'SPF of hosts': (context) => checkSpfOfHosts('a.test', [{ host: 'mx.a.test', address: '192.0.2.1' }], context),
  DKIM: (context) => checkDkim('a.test', 'k1', context),
  DMARC: (context) => checkDmarc('a.test', context),
  'MTA-STS': (context) =>
    checkMtaSts('a.test', ['mx.a.test'], context, () =>
      Promise.resolve({ kind: 'answered', status: 200, contentType: dirt, location: dirt, body: `version: STSv1\n${dirt}\n`.repeat(3000) }),
    ),
  'TLS reporting': (context) => checkTlsRpt('a.test', context),
  BIMI: (context) => checkBimi('a.test', context),
  CAA: (context) => checkCaa('a.test', ['mx.a.test'], context),
  'settings of mail programs': (context) => checkClientSettings('a.test', context),
  'a parked domain': (context) => checkParked('a.test', context),
  blocklists: (context) => checkBlocklists(['192.0.2.1'], ['a.test'], context),
  DANE: async (context) => [judgeDane(await lookUpTlsa('mx.a.test', 25, context), null, {})],
};

/** Control characters, markup, a change of direction, and an escape sequence of terminals. */
const dirt = '<img src=x onerror=alert(1)>\u001b[31m\u0000\u202e\r\n`x`';

const prefixes = ['v=spf1 ', 'v=DMARC1; p=reject; rua=mailto:', 'v=STSv1; id=', 'v=TLSRPTv1; rua=', 'v=BIMI1; l=', 'v=DKIM1; p='];

/** Every name has the same records, whatever is asked. */
function everywhere(records: ZoneRecords): Zone {
  return { '*.test': records, test: records };
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

interface World {
  readonly zone: Zone;
  readonly options?: ZoneOptions;
}

const worlds: Readonly<Record<string, World>> = {
  'TXT of 64 KiB': { zone: everywhere({ TXT: prefixes.map((prefix) => [prefix, 'x'.repeat(65_000)]) }) },
  '64 KiB of small terms': { zone: everywhere({ TXT: ['v=spf1 ', 'v=DMARC1;'].map((prefix) => [prefix, 'a '.repeat(32_000)]) }) },
  '64 KiB of tags': { zone: everywhere({ TXT: prefixes.map((prefix) => [prefix, 'a=b;'.repeat(16_000)]) }) },
  '64 KiB of addresses': { zone: everywhere({ TXT: [['v=DMARC1; p=none; rua=', 'mailto:a@b.test,'.repeat(4000)]] }) },
  '900 TXT records': { zone: everywhere({ TXT: many(900, (index) => `${prefixes[index % prefixes.length]}${index}`) }) },
  '500 MX': { zone: everywhere({ MX: many(500, (index) => `${index} m${index}.a.test`), A: ['192.0.2.1'], TXT: ['v=spf1 mx -all'] }) },
  '900 name servers': { zone: everywhere({ NS: many(900, (index) => `n${index}.a.test`), A: ['9.9.9.9'] }), options: { authorities: {} } },
  '900 addresses': { zone: everywhere({ MX: ['10 mx.a.test'], A: many(900, (index) => `9.9.${index >> 8}.${index & 255}`) }) },
  '900 SRV, CAA and TLSA': {
    zone: everywhere({
      SRV: many(900, (index) => `${index} 1 993 s${index}.a.test`),
      CAA: many(900, (index) => `0 issue ca${index}.test`),
      TLSA: many(900, (index) => `3 1 1 ${index.toString(16).padStart(64, '0')}`),
    }),
    options: { isAuthentic: true },
  },
  'a thousand includes': {
    zone: { 'a.test': { TXT: [['v=spf1 ', ...many(1000, (index) => `include:i${index}.test `)]] }, '*.test': { TXT: ['v=spf1 a -all'] } },
  },
  'a thousand hosts in SPF': {
    zone: { 'a.test': { TXT: [['v=spf1 ', ...many(1000, (index) => `a:h${index}.test `)]] }, '*.test': { A: ['9.9.9.9'] } },
  },
  'a thousand MX in SPF': {
    zone: {
      'a.test': { TXT: [['v=spf1 ', ...many(1000, (index) => `mx:m${index}.test `)]] },
      '*.test': { MX: many(100, (index) => `1 m${index}.test`) },
    },
  },
  'includes that grow': { zone: { '*.test': { TXT: ['v=spf1 include:a.x.test include:b.x.test include:c.x.test -all'] } } },
  'aliases in a circle': { zone: { 'a.test': { CNAME: ['b.test'] }, 'b.test': { CNAME: ['a.test'] }, '*.a.test': { CNAME: ['a.test'] } } },
  'a chain of aliases': {
    zone: Object.fromEntries(many(40, (index) => [index === 0 ? 'a.test' : `a${index}.test`, { CNAME: [`a${index + 1}.test`] }])),
  },
  'control characters and markup': {
    zone: everywhere({
      TXT: prefixes.map((prefix) => prefix + dirt),
      CAA: [`128 ${dirt.replaceAll(' ', '')} x`],
      A: ['127.0.0.1'],
    }),
  },
};

describe('hostile answers', () => {
  for (const [what, { zone, options }] of Object.entries(worlds))
    for (const [name, check] of Object.entries(checks))
      test(`${what}: ${name}`, async () => {
        const dns = zoneDns(zone, options);
        const started = performance.now();
        const findings = await check(contextOf(dns, { isLab: true }));
        assert.ok(performance.now() - started < 3000, `${Math.round(performance.now() - started)} ms`);
        assert.ok(dns.asked.length < 250, `${dns.asked.length} questions`);
        assert.ok(findings.length < 100, `${findings.length} findings`);
        for (const { id, title, detail, reason, evidence, remedies } of findings) {
          const lines = [title, detail, reason, ...evidence.map(({ label }) => label), ...remedies.map(({ label }) => label)];
          const texts = [...evidence, ...remedies].map(({ text }) => text);
          for (const line of lines) assert.match(line, /^[^\p{Cc}\u202e]{0,1000}$/u, `${id}: ${line.slice(0, 200)}`);
          for (const text of texts) assert.match(text, /^(?:[^\p{Cc}\u202e]|\n){0,4200}$/u, `${id}: ${text.slice(0, 200)}`);
          for (const { text, marks = [] } of evidence)
            assert.ok(
              marks.every(([start, end]) => start <= end && end <= text.length),
              id,
            );
        }
      });
});
