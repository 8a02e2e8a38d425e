// peers: swaks, the "Swiss Army Knife for SMTP", from the system or out of its Debian package. Without TLS it needs no more of Perl than
// Debian's perl-base.
import { join } from 'node:path';
import { messageOf } from '../../src/base/failure.ts';
import type { Skipped } from './cache.ts';
import { unpackPackages } from './debian.ts';
import type { Mail } from './mail.ts';
import { run } from './process.ts';

export interface Swaks {
  /** The Perl script. */
  readonly script: string;
}

export async function getSwaks(): Promise<Swaks | Skipped> {
  try {
    const installed = '/usr/bin/swaks';
    if (await works(installed)) return { script: installed };
    const script = join(await unpackPackages('swaks', ['swaks']), 'usr/bin/swaks');
    return (await works(script)) ? { script } : { skipped: 'swaks does not run: no working perl' };
  } catch (error) {
    return { skipped: `swaks could not be unpacked: ${messageOf(error)}` };
  }
}

function works(script: string): Promise<boolean> {
  return run('perl', [script, '--version']).then(
    () => true,
    () => false,
  );
}

/** Sends one message whose lines end with CRLF and answers the octets as sent, which are the same. Rejects when it is not taken. */
export async function sendWithSwaks(swaks: Swaks, mail: Mail): Promise<Uint8Array> {
  // swaks would replace %TOKENS% and "\n" in the data; told not to, it leaves dot-stuffing and the final dot (RFC 5321 section 4.5.2) to us.
  const stuffed = Buffer.from(mail.message).toString('latin1').replace(/^\./gm, '..');
  const input = Buffer.from(`${stuffed}.\r\n`, 'latin1');
  const envelope = ['--helo', 'swaks.test', '--from', mail.from, '--to', mail.to];
  const server = ['--server', '127.0.0.1', '--port', `${mail.port}`];
  await run('perl', [swaks.script, ...server, ...envelope, '--no-data-fixup', '--data', '-'], { input });
  return mail.message;
}
