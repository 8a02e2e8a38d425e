// peers: Unbound as the name server that checks signatures, in front of BIND, out of its Debian package; nothing is asked of the internet.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/failure.ts';
import { createResolver } from '../../src/checks/dns/resolver.ts';
import { type NameServerPeer, signedZones } from './bind.ts';
import type { Skipped } from './cache.ts';
import { libraryPackages, libraryPathOf, missingLibraries, unpackPackages } from './debian.ts';
import { freePort, startChild, stopChild } from './process.ts';

/**
 * Answers for the signed zones of `bind`: it trusts the key of signed.invalid, and takes the same key for the one of bogus.invalid. It answers for
 * its other zones in test. too, which are not signed.
 */
export interface ValidatingPeer {
  readonly address: '127.0.0.1';
  readonly port: number;
  stop(): Promise<void>;
}

export async function startUnbound(bind: NameServerPeer): Promise<ValidatingPeer | Skipped> {
  const folder = await mkdtemp(join(tmpdir(), 'mailroom-unbound-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const program = join(await unpackPackages('unbound', ['unbound']), 'usr/sbin/unbound');
    const port = await freePort();
    const anchor = await bind.trustAnchor('signed.invalid');
    await writeFile(join(folder, 'anchors'), `${anchor}\n${anchor.replace(/^signed/, 'bogus')}\n`);
    await writeFile(join(folder, 'unbound.conf'), configure(folder, port, bind));
    const child = startChild(program, ['-d', '-p', '-c', join(folder, 'unbound.conf')], {
      env: { ...process.env, LD_LIBRARY_PATH: await findLibraries(program) },
    });
    let log = '';
    child.stdout?.resume();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)));
    child.on('error', (error) => (log += error.message));
    const stop = async (): Promise<void> => {
      await stopChild(child);
      await remove();
    };
    for (const until = Date.now() + 30_000; !(await validates(port)); await delay(50)) {
      const isOver = child.exitCode !== null || child.pid === undefined;
      if (!isOver && Date.now() < until) continue;
      await stop();
      return { skipped: `Unbound does not answer: ${log.trim() || 'nothing was printed'}` };
    }
    return { address: '127.0.0.1', port, stop };
  } catch (error) {
    await remove();
    return { skipped: `Unbound does not run: ${messageOf(error)}` };
  }
}

async function findLibraries(program: string): Promise<string> {
  if ((await missingLibraries(program, '')).length === 0) return '';
  const libraryPath = await libraryPathOf(await unpackPackages('unbound-libraries', () => libraryPackages('unbound')));
  const missing = await missingLibraries(program, libraryPath);
  if (missing.length > 0) throw new Error(`no package brings ${missing.join(', ')}`);
  return libraryPath;
}

function configure(folder: string, port: number, bind: NameServerPeer): string {
  const stub = (zone: string): string => `stub-zone:\n  name: "${zone}"\n  stub-addr: 127.0.0.1@${bind.port}\n`;
  return `server:
  interface: 127.0.0.1@${port}
  username: ""
  chroot: ""
  directory: "${folder}"
  use-syslog: no
  num-threads: 1
  do-ip6: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  local-zone: "invalid." nodefault
  local-zone: "test." nodefault
  local-zone: "." static
  local-zone: "test." transparent
  local-zone: "signed.invalid." transparent
  local-zone: "bogus.invalid." transparent
  cache-max-negative-ttl: 0
  val-bogus-ttl: 0
  trust-anchor-file: "${folder}/anchors"
  module-config: "validator iterator"
${[...bind.zones.filter((zone) => /(?:^|\.)test$/.test(zone)), ...signedZones].map(stub).join('')}remote-control:
  control-enable: no
`;
}

async function validates(port: number): Promise<boolean> {
  const servers = [{ address: '127.0.0.1', port }];
  const dns = createResolver({ servers, timeout: 1000, clock: systemClock, signal: new AbortController().signal });
  return (await dns.lookUp('signed.invalid', 'SOA')).isAuthentic === true;
}
