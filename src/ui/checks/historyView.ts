// ui/checks: the view Checks in the side bar: what was asked, what came out, when.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { Event } from '../../base/event.ts';
import type { Finding, Level, Question } from '../../checks/report.ts';
import { levelOf } from '../../checks/verdict.ts';
import { commands, itemKinds, views } from '../ids.ts';
import type { CheckRun } from './checkRun.ts';
import { type History, keyOfQuestion, type PastChecks } from './history.ts';
import { countWords, describeQuestion, levelIcons } from './strings.ts';

/** Milliseconds after which "4 min" is written anew. */
const tick = 60_000;

export interface HistoryViewDependencies {
  readonly history: History;
  readonly running: () => readonly CheckRun[];
  readonly onDidChangeRunning: Event<void>;
  readonly locale: string;
  readonly now: () => number;
}

/** A run that goes on stands in the place of what came out the last time. */
export function createHistoryView({ history, running, onDidChangeRunning, locale, now }: HistoryViewDependencies): Disposable {
  const owned = new DisposableStore();
  const changes = owned.add(new vscode.EventEmitter<void>());
  const rows = (): (PastChecks | CheckRun)[] => {
    const going = running();
    const keys = new Set(going.map(({ question }) => keyOfQuestion(question)));
    return [...going, ...history.all.filter(({ question }) => !keys.has(keyOfQuestion(question)))];
  };
  const view = owned.add(
    vscode.window.createTreeView<PastChecks | CheckRun>(views.checks, {
      treeDataProvider: {
        onDidChangeTreeData: changes.event,
        getChildren: (parent) => (parent ? [] : rows()),
        getTreeItem: (row) => ('report' in row ? itemOf(row, now(), locale) : itemOfRun(row)),
      },
    }),
  );
  owned.add(history.onDidChange(() => changes.fire()));
  owned.add(onDidChangeRunning(() => changes.fire()));
  const timer = setInterval(() => view.visible && changes.fire(), tick);
  owned.add({ dispose: () => clearInterval(timer) });
  return owned;
}

function itemOfRun({ question }: CheckRun): vscode.TreeItem {
  const item = newItem(question);
  const words = vscode.l10n.t('running');
  const kind = describeQuestion(question);
  item.description = isPlain(question) ? words : `${kind} · ${words}`;
  item.iconPath = new vscode.ThemeIcon('loading~spin');
  item.tooltip = `${kind}: ${question.subject}`;
  item.accessibilityInformation = { label: `${kind}, ${question.subject}, ${words}` };
  item.command = { command: commands.openReport, title: vscode.l10n.t('Open Report'), arguments: [{ question }] };
  return item;
}

function itemOf(entry: PastChecks, now: number, locale: string): vscode.TreeItem {
  const { question, report } = entry;
  const level = levelOf(report);
  const item = newItem(question);
  const words = report.isCancelled ? vscode.l10n.t('cancelled') : outcome(report.findings, level, question.subject);
  const when = ago(Date.parse(report.startedAt), now, locale);
  const kind = describeQuestion(question);
  item.description = isPlain(question) ? `${words} · ${when}` : `${kind} · ${words} · ${when}`;
  const { icon, color } = report.isCancelled ? { icon: 'circle-slash', color: undefined } : levelIcons[level];
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.contextValue = itemKinds.report;
  item.tooltip = `${kind}: ${question.subject}\n${report.verdict}`;
  item.accessibilityInformation = { label: `${kind}, ${question.subject}, ${words}, ${when}` };
  item.command = { command: commands.openReport, title: vscode.l10n.t('Open Report'), arguments: [entry] };
  return item;
}

function newItem(question: Question): vscode.TreeItem {
  const item = new vscode.TreeItem(question.subject);
  item.id = keyOfQuestion(question);
  return item;
}

/** What is most often asked need not be named. */
function isPlain({ kind }: Question): boolean {
  return kind === 'domain' || kind === 'server';
}

/** "2 failed, 3 warnings", "passed" */
function outcome(findings: readonly Finding[], level: Level, subject: string): string {
  const words = countWords();
  const counted = (['fail', 'warn'] as const).flatMap((each) => {
    const count = findings.filter((finding) => finding.level === each).length;
    return count === 0 ? [] : [vscode.l10n.t(count === 1 ? words[each].one : words[each].many, count)];
  });
  if (counted.length > 0) return counted.join(', ');
  if (level === 'unknown') return vscode.l10n.t('unknown');
  if (level === 'skipped') return vscode.l10n.t('skipped');
  if (level === 'advice') {
    const count = findings.filter((finding) => finding.level === 'advice').length;
    const hasPassed = findings.some((finding) => finding.level === 'pass');
    return hasPassed ? vscode.l10n.t('passed, {0} advice', count) : vscode.l10n.t('{0} advice', count);
  }
  // A look-up is answered, not passed.
  return level === 'info'
    ? withoutSubject(findings.find((finding) => finding.level === 'info')?.title ?? '', subject)
    : vscode.l10n.t('passed');
}

/** "127.0.0.1 accepts everything" in the row of 127.0.0.1:1025: "accepts everything" */
function withoutSubject(title: string, subject: string): string {
  const name = [subject, subject.replace(/:\d+$/, '')].find((each) => title.startsWith(`${each} `));
  return name === undefined ? title : title.slice(name.length + 1);
}

function ago(at: number, now: number, locale: string): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return vscode.l10n.t('now');
  if (minutes < 60) return vscode.l10n.t('{0} min', minutes);
  const today = new Date(now);
  const day = new Date(at).toDateString();
  if (day === new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1).toDateString()) return vscode.l10n.t('yesterday');
  const isToday = day === today.toDateString();
  const options: Intl.DateTimeFormatOptions = isToday
    ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
    : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, options).format(at);
}
