// ui/checks: tabs of reports come back after the window was reloaded, with what the history has. VS Code keeps the tab, the page keeps its question.
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import type { Question } from '../../checks/report.ts';
import { reportViewType } from '../ids.ts';
import type { PastChecks } from './history.ts';
import { questionIn } from './pageState.ts';
import type { ReportPanel } from './reportPanel.ts';

export interface RestoreDependencies {
  readonly find: (question: Question) => PastChecks | undefined;
  /** undefined: the question has a tab already. */
  readonly takeOver: (question: Question, panel: vscode.WebviewPanel) => ReportPanel | undefined;
}

export function restoreReports({ find, takeOver }: RestoreDependencies): Disposable {
  return vscode.window.registerWebviewPanelSerializer(reportViewType, {
    async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown) {
      const question = questionIn(state);
      const report = question && takeOver(question, panel);
      // A tab that says nothing is of no use to anyone.
      if (!report) return panel.dispose();
      const past = find(report.question);
      if (past) report.showFinished({ report: past.report, previous: past.previous });
      else report.showGone((state as { hasEnded?: unknown }).hasEnded === true);
    },
  });
}
