// peers: BIND as the name server of a world that is broken on purpose, out of its Debian packages, on a loopback port and without any right.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/failure.ts';
import { createResolver } from '../../src/checks/dns/resolver.ts';
import type { Skipped } from './cache.ts';
import { libraryPackages, libraryPathOf, missingLibraries, unpackPackages } from './debian.ts';
import { freePort, startChild, stopChild } from './process.ts';

/** `<zone>.zone`: each file here is served. */
const zones = join(import.meta.dirname, 'zones');

/** Answers for the zones of this folder; SERVFAIL for broken.invalid, REFUSED for all else. */
export interface NameServerPeer {
  readonly address: '127.0.0.1';
  /** UDP and TCP. */
  readonly port: number;
  stop(): Promise<void>;
}

export async function startBind(): Promise<NameServerPeer | Skipped> {
  const folder = await mkdtemp(join(tmpdir(), 'mailroom-bind-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const root = await unpackPackages('bind9', ['bind9', 'bind9-libs']);
    const program = join(root, 'usr/sbin/named');
    const port = await freePort();
    const configuration = join(folder, 'named.conf');
    await writeFile(configuration, await configure(folder, port));
    const child = startChild(program, ['-g', '-n', '1', '-c', configuration], {
      env: { ...process.env, LD_LIBRARY_PATH: await findLibraries(root, program) },
    });
    let log = '';
    child.stdout?.resume();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)));
    child.on('error', (error) => (log += error.message));
    const stop = async (): Promise<void> => {
      await stopChild(child);
      await remove();
    };
    for (const until = Date.now() + 30_000; !(await answers(port)); await delay(50)) {
      const isOver = child.exitCode !== null || child.pid === undefined;
      if (!isOver && Date.now() < until) continue;
      await stop();
      return { skipped: `BIND does not answer: ${log.trim() || 'nothing was printed'}` };
    }
    return { address: '127.0.0.1', port, stop };
  } catch (error) {
    await remove();
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

/** The checks of zones are off: what they would refuse is what is wanted. Nothing is ever asked of another server. */
async function configure(folder: string, port: number): Promise<string> {
  const names = (await readdir(zones)).filter((file) => file.endsWith('.zone')).map((file) => file.slice(0, -'.zone'.length));
  return `options {
  directory "${folder}"; pid-file "${folder}/named.pid"; session-keyfile "${folder}/session.key"; managed-keys-directory "${folder}";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no; minimal-responses yes;
  check-names primary ignore; check-mx ignore; check-mx-cname ignore; check-srv-cname ignore; check-integrity no;
};
controls { };
${names.map((name) => `zone "${name}" { type primary; file "${join(zones, `${name}.zone`)}"; };`).join('\n')}
zone "broken.invalid" { type primary; file "${folder}/there-is-no-such-file"; };
`;
}

async function answers(port: number): Promise<boolean> {
  const servers = [{ address: '127.0.0.1', port }];
  const dns = createResolver({ servers, timeout: 500, clock: systemClock, signal: new AbortController().signal });
  return (await dns.lookUp('test', 'SOA')).outcome === 'found';
}
