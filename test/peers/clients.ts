// peers: the four real mail clients in one form, so that a test runs over them and names the ones that are missing.
import { createTransport } from 'nodemailer';
import { isSkipped, type Skipped } from './cache.ts';
import type { Mail } from './mail.ts';
import { getPostfix, sendWithSmtpSource } from './postfix.ts';
import { getPython, sendWithPython } from './python.ts';
import { getSwaks, sendWithSwaks } from './swaks.ts';

export interface MailClient {
  /** Resolves after the message's 250 to the octets that were sent (before dot-stuffing); rejects when it is not taken. */
  send(mail: Mail): Promise<Uint8Array>;
}

export const clientNames = ['nodemailer', 'swaks', 'smtplib', 'smtp-source'] as const;
export type ClientName = (typeof clientNames)[number];

export async function getClient(name: ClientName): Promise<MailClient | Skipped> {
  switch (name) {
    case 'nodemailer':
      return { send: sendWithNodemailer };
    case 'swaks': {
      const swaks = await getSwaks();
      return isSkipped(swaks) ? swaks : { send: (mail) => sendWithSwaks(swaks, mail) };
    }
    case 'smtplib': {
      const python = await getPython();
      return isSkipped(python) ? python : { send: (mail) => sendWithPython(python, mail) };
    }
    case 'smtp-source': {
      const tools = await getPostfix();
      return isSkipped(tools) ? tools : { send: (mail) => sendWithSmtpSource(tools, mail) };
    }
  }
}

async function sendWithNodemailer(mail: Mail): Promise<Uint8Array> {
  const transport = createTransport({ host: '127.0.0.1', port: mail.port, secure: false, ignoreTLS: true });
  try {
    await transport.sendMail({ envelope: { from: mail.from, to: [mail.to] }, raw: Buffer.from(mail.message) });
    return mail.message;
  } finally {
    transport.close();
  }
}
