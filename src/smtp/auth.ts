// smtp: logging in (RFC 4954): the answers of the common mechanisms, and a look into the base64 that never shows a password.
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

export interface AuthStep {
  readonly from: 'client' | 'server';
  /** Counts the steps of that side from 0; a first answer in the AUTH command itself is the client's step 0. */
  readonly index: number;
}

export interface AuthWords {
  /** "decoded: Username:", "password, not shown and not kept". */
  readonly text: string;
  /** The base64 itself must be masked wherever it is shown or kept. */
  readonly isSecret: boolean;
}

const hidden: AuthWords = { text: 'password, not shown and not kept', isSecret: true };
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Of what a server says, characters; it may be a page. */
const maxShown = 500;

/** What one line of a login says. `mechanism` as in the AUTH command, in any case; of one that is not known, all answers are secret. */
export function explainAuth(mechanism: string, step: AuthStep, line: string): AuthWords {
  const text = line.trim();
  if (step.from === 'server') return { text: serverWords(text), isSecret: false };
  // RFC 4954 section 4
  if (text === '*') return { text: 'gives the login up', isSecret: false };
  if (text === '' || text === '=') return { text: 'an empty answer', isSecret: false };
  const decoded = decode(text);
  if (decoded === null) return { text: 'not base64, not shown', isSecret: true };
  switch (mechanism.toUpperCase()) {
    case 'LOGIN':
      return step.index === 0 ? { text: `decoded: ${shown(decoded)}`, isSecret: false } : hidden;
    case 'PLAIN': {
      // RFC 4616 section 2
      const [onBehalfOf = '', user, password] = decoded.split('\0');
      if (user === undefined || password === undefined)
        return { text: 'not what PLAIN wants: three parts with NUL between them', isSecret: true };
      const actsFor = onBehalfOf === '' || onBehalfOf === user ? '' : `, acting for ${shown(onBehalfOf)}`;
      return { text: `decoded: ${shown(user)}${actsFor}; ${hidden.text}`, isSecret: true };
    }
    case 'CRAM-MD5': {
      const user = decoded.slice(0, Math.max(0, decoded.lastIndexOf(' ')));
      return { text: `decoded: ${shown(user)}; a digest made of challenge and password, not shown`, isSecret: true };
    }
    case 'XOAUTH2': {
      const user = /^user=([^\x01]*)\x01/.exec(decoded)?.[1] ?? '';
      return { text: `decoded: ${shown(user)}; token, not shown and not kept`, isSecret: true };
    }
    default:
      return { text: 'not shown and not kept', isSecret: true };
  }
}

function serverWords(text: string): string {
  if (text === '') return 'an empty challenge';
  const decoded = decode(text);
  return decoded === null ? 'not base64' : `decoded: ${shown(decoded)}`;
}

function shown(text: string): string {
  return printable(text.slice(0, maxShown));
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(text: string): string | null {
  return base64.test(text) ? decodeLine(Buffer.from(text, 'base64')) : null;
}
