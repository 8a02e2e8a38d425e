// webview: the top of a report: the sentence that answers the question, the tally that filters, when and from where, and what can be done with it.
import type { Finding, LastRun, Level, PlacedFinding, Report, ReportHead, ReportProgress } from '../../protocol/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';
import { element, icon, iconButton } from '../dom.ts';
import { fill, formatCount, formatMoment } from '../format.ts';
import { arrange, setText } from './arrange.ts';
import type { ReportHost } from './host.ts';
import { countLevels, describeCount, iconOf, tallyOrder } from './levels.ts';
import { describeSeconds, describeTime } from './times.ts';

export interface Running {
  readonly findings: readonly PlacedFinding[];
  readonly progress: Omit<ReportProgress, 'findings'>;
  /** When `progress.elapsed` was right, on this page's clock (performance.now). */
  readonly heardAt: number;
}

export interface Result {
  readonly report: Report;
  readonly level: Level;
  readonly lastRun: LastRun | null;
}

export interface Shown {
  readonly head: ReportHead;
  readonly locale: string;
  /** `none`: there is no report, and the sentence says why. */
  readonly what: { readonly running: Running } | { readonly result: Result } | { readonly none: string };
}

/** Milliseconds. */
const afterCancel = 600;

export interface Verdict {
  readonly elements: readonly HTMLElement[];
  show(shown: Shown): void;
  /** What changes with time alone. */
  tick(shown: Shown): void;
}

export function createVerdict(host: ReportHost, onFilter: () => void): Verdict {
  const { strings } = host;
  const bar = element('i');
  const progressLine = element(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': strings.checksDone, 'aria-valuemin': '0' },
    bar,
  );
  const sign = element('span', { class: 'sign' });
  const title = element('h1');
  const answer = element('p', { class: 'answer', role: 'status' });
  const tally = createTally(host, onFilter);
  const meta = element('p', { class: 'meta' });
  const actions = element('div', { class: 'actions' });
  const header = element('header', { class: 'verdict' }, sign, element('div', {}, title, answer, tally.element, meta), actions);
  let cancelledAt = Number.NEGATIVE_INFINITY;
  actions.addEventListener(
    'click',
    (event) => {
      // Buttons with an icon alone take the place of Cancel, under the pointer: a second click of the same hand is none of theirs.
      const isMain = event.target instanceof Element && event.target.closest('.button') !== null;
      if (!isMain && performance.now() - cancelledAt < afterCancel) event.stopPropagation();
      else if (madeActions === 'running') cancelledAt = performance.now();
    },
    { capture: true },
  );
  let madeSign = '';
  let madeActions = '';
  return {
    elements: [progressLine, header],
    show(shown) {
      const { head, what, locale } = shown;
      progressLine.hidden = !('running' in what);
      if ('running' in what) {
        const { done, planned } = what.running.progress;
        bar.style.width = `${planned === 0 ? 0 : Math.min(100, (100 * done) / planned)}%`;
        progressLine.setAttribute('aria-valuemax', String(planned));
        progressLine.setAttribute('aria-valuenow', String(done));
      }
      const look = 'running' in what ? 'loading' : 'result' in what ? what.result.level : 'unknown';
      if (look !== madeSign) sign.replaceChildren(look === 'loading' ? icon('loading', 'codicon-modifier-spin is-run') : signOf(look));
      madeSign = look;
      setText(title, head.subject);
      setText(answer, answerOf(shown, strings));
      tally.show(findingsOf(shown), locale);
      setText(meta, metaOf(shown, strings));
      const kind = 'running' in what ? 'running' : 'none' in what ? 'none' : what.result.lastRun ? 'compared' : 'alone';
      if (kind === madeActions) return;
      madeActions = kind;
      // A page behind a quick pick or another editor keeps an active element, and must not draw the focus to itself.
      const hadFocus = document.hasFocus() && actions.contains(document.activeElement);
      actions.replaceChildren(...createActions(kind, host));
      // Cancel has become Run Again, or the other way round.
      if (hadFocus) actions.querySelector('button')?.focus({ preventScroll: true });
    },
    tick: (shown) => setText(meta, metaOf(shown, strings)),
  };
}

export function findingsOf({ what }: Shown): readonly Finding[] {
  if ('running' in what) return what.running.findings.map(({ finding }) => finding);
  return 'result' in what ? what.result.report.findings : [];
}

/** Milliseconds that the run has taken until now. */
export function elapsedOf({ progress, heardAt }: Running): number {
  return progress.elapsed + (performance.now() - heardAt);
}

function signOf(level: Level): HTMLElement {
  return icon(iconOf(level), `is-${level}`);
}

function answerOf({ what }: Shown, strings: ReportStrings): string {
  if ('result' in what) return what.result.report.verdict;
  if ('none' in what) return what.none;
  const { done, planned, waitingFor } = what.running.progress;
  if (planned === 0) return strings.starting;
  return waitingFor === '' ? fill(strings.progress, done, planned) : fill(strings.progressWaiting, done, planned, waitingFor);
}

function metaOf({ head, what, locale }: Shown, strings: ReportStrings): string {
  if ('none' in what) return head.kind;
  const began = Date.parse(head.startedAt);
  const servers = (names: readonly string[]): string => (names.length > 0 ? fill(strings.dnsMeta, names.join(', ')) : '');
  if ('running' in what) {
    const { dnsServers, probedFrom } = what.running.progress;
    const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(began);
    const elapsed = describeSeconds(Math.min(elapsedOf(what.running), head.limit), strings, locale);
    return joined(
      fill(strings.startedMeta, head.kind, time, elapsed, fill(strings.seconds, formatCount(head.limit / 1000, locale))),
      servers(dnsServers),
      probedFrom.length > 0 ? fill(strings.probingMeta, probedFrom.join(', ')) : '',
    );
  }
  const { report, lastRun } = what.result;
  const moment = (at: number): string => formatMoment(at, Date.now(), locale, strings);
  return joined(
    fill(strings.finishedMeta, head.kind, moment(began), describeTime(report.ms, strings, locale)),
    servers(report.dnsServers),
    report.probedFrom.length > 0 ? fill(strings.probedMeta, report.probedFrom.join(', ')) : '',
    lastRun ? fill(strings.lastRunMeta, dayOf(Date.parse(lastRun.startedAt), locale, strings), outcomeOf(lastRun, strings, locale)) : '',
  );
}

/** "Today 21:10:04", "19 Nov" */
function dayOf(at: number, locale: string, strings: ReportStrings): string {
  const now = new Date();
  if (new Date(at).toDateString() === now.toDateString()) return formatMoment(at, now.getTime(), locale, strings);
  const year = new Date(at).getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...year }).format(at);
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

function outcomeOf(lastRun: LastRun, strings: ReportStrings, locale: string): string {
  if (lastRun.failed > 0) return describeCount('fail', lastRun.failed, strings, locale);
  if (lastRun.warnings > 0) return describeCount('warn', lastRun.warnings, strings, locale);
  return strings.levels[lastRun.level].toLocaleLowerCase(locale);
}

/** Each count is a toggle; one stays the same button while its number grows. */
function createTally(
  host: ReportHost,
  onFilter: () => void,
): { readonly element: HTMLElement; show(findings: readonly Finding[], locale: string): void } {
  const { strings } = host;
  const group = element('div', { class: 'tally', role: 'group', 'aria-label': strings.showOnly });
  const buttons = new Map<Level, { readonly button: HTMLButtonElement; readonly words: HTMLElement }>();
  const make = (level: Level): { readonly button: HTMLButtonElement; readonly words: HTMLElement } => {
    const words = element('span');
    const isOn = host.state().filter.includes(level);
    const button = element('button', { type: 'button', 'data-level': level, 'aria-pressed': String(isOn) }, signOf(level), words);
    button.addEventListener('click', () => {
      const before = host.state().filter;
      const isChosen = !before.includes(level);
      host.remember({ filter: isChosen ? [...before, level] : before.filter((other) => other !== level) });
      button.setAttribute('aria-pressed', String(isChosen));
      onFilter();
    });
    return { button, words };
  };
  return {
    element: group,
    show(findings, locale) {
      const counts = countLevels(findings);
      const shown = tallyOrder.flatMap((level) => {
        const count = counts.get(level);
        if (count === undefined) return [];
        const made = buttons.get(level) ?? make(level);
        buttons.set(level, made);
        setText(made.words, describeCount(level, count, strings, locale));
        return [made.button];
      });
      arrange(group, shown);
      group.hidden = shown.length === 0;
    },
  };
}

function createActions(kind: 'running' | 'none' | 'compared' | 'alone', host: ReportHost): HTMLElement[] {
  const { strings } = host;
  if (kind === 'running') return [mainButton('debug-stop', strings.cancel, () => host.post({ type: 'cancel' }))];
  const again = mainButton('refresh', strings.runAgain, () => host.post({ type: 'runAgain' }));
  if (kind === 'none') return [again];
  return [
    again,
    ...(kind === 'compared' ? [iconButton('git-compare', strings.compare, () => host.post({ type: 'compare' }))] : []),
    iconButton('copy', strings.copyMarkdown, () => host.post({ type: 'copyMarkdown' })),
    iconButton('save', strings.save, () => host.post({ type: 'save' })),
    iconButton('globe', strings.print, () => host.post({ type: 'print' })),
  ];
}

function mainButton(name: string, text: string, onClick: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'button' }, icon(name), ` ${text}`);
  button.addEventListener('click', onClick);
  return button;
}
