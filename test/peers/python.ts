// peers: Python's smtplib, the client below Django's, Flask's and many other mailers.
import { messageOf } from '../../src/base/failure.ts';
import type { Skipped } from './cache.ts';
import type { Mail } from './mail.ts';
import { run } from './process.ts';

export interface Python {
  readonly command: string;
}

export async function getPython(): Promise<Python | Skipped> {
  const command = process.platform === 'win32' ? 'python' : 'python3';
  try {
    await run(command, ['-c', 'import smtplib']);
    return { command };
  } catch (error) {
    return { skipped: `Python's smtplib does not run: ${messageOf(error)}` };
  }
}

const script = `
import smtplib, sys
port, sender, recipient = sys.argv[1:]
with smtplib.SMTP("127.0.0.1", int(port), local_hostname="python.test") as client:
    client.sendmail(sender, [recipient], sys.stdin.buffer.read())
`;

/** Sends one message whose lines end with CRLF and answers the octets as sent, which are the same. Rejects when it is not taken. */
export async function sendWithPython(python: Python, mail: Mail): Promise<Uint8Array> {
  await run(python.command, ['-c', script, `${mail.port}`, mail.from, mail.to], { input: mail.message });
  return mail.message;
}
