// checks/policy: MTA-STS, TLS reporting and BIMI over zones; the policy file comes over real HTTPS from this process.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createSilentServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkBimi } from '../../../src/checks/policy/bimi.ts';
import { checkMtaSts } from '../../../src/checks/policy/mtaSts.ts';
import { parseMtaStsPolicy } from '../../../src/checks/policy/mtaStsRecord.ts';
import { httpsPolicyHost, type PolicyHost } from '../../../src/checks/policy/policyHost.ts';
import { checkTlsRpt } from '../../../src/checks/policy/tlsRpt.ts';
import { summary, worldOf } from './policyWorld.ts';
import type { Zone } from './zone.ts';

const enforce = 'version: STSv1\r\nmode: enforce\r\nmx: mx1.a.test\r\nmx: *.backup.test\r\nmax_age: 1209600\r\n';
const announced: Zone = { '_mta-sts.a.test': { TXT: ['v=STSv1; id=20261121;'] }, 'mta-sts.a.test': { A: ['192.0.2.80'] } };

/** A host that serves one text, as the fetch over HTTPS tells it. */
function serving(body: string, status = 200, contentType = 'text/plain', location = ''): PolicyHost {
  return () => Promise.resolve({ kind: 'answered', status, contentType, location, body });
}

interface Case {
  readonly name: string;
  readonly host?: PolicyHost;
  readonly hosts?: readonly string[] | null;
  readonly zone?: Zone;
  readonly expected: readonly string[];
}

const sound = ['pass mta-sts-mode', 'pass mta-sts-mx', 'pass mta-sts-record'];

const cases: readonly Case[] = [
  { name: 'enforced, every MX in it', expected: sound },
  { name: 'a wildcard stands for one label', hosts: ['MX1.a.test.', 'x.backup.test'], expected: sound },
  { name: 'and not for two', hosts: ['x.y.backup.test'], expected: ['fail mta-sts-mx', 'pass mta-sts-mode', 'pass mta-sts-record'] },
  {
    name: 'an MX that is missing while testing',
    host: serving(enforce.replace('enforce', 'testing')),
    hosts: ['mx2.a.test'],
    expected: ['pass mta-sts-record', 'warn mta-sts-mode', 'warn mta-sts-mx'],
  },
  {
    name: 'switched off',
    host: serving('version: STSv1\nmode: none\nmax_age: 86400\n'),
    expected: ['info mta-sts-mode', 'pass mta-sts-record'],
  },
  { name: 'kept for a day only', host: serving(enforce.replace('1209600', '86400')), expected: ['advice mta-sts-max-age', ...sound] },
  { name: 'as HTML', host: serving(enforce, 200, 'text/html'), expected: [...sound, 'warn mta-sts-content-type'] },
  { name: 'the MX are not known', hosts: null, expected: ['pass mta-sts-mode', 'pass mta-sts-record', 'skipped mta-sts-mx'] },
  { name: 'a page that is not there', host: serving('', 404), expected: ['fail mta-sts-fetch', 'pass mta-sts-record'] },
  { name: 'a redirect', host: serving('', 301), expected: ['fail mta-sts-fetch', 'pass mta-sts-record'] },
  { name: 'a policy that is none', host: serving('<html>'), expected: ['fail mta-sts-policy', 'pass mta-sts-record'] },
  {
    name: 'a wrong certificate',
    host: () => Promise.resolve({ kind: 'certificate', text: 'expired' }),
    expected: ['fail mta-sts-fetch', 'pass mta-sts-record'],
  },
  {
    name: 'no answer in time',
    host: () => Promise.resolve({ kind: 'timeout', text: 'no answer' }),
    expected: ['pass mta-sts-record', 'unknown mta-sts-fetch'],
  },
  { name: 'no address', zone: { 'mta-sts.a.test': {} }, expected: ['fail mta-sts-host', 'pass mta-sts-record'] },
  { name: 'a private address', zone: { 'mta-sts.a.test': { A: ['10.0.0.1'] } }, expected: ['fail mta-sts-host', 'pass mta-sts-record'] },
  {
    name: 'an address that cannot be looked up',
    zone: { 'mta-sts.a.test': 'servFail' },
    expected: ['pass mta-sts-record', 'unknown mta-sts-host'],
  },
  { name: 'no record', zone: { '_mta-sts.a.test': {}, 'mta-sts.a.test': {} }, expected: ['advice mta-sts-none'] },
  { name: 'a host without a record', zone: { '_mta-sts.a.test': {} }, expected: ['advice mta-sts-unannounced'] },
  { name: 'an MX of a policy without a type', host: serving(enforce, 200, ''), expected: [...sound, 'warn mta-sts-content-type'] },
  {
    name: 'a closed port',
    host: () => Promise.resolve({ kind: 'refused', text: 'refused' }),
    expected: ['fail mta-sts-fetch', 'pass mta-sts-record'],
  },
  {
    name: 'a policy without end',
    host: () => Promise.resolve({ kind: 'tooLarge', text: 'too large' }),
    expected: ['fail mta-sts-fetch', 'pass mta-sts-record'],
  },
  {
    name: 'a cancelled fetch',
    host: () => Promise.resolve({ kind: 'cancelled', text: 'cancelled' }),
    expected: ['pass mta-sts-record', 'skipped mta-sts-fetch'],
  },
  { name: 'two records', zone: { '_mta-sts.a.test': { TXT: ['v=STSv1; id=1;', 'v=STSv1; id=2;'] } }, expected: ['fail mta-sts-multiple'] },
  { name: 'no id', zone: { '_mta-sts.a.test': { TXT: ['v=STSv1;'] } }, expected: ['fail mta-sts-syntax'] },
  { name: 'a record that cannot be looked up', zone: { '_mta-sts.a.test': 'timeout' }, expected: ['unknown mta-sts-look-up'] },
];

describe('MTA-STS', () => {
  for (const { name, host = serving(enforce), hosts = ['mx1.a.test'], zone, expected } of cases) {
    test(name, async () => {
      const findings = await checkMtaSts('a.test', hosts, worldOf({ ...announced, ...zone }), host);
      assert.deepEqual(summary(findings), expected.toSorted());
    });
  }

  test('where an address cannot be reached, the next one is asked, and the row says so', async () => {
    const asked: string[] = [];
    const doing: string[] = [];
    const host: PolicyHost = (request) => {
      asked.push(request.address);
      return request.address === '192.0.2.81' ? serving(enforce)(request) : Promise.resolve({ kind: 'timeout', text: 'no answer' });
    };
    const zone: Zone = { ...announced, 'mta-sts.a.test': { A: ['192.0.2.80', '192.0.2.81', '192.0.2.82'] } };
    const findings = await checkMtaSts('a.test', ['mx1.a.test'], worldOf(zone, { doing: (detail) => doing.push(detail) }), host);
    assert.deepEqual(summary(findings), sound);
    assert.deepEqual(asked, ['192.0.2.80', '192.0.2.81']);
    assert.equal(doing[0], 'fetching https://mta-sts.a.test from 192.0.2.80');
  });

  test('a redirect is told with its place, and a policy with the MX is offered', async () => {
    const findings = await checkMtaSts('a.test', ['mx1.a.test'], worldOf(announced), serving('', 302, '', 'https://b.test/<x>\u001b'));
    const fetched = findings.find(({ id }) => id === 'mta-sts-fetch');
    assert.match(fetched?.detail ?? '', /302, a redirect, which senders do not follow/);
    assert.match(fetched?.evidence[0]?.text ?? '', /Location: https:\/\/b\.test\/<x>/);
    assert.ok(!fetched?.evidence[0]?.text.includes('\u001b'));
    assert.equal(fetched?.remedies[0]?.text, 'version: STSv1\nmode: testing\nmx: mx1.a.test\nmax_age: 1209600');
  });

  test('without leave nothing is fetched', async () => {
    assert.deepEqual(summary(await checkMtaSts('a.test', ['mx1.a.test'], worldOf(announced), null)), [
      'pass mta-sts-record',
      'skipped mta-sts-policy',
    ]);
  });

  const wrong = [
    '',
    'version: STSv1',
    'version: STSv2\nmode: none\nmax_age: 1',
    enforce.replace('1209600', '99999999'),
    enforce.replace('enforce', 'Enforce'),
    enforce.replace('mx1.a.test', 'mx1 a.test'),
    `${enforce}junk`,
  ];
  for (const body of wrong)
    test(`no policy: ${JSON.stringify(body).slice(0, 50)}`, () => assert.equal(typeof parseMtaStsPolicy(body), 'string'));
});

test('a policy of many spaces is read in no time', () => {
  assert.equal(typeof parseMtaStsPolicy(`version:${' '.repeat(60_000)}x`), 'string');
});

describe('the policy over HTTPS', () => {
  const folder = join(import.meta.dirname, '../smtp/certificates');
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
  });

  async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, certificate = 'good.pem'): Promise<number> {
    const server = createServer({ cert: read(certificate), key: read('test-only.key') }, answer);
    return listen(server);
  }

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  const ask = (port: number, host = 'mx.mailroom.test', timeout = 10_000, signal = new AbortController().signal) =>
    httpsPolicyHost({ port, ca: read('authority.pem') })({ host, address: '127.0.0.1', path: '/.well-known/mta-sts.txt', timeout, signal });

  test('is fetched from the address that was looked up, under the name of the host', async () => {
    const port = await serve((request, response) => {
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(`${request.headers.host} ${request.url}`);
    });
    const reply = await ask(port);
    assert.deepEqual(reply, {
      kind: 'answered',
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      location: '',
      body: 'mx.mailroom.test /.well-known/mta-sts.txt',
    });
    assert.deepEqual(await ask(port, 'other.test'), {
      kind: 'certificate',
      text: 'the certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID)',
    });
  });

  test('an expired certificate is told', async () => {
    const port = await serve((_, response) => response.end(), 'expired.pem');
    assert.deepEqual(await ask(port), { kind: 'certificate', text: 'the certificate has expired (CERT_HAS_EXPIRED)' });
  });

  test('an authority that nobody trusts is told', async () => {
    const port = await serve((_, response) => response.end());
    const signal = new AbortController().signal;
    const host = 'mx.mailroom.test';
    const reply = await httpsPolicyHost({ port })({ host, address: '127.0.0.1', path: '/', timeout: 10_000, signal });
    assert.match(reply.kind === 'certificate' ? reply.text : reply.kind, /nobody trusts/);
  });

  test('a redirect is not followed, and a flood is cut', async () => {
    const moved = await serve((_, response) => response.writeHead(301, { location: 'https://elsewhere.test/' }).end());
    const reply = await ask(moved);
    assert.deepEqual(reply.kind === 'answered' && [reply.status, reply.location], [301, 'https://elsewhere.test/']);
    const flood = await serve((_, response) => {
      const pump = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', pump);
      pump();
    });
    assert.equal((await ask(flood)).kind, 'tooLarge');
  });

  test('a silent host, a closed port and a cancelled run are told apart', async () => {
    const silent = await listen(createSilentServer((socket) => socket.on('error', () => {})));
    assert.equal((await ask(silent, 'mx.mailroom.test', 100)).kind, 'timeout');
    assert.equal((await ask(silent, 'mx.mailroom.test', 10_000, AbortSignal.timeout(50))).kind, 'cancelled');
    const closed = createSilentServer();
    const port = await listen(closed);
    servers.pop();
    await new Promise((resolve) => closed.close(resolve));
    assert.equal((await ask(port)).kind, 'refused');
  });
});

describe('TLS reporting', () => {
  const records: readonly (readonly [records: readonly string[], expected: string])[] = [
    [['v=TLSRPTv1; rua=mailto:t@a.test'], 'pass tls-rpt-record'],
    [['v=TLSRPTv1;rua=https://t.a.test/in,mailto:t@a.test'], 'pass tls-rpt-record'],
    [['v=TLSRPTv1; rua=t@a.test'], 'fail tls-rpt-syntax'],
    [['v=TLSRPTv1'], 'fail tls-rpt-syntax'],
    [['v=TLSRPTv1; rua=mailto:t@a.test', 'v=TLSRPTv1; rua=mailto:u@a.test'], 'fail tls-rpt-multiple'],
    [['v=TLSRPTv2; rua=mailto:t@a.test'], 'advice tls-rpt-none'],
    [[], 'advice tls-rpt-none'],
  ];
  for (const [TXT, expected] of records) {
    test(`${TXT.join(' and ') || 'none'}: ${expected}`, async () => {
      assert.deepEqual(
        summary(await checkTlsRpt('a.test', worldOf({ 'a.test': { MX: ['10 mx1.a.test'] }, '_smtp._tls.a.test': { TXT } }))),
        [expected],
      );
    });
  }
  test('a domain without mail needs none', async () => {
    assert.deepEqual(summary(await checkTlsRpt('a.test', worldOf({ 'a.test': { MX: ['0 .'] } }))), ['skipped tls-rpt-none']);
    assert.deepEqual(summary(await checkTlsRpt('a.test', worldOf({}))), ['skipped tls-rpt-none']);
  });

  test('no answer is not taken for none', async () => {
    assert.deepEqual(summary(await checkTlsRpt('a.test', worldOf({ '_smtp._tls.a.test': 'refused' }))), ['unknown tls-rpt-look-up']);
  });
});

describe('BIMI', () => {
  const strict: Zone = { '_dmarc.a.test': { TXT: ['v=DMARC1; p=quarantine'] } };
  const logo = 'v=BIMI1; l=https://a.test/logo.svg; a=https://a.test/mark.pem';
  const cases: readonly (readonly [record: string | null, zone: Zone, expected: readonly string[]])[] = [
    [logo, strict, ['info bimi-record']],
    [logo, {}, ['advice bimi-dmarc', 'info bimi-record']],
    [logo, { '_dmarc.a.test': { TXT: ['v=DMARC1; p=none'] } }, ['advice bimi-dmarc', 'info bimi-record']],
    [logo, { '_dmarc.a.test': { TXT: ['v=DMARC1; p=reject; sp=none'] } }, ['advice bimi-dmarc', 'info bimi-record']],
    [logo, { '_dmarc.a.test': { TXT: ['v=DMARC1; p=reject; t=y'] } }, ['advice bimi-dmarc', 'info bimi-record']],
    [logo, { '_dmarc.test': { TXT: ['v=DMARC1; p=reject; sp=quarantine'] } }, ['info bimi-record']],
    [logo, { '_dmarc.a.test': 'timeout' }, ['info bimi-record', 'unknown bimi-dmarc']],
    ['v=BIMI1; l=;', strict, ['info bimi-declined']],
    ['v=BIMI1; l=http://a.test/logo.svg', strict, ['warn bimi-syntax']],
    ['v=BIMI1; l=https://a.test/logo.png', strict, ['warn bimi-syntax']],
    ['v=BIMI1; a=https://a.test/mark.pem', strict, ['warn bimi-syntax']],
    [null, strict, ['info bimi-none']],
  ];
  for (const [index, [record, zone, expected]] of cases.entries()) {
    test(`${index}: ${record ?? 'none'}`, async () => {
      const world = worldOf({ ...zone, 'default._bimi.a.test': { TXT: record === null ? [] : [record] } });
      assert.deepEqual(summary(await checkBimi('a.test', world)), expected);
    });
  }

  test('a DMARC record that would do is offered', async () => {
    const TXT = ['v=DMARC1; p=none; sp=none; t=y; rua=mailto:d@a.test'];
    const world = worldOf({ '_dmarc.a.test': { TXT }, 'default._bimi.a.test': { TXT: [logo] } });
    const finding = (await checkBimi('a.test', world)).find(({ id }) => id === 'bimi-dmarc');
    assert.equal(finding?.remedies[0]?.text, '_dmarc.a.test. IN TXT "v=DMARC1; p=quarantine; sp=quarantine; rua=mailto:d@a.test"');
  });
});
