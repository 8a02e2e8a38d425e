// webview: the page of a check report. Fills in while checks run; when they are done, what is wrong moves to the top.
import type { ToReport } from '../protocol/report.ts';
import { element, linkButton } from './dom.ts';
import { fill } from './format.ts';
import { keyOf } from './report/findingRow.ts';
import { applyFilter, createGroups, describeServer, type Rows } from './report/groups.ts';
import { connectReportHost } from './report/host.ts';
import { keepOneStop, moveByKeys } from './report/listKeys.ts';
import { totalOf } from './report/times.ts';
import { createProgressLine, createVerdict, type Shown } from './report/verdict.ts';

const host = connectReportHost();
const { strings } = host;
const main = document.querySelector('main') ?? document.body;
const top = element('div');
const list = element('div', { class: 'findings' });
const rows: Rows = new Map();
let shown: Shown | undefined;

moveByKeys(list, (row) => {
  const key = [...rows].find(([, entry]) => entry.row === row)?.[0];
  if (key !== undefined) host.remember({ open: { ...host.state().open, [key]: row.open } });
});

window.addEventListener('message', (event: MessageEvent<ToReport>) => {
  const message = event.data;
  switch (message.type) {
    case 'begin': {
      const { findings, ...progress } = message.progress;
      rows.clear();
      return show({ head: message.head, findings, progress, result: null, locale: message.locale });
    }
    case 'progress': {
      if (!shown || shown.result) return;
      const { findings, ...progress } = message.progress;
      // A check may say the same thing again, better.
      const fresh = new Set(findings.map(keyOf));
      return show({ ...shown, findings: [...shown.findings.filter((finding) => !fresh.has(keyOf(finding))), ...findings], progress });
    }
    case 'report': {
      const { head, report, level, lastRun, locale } = message;
      const progress = shown?.progress ?? { done: report.findings.length, planned: report.findings.length, waitingFor: '' };
      return show({ head, findings: report.findings, progress, result: { report, level, lastRun }, locale });
    }
    case 'failed':
      main.removeAttribute('aria-busy');
      return main.replaceChildren(element('p', { class: 'failed', role: 'alert' }, fill(strings.failed, message.message)));
  }
});
host.post({ type: 'ready' });

function show(next: Shown): void {
  shown = next;
  const focused = document.activeElement;
  const { scrollTop } = document.documentElement;
  const { head, findings, result, locale } = next;
  const scale = Math.max(0, ...findings.map((finding) => totalOf(finding.steps ?? [])));
  const transcripts = result?.report.transcripts ?? [];
  const verdict = createVerdict(next, host, filter);
  top.replaceChildren(...(result ? [] : [createProgressLine(next, strings)]), verdict);
  const groups = createGroups(findings, result !== null, rows, { host, locale, scale, transcripts });
  if (result && findings.length === 0) groups.push(element('p', { class: 'empty dim' }, strings.nothingFound));
  list.replaceChildren(...groups, ...createConversations(next));
  main.replaceChildren(top, list);
  main.removeAttribute('aria-busy');
  document.title = head.subject;
  filter();
  // Moving a row takes the focus from it.
  if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
  document.documentElement.scrollTop = scrollTop;
}

function filter(): void {
  // Levels that the run does not have would hide everything.
  const chosen = host.state().filter.filter((level) => shown?.findings.some((finding) => finding.level === level));
  applyFilter(list, chosen);
  keepOneStop(list);
}

/** What was said on each connection, as a file that can be read and run again. */
function createConversations({ result }: Shown): HTMLElement[] {
  const transcripts = result?.report.transcripts ?? [];
  if (transcripts.length === 0) return [];
  const lines = transcripts.map(({ target }, index) => {
    return element(
      'li',
      {},
      element('span', {}, describeServer(target) || (target.domain ?? '')),
      linkButton(strings.openConversation, () => host.post({ type: 'openTranscript', index })),
    );
  });
  const head = element('div', { class: 'group-head' }, element('h2', { id: 'conversations' }, strings.conversations));
  return [
    element('div', { class: 'conversations', role: 'region', 'aria-labelledby': 'conversations' }, head, element('ul', {}, ...lines)),
  ];
}
