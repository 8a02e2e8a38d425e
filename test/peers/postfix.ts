// peers: Postfix's load tools out of its Debian package: smtp-source sends as fast as a server takes it, smtp-sink takes and forgets
// (the limit that a server which keeps nothing can reach).
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/base/failure.ts';
import type { Skipped } from './cache.ts';
import { libraryPackages, libraryPathOf, missingLibraries, unpackPackages } from './debian.ts';
import type { Mail } from './mail.ts';
import { freePort, type RunningPeer, run, startSmtpServer } from './process.ts';

export interface PostfixTools {
  readonly smtpSource: string;
  readonly smtpSink: string;
  /** What both need to run from where they were unpacked. */
  readonly env: Readonly<Record<string, string>>;
}

export async function getPostfix(): Promise<PostfixTools | Skipped> {
  try {
    const root = await unpackPackages('postfix', ['postfix']);
    const smtpSource = join(root, 'usr/sbin/smtp-source');
    const libraryPath = await findLibraries(smtpSource, join(root, 'usr/lib/postfix'));
    await writeFile(join(root, 'main.cf'), 'compatibility_level=3.6\nmyhostname=t.test\n');
    await writeFile(join(root, 'master.cf'), '');
    return { smtpSource, smtpSink: join(root, 'usr/sbin/smtp-sink'), env: { LD_LIBRARY_PATH: libraryPath, MAIL_CONFIG: root } };
  } catch (error) {
    return { skipped: `Postfix could not be unpacked: ${messageOf(error)}` };
  }
}

/** Postfix's own libraries and, where the machine lacks some that these need (ICU, NIS, …), the unpacked ones. */
async function findLibraries(program: string, own: string): Promise<string> {
  if ((await missingLibraries(program, own)).length === 0) return own;
  const root = await unpackPackages('postfix-libraries', await libraryPackages('postfix'));
  const libraryPath = `${own}:${await libraryPathOf(root)}`;
  const missing = await missingLibraries(program, libraryPath);
  if (missing.length > 0) throw new Error(`no package brings ${missing.join(', ')}`);
  return libraryPath;
}

export interface Load {
  /** On 127.0.0.1. */
  readonly port: number;
  /** How many connections at a time. */
  readonly sessions: number;
  readonly messages: number;
  /** Octets of each message's body; the header adds some 200. */
  readonly length: number;
  /** True: connections are kept for the next message. False: one message per connection. */
  readonly keep: boolean;
}

/** Sends a load and resolves when every message got its 250; rejects at the first other reply. */
export async function smtpSource(tools: PostfixTools, load: Load): Promise<{ readonly ms: number }> {
  const amount = ['-s', `${load.sessions}`, '-m', `${load.messages}`, '-l', `${load.length}`];
  const keep = load.keep ? ['-d'] : [];
  const { ms } = await run(tools.smtpSource, [...amount, ...keep, ...addresses('a@x.test', 'b@y.test'), `127.0.0.1:${load.port}`], {
    env: tools.env,
  });
  return { ms };
}

/** Sends one message whose lines end with CRLF; answers the octets as sent, which are one empty line more: smtp-source's way to end a file. */
export async function sendWithSmtpSource(tools: PostfixTools, mail: Mail): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'mailroom-source-'));
  try {
    // smtp-source reads lines without their ending and sends each with CRLF.
    const file = join(folder, 'message');
    await writeFile(file, Buffer.from(mail.message).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    await run(tools.smtpSource, ['-F', file, ...addresses(mail.from, mail.to), `127.0.0.1:${mail.port}`], { env: tools.env });
    return Buffer.concat([mail.message, Buffer.from('\r\n')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function addresses(from: string, to: string): string[] {
  return ['-f', from, '-t', to];
}

/** Starts smtp-sink on a free port of 127.0.0.1. `behaviour`: options of its manual, such as -W to be slow and -q to hang up. */
export async function startSmtpSink(tools: PostfixTools, behaviour: readonly string[] = []): Promise<RunningPeer> {
  const port = await freePort();
  // smtp-sink refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const backlog = '200';
  return startSmtpServer(tools.smtpSink, [...user, ...behaviour, `127.0.0.1:${port}`, backlog], port, tools.env);
}
