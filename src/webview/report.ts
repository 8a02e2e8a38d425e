// webview: the page of a check report. Fills in while checks run, each row in its place; when they are done, what is wrong moves to the top.
import type { Finding, ReportHead, ReportProgress, ToReport } from '../protocol/report.ts';
import { element, icon, linkButton } from './dom.ts';
import { fill } from './format.ts';
import { arrange, setText } from './report/arrange.ts';
import { rememberOpen } from './report/findingRow.ts';
import { applyFilter, createGroups, describeServer, fillGroups } from './report/groups.ts';
import { connectReportHost } from './report/host.ts';
import { bySeverity, inPlaces, joinFindings } from './report/levels.ts';
import { keepOneStop, moveByKeys, rowsOf } from './report/listKeys.ts';
import { describeSeconds, totalOf } from './report/times.ts';
import { createVerdict, elapsedOf, findingsOf, type Running, type Shown } from './report/verdict.ts';

/** Milliseconds after which running times are written anew; longer for who wants no motion. */
const tick = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 200;

const host = connectReportHost();
const { strings } = host;
const main = document.querySelector('main') ?? document.body;
const verdict = createVerdict(host, filter);
const hint = element('div', { class: 'hint', role: 'note' });
const list = element('div', { class: 'findings' });
const empty = element('p', { class: 'empty dim' }, strings.nothingFound);
let groups = createGroups();
let shown: Shown | undefined;

moveByKeys(list, (row) => {
  const key = row.dataset['key'];
  if (key !== undefined) rememberOpen(host, key, row.open);
});

window.addEventListener('message', ({ data: message }: MessageEvent<ToReport>) => {
  switch (message.type) {
    case 'begin':
      groups = createGroups();
      return show({ head: message.head, locale: message.locale, what: { running: runningOf(message.progress, []) } });
    case 'progress':
      if (!shown || !('running' in shown.what)) return;
      return show({ ...shown, what: { running: runningOf(message.progress, shown.what.running.findings) } });
    case 'report': {
      const { head, report, level, lastRun, locale } = message;
      return show({ head, locale, what: { result: { report, level, lastRun } } });
    }
    case 'failed':
      return showNone(message.head, fill(strings.failed, message.message));
    case 'gone':
      return showNone(message.head, message.hadEnded ? strings.gone : strings.unfinished);
  }
});
setInterval(() => {
  if (!shown || !('running' in shown.what)) return;
  verdict.tick(shown);
  showTimes(shown.what.running, shown.locale);
}, tick);
host.post({ type: 'ready' });

function runningOf({ findings, ...progress }: ReportProgress, before: Running['findings']): Running {
  return { findings: joinFindings(before, findings), progress, heardAt: performance.now() };
}

function showNone(head: ReportHead, sentence: string): void {
  show({ head, locale: document.documentElement.lang, what: { none: sentence } });
}

function show(next: Shown): void {
  shown = next;
  const { head, locale, what } = next;
  host.remember({ question: head.question, hasEnded: 'result' in what });
  const findings = findingsOf(next);
  const isDone = !('running' in what);
  const transcripts = 'result' in what ? what.result.report.transcripts : [];
  const longest = 'result' in what ? what.result.report.ms : Number.POSITIVE_INFINITY;
  const scale = Math.max(0, ...findings.map((finding) => totalOf(finding.steps ?? [])));
  const entries = 'running' in what ? inPlaces(what.running.findings, what.running.progress.activities) : bySeverity(findings);
  keepFocus(() => {
    verdict.show(next);
    const sections = fillGroups(groups, entries, {
      host,
      locale,
      scale,
      transcripts,
      isDone,
      longest,
      answerId: answerIds[head.question.kind],
    });
    arrange(list, [...('result' in what && findings.length === 0 ? [empty] : sections), ...createConversations(next)]);
    arrange(main, [...verdict.elements, ...hintAbout(findings, isDone), list]);
    filter();
  });
  if ('running' in what) showTimes(what.running, locale);
  main.toggleAttribute('data-done', isDone);
  main.removeAttribute('aria-busy');
  document.title = head.subject;
}

/** Who looks something up wants to see it. */
const answerIds: Readonly<Record<string, string>> = { dns: 'record', mx: 'mx', spf: 'spf-evaluation', reverseDns: 'ptr' };

/** A row that is gone, or moved, must not take the focus with it: what stands in its place gets it. */
function keepFocus(change: () => void): void {
  const focused = document.activeElement;
  const at = focused instanceof HTMLElement ? rowsOf(list).indexOf(focused) : -1;
  const { scrollTop } = document.documentElement;
  change();
  // A page behind a quick pick or another editor must not draw the focus to itself.
  if (!document.hasFocus() || !(focused instanceof HTMLElement) || document.activeElement === focused) return;
  const rows = rowsOf(list);
  const next = focused.isConnected ? focused : rows[Math.min(at, rows.length - 1)];
  if (at >= 0 || focused.isConnected) next?.focus({ preventScroll: true });
  document.documentElement.scrollTop = scrollTop;
}

/** At the right of what runs: how long it has. */
function showTimes(running: Running, locale: string): void {
  const elapsed = elapsedOf(running);
  for (const { since, cost } of groups.rows.values())
    if (since !== null) setText(cost, describeSeconds(Math.max(0, elapsed - since), strings, locale));
}

function filter(): void {
  // Levels that the run does not have would hide everything.
  const chosen = host.state().filter.filter((level) => shown && findingsOf(shown).some((finding) => finding.level === level));
  applyFilter(list, chosen);
  keepOneStop(list);
}

/** One box where the network of this machine, and not the servers, is what is wrong. */
function hintAbout(findings: readonly Finding[], isDone: boolean): readonly HTMLElement[] {
  const blocked = isDone ? findings.find(({ id }) => id === 'port-25-blocked') : undefined;
  if (!blocked) return [];
  const { title, detail, reason } = blocked;
  const sentences = [detail === '' ? title : `${title}: ${detail}`, reason].filter((text) => text !== '');
  hint.replaceChildren(
    icon('info', 'is-info'),
    element('p', {}, sentences.map((text) => (/[.!?]$/.test(text) ? text : `${text}.`)).join(' ')),
  );
  return [hint];
}

/** What was said on each connection, as a file that can be read and run again. */
function createConversations({ what }: Shown): readonly HTMLElement[] {
  const transcripts = 'result' in what ? what.result.report.transcripts : [];
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
