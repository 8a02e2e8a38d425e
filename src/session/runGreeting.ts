// session: how a run comes by its connection, and the greeting on it.
import { Failure } from '../base/failure.ts';
import { parseTarget, type Target } from './directive.ts';
import type { ExpectedReply } from './plan.ts';
import type { RunContext } from './runContext.ts';
import { checkReply } from './runReplies.ts';
import { lookUp } from './variables.ts';

export function isGreetingDue({ connection }: RunContext): boolean {
  return !connection.isOpen || connection.state.phase === 'greeting';
}

/** Connects where there is no connection, and reads the greeting where it was not read. `replies`: what is expected of it, and of what follows it unasked. */
export async function greet(run: RunContext, replies: readonly ExpectedReply[]): Promise<void> {
  if (!run.connection.isOpen) await connect(run);
  const due = isGreetingDue(run) ? 1 : 0;
  for (let index = 0; index < Math.max(due, replies.length); index++) checkReply(run, replies[index], await run.connection.read());
}

async function connect(run: RunContext): Promise<void> {
  const { connection, connectLine } = run;
  if (connection.state.phase === 'closed') throw new Failure('connectionClosed', 'The connection is closed');
  const target = connection.target ?? givenTarget(run);
  const ownLine = connectLine && run.isOwn(connectLine) ? connectLine.line : null;
  const before = run.current;
  run.current = ownLine ?? before;
  const { connectMs, tls } = await connection.open(target);
  run.current = before;
  if (ownLine !== null) run.results.set(ownLine, 'passed', { ms: connectMs, tls });
  run.connectLine = null;
}

function givenTarget({ scope }: RunContext): Target {
  const [host, port] = [lookUp('host', scope), lookUp('port', scope)];
  const target =
    host === undefined || port === undefined ? null : parseTarget(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  if (target === null) throw new Failure('noConnect', 'Nothing says which server this is for: @connect host:port');
  return target;
}
