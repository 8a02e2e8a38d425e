// webview: one row: icon, word and fact; reason, evidence and remedy fold out. What waits or runs is a row too, in the place where its findings will be.
import type { Activity, Evidence, Finding, Report } from '../../protocol/report.ts';
import { type Child, element, icon, iconButton, linkButton } from '../dom.ts';
import type { ReportHost } from './host.ts';
import { iconOf } from './levels.ts';
import { createRelayTable, isControl } from './relayTable.ts';
import { createTimeLine, createWaterfall, describeTime, hasSlowStep, totalOf } from './times.ts';

export interface RowOptions {
  readonly host: ReportHost;
  readonly locale: string;
  /** Milliseconds that the whole width of a bar stands for. */
  readonly scale: number;
  readonly transcripts: Report['transcripts'];
  /** Nothing opens by itself while checks run. */
  readonly isDone: boolean;
  /** Milliseconds of the whole run: look-ups go on side by side, and no group took longer. */
  readonly longest: number;
  /** Of the finding that answers what was looked up; it opens by itself. */
  readonly answerId: string | undefined;
}

/** What the key of a row begins with that is no finding yet. */
export const activityKey = 'activity ';

/** A row stays the same element while what it says changes. */
export interface Row {
  readonly element: HTMLDetailsElement;
  /** Only of what runs: tells how long it has. */
  readonly since: number | null;
  readonly cost: HTMLElement;
  /** What it was made of. */
  readonly made: string;
}

export function fillRow(key: string, before: Row | undefined, what: Finding | Activity, options: RowOptions): Row {
  const made = JSON.stringify([what, 'steps' in what ? options.scale : 0, options.transcripts.length, options.isDone]);
  if (before?.made === made) return before;
  const row = before?.element ?? newRow(key, options.host);
  const isActivity = 'state' in what;
  const { parts, more, cost } = isActivity ? partsOfActivity(what, options) : partsOfFinding(what, options);
  const isTimes = !isActivity && isTimesRow(what);
  row.className = `finding ${isActivity ? (what.state === 'running' ? 'run' : 'wait') : isTimes ? 'times-row' : what.level}`;
  row.dataset['level'] = isActivity ? what.state : what.level;
  row.querySelector('summary')?.replaceChildren(icon('chevron-right', 'chevron'), ...parts, cost);
  row.querySelector('.more')?.replaceChildren(...more);
  const opensItself =
    !isActivity && options.isDone && (what.level === 'fail' || what.id === options.answerId || (isTimes && hasSlowStep(what.steps ?? [])));
  if (!isActivity) row.open = options.host.state().open[key] ?? opensItself;
  return { element: row, since: isActivity ? what.since : null, cost, made };
}

function newRow(key: string, host: ReportHost): HTMLDetailsElement {
  const summary = element('summary');
  const row = element('details', { class: 'finding', 'data-key': key }, summary, element('div', { class: 'more' }));
  summary.addEventListener('click', () => {
    // The click has not toggled it yet.
    rememberOpen(host, key, !row.open);
  });
  return row;
}

/** Of findings only: what waits or runs is something else in the next run. */
export function rememberOpen(host: ReportHost, key: string, isOpen: boolean): void {
  if (!key.startsWith(activityKey)) host.remember({ open: { ...host.state().open, [key]: isOpen } });
}

interface Parts {
  readonly parts: readonly Node[];
  readonly more: readonly Node[];
  readonly cost: HTMLElement;
}

/** Times that are no complaint are a row of bars. */
function isTimesRow({ steps, level }: Finding): boolean {
  return steps !== undefined && level === 'info';
}

function partsOfActivity({ state, title, detail, since }: Activity, { host: { strings } }: RowOptions): Parts {
  const isRunning = state === 'running';
  return {
    parts: [
      isRunning ? icon('loading', 'codicon-modifier-spin is-run') : icon('circle-outline', 'is-wait'),
      says(isRunning ? strings.running : strings.waiting, element('span', { class: 'title' }, title), detail),
    ],
    more: [element('p', { class: 'dim' }, detail === '' ? title : detail)],
    // It changes all the time: nobody wants it read out.
    cost: element('span', { class: 'cost', 'aria-hidden': since === null ? null : 'true' }),
  };
}

function partsOfFinding(finding: Finding, options: RowOptions): Parts {
  const { host, locale, scale } = options;
  const { strings } = host;
  const { steps, level, title, detail, ms } = finding;
  const time = ms ?? (steps ? totalOf(steps) : null);
  const cost = element('span', { class: 'cost' }, time === null ? '' : describeTime(time, strings, locale));
  const more = createMore(finding, options);
  if (steps && isTimesRow(finding)) {
    const name = element('span', { class: 'vh' }, title);
    return { parts: [icon('clockface'), says(strings.times, name, createTimeLine(steps, scale))], more, cost };
  }
  const name = element('span', { class: 'title' }, title);
  return { parts: [icon(iconOf(level), `is-${level}`), says(strings.levels[level], name, detail)], more, cost };
}

function says(word: string, title: Node, detail: Node | string): HTMLElement {
  const last = typeof detail === 'string' ? (detail === '' ? null : element('span', { class: 'dim' }, detail)) : detail;
  return element('span', { class: 'says' }, element('span', { class: 'level' }, word), ' ', title, ' ', last);
}

function createMore(finding: Finding, { host, locale, scale, transcripts, isDone }: RowOptions): Node[] {
  const { strings } = host;
  const why = finding.reason || finding.detail;
  const { target } = finding;
  const transcript = transcripts.findIndex(
    (entry) =>
      target.address !== undefined &&
      target.port !== undefined &&
      entry.target.address === target.address &&
      entry.target.port === target.port &&
      entry.target.host === target.host,
  );
  const refs = element(
    'div',
    { class: 'refs' },
    isDone && canBeProven(finding) ? linkButton(strings.proveRelay, () => host.post({ type: 'proveRelay' })) : null,
    transcript < 0 ? null : linkButton(strings.openConversation, () => host.post({ type: 'openTranscript', index: transcript })),
    finding.source === '' ? null : element('span', {}, finding.source),
    element('span', {}, finding.id),
  );
  return [
    why === '' ? null : element('p', { class: finding.reason === '' ? 'dim' : null }, why),
    ...finding.evidence.map((evidence) => createRecord('see', evidence.label, marked(evidence), evidence.text, host)),
    ...finding.remedies.map((remedy) => createRecord('do', remedy.label, [remedy.text], remedy.text, host)),
    finding.relay ? createRelayTable(finding.relay, finding.level === 'info', strings) : null,
    finding.steps ? createWaterfall(finding.steps, scale, strings, locale) : null,
    refs,
  ].filter((part) => part !== null);
}

/** A server accepted what looks like relaying: only a delivery tells whether it is. */
function canBeProven({ relay = [], level }: Finding): boolean {
  return level !== 'info' && relay.some(({ id, verdict }) => verdict === 'accepted' && !isControl(id));
}

function createRecord(kind: 'see' | 'do', label: string, content: readonly Child[], text: string, host: ReportHost): HTMLElement {
  return element(
    'div',
    { class: `record ${kind}` },
    element('span', { class: 'label' }, label),
    element('pre', {}, ...content),
    iconButton('copy', host.strings.copy, () => host.post({ type: 'copy', text })),
  );
}

/** Marks that are out of order or out of bounds are left out. */
function marked({ text, marks = [] }: Evidence): Child[] {
  const pieces: Child[] = [];
  let at = 0;
  for (const [start, end] of marks) {
    if (start < at || end <= start || end > text.length) continue;
    pieces.push(text.slice(at, start), element('mark', {}, text.slice(start, end)));
    at = end;
  }
  pieces.push(text.slice(at));
  return pieces;
}
