// webview: how long things took: words, and bars that are all on one scale so that hosts can be compared.
import type { Step } from '../../protocol/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';
import { element } from '../dom.ts';
import { fill } from '../format.ts';

/** Milliseconds from which a step counts as slow. */
const slow = 1000;

/** "0.4 ms", "31 ms", "1.7 s" */
export function describeTime(milliseconds: number, strings: ReportStrings, locale: string): string {
  if (milliseconds < slow)
    return fill(
      strings.milliseconds,
      new Intl.NumberFormat(locale, { maximumFractionDigits: milliseconds < 10 ? 1 : 0 }).format(milliseconds),
    );
  return describeSeconds(milliseconds, strings, locale);
}

/** "0.3 s" */
export function describeSeconds(milliseconds: number, strings: ReportStrings, locale: string): string {
  const seconds = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(milliseconds / 1000);
  return fill(strings.seconds, seconds);
}

/** Milliseconds from the first step's begin to the last one's end. */
export function totalOf(steps: readonly Step[]): number {
  return Math.max(0, ...steps.map((step) => step.at + step.ms));
}

export function hasSlowStep(steps: readonly Step[]): boolean {
  return steps.some((step) => step.ms > slow || !step.isAnswered);
}

/** One line of bars; `scale` is the time of the whole width. */
export function createTimeLine(steps: readonly Step[], scale: number): HTMLElement {
  const bars = steps.map((step) => {
    const bar = element('i', { class: classOf(step) });
    bar.style.width = share(step.ms, scale);
    return bar;
  });
  return element('span', { class: 'times', 'aria-hidden': 'true' }, ...bars);
}

/** A line a step, each where it began. */
export function createWaterfall(steps: readonly Step[], scale: number, strings: ReportStrings, locale: string): HTMLElement {
  const words = (step: Step): string => (step.isAnswered ? describeTime(step.ms, strings, locale) : strings.noAnswer);
  const label = fill(strings.stepTimes, steps.map((step) => `${step.name} ${words(step)}`).join(', '));
  const lines = steps.flatMap((step) => {
    const bar = element('i', { class: classOf(step) });
    bar.style.left = share(step.at, scale);
    bar.style.width = share(step.ms, scale);
    return [element('span', {}, step.name), element('div', { class: 'bar' }, bar), element('b', {}, words(step))];
  });
  return element('div', { class: 'steps', role: 'img', 'aria-label': label }, ...lines);
}

function classOf(step: Step): string | null {
  return step.isAnswered ? (step.ms > slow ? 'slow' : null) : 'dead';
}

function share(milliseconds: number, scale: number): string {
  return `${((100 * milliseconds) / Math.max(scale, 1)).toFixed(1)}%`;
}
