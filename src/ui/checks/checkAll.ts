// ui/checks: Check All My Domains: a few domains at a time, no tab for any of them, one sentence at the end. Without `vscode`.
import type { Question, Report } from '../../checks/report.ts';
import { levelOf } from '../../checks/verdict.ts';
import type { Localizer } from '../l10n.ts';
import type { Understand } from './ask.ts';

/** Each run asks many servers at the same time already. */
const sideBySide = 3;

export interface DomainsToCheck {
  readonly questions: readonly Question[];
  /** Entries that are no domain. */
  readonly wrong: readonly string[];
}

/** A domain that is named twice is checked once. */
export function readDomains(written: readonly string[], understand: Understand): DomainsToCheck {
  const questions = new Map<string, Question>();
  const wrong: string[] = [];
  for (const text of written) {
    const understood = understand('domain', text, {});
    if ('refusal' in understood) wrong.push(text);
    else questions.set(JSON.stringify(understood.question), understood.question);
  }
  return { questions: [...questions.values()], wrong };
}

export interface AllPorts {
  /** null: the run came to nothing. Never rejects. */
  readonly run: (question: Question, signal: AbortSignal) => Promise<Report | null>;
  /** Aborted when the person cancels: what runs is cancelled, and nothing else is begun. */
  readonly signal: AbortSignal;
  /** Told when one begins and when one is done. */
  readonly onProgress: (done: number, running: readonly string[]) => void;
}

/** The reports of those that were done, in any order. */
export async function checkAll(questions: readonly Question[], { run, signal, onProgress }: AllPorts): Promise<readonly Report[]> {
  const waiting = [...questions];
  const running = new Set<string>();
  const reports: Report[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let question = waiting.shift(); question && !signal.aborted; question = waiting.shift()) {
      running.add(question.subject);
      onProgress(done, [...running]);
      const report = await run(question, signal);
      running.delete(question.subject);
      done++;
      if (report && !report.isCancelled) reports.push(report);
      onProgress(done, [...running]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, questions.length) }, work));
  return reports;
}

/** "4 domains checked: 1 with failures, 1 with warnings, 2 without either." */
export function describeAll(
  reports: readonly Report[],
  asked: DomainsToCheck,
  l10n: Localizer,
): { readonly text: string; readonly isBad: boolean } {
  const counts = { fail: 0, warn: 0, unknown: 0, fine: 0 };
  for (const { findings, isCancelled } of reports) {
    const level = levelOf({ findings, isCancelled });
    counts[level === 'fail' || level === 'warn' || level === 'unknown' ? level : 'fine']++;
  }
  const parts = [
    counts.fail > 0 ? l10n.t('{0} with failures', counts.fail) : '',
    counts.warn > 0 ? l10n.t('{0} with warnings', counts.warn) : '',
    counts.unknown > 0 ? l10n.t('{0} not wholly known', counts.unknown) : '',
    counts.fine === 0 ? '' : counts.fine < reports.length ? l10n.t('{0} without either', counts.fine) : l10n.t('no failures, no warnings'),
  ].filter((part) => part !== '');
  const total = asked.questions.length;
  const of = reports.length === total ? String(total) : l10n.t('{0} of {1}', reports.length, total);
  const checked = total === 1 ? l10n.t('{0} domain checked', of) : l10n.t('{0} domains checked', of);
  const summary = parts.length === 0 ? `${checked}.` : `${checked}: ${parts.join(', ')}.`;
  const wrong = asked.wrong.map((text) => `"${text.slice(0, 60)}"`).slice(0, 3);
  const left = wrong.length === 0 ? '' : ` ${l10n.t('No domain in the settings: {0}.', wrong.join(', '))}`;
  return { text: summary + left, isBad: counts.fail > 0 };
}
