// session: runs one conversation of a .smtp file over a client that the caller provides. Knows neither files nor sockets nor the editor.
import { Failure, messageOf } from '../base/failure.ts';
import { planConversation, type Step } from './plan.ts';
import { RunContext } from './runContext.ts';
import { greet, isGreetingDue } from './runGreeting.ts';
import type { RunPorts } from './runPorts.ts';
import { Stop } from './runReplies.ts';
import type { RunFailure, RunResult } from './runResult.ts';
import { takeSending } from './runSending.ts';
import { applySetting, takeSetting } from './runSettings.ts';
import type { ScriptConversation, ScriptLine } from './script.ts';

export type { RunPorts } from './runPorts.ts';

/** Never rejects: what went wrong is in the result. Stops at the first reply that is not as expected. */
export async function runConversation(conversation: ScriptConversation, ports: RunPorts): Promise<RunResult> {
  const run = new RunContext(conversation, ports);
  const startedAt = ports.clock.monotonic();
  const { status, failure } = await runSteps(run);
  const { state } = run.connection;
  run.connection.close();
  return {
    status,
    failure,
    lines: run.results.finish(),
    ms: ports.clock.monotonic() - startedAt,
    captures: Object.fromEntries(run.captures),
    transcript: run.recorder.conversation(),
    state,
  };
}

async function runSteps(run: RunContext): Promise<Pick<RunResult, 'status' | 'failure'>> {
  try {
    for (const line of run.conversation.inherited) applySetting(run, line);
    const steps = planConversation(run.conversation);
    for (const [index, step] of steps.entries()) {
      const line = lineOf(step);
      run.current = line.line;
      if (run.ports.beforeStep) await run.ports.beforeStep(line);
      run.ports.signal?.throwIfAborted();
      if (step.kind !== 'setting' && step.kind !== 'greeting' && isGreetingDue(run)) await greet(run, []);
      run.current = line.line;
      await take(run, step, steps[index + 1]);
    }
    if (run.connectLine && run.isOwn(run.connectLine)) await greet(run, []);
    return { status: 'passed', failure: null };
  } catch (error) {
    if (error instanceof Stop) return { status: 'failed', failure: null };
    const failure = describe(run, error);
    run.results.set(failure.line, 'error');
    return { status: failure.reason === 'cancelled' ? 'cancelled' : 'error', failure };
  }
}

function describe({ ports, current }: RunContext, error: unknown): RunFailure {
  const isCancelled = ports.signal?.aborted === true;
  const known = error instanceof Failure ? error : new Failure('internal', messageOf(error));
  return { line: current, reason: isCancelled ? 'cancelled' : known.reason, message: known.message, data: known.data };
}

function take(run: RunContext, step: Step, next: Step | undefined): Promise<void> {
  if (step.kind === 'setting') return takeSetting(run, step.line);
  return step.kind === 'greeting' ? greet(run, step.replies) : takeSending(run, step, next);
}

function lineOf(step: Step): ScriptLine {
  const line = step.kind === 'greeting' ? step.replies[0]?.[0] : step.kind === 'message' ? step.lines[0] : step.line;
  // The planner makes no step without a line.
  if (!line) throw new Failure('internal', 'A step without a line');
  return line;
}
