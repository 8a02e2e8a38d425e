// peers: MailDev 3, the catcher that Mailroom is measured against, from npm.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/base/failure.ts';
import { cachedFolder, type Skipped } from './cache.ts';
import { freePort, type RunningPeer, run, startSmtpServer } from './process.ts';

const version = '3.0.0';

export interface MailDev {
  /** Its command line, a script for Node. */
  readonly script: string;
}

/** Installs MailDev into the cache when it is not there yet (some 110 MB, 20 s). */
export async function getMailDev(): Promise<MailDev | Skipped> {
  try {
    const folder = await cachedFolder(`maildev-${version}`, install);
    const manifest = JSON.parse(await readFile(join(folder, 'node_modules/maildev/package.json'), 'utf8')) as {
      readonly bin: { readonly maildev: string };
    };
    return { script: join(folder, 'node_modules/maildev', manifest.bin.maildev) };
  } catch (error) {
    return { skipped: `MailDev could not be installed: ${messageOf(error)}` };
  }
}

async function install(folder: string): Promise<void> {
  // Its mailparser is a release whose own dependencies not every registry serves; this one installs everywhere.
  const manifest = { private: true, dependencies: { maildev: version }, overrides: { mailparser: '3.9.31' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

/** Starts MailDev on a free port of 127.0.0.1, keeping mail in memory (its default, and its fastest) and without its web pages. */
export async function startMailDev(maildev: MailDev): Promise<RunningPeer> {
  const port = await freePort();
  const args = [maildev.script, '--smtp', `${port}`, '--ip', '127.0.0.1', '--disable-web', '--silent'];
  return startSmtpServer(process.execPath, args, port, { NODE_ENV: 'production' });
}
