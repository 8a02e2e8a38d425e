// session: where a conversation stands (RFC 5321 section 4.1.4), followed from commands and replies: what may be said next, and what the server offers.
import { readOffer } from '../smtp/ehlo.ts';
import type { Reply } from '../smtp/reply.ts';

export const phases = ['unconnected', 'connected', 'greeted', 'ready', 'mail', 'recipients', 'data', 'auth', 'closed'] as const;
/**
 * connected: the greeting has not come. greeted: EHLO is due. ready: between mails. mail: MAIL was accepted. recipients: at least one RCPT was.
 * data: 354 was given, a message is being sent. auth: 334 was given, an answer is due.
 */
export type Phase = (typeof phases)[number];

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
  return { ...initialState, phase: 'connected', isEncrypted };
}

export function afterGreeting(state: SessionState, reply: Reply): SessionState {
  return { ...state, phase: reply.code !== null && reply.code < 400 ? 'greeted' : 'closed' };
}

/** After the handshake of STARTTLS: all that was known is forgotten (RFC 3207 section 4.2). */
export function afterTls(state: SessionState): SessionState {
  return { ...initialState, phase: 'greeted', isLmtp: state.isLmtp, isEncrypted: true, isHelloDueAgain: true };
}

export function afterClose(state: SessionState): SessionState {
  return { ...state, phase: 'closed', isTlsDue: false };
}

/** After a command line (without its CRLF) and its reply. In the phase data only the line with the dot has a reply; of LMTP, give the last one. */
export function afterReply(state: SessionState, command: string, reply: Reply): SessionState {
  const code = reply.code ?? 0;
  if (code === 421) return afterClose(state);
  if (state.phase === 'data') return endTransaction(state);
  if (state.phase === 'auth') return afterAuth(state, code);
  const [verb = '', argument = ''] = command.trim().toUpperCase().split(/\s+/, 2);
  const isDone = code >= 200 && code < 300;
  switch (verb) {
    case 'EHLO':
    case 'LHLO':
    case 'HELO':
      return isDone ? afterHello(state, verb, reply) : state;
    case 'MAIL':
      return isDone ? { ...state, phase: 'mail', acceptedRecipients: 0 } : state;
    case 'RCPT':
      return isDone ? { ...state, phase: 'recipients', acceptedRecipients: state.acceptedRecipients + 1 } : state;
    case 'DATA':
      return code === 354 ? { ...state, phase: 'data' } : state;
    case 'BDAT':
      return command.trim().toUpperCase().endsWith(' LAST') && argument !== '' ? endTransaction(state) : state;
    case 'RSET':
      return isDone ? endTransaction(state) : state;
    case 'AUTH':
      return afterAuth(state, code);
    case 'STARTTLS':
      return code === 220 ? { ...state, isTlsDue: true } : state;
    case 'QUIT':
      return isDone ? afterClose(state) : state;
    default:
      return state;
  }
}

function afterHello(state: SessionState, verb: string, reply: Reply): SessionState {
  const extensions = verb === 'HELO' ? new Map() : (readOffer(reply)?.extensions ?? null);
  return { ...state, phase: 'ready', isLmtp: verb === 'LHLO', isHelloDueAgain: false, extensions, acceptedRecipients: 0 };
}

function afterAuth(state: SessionState, code: number): SessionState {
  if (code === 334) return { ...state, phase: 'auth' };
  const phase = state.phase === 'auth' ? 'ready' : state.phase;
  return { ...state, phase, isAuthenticated: state.isAuthenticated || code === 235 };
}

function endTransaction(state: SessionState): SessionState {
  const hadHello = state.extensions !== null || state.phase !== 'greeted';
  return { ...state, phase: hadHello ? 'ready' : 'greeted', acceptedRecipients: 0 };
}
