// ui/session: runs the conversations of a .smtp file and tells each line as the terminal shows a session: what was sent, what came, and where it was
// not what the file expects.
import type { Clock } from '../../../base/clock.ts';
import { parseScript } from '../../../session/parse.ts';
import { type RunPorts, runConversation } from '../../../session/run.ts';
import type { LineResult, RunResult } from '../../../session/runResult.ts';
import type { ScriptConversation } from '../../../session/script.ts';
import { printable } from '../../../smtp/printable.ts';
import type { Localizer } from '../../l10n.ts';
import { bold, cyan, faint, green, red } from './colors.ts';
import { renderReply } from './render.ts';
import { describeTime } from './words.ts';

export interface PlayPorts extends Pick<RunPorts, 'connect' | 'readFile' | 'variables' | 'signal'> {
  readonly clock: Clock;
  readonly l10n: Localizer;
  readonly say: (...lines: readonly string[]) => void;
  /** Names the conversation where it has no name. */
  readonly title: string;
}

/** `index`: that conversation alone. Never rejects; stops when `signal` is aborted. */
export async function playScript(text: string, index: number | undefined, ports: PlayPorts): Promise<void> {
  const { say, l10n, signal } = ports;
  const { conversations, diagnostics } = parseScript(text);
  for (const { range, message } of diagnostics.filter((one) => one.severity === 'error').slice(0, 20)) {
    say(red(`   ${l10n.t('Line {0}: {1}', range.line + 1, printable(message))}`));
  }
  const chosen = index === undefined ? conversations : conversations.slice(index, index + 1);
  if (chosen.length === 0) say(faint(`   ${l10n.t('There is no conversation in {0}.', ports.title)}`));
  for (const conversation of chosen) {
    if (signal?.aborted) return;
    await playOne(conversation, ports);
  }
}

async function playOne(conversation: ScriptConversation, ports: PlayPorts): Promise<void> {
  const { say, l10n } = ports;
  const shown = new Set<unknown>();
  say(bold(printable(conversation.name ?? ports.title)));
  const result = await runConversation(conversation, {
    ...ports,
    onStep: (step) => say(...stepLines(step, conversation, shown, l10n)),
  });
  say(summary(result, l10n));
}

function stepLines(result: LineResult, conversation: ScriptConversation, shown: Set<unknown>, l10n: Localizer): string[] {
  const line = conversation.lines.find((one) => one.line === result.line);
  if (!line || result.status === 'notReached' || result.status === 'skipped') return [];
  const lines: string[] = [];
  if (line.kind === 'client' || line.kind === 'data') lines.push(`${cyan('C:')} ${printable(line.content)}`);
  else if (line.kind === 'directive') lines.push(faint(printable(line.text.trim())));
  // Several S: lines may speak of one reply.
  if (result.reply && !shown.has(result.reply)) {
    shown.add(result.reply);
    lines.push(...renderReply(result.reply, l10n));
  }
  const { failure } = result;
  if (failure) lines.push(red(`   ${l10n.t('✗ expected {0}, got {1}', printable(failure.expected), printable(failure.actual))}`));
  return lines;
}

function summary({ status, ms, failure }: RunResult, l10n: Localizer): string {
  const time = describeTime(ms);
  switch (status) {
    case 'passed':
      return green(l10n.t('✓ As expected, in {0}', time));
    case 'failed':
      return red(l10n.t('✗ Not as expected, after {0}', time));
    case 'cancelled':
      return faint(l10n.t('Cancelled after {0}', time));
    case 'error':
      return red(l10n.t('✗ Line {0}: {1}', (failure?.line ?? 0) + 1, printable(failure?.message ?? '')));
  }
}
