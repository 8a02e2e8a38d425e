// checks: the message that proves relaying by its arrival: short, without content, and it says what it is to whomever finds it.
import { randomBytes } from 'node:crypto';

export interface ProofMessage {
  /** Stands in recipient, Message-ID and subject; nobody else has it. */
  readonly token: string;
  /** The domain whose mail arrives in the drop folder. */
  readonly domain: string;
  /** How the tested server is called. */
  readonly server: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function makeToken(): string {
  return `mailroom-${randomBytes(6).toString('hex')}`;
}

export function subjectOf(token: string): string {
  return `Mailroom relay proof ${token}`;
}

/** Lines without their ends. RFC 5322 section 3.6 wants Date and From. */
export function proofLines({ token, domain, server, now }: ProofMessage): readonly string[] {
  return [
    `Date: ${new Date(now).toUTCString().replace('GMT', '+0000')}`,
    `From: Mailroom relay proof <probe@${domain}>`,
    `To: <${token}@${domain}>`,
    `Subject: ${subjectOf(token)}`,
    `Message-ID: <${token}@${domain}>`,
    '',
    `This message was sent through ${server} to see whether it passes on mail for strangers.`,
    'A person who tests that server has asked for it. There is nothing to do about it.',
    `Token: ${token}`,
  ];
}
