// checks: how long a server takes for each step, whether it slows down after errors, and whether it says goodbye.
import type { Finding } from '../report.ts';
import { seconds } from './connecting.ts';
import { firstLine, type Tell, was } from './found.ts';
import type { Answer, Probe } from './probe.ts';

/** Milliseconds. */
const tooLong = 15_000;
const noticeable = 1000;

/** `goodbye`: the answer to QUIT, null when it was not said. */
export function timeFindings(tell: Tell, probe: Probe, goodbye: Answer | null): readonly Finding[] {
  return [timesFinding(tell, probe), ...tarpitFinding(tell, probe.answers), ...quitFinding(tell, goodbye)];
}

function timesFinding(tell: Tell, { steps }: Probe): Finding {
  const last = steps.at(-1);
  const total = last ? last.at + last.ms : 0;
  // What was not answered is told by itself: that we waited for it says nothing about the rest.
  const answered = total - steps.reduce((sum, { ms, isAnswered }) => sum + (isAnswered ? 0 : ms), 0);
  const isSlow = answered > tooLong;
  const hasGreeted = steps.some(({ name, isAnswered }) => name === 'greeting' && isAnswered);
  return tell({
    id: 'times',
    level: hasGreeted ? (isSlow ? 'warn' : 'info') : 'skipped',
    title: 'Times',
    detail: hasGreeted ? `${seconds(total)} in all` : `${seconds(total)} in all, without a greeting`,
    reason: isSlow ? 'So long a conversation holds up every sender, and some give up.' : '',
    steps,
    ms: Math.round(total),
  });
}

function tarpitFinding(tell: Tell, answers: readonly Answer[]): readonly Finding[] {
  const firstError = answers.findIndex((answer) => was(answer, 'refused'));
  if (firstError < 1) return [];
  const before = slowest(answers.slice(1, firstError));
  const after = answers.slice(firstError + 1);
  if (slowest(after) < noticeable || slowest(after) < 4 * before) return [];
  const detail = `${seconds(slowest(after))} for a reply, ${seconds(before)} before the first error`;
  return [
    tell({
      id: 'tarpit',
      level: 'info',
      title: 'Slows down after errors',
      detail,
      answers: after.filter(({ ms }) => ms >= noticeable).slice(0, 3),
    }),
  ];
}

function slowest(answers: readonly Answer[]): number {
  return Math.max(0, ...answers.map(({ ms }) => ms));
}

function quitFinding(tell: Tell, goodbye: Answer | null): readonly Finding[] {
  if (!goodbye || goodbye.reply?.code === 221 || goodbye.failure?.reason === 'cancelled') return [];
  const detail = goodbye.reply ? firstLine(goodbye) : 'no answer';
  return [
    tell({
      id: 'quit',
      level: 'info',
      title: 'QUIT is not answered with 221',
      detail,
      answers: [goodbye],
      source: 'RFC 5321 section 4.1.1.10',
    }),
  ];
}
