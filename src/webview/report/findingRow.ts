// webview: one finding: icon, word and fact in a row; reason, evidence and remedy fold out.
import type { Evidence, Finding, Report } from '../../protocol/report.ts';
import { type Child, element, icon, iconButton, linkButton } from '../dom.ts';
import type { ReportHost } from './host.ts';
import { iconOf } from './levels.ts';
import { createRelayTable } from './relayTable.ts';
import { createTimeLine, createWaterfall, describeTime, hasSlowStep, totalOf } from './times.ts';

export interface RowOptions {
  readonly host: ReportHost;
  readonly locale: string;
  /** Milliseconds that the whole width of a bar stands for. */
  readonly scale: number;
  readonly transcripts: Report['transcripts'];
}

/** The same finding has the same key in every message of a run. */
export function keyOf({ group, id, title, target }: Finding): string {
  return JSON.stringify([group, id, title, target.domain, target.host, target.address, target.port]);
}

export function createFindingRow(finding: Finding, options: RowOptions): HTMLDetailsElement {
  const { host, locale, scale } = options;
  const { strings } = host;
  const { steps, level } = finding;
  // Times that are no complaint are a row of bars.
  const isTimes = steps !== undefined && level === 'info';
  const time = finding.ms ?? (steps ? totalOf(steps) : null);
  const row = element(
    'details',
    { class: isTimes ? 'finding times-row' : `finding ${level}` },
    element(
      'summary',
      {},
      icon('chevron-right', 'chevron'),
      isTimes ? icon('clockface') : icon(iconOf(level), `is-${level}`),
      element(
        'span',
        { class: 'says' },
        element('span', { class: 'level' }, isTimes ? strings.times : strings.levels[level]),
        ' ',
        isTimes ? element('span', { class: 'vh' }, finding.title) : element('span', { class: 'title' }, finding.title),
        ' ',
        isTimes && steps ? createTimeLine(steps, scale) : finding.detail === '' ? null : element('span', { class: 'dim' }, finding.detail),
      ),
      element('span', { class: 'cost' }, time === null ? '' : describeTime(time, strings, locale)),
    ),
    createMore(finding, options),
  );
  const key = keyOf(finding);
  row.open = host.state().open[key] ?? (level === 'fail' || (isTimes && hasSlowStep(steps)));
  row.querySelector('summary')?.addEventListener('click', () => {
    // The click has not toggled it yet.
    host.remember({ open: { ...host.state().open, [key]: !row.open } });
  });
  return row;
}

function createMore(finding: Finding, { host, locale, scale, transcripts }: RowOptions): HTMLElement {
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
  return element(
    'div',
    { class: 'more' },
    why === '' ? null : element('p', { class: finding.reason === '' ? 'dim' : null }, why),
    ...finding.evidence.map((evidence) => createRecord('see', evidence.label, marked(evidence), evidence.text, host)),
    ...finding.remedies.map((remedy) => createRecord('do', remedy.label, [remedy.text], remedy.text, host)),
    finding.relay ? createRelayTable(finding.relay, finding.level === 'info', strings) : null,
    finding.steps ? createWaterfall(finding.steps, scale, strings, locale) : null,
    element(
      'div',
      { class: 'refs' },
      finding.source === '' ? null : element('span', {}, finding.source),
      element('span', {}, finding.id),
      transcript < 0 ? null : linkButton(strings.openConversation, () => host.post({ type: 'openTranscript', index: transcript })),
    ),
  );
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
