// ui/checks: the view Checks in the side bar: what was asked, what came out, when.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { type Finding, type Level, worstLevel } from '../../checks/report.ts';
import { commands, itemKinds, views } from '../ids.ts';
import { type History, keyOfQuestion, type PastChecks } from './history.ts';
import { countWords, describeKind, levelIcons } from './strings.ts';

/** Milliseconds after which "4 min" is written anew. */
const tick = 60_000;

export interface HistoryViewDependencies {
  readonly history: History;
  readonly locale: string;
  readonly now: () => number;
}

export function createHistoryView({ history, locale, now }: HistoryViewDependencies): Disposable {
  const owned = new DisposableStore();
  const changes = owned.add(new vscode.EventEmitter<void>());
  const view = owned.add(
    vscode.window.createTreeView<PastChecks>(views.checks, {
      treeDataProvider: {
        onDidChangeTreeData: changes.event,
        getChildren: (parent) => (parent ? [] : [...history.all]),
        getTreeItem: (entry) => itemOf(entry, now(), locale),
      },
    }),
  );
  owned.add(history.onDidChange(() => changes.fire()));
  const timer = setInterval(() => view.visible && changes.fire(), tick);
  owned.add({ dispose: () => clearInterval(timer) });
  return owned;
}

function itemOf(entry: PastChecks, now: number, locale: string): vscode.TreeItem {
  const { question, report } = entry;
  const level = worstLevel(report.findings);
  const item = new vscode.TreeItem(question.subject);
  const words = report.isCancelled ? vscode.l10n.t('cancelled') : outcome(report.findings, level);
  const when = ago(Date.parse(report.startedAt), now, locale);
  const kind = describeKind(question.kind);
  item.id = keyOfQuestion(question);
  item.description = question.kind === 'domain' || question.kind === 'server' ? `${words} · ${when}` : `${kind} · ${words} · ${when}`;
  const { icon, color } = levelIcons[level];
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.contextValue = itemKinds.report;
  item.tooltip = `${kind}: ${question.subject}\n${report.verdict}`;
  item.accessibilityInformation = { label: `${kind}, ${question.subject}, ${words}, ${when}` };
  item.command = { command: commands.openReport, title: vscode.l10n.t('Open Report'), arguments: [entry] };
  return item;
}

/** "2 failed, 3 warnings", "passed" */
function outcome(findings: readonly Finding[], level: Level): string {
  const words = countWords();
  const counted = (['fail', 'warn'] as const).flatMap((each) => {
    const count = findings.filter((finding) => finding.level === each).length;
    return count === 0 ? [] : [vscode.l10n.t(count === 1 ? words[each].one : words[each].many, count)];
  });
  if (counted.length > 0) return counted.join(', ');
  if (level === 'unknown') return vscode.l10n.t('unknown');
  if (level === 'skipped') return vscode.l10n.t('skipped');
  // A look-up is answered, not passed.
  return level === 'info' ? (findings.find((finding) => finding.level === 'info')?.title ?? '') : vscode.l10n.t('passed');
}

function ago(at: number, now: number, locale: string): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return vscode.l10n.t('now');
  if (minutes < 60) return vscode.l10n.t('{0} min', minutes);
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const options: Intl.DateTimeFormatOptions = isToday
    ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
    : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, options).format(at);
}
