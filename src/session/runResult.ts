// session: what became of a run, line by line, in the shape that decorations, tests and a command line show.

import type { FailureData } from '../base/failure.ts';
import type { Conversation } from '../smtp/conversation.ts';
import type { Reply } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import type { MatchFailure } from './match.ts';
import type { ScriptConversation, ScriptLine } from './script.ts';
import type { SessionState } from './sessionState.ts';

export const lineStatuses = ['passed', 'failed', 'error', 'skipped', 'notReached'] as const;
/**
 * passed: sent, or expected and so answered. failed: the reply was another. error: there was no reply, or the line could not be run.
 * skipped: a message that the server did not want after all.
 */
export type LineStatus = (typeof lineStatuses)[number];

export interface LineResult {
  /** Zero-based. */
  readonly line: number;
  readonly status: LineStatus;
  /** On the S: lines that speak of it; on what was sent when no S: line does. */
  readonly reply: Reply | null;
  /** Until the reply was here, or the connection was made; milliseconds. */
  readonly ms: number | null;
  readonly captures: Readonly<Record<string, string>>;
  /** null unless the status is 'failed'. */
  readonly failure: MatchFailure | null;
  /** On the line that began TLS. */
  readonly tls: TlsFacts | null;
}

export interface RunFailure {
  /** Zero-based; where it happened. */
  readonly line: number;
  /** Of the Failure: 'connectRefused', 'replyTimeout', 'undefinedVariable', ... */
  readonly reason: string;
  /** English. */
  readonly message: string;
  readonly data: FailureData;
}

export interface RunResult {
  readonly status: 'passed' | 'failed' | 'error' | 'cancelled';
  /** For each line that does something, in order. */
  readonly lines: readonly LineResult[];
  readonly ms: number;
  /** null unless the status is 'error' or 'cancelled'. */
  readonly failure: RunFailure | null;
  readonly captures: Readonly<Record<string, string>>;
  readonly transcript: Conversation;
  /** Where the conversation stood at the end. */
  readonly state: SessionState;
}

const noCaptures: LineResult['captures'] = {};

/** Collects the results of a run; each line gets one. */
export class LineResults {
  private readonly results = new Map<number, LineResult>();
  private readonly conversation: ScriptConversation;
  private readonly onLine: (result: LineResult) => void;

  constructor(conversation: ScriptConversation, onLine: (result: LineResult) => void) {
    this.conversation = conversation;
    this.onLine = onLine;
  }

  set(line: number, status: LineStatus, details: Partial<Omit<LineResult, 'line' | 'status'>> = {}): void {
    const { reply = null, ms = null, captures = noCaptures, failure = null, tls = null } = details;
    const result: LineResult = { line, status, reply, ms, captures, failure, tls };
    this.results.set(line, result);
    this.onLine(result);
  }

  has(line: number): boolean {
    return this.results.has(line);
  }

  /** With the lines that the run did not come to. */
  finish(): LineResult[] {
    for (const line of this.conversation.lines) if (doesSomething(line) && !this.results.has(line.line)) this.set(line.line, 'notReached');
    return [...this.results.values()].sort((a, b) => a.line - b.line);
  }
}

function doesSomething(line: ScriptLine): boolean {
  if (line.kind === 'data') return line.isEnd;
  if (line.kind === 'directive') return !['var', 'pipeline', 'end'].includes(line.directive?.name ?? '');
  return line.kind === 'client' || line.kind === 'expectation';
}
