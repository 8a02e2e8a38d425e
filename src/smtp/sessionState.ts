// smtp: where a session stands, and where a reply takes it: what completion and the prompt go by.
import { findCommand } from './commands.ts';

/**
 * connected: greeted, or after STARTTLS; EHLO is due. ready: between mails. mail: MAIL was accepted. recipients: one RCPT at least was.
 * chunks: BDAT was accepted and was not the last. data: after 354. login: after 334.
 */
export const sessionStates = ['connected', 'ready', 'mail', 'recipients', 'chunks', 'data', 'login'] as const;
export type SessionState = (typeof sessionStates)[number];

/** The state after a reply to the command `line` ('.' for the end of DATA, an answer to a challenge in the state 'login'). */
export function nextState(state: SessionState, line: string, code: number | null): SessionState {
  if (code === null) return state;
  const isDone = code >= 200 && code < 300;
  // Any reply but another challenge ends a login, and any reply after the dot ends the mail (RFC 5321 section 4.1.1.4).
  if (state === 'login') return code === 334 ? 'login' : 'ready';
  if (state === 'data') return 'ready';
  const verb = findCommand(line)?.verb;
  if (verb === 'DATA') return code === 354 ? 'data' : state;
  if (verb === 'AUTH') return code === 334 ? 'login' : state;
  if (!isDone) return state;
  switch (verb) {
    case 'EHLO':
    case 'HELO':
    case 'LHLO':
      return 'ready';
    case 'STARTTLS':
    case 'XCLIENT':
      return 'connected';
    case 'RSET':
      return state === 'connected' ? 'connected' : 'ready';
    case 'MAIL':
      return 'mail';
    case 'RCPT':
      return 'recipients';
    case 'BDAT':
    case 'BURL':
      return /\sLAST\s*$/i.test(line) ? 'ready' : 'chunks';
    default:
      return state;
  }
}
