// session: the exchanges of AUTH that @auth does for its user: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195) and XOAUTH2.
import { createHmac } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import type { Reply } from '../smtp/reply.ts';
import type { AuthMethod } from './directive.ts';

export interface Login {
  readonly method: AuthMethod;
  readonly user: string;
  /** A password, or for xoauth2 an access token. */
  readonly secret: string;
}

/** Sends a line and reads its reply. `isAnswer`: to a challenge. */
export type Say = (line: string, isAnswer: boolean) => Promise<Reply>;

/** The last reply of the exchange, whatever it says. Failure 'badChallenge' when the server asks something that the method does not know. */
export async function authenticate({ method, user, secret }: Login, say: Say): Promise<Reply> {
  switch (method) {
    case 'plain':
      return say(`AUTH PLAIN ${base64(`\0${user}\0${secret}`)}`, false);
    case 'login':
      return answerAll(await say('AUTH LOGIN', false), [base64(user), base64(secret)], say);
    case 'cram-md5': {
      const reply = await say('AUTH CRAM-MD5', false);
      return reply.code === 334 ? say(base64(`${user} ${digest(challengeOf(reply), secret)}`), true) : reply;
    }
    case 'xoauth2': {
      const reply = await say(`AUTH XOAUTH2 ${base64(`user=${user}\x01auth=Bearer ${secret}\x01\x01`)}`, false);
      // A refusal comes as a challenge that explains it and wants an empty answer.
      return reply.code === 334 ? say('', true) : reply;
    }
  }
}

async function answerAll(first: Reply, answers: readonly string[], say: Say): Promise<Reply> {
  let reply = first;
  for (const answer of answers) {
    if (reply.code !== 334) return reply;
    reply = await say(answer, true);
  }
  return reply;
}

function challengeOf(reply: Reply): Buffer {
  const text = reply.lines.at(-1)?.text.trim() ?? '';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Failure('badChallenge', 'The challenge of CRAM-MD5 is no base64');
  return Buffer.from(text, 'base64');
}

/** RFC 2195 section 2: HMAC-MD5 is what the mechanism is, weak as it is. */
function digest(challenge: Buffer, secret: string): string {
  return createHmac('md5', secret).update(challenge).digest('hex');
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
