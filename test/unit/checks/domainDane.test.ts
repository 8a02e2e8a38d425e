// checks: DANE in whole checks of signed domains, beside what openssl s_client says to the same server and the same records.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { messageOf } from '../../../src/base/failure.ts';
import { run } from '../../peers/process.ts';
import { type Behaviour, startRigs, type TlsaKind, tlsaOf } from './domainRigs.ts';
import { questionOf, runWith, startNames } from './domainRun.ts';

const cases: readonly (readonly [tlsa: TlsaKind, host: Behaviour, holds: boolean])[] = [
  ['right', 'sound', true],
  ['sha512', 'sound', true],
  ['full', 'sound', true],
  ['anchor', 'sound', true],
  ['anchorkey', 'sound', true],
  ['rollover', 'sound', true],
  ['wrong', 'sound', false],
  // Names and dates do not matter where the key itself is named (RFC 7671 section 5.1).
  ['right', 'expired', true],
  ['right', 'misnamed', true],
  ['full', 'expired', false],
  ['anchor', 'expired', false],
  ['anchor', 'misnamed', false],
];
const nameOf = (tlsa: TlsaKind, host: Behaviour): string => `${tlsa}-${host}`;

const rigs = await startRigs(
  cases.map(([tlsa, host]) => ({ name: nameOf(tlsa, host), isSigned: true, isImplicit: false, hosts: [host], tlsa })),
);
const names = await startNames({ signed: rigs.signed });
const openssl = await run('openssl', ['version']).then(
  () => '',
  (error) => `openssl does not run: ${messageOf(error)}`,
);
after(() => Promise.all([names.stop(), rigs.stop()]));
const { unbound } = names.at;

describe('DANE beside openssl', { skip: typeof unbound === 'string' ? openssl || false : unbound.skipped }, () => {
  for (const [tlsa, host, holds] of cases) {
    const name = nameOf(tlsa, host);
    test(`${tlsa} TLSA, ${host} host: ${holds ? 'holds' : 'does not hold'}`, { skip: rigs.missing.get(name) }, async () => {
      const question = questionOf('domain', `${name}.signed.invalid`);
      const { findings } = await runWith(question, { dnsServers: [String(unbound)], labPort: rigs.port });
      const dane = findings.filter(({ id }) => id === 'dane').map(({ level }) => level);
      assert.deepEqual(dane, [holds ? 'pass' : 'fail']);
      assert.equal(await opensslVerifies(rigs.addresses.get(name) ?? '', `mx-${name}.signed.invalid`, tlsaOf(tlsa)), holds);
    });
  }
});

async function opensslVerifies(address: string, host: string, records: readonly string[]): Promise<boolean> {
  const { stdout } = await run(
    'openssl',
    [
      ...['s_client', '-starttls', 'smtp', '-connect', `${address}:${rigs.port}`, '-servername', host],
      ...['-dane_tlsa_domain', host, '-dane_ee_no_namechecks', ...records.flatMap((record) => ['-dane_tlsa_rrdata', record])],
    ],
    { input: Buffer.from('QUIT\r\n') },
  );
  const code = /Verify return code: (\d+)/.exec(stdout)?.[1];
  assert.ok(code !== undefined, stdout);
  return code === '0';
}
