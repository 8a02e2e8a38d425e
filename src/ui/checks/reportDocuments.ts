// ui/checks: reports as read-only Markdown documents, for VS Code's own diff.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { printMarkdown } from '../../checks/markdown.ts';
import type { Report } from '../../checks/report.ts';
import { reportScheme } from '../ids.ts';

/** The oldest are forgotten: their documents are empty when they are opened again. */
const mostKept = 20;

export class ReportDocuments implements Disposable {
  private readonly owned = new DisposableStore();
  private readonly texts = new Map<string, string>();

  constructor() {
    this.owned.add(
      vscode.workspace.registerTextDocumentContentProvider(reportScheme, {
        provideTextDocumentContent: (uri) => this.texts.get(uri.path) ?? '',
      }),
    );
  }

  /** What differs in every run, such as times, is left out of both sides. */
  async compare(previous: Report, report: Report): Promise<void> {
    const { subject } = report.question;
    const [before, now] = [this.keep(previous), this.keep(report)];
    const isSame = this.texts.get(before.path) === this.texts.get(now.path);
    const title = isSame
      ? vscode.l10n.t('{0}: nothing changed since the last run', subject)
      : vscode.l10n.t('{0}: last run and this one', subject);
    await vscode.commands.executeCommand('vscode.diff', before, now, title);
  }

  dispose(): void {
    this.owned.dispose();
  }

  private keep(report: Report): vscode.Uri {
    const name = report.question.subject.replace(/[\p{Cc}/\\?#:]+/gu, ' ').slice(0, 80);
    const uri = vscode.Uri.from({
      scheme: reportScheme,
      path: `/${report.question.kind}/${report.startedAt.replaceAll(':', '.')}/${name}.md`,
    });
    this.texts.set(uri.path, printMarkdown(report, { hasTimes: false }));
    for (const path of [...this.texts.keys()].slice(0, -mostKept)) this.texts.delete(path);
    return uri;
  }
}
