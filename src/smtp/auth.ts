// smtp: logging in (RFC 4954): the answers of the common mechanisms; and what challenges and answers that others wrote say in clear, and what of them
// must not be shown or kept.
import { createHmac } from 'node:crypto';
import { decodeLine, printable } from './printable.ts';

export const authMechanisms = ['plain', 'login', 'cram-md5', 'xoauth2'] as const;
export type AuthMechanism = (typeof authMechanisms)[number];

export interface AuthExchange {
  /** "AUTH PLAIN"; with `initial` behind it, one round trip is saved. */
  readonly command: string;
  /** The first answer in base64, where the client speaks first (RFC 4954 section 4), or null. */
  readonly initial: string | null;
  /** The answer in base64 to the text after the next "334 ". To be called once a challenge, in their order. */
  answer(challenge: string): string;
}

/** One login. `secret` is the password, or the access token of xoauth2. */
export function authExchange(mechanism: AuthMechanism, user: string, secret: string): AuthExchange {
  switch (mechanism) {
    case 'plain': {
      const initial = encode(`\0${user}\0${secret}`);
      return { command: 'AUTH PLAIN', initial, answer: () => initial };
    }
    case 'login': {
      // Servers ask in many languages; what counts is the order.
      const answers = [user, secret];
      return { command: 'AUTH LOGIN', initial: null, answer: () => encode(answers.shift() ?? '') };
    }
    case 'cram-md5':
      return {
        command: 'AUTH CRAM-MD5',
        initial: null,
        // RFC 2195 section 2
        answer: (challenge) => encode(`${user} ${createHmac('md5', secret).update(Buffer.from(challenge, 'base64')).digest('hex')}`),
      };
    case 'xoauth2': {
      const initial = encode(`user=${user}\x01auth=Bearer ${secret}\x01\x01`);
      let isSaid = false;
      return {
        command: 'AUTH XOAUTH2',
        initial,
        // A challenge with text tells an error, which an empty answer takes note of; the reply with the code comes after it.
        answer: (challenge) => {
          const isError = isSaid || challenge.trim() !== '';
          isSaid = true;
          return isError ? '' : initial;
        },
      };
    }
  }
}

export interface AuthAnswer {
  /** It holds a password, a token, or what a password can be guessed from. */
  readonly isSecret: boolean;
  /** Who logs in, where the answer says so. */
  readonly user: string | null;
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Characters; more is no name. */
const maxDecoded = 500;

/** What base64 says, made printable; null: it is none. */
export function decodeBase64(text: string): string | null {
  const trimmed = text.trim();
  if (!base64.test(trimmed) || trimmed.length % 4 !== 0) return null;
  return printable(decodeLine(Buffer.from(trimmed, 'base64'))).slice(0, maxDecoded);
}

/** Of the answer number `step` (from 0) to `challenge`, the text after 334. When in doubt it is a secret. */
export function readAnswer(method: string, step: number, challenge: string, line: string): AuthAnswer {
  // RFC 4954 section 4: nothing, and giving up.
  if (['', '=', '*'].includes(line.trim())) return { isSecret: false, user: null };
  const octets = Buffer.from(line.trim(), 'base64');
  const textOf = (part: Buffer | undefined): string | null => (part?.length ? printable(decodeLine(part)).slice(0, maxDecoded) : null);
  switch (method.toUpperCase()) {
    case 'LOGIN': {
      const isName = step === 0 && !/pass/i.test(decodeBase64(challenge) ?? challenge);
      const user = isName ? decodeBase64(line) : null;
      // What is no base64 may be a password that was typed as it is.
      return { isSecret: user === null, user };
    }
    case 'PLAIN': {
      // RFC 4616: authorization identity NUL authentication identity NUL password.
      const first = octets.indexOf(0);
      const second = octets.indexOf(0, first + 1);
      return { isSecret: true, user: first >= 0 && second > first ? textOf(octets.subarray(first + 1, second)) : null };
    }
    case 'CRAM-MD5': {
      // RFC 2195: the name, a blank and the digest; names may have blanks.
      const blank = octets.lastIndexOf(0x20);
      return { isSecret: true, user: blank > 0 ? textOf(octets.subarray(0, blank)) : null };
    }
    case 'XOAUTH2': {
      const end = octets.indexOf(1);
      const head = octets.subarray(0, Math.max(end, 0)).toString('latin1');
      return { isSecret: true, user: head.startsWith('user=') ? textOf(octets.subarray(5, end)) : null };
    }
    default:
      return { isSecret: true, user: null };
  }
}

/** Whether the answer that is due now is to be typed unseen. */
export function isSecretDue(method: string, step: number, challenge: string): boolean {
  return readAnswer(method, step, challenge, 'eA==').isSecret;
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
