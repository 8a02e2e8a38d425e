// session: does a whole login for its user, for @auth and its like in a terminal: says what smtp/auth.ts makes, until no challenge comes any more.
import { authExchange } from '../smtp/auth.ts';
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

/** A server that asks on and on is given up on. */
const maxChallenges = 10;

/** The last reply of the exchange, whatever it says. */
export async function authenticate({ method, user, secret }: Login, say: Say): Promise<Reply> {
  const { command, initial, answer } = authExchange(method, user, secret);
  let reply = await say(initial === null ? command : `${command} ${initial}`, false);
  for (let count = 0; reply.code === 334 && count < maxChallenges; count++) reply = await say(answer(reply.lines.at(-1)?.text ?? ''), true);
  // RFC 4954 section 4: a single * gives up.
  return reply.code === 334 ? say('*', true) : reply;
}
