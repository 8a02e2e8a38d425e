// session: the lines of a login as a person types and reads them (RFC 4954): what a challenge and an answer say in clear, and what of an answer must
// not be shown or kept.
import { decodeLine, printable } from '../smtp/printable.ts';

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
  if (line.trim() === '' || line.trim() === '*') return { isSecret: false, user: null };
  const octets = Buffer.from(line.trim(), 'base64');
  const textOf = (part: Buffer | undefined): string | null => (part?.length ? printable(decodeLine(part)).slice(0, maxDecoded) : null);
  switch (method.toUpperCase()) {
    case 'LOGIN': {
      const isName = step === 0 && !/pass/i.test(decodeBase64(challenge) ?? challenge);
      return isName ? { isSecret: false, user: decodeBase64(line) } : { isSecret: true, user: null };
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
