// session: what comes back in a run: reads the replies that are due, holds them against the S: lines, and gives every line its result.
import { Failure } from '../base/failure.ts';
import { type Reply, replyText } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import { matchReply } from './match.ts';
import type { ExpectedReply, SendingStep } from './plan.ts';
import type { RunContext } from './runContext.ts';

/** Thrown at the first reply that is not as expected; its line has the result. */
export class Stop extends Error {}

/** What the replies are to. */
export interface Sent {
  /** Zero-based; has the result when no S: line does. */
  readonly line: number;
  /** Of octets, all their lines. */
  readonly command: string;
  /** How many replies a server owes. */
  readonly due: number;
  readonly tls?: TlsFacts | null;
}

/** Reads as many replies as are due or spoken of, whichever is more. */
export async function readReplies(run: RunContext, step: SendingStep, { line, command, due, tls = null }: Sent): Promise<void> {
  const { connection, results } = run;
  const count = Math.max(due, step.replies.length);
  if (step.replies.length > 0 || count === 0) results.set(line, 'passed', { tls });
  const commands = step.kind === 'octets' && command.includes('\n') ? command.split(/\r\n|\n|\r/) : [command];
  for (let index = 0; index < count; index++) {
    const expected = step.replies[index];
    run.current = expected?.[0]?.line ?? line;
    const reply = await connection.read();
    const isLastOfData = connection.state.phase !== 'data' || index === count - 1;
    if (isLastOfData) connection.answered(commands[index] ?? command, reply);
    if (step.replies.length === 0) results.set(line, 'passed', { reply, ms: reply.ms, tls });
    checkReply(run, expected, reply);
    if (connection.state.isTlsDue) await beginTlsAt(run, line);
  }
}

async function beginTlsAt({ connection, results }: RunContext, line: number): Promise<void> {
  const tls = await connection.beginTls();
  const reply = connection.lastReply;
  results.set(line, 'passed', { tls, reply, ms: reply?.ms ?? null });
}

/** Throws Stop when the reply is another. */
export function checkReply(run: RunContext, expected: ExpectedReply | undefined, reply: Reply): void {
  if (!expected) return;
  let isFailed = false;
  for (const { line, expectation, content } of expected) {
    run.current = line;
    if (expectation === null) throw new Failure('badLine', `The line cannot be understood: S: ${content}`);
    const { failures, captures } = matchReply([expectation], reply, (name) => run.definedValue(name));
    for (const [name, value] of Object.entries(captures)) run.captures.set(name, value);
    const [failure = null] = failures;
    isFailed ||= failure !== null;
    run.results.set(line, failure ? 'failed' : 'passed', { reply, ms: reply.ms, captures, failure });
  }
  if (isFailed) throw new Stop();
}

/** The server did not want the message: nothing of it is sent, and no reply to it will come. */
export function skipMessage({ connection, results }: RunContext, line: number, replies: readonly ExpectedReply[]): void {
  const reply = connection.lastReply;
  results.set(line, 'skipped', { reply });
  const first = replies[0]?.[0];
  if (!first) return;
  const failure = { index: 0, what: 'code' as const, expected: first.content, actual: reply ? replyText(reply) : '' };
  results.set(first.line, 'failed', { reply, failure });
  throw new Stop();
}
