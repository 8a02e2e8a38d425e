// peers: what the real mail servers have in common: a folder of their own, a certificate, and an end.
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf } from '../../src/base/failure.ts';
import type { Skipped } from './cache.ts';
import type { RunningPeer } from './process.ts';

export const certificates = resolve(import.meta.dirname, '../unit/smtp/certificates');

/** A real server on loopback ports that takes mail for good.test, relays for nobody who has not logged in but on its port `open`, and never sends anything on. */
export interface MailServer<Ports extends string> {
  /** `smtp` is the usual one; it offers STARTTLS where the server has TLS. */
  readonly ports: Readonly<Record<Ports, number>>;
  /** Signed the server's certificate, which is for localhost and 127.0.0.1; PEM. */
  readonly authority: string;
  stop(): Promise<void>;
}

export interface ServerFolder {
  readonly path: string;
  /** Of the certificate and its key, which the server's user may read. */
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes the server's folder, lets `start` start it there, and sees to it that the folder goes when the server has stopped. Where the server cannot be
 * had on this machine, the reason is answered.
 */
export async function startMailServer<Ports extends string>(
  name: string,
  start: (folder: ServerFolder) => Promise<{ readonly ports: Readonly<Record<Ports, number>>; readonly process: RunningPeer }>,
): Promise<MailServer<Ports> | Skipped> {
  const path = await mkdtemp(join(tmpdir(), 'mailroom-peer-'));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 });
  try {
    // The server changes to a user of its own, who must be able to enter.
    await chmod(path, 0o755);
    const folder: ServerFolder = { path, certificate: join(path, 'certificate.pem'), key: join(path, 'key.pem') };
    await copyFile(join(certificates, 'good.pem'), folder.certificate);
    await copyFile(join(certificates, 'test-only.key'), folder.key);
    await chmod(folder.key, 0o644);
    const { ports, process } = await start(folder);
    return {
      ports,
      authority: await readFile(join(certificates, 'authority.pem'), 'utf8'),
      async stop() {
        await process.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    return { skipped: `${name} does not run: ${messageOf(error)}` };
  }
}

/** True for a process that may become another user, which some servers insist on. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
