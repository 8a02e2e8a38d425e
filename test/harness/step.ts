// harness: runs a program as a named step, so that a failure says which step it was and not only that one failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from './paths.ts';

export class StepFailed extends Error {}

export interface StepOptions {
  readonly cwd?: string;
  /** False: the output is shown only when the step fails. Default true. */
  readonly isShown?: boolean;
  /** All variables of the program. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end without standard input. Rejects with StepFailed, which names the step. */
export async function runStep(name: string, command: string, args: readonly string[], options: StepOptions = {}): Promise<void> {
  const isShown = options.isShown ?? true;
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const outcome = await Promise.race([
    once(child, 'close').then(([code, signal]) => code ?? signal),
    once(child, 'error').then(([error]) => (error instanceof Error ? error.message : String(error))),
  ]);
  if (outcome !== 0) throw new StepFailed(`${name} failed: ${command} ${args.join(' ')} ended with ${outcome}\n${output}`.trimEnd());
}
