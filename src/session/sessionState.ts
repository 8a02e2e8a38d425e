// session: where a conversation stands, what the server offers and how many recipients it took, followed from commands and replies.
import { verbOf } from '../smtp/commands.ts';
import { readOffer } from '../smtp/ehlo.ts';
import type { Reply } from '../smtp/reply.ts';
import { type SessionState as Dialogue, nextState } from '../smtp/sessionState.ts';

/** unconnected; greeting: connected, and the server has not spoken; then the states of the dialogue; closed. */
export type Phase = 'unconnected' | 'greeting' | Dialogue | 'closed';

export interface SessionState {
  readonly phase: Phase;
  /** Since LHLO (RFC 2033). */
  readonly isLmtp: boolean;
  readonly isEncrypted: boolean;
  readonly isAuthenticated: boolean;
  /** TLS has begun: what EHLO offered before is forgotten and EHLO due again (RFC 3207 section 4.2). */
  readonly isHelloDueAgain: boolean;
  /** The server agreed to STARTTLS, the handshake is next. */
  readonly isTlsDue: boolean;
  /** Of the last EHLO or LHLO; null: none was accepted. Keywords in upper case to their parameters. */
  readonly extensions: ReadonlyMap<string, readonly string[]> | null;
  /** Of the open transaction. */
  readonly acceptedRecipients: number;
}

export const initialState: SessionState = {
  phase: 'unconnected',
  isLmtp: false,
  isEncrypted: false,
  isAuthenticated: false,
  isHelloDueAgain: false,
  isTlsDue: false,
  extensions: null,
  acceptedRecipients: 0,
};

export function afterConnect(isEncrypted: boolean): SessionState {
  return { ...initialState, phase: 'greeting', isEncrypted };
}

/** A server that refuses to serve waits for QUIT (RFC 5321 section 3.1), so the conversation goes on all the same. */
export function afterGreeting(state: SessionState): SessionState {
  return { ...state, phase: 'connected' };
}

/** After the handshake of STARTTLS: all that was known is forgotten (RFC 3207 section 4.2). */
export function afterTls(state: SessionState): SessionState {
  return { ...initialState, phase: 'connected', isLmtp: state.isLmtp, isEncrypted: true, isHelloDueAgain: true };
}

export function afterClose(state: SessionState): SessionState {
  return { ...state, phase: 'closed', isTlsDue: false };
}

/** After a command line (without its CRLF) and its reply. In the phase data only the line with the dot has a reply; of LMTP, give the last one. */
export function afterReply(state: SessionState, command: string, reply: Reply): SessionState {
  const { phase } = state;
  if (phase === 'unconnected' || phase === 'greeting' || phase === 'closed') return state;
  // RFC 5321 section 3.8
  if (reply.code === 421) return afterClose(state);
  const nextPhase = nextState(phase, command, reply.code);
  const next = nextPhase === phase ? state : { ...state, phase: nextPhase };
  const isDone = reply.code !== null && reply.code >= 200 && reply.code < 300;
  if (phase === 'login') return { ...next, isAuthenticated: state.isAuthenticated || isDone };
  if (phase === 'data') return { ...next, acceptedRecipients: 0 };
  if (!isDone) return next;
  const verb = verbOf(command);
  switch (verb) {
    case 'EHLO':
    case 'LHLO':
    case 'HELO': {
      const extensions = verb === 'HELO' ? new Map<string, readonly string[]>() : (readOffer(reply)?.extensions ?? null);
      return { ...next, isLmtp: verb === 'LHLO', isHelloDueAgain: false, extensions, acceptedRecipients: 0 };
    }
    case 'MAIL':
    case 'RSET':
      return { ...next, acceptedRecipients: 0 };
    case 'RCPT':
      return { ...next, acceptedRecipients: state.acceptedRecipients + 1 };
    case 'BDAT':
      return next.phase === 'ready' ? { ...next, acceptedRecipients: 0 } : next;
    case 'AUTH':
      return { ...next, isAuthenticated: true };
    case 'STARTTLS':
      return { ...next, isTlsDue: true };
    case 'QUIT':
      return afterClose(next);
    default:
      return next;
  }
}
