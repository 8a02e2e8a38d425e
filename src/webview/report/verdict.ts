// webview: the top of a report: the sentence that answers the question, the tally that filters, when and from where, and what can be done with it.
import type { Finding, LastRun, Level, Report, ReportHead, ReportProgress } from '../../protocol/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';
import { element, icon, iconButton } from '../dom.ts';
import { fill, formatMoment } from '../format.ts';
import type { ReportHost } from './host.ts';
import { countLevels, describeCount, iconOf, tallyOrder } from './levels.ts';
import { describeTime } from './times.ts';

/** `result` is null while checks run. */
export interface Shown {
  readonly head: ReportHead;
  readonly findings: readonly Finding[];
  readonly progress: Omit<ReportProgress, 'findings'>;
  readonly result: { readonly report: Report; readonly level: Level; readonly lastRun: LastRun | null } | null;
  readonly locale: string;
}

export function createProgressLine({ progress }: Shown, strings: ReportStrings): HTMLElement {
  const bar = element('i');
  bar.style.width = `${progress.planned === 0 ? 0 : Math.min(100, (100 * progress.done) / progress.planned)}%`;
  return element(
    'div',
    {
      class: 'progress',
      role: 'progressbar',
      'aria-label': strings.checksDone,
      'aria-valuemin': '0',
      'aria-valuemax': String(progress.planned),
      'aria-valuenow': String(progress.done),
    },
    bar,
  );
}

export function createVerdict(shown: Shown, host: ReportHost, onFilter: () => void): HTMLElement {
  const { strings } = host;
  const { result } = shown;
  const top = result ? icon(iconOf(result.level), `is-${result.level}`) : icon('loading', 'codicon-modifier-spin is-run');
  return element(
    'header',
    { class: 'verdict' },
    top,
    element(
      'div',
      {},
      element('h1', {}, shown.head.subject),
      element('p', { class: 'answer', role: 'status' }, answerOf(shown, strings)),
      createTally(shown, host, onFilter),
      element('p', { class: 'meta' }, metaOf(shown, strings)),
    ),
    element('div', { class: 'actions' }, ...createActions(shown, host)),
  );
}

function answerOf({ result, progress, locale }: Shown, strings: ReportStrings): string {
  if (result?.report.isCancelled)
    return fill(strings.cancelled, describeTime(result.report.ms, strings, locale), progress.done, progress.planned);
  if (result) return result.report.verdict;
  if (progress.planned === 0) return strings.starting;
  const { done, planned, waitingFor } = progress;
  return waitingFor === '' ? fill(strings.progress, done, planned) : fill(strings.progressWaiting, done, planned, waitingFor);
}

function metaOf({ head, result, locale }: Shown, strings: ReportStrings): string {
  const began = formatMoment(Date.parse(head.startedAt), Date.now(), locale, strings);
  if (!result) return fill(strings.startedMeta, head.kind, began, describeTime(head.limit, strings, locale));
  const { report, lastRun } = result;
  return [
    fill(strings.finishedMeta, head.kind, began, describeTime(report.ms, strings, locale)),
    report.dnsServers.length > 0 ? fill(strings.dnsMeta, report.dnsServers.join(', ')) : '',
    report.probedFrom.length > 0 ? fill(strings.probedMeta, report.probedFrom.join(', ')) : '',
    lastRun
      ? fill(
          strings.lastRunMeta,
          formatMoment(Date.parse(lastRun.startedAt), Date.now(), locale, strings),
          outcomeOf(lastRun, strings, locale),
        )
      : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function outcomeOf(lastRun: LastRun, strings: ReportStrings, locale: string): string {
  if (lastRun.failed > 0) return describeCount('fail', lastRun.failed, strings, locale);
  if (lastRun.warnings > 0) return describeCount('warn', lastRun.warnings, strings, locale);
  return strings.levels[lastRun.level].toLocaleLowerCase(locale);
}

function createTally({ findings, locale }: Shown, host: ReportHost, onFilter: () => void): HTMLElement {
  const { strings } = host;
  const counts = countLevels(findings);
  const buttons = tallyOrder.flatMap((level) => {
    const count = counts.get(level);
    if (count === undefined) return [];
    const button = element(
      'button',
      { type: 'button', 'data-level': level, 'aria-pressed': String(host.state().filter.includes(level)) },
      icon(iconOf(level), `is-${level}`),
      describeCount(level, count, strings, locale),
    );
    button.addEventListener('click', () => {
      const before = host.state().filter;
      const isOn = !before.includes(level);
      host.remember({ filter: isOn ? [...before, level] : before.filter((other) => other !== level) });
      button.setAttribute('aria-pressed', String(isOn));
      onFilter();
    });
    return [button];
  });
  return element('div', { class: 'tally', role: 'group', 'aria-label': strings.showOnly }, ...buttons);
}

function createActions({ result }: Shown, host: ReportHost): HTMLElement[] {
  const { strings } = host;
  if (!result) return [mainButton('debug-stop', strings.cancel, () => host.post({ type: 'cancel' }))];
  return [
    mainButton('refresh', strings.runAgain, () => host.post({ type: 'runAgain' })),
    ...(result.lastRun ? [iconButton('git-compare', strings.compare, () => host.post({ type: 'compare' }))] : []),
    iconButton('copy', strings.copyMarkdown, () => host.post({ type: 'copyMarkdown' })),
    iconButton('save', strings.save, () => host.post({ type: 'save' })),
  ];
}

function mainButton(name: string, text: string, onClick: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'button' }, icon(name), ` ${text}`);
  button.addEventListener('click', onClick);
  return button;
}
