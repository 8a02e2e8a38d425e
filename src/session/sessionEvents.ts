// session: what happens in a session that a person leads, as whoever shows it hears it.
import type { Failure } from '../base/failure.ts';
import type { Reply } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import type { Target } from './directive.ts';

export interface SessionTarget extends Target {
  readonly tls: 'none' | 'implicit';
}

export type SessionEvent =
  | { readonly kind: 'connecting'; readonly target: SessionTarget }
  | { readonly kind: 'connected'; readonly ms: number; readonly tls: TlsFacts | null }
  /** `isTyped`: the person sees the line already; `text` has no secret. `decoded`: who its base64 names. */
  | {
      readonly kind: 'client';
      readonly text: string;
      readonly isTyped: boolean;
      readonly isMasked: boolean;
      readonly decoded: string | null;
      /** Of a line of a message: its number, from 1. */
      readonly dataLine: number | null;
    }
  /** A message or other octets, of which only the number is told. */
  | { readonly kind: 'octets'; readonly count: number; readonly from: string }
  /**
   * `command`: the line that it answers, without secrets; "." for the end of a message, "" for the greeting; null: none.
   * `isUnasked`: nothing was sent that it could answer.
   */
  | {
      readonly kind: 'reply';
      readonly reply: Reply;
      readonly command: string | null;
      readonly isUnasked: boolean;
      readonly decoded: string | null;
    }
  | { readonly kind: 'tls'; readonly facts: TlsFacts; readonly ms: number }
  /** Still no answer after so many milliseconds. */
  | { readonly kind: 'waiting'; readonly ms: number }
  | { readonly kind: 'cancelled'; readonly what: 'connect' | 'reply' | 'send'; readonly ms: number }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly ms: number }
  | {
      readonly kind: 'closed';
      readonly by: 'server' | 'client' | 'failure';
      readonly ms: number;
      readonly mails: number;
      readonly refused: number;
    };

/** What a line that is entered now would be. */
export type SessionMode =
  | { readonly kind: 'closed' }
  | { readonly kind: 'command' }
  /** A line of the message; `line` counts from 1. */
  | { readonly kind: 'data'; readonly line: number }
  /** Octets of BDAT (RFC 3030) that are still due. */
  | { readonly kind: 'chunk'; readonly left: number; readonly line: string }
  /** The answer to a challenge (RFC 4954), in base64. */
  | { readonly kind: 'answer'; readonly method: string; readonly isSecret: boolean };
