// peers: BIND as the name server of a world that is broken on purpose, out of its Debian packages, on a loopback port and without any right.
import { randomInt } from 'node:crypto';
import { glob, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DNSSEC_OK, encode } from 'dns-packet';
import { messageOf } from '../../src/base/failure.ts';
import { exchange } from '../../src/checks/dns/exchange.ts';
import type { RecordType } from '../../src/checks/dns/port.ts';
import type { Skipped } from './cache.ts';
import { libraryPackages, libraryPathOf, missingLibraries, unpackPackages } from './debian.ts';
import { freePort, startChild, stopChild } from './process.ts';

/** `<zone>.zone`: each file here is served. */
const zones = join(import.meta.dirname, 'zones');

/** Signed by BIND with keys that it makes at its start. */
export const signedZones = ['signed.invalid', 'bogus.invalid'] as const;
export type SignedZone = (typeof signedZones)[number];

/** What one test needs besides: records in the form of a zone file, without SOA and NS. */
export interface MoreZones {
  /** By the name of the zone. */
  readonly plain?: Readonly<Record<string, string>>;
  /** Put into both signed zones. */
  readonly signed?: string;
}

/** Answers for the zones of this folder and for the signed ones; SERVFAIL for broken.invalid, REFUSED for all else. */
export interface NameServerPeer {
  readonly address: '127.0.0.1';
  /** UDP and TCP. */
  readonly port: number;
  /** Those that are not signed. */
  readonly zones: readonly string[];
  /** The DNSKEY record that signs the keys of a zone. */
  trustAnchor(zone: SignedZone): Promise<string>;
  stop(): Promise<void>;
}

class BrokenZone extends Error {}

/** Rejects when a zone has a mistake. */
export async function startBind(more: MoreZones = {}): Promise<NameServerPeer | Skipped> {
  const folder = await mkdtemp(join(tmpdir(), 'mailroom-bind-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const root = await unpackPackages('bind9', ['bind9', 'bind9-libs']);
    const program = join(root, 'usr/sbin/named');
    const port = await freePort();
    const configuration = join(folder, 'named.conf');
    await writeFile(configuration, await configure(folder, port, more));
    const child = startChild(program, ['-g', '-n', '1', '-c', configuration], {
      env: { ...process.env, LD_LIBRARY_PATH: await findLibraries(root, program) },
    });
    let log = '';
    child.stdout?.resume();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-16_000)));
    child.on('error', (error) => (log += error.message));
    const stop = async (): Promise<void> => {
      await stopChild(child);
      await remove();
    };
    for (const until = Date.now() + 30_000; !(await isReady(port)); await delay(50)) {
      // A zone file with a mistake is no reason to leave tests out.
      const mistake = /^.*(?<!broken\.invalid)\/IN: not loaded due to errors.*$/m.exec(log);
      if (mistake) return stop().then(() => Promise.reject(new BrokenZone(log)));
      const isOver = child.exitCode !== null || child.pid === undefined;
      if (!isOver && Date.now() < until) continue;
      await stop();
      return { skipped: `BIND does not answer: ${log.trim() || 'nothing was printed'}` };
    }
    return {
      address: '127.0.0.1',
      port,
      zones: [...(await zoneFiles()), ...Object.keys(more.plain ?? {})],
      trustAnchor: (zone) => readKey(folder, zone),
      stop,
    };
  } catch (error) {
    await remove();
    if (error instanceof BrokenZone) throw error;
    return { skipped: `BIND does not run: ${messageOf(error)}` };
  }
}

async function findLibraries(root: string, program: string): Promise<string> {
  const own = await libraryPathOf(root);
  if ((await missingLibraries(program, own)).length === 0) return own;
  const others = await unpackPackages('bind9-libraries', async () => [
    ...(await libraryPackages('bind9-libs')),
    ...(await libraryPackages('bind9')),
  ]);
  const libraryPath = `${own}:${await libraryPathOf(others)}`;
  const missing = await missingLibraries(program, libraryPath);
  if (missing.length > 0) throw new Error(`no package brings ${missing.join(', ')}`);
  return libraryPath;
}

async function zoneFiles(): Promise<readonly string[]> {
  return (await readdir(zones)).filter((file) => file.endsWith('.zone')).map((file) => file.slice(0, -'.zone'.length));
}

/** The checks of zones are off: what they would refuse is what is wanted. Nothing is ever asked of another server. */
async function configure(folder: string, port: number, { plain = {}, signed = '' }: MoreZones): Promise<string> {
  for (const zone of signedZones) await writeFile(join(folder, `${zone}.zone`), `${authority}${signedHosts}${signed}`);
  for (const [zone, records] of Object.entries(plain)) await writeFile(join(folder, `${zone}.zone`), `${authority}${records}`);
  const names = await zoneFiles();
  return `options {
  directory "${folder}"; pid-file "${folder}/named.pid"; session-keyfile "${folder}/session.key"; managed-keys-directory "${folder}";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no; minimal-responses yes;
  check-names primary ignore; check-mx ignore; check-mx-cname ignore; check-srv-cname ignore; check-integrity no;
};
controls { };
${names.map((name) => `zone "${name}" { type primary; file "${join(zones, `${name}.zone`)}"; };`).join('\n')}
${Object.keys(plain)
  .map((zone) => `zone "${zone}" { type primary; file "${folder}/${zone}.zone"; };`)
  .join('\n')}
${signedZones.map((zone) => `zone "${zone}" { type primary; file "${folder}/${zone}.zone"; dnssec-policy default; inline-signing yes; key-directory "${folder}"; };`).join('\n')}
zone "broken.invalid" { type primary; file "${folder}/there-is-no-such-file"; };
`;
}

const authority = `$TTL 3600
@    SOA ns hostmaster 1 3600 600 86400 300
@    NS  ns
ns   A   127.0.0.1
`;

const signedHosts = `@    MX  10 mx1
@    MX  20 mx2
mx1  A   127.0.0.11
mx2  A   127.0.0.12
zz-last TXT "signed after all others"
`;

async function readKey(folder: string, zone: SignedZone): Promise<string> {
  for await (const file of glob(`K${zone}.+*.key`, { cwd: folder })) {
    const record = /^[^;].*\bDNSKEY\s+257\b.*$/m.exec(await readFile(join(folder, file), 'utf8'));
    if (record) return record[0];
  }
  throw new Error(`BIND has made no key for ${zone}`);
}

/** The zones of the folder are answered, and the others are signed to the end. */
async function isReady(port: number): Promise<boolean> {
  const names: readonly [string, RecordType | 'DNSKEY'][] = [['test', 'SOA'], ...signedZones.flatMap((zone) => signedKinds(zone))];
  const answers = await Promise.all(names.map(([name, type]) => ask(port, name, type)));
  return answers.every((types, at) => types.length > 0 && (at === 0 || types.includes('RRSIG')));
}

/** The keys, and the first and the last record that BIND comes to. */
function signedKinds(zone: SignedZone): [string, RecordType | 'DNSKEY'][] {
  return [
    [zone, 'DNSKEY'],
    [zone, 'SOA'],
    [`zz-last.${zone}`, 'TXT'],
  ];
}

/** The types of the records in the answer; none for no answer. */
async function ask(port: number, name: string, type: RecordType | 'DNSKEY'): Promise<readonly string[]> {
  const query = encode({
    type: 'query',
    id: randomInt(0x10000),
    questions: [{ name, type }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: DNSSEC_OK, flag_do: true, options: [] },
    ],
  });
  try {
    const packet = await exchange({ address: '127.0.0.1', port }, query, AbortSignal.timeout(500));
    return (packet.answers ?? []).map((answer) => answer.type);
  } catch {
    return [];
  }
}
