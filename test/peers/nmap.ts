// peers: nmap's smtp-open-relay out of its Debian package: the referee for the relay tests. It connects to loopback only.
import { join } from 'node:path';
import { messageOf } from '../../src/base/failure.ts';
import { isSkipped, type Skipped } from './cache.ts';
import { libraryPackages, libraryPathOf, missingLibraries, unpackPackages } from './debian.ts';
import { run } from './process.ts';

export interface OpenRelayReferee {
  /** What smtp-open-relay says about the port of 127.0.0.1, and "<sender> <recipient>" of each test that was accepted, with our names in them. */
  ask(port: number): Promise<{ readonly verdict: string; readonly accepted: readonly string[] }>;
}

export async function getNmap(): Promise<OpenRelayReferee | Skipped> {
  const program = await unpack().catch((error: unknown): Skipped => ({ skipped: `nmap could not be unpacked: ${messageOf(error)}` }));
  if (isSkipped(program)) return program;
  const { path, data, libraryPath } = program;
  return {
    async ask(port) {
      // '+' asks also on ports that are not known for SMTP; the tests that were accepted are listed from -vv on.
      const names = 'smtp-open-relay.from=probe,smtp-open-relay.domain=elsewhere.test';
      const options = [
        '-n',
        '-Pn',
        '-sT',
        '--datadir',
        data,
        '-p',
        `${port}`,
        '--script',
        '+smtp-open-relay',
        '--script-args',
        names,
        '-vv',
        '127.0.0.1',
      ];
      const { stdout } = await run(path, options, { env: { LD_LIBRARY_PATH: libraryPath } });
      return {
        verdict: /^\|[ _]+smtp-open-relay: (.+)$/m.exec(stdout)?.[1]?.trim() ?? '',
        accepted: [...stdout.matchAll(/^\|[ _]+MAIL FROM:(.+) -> RCPT TO:(.+)$/gm)].map((match) => `${match[1]} ${match[2]?.trim()}`),
      };
    },
  };
}

async function unpack(): Promise<{ readonly path: string; readonly data: string; readonly libraryPath: string }> {
  const root = await unpackPackages('nmap', ['nmap', 'nmap-common']);
  const path = join(root, 'usr/bin/nmap');
  const data = join(root, 'usr/share/nmap');
  if ((await missingLibraries(path, '')).length === 0) return { path, data, libraryPath: '' };
  const libraryPath = await libraryPathOf(
    await unpackPackages('nmap-libraries', async () => [...(await libraryPackages('nmap')), 'lua-lpeg']),
  );
  const missing = await missingLibraries(path, libraryPath);
  if (missing.length > 0) throw new Error(`no package brings ${missing.join(', ')}`);
  return { path, data, libraryPath };
}
