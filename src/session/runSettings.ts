// session: the directives of a run that set something or wait, and send nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../base/failure.ts';
import { isOneOf, parseTarget, tlsModes } from './directive.ts';
import type { RunContext } from './runContext.ts';
import type { DirectiveLine } from './script.ts';

/** One that stands in the conversation. */
export async function takeSetting(run: RunContext, line: DirectiveLine): Promise<void> {
  applySetting(run, line);
  const { directive } = line;
  if (directive?.name === 'wait') await delay(run.duration(directive.duration), undefined, { signal: run.ports.signal });
  // Of @connect only the connection can tell.
  if (directive?.name !== 'connect') run.results.set(line.line, 'passed');
}

/** Throws a Failure, 'badLine' or 'badArgument', when it cannot be understood. */
export function applySetting(run: RunContext, line: DirectiveLine): void {
  const { connection } = run;
  const { directive } = line;
  if (directive === null) throw new Failure('badLine', `The line cannot be understood: ${line.text.trim()}`);
  switch (directive.name) {
    case 'connect':
      connection.forget();
      connection.target = run.valid(parseTarget(run.fill(directive.target)), directive.target);
      run.connectLine = line;
      break;
    case 'tls': {
      const mode = run.fill(directive.mode);
      connection.mode = run.valid(isOneOf(tlsModes, mode) ? mode : null, mode);
      break;
    }
    case 'verify':
      connection.verify = run.fill(directive.isOn) !== 'off';
      break;
    case 'timeout':
      connection.timeout = run.duration(directive.duration);
      break;
    case 'close':
      connection.close();
      run.recorder.note('@close');
      break;
  }
}
