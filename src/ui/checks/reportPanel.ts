// ui/checks: one open report in an editor tab: shows a run while it goes on, then its report, and does what its page asks for.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { assertNever } from '../../base/failure.ts';
import { printMarkdown } from '../../checks/markdown.ts';
import type { Question, Report } from '../../checks/report.ts';
import { levelOf } from '../../checks/verdict.ts';
import type { FromReport, LastRun, ReportHead, ToReport } from '../../protocol/report.ts';
import type { Dialogs } from '../dialogs.ts';
import { commands, languageId, reportViewType } from '../ids.ts';
import type { Notify } from '../notify.ts';
import type { CheckRun } from './checkRun.ts';
import { reportPage } from './page.ts';
import { proofOf } from './relayProof.ts';
import type { ReportDocuments } from './reportDocuments.ts';
import { openToPrint, saveReport } from './saveReport.ts';
import { describeQuestion, reportStrings, titleOf } from './strings.ts';

export interface PanelDependencies {
  readonly extensionUri: vscode.Uri;
  readonly notify: Notify;
  readonly dialogs: Dialogs;
  readonly documents: ReportDocuments;
  readonly locale: string;
  /** Milliseconds that a run may take now. */
  readonly limit: () => number;
  readonly runAgain: (question: Question) => Promise<void>;
}

export interface FinishedRun {
  readonly report: Report;
  readonly previous: Report | null;
}

export class ReportPanel {
  readonly question: Question;
  private readonly dependencies: PanelDependencies;
  private readonly panel: vscode.WebviewPanel;
  private readonly owned = new DisposableStore();
  private run: CheckRun | undefined;
  private finished: FinishedRun | undefined;
  /** Why there is no report. */
  private missing: { readonly message: string } | { readonly hadEnded: boolean } | undefined;

  /** `restored`: the tab that VS Code kept while the window was reloaded; without it a new one. */
  constructor(dependencies: PanelDependencies, question: Question, onClosed: () => void, restored?: vscode.WebviewPanel) {
    this.dependencies = dependencies;
    this.question = question;
    const { extensionUri } = dependencies;
    const roots = [vscode.Uri.joinPath(extensionUri, 'dist', 'webview'), vscode.Uri.joinPath(extensionUri, 'media')];
    const options: vscode.WebviewOptions = { enableScripts: true, enableForms: false, localResourceRoots: roots };
    this.panel = restored ?? vscode.window.createWebviewPanel(reportViewType, titleOf(question), vscode.ViewColumn.Active, options);
    this.panel.webview.options = options;
    this.panel.iconPath = new vscode.ThemeIcon('checklist');
    this.owned.add(this.panel.webview.onDidReceiveMessage((message: FromReport) => void this.answer(message)));
    this.panel.onDidDispose(() => {
      // Nobody would see the rest.
      this.run?.cancel();
      this.owned.dispose();
      onClosed();
    });
    this.setPage();
  }

  /** What the page shows now; undefined while it runs. */
  get report(): Report | undefined {
    return this.finished?.report;
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** What was shown before is forgotten; a run that still goes on is cancelled. */
  show(run: CheckRun): void {
    if (this.run === run) return;
    this.run?.cancel();
    this.run = run;
    this.finished = undefined;
    this.missing = undefined;
    this.owned.add(
      run.onDidProgress((progress) => {
        if (this.run === run) void this.post({ type: 'progress', progress });
      }),
    );
    void this.refresh();
  }

  /** Of `run`, unless another one has been shown since. */
  finish(run: CheckRun, finished: FinishedRun | { readonly message: string }): void {
    if (this.run !== run) return;
    this.run = undefined;
    if ('message' in finished) this.missing = finished;
    else this.finished = finished;
    void this.refresh();
  }

  /** A report of the past. */
  showFinished({ report, previous }: FinishedRun): void {
    this.run?.cancel();
    this.run = undefined;
    this.missing = undefined;
    this.finished = { report, previous };
    void this.refresh();
  }

  /** Of a tab that comes back while its report does not. */
  showGone(hadEnded: boolean): void {
    this.missing = { hadEnded };
    void this.refresh();
  }

  /** Does what the page asks for; never rejects. */
  async answer(message: FromReport): Promise<void> {
    try {
      await this.act(message);
    } catch (error) {
      if (!this.owned.isDisposed) this.dependencies.notify.failure(error);
    }
  }

  private async act(message: FromReport): Promise<void> {
    const { documents, runAgain } = this.dependencies;
    switch (message.type) {
      case 'ready':
        return this.refresh();
      case 'cancel':
        return this.run?.cancel();
      case 'runAgain':
        return runAgain(this.question);
      case 'proveRelay':
        if (this.finished) await vscode.commands.executeCommand(commands.proveRelay, proofOf(this.finished.report));
        return;
      case 'compare':
        if (this.finished?.previous) await documents.compare(this.finished.previous, this.finished.report);
        return;
      case 'copyMarkdown':
        if (this.finished) await vscode.env.clipboard.writeText(printMarkdown(this.finished.report));
        return;
      case 'save':
        if (this.finished) await saveReport(this.finished.report, this.dependencies);
        return;
      case 'print':
        if (this.finished) await openToPrint(this.finished.report, this.dependencies);
        return;
      case 'copy':
        return vscode.env.clipboard.writeText(message.text);
      case 'openTranscript':
        return this.openTranscript(message.index);
      default:
        assertNever(message);
    }
  }

  private setPage(): void {
    const { webview } = this.panel;
    const at = (...path: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(this.dependencies.extensionUri, ...path)).toString();
    webview.html = reportPage({
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('hex'),
      script: at('dist', 'webview', 'report.js'),
      styles: [at('dist', 'webview', 'codicon.css'), at('media', 'base.css'), at('media', 'report.css')],
      strings: reportStrings(),
      language: vscode.env.language,
    });
  }

  private refresh(): Promise<void> {
    const { locale } = this.dependencies;
    if (this.missing) {
      const { missing } = this;
      const head = this.head(new Date().toISOString());
      return this.post('message' in missing ? { type: 'failed', head, ...missing } : { type: 'gone', head, ...missing });
    }
    if (this.run) return this.post({ type: 'begin', head: this.head(this.run.startedAt), progress: this.run.progress, locale });
    if (!this.finished) return Promise.resolve();
    const { report, previous } = this.finished;
    return this.post({
      type: 'report',
      head: this.head(report.startedAt),
      report,
      level: levelOf(report),
      lastRun: previous && lastRunOf(previous),
      locale,
    });
  }

  private head(startedAt: string): ReportHead {
    const { question } = this;
    return { question, subject: question.subject, kind: describeQuestion(question), startedAt, limit: this.dependencies.limit() };
  }

  private async openTranscript(index: number): Promise<void> {
    const content = this.finished?.report.transcripts[index]?.text;
    if (content === undefined) return;
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: languageId }));
  }

  private async post(message: ToReport): Promise<void> {
    if (!this.owned.isDisposed) await this.panel.webview.postMessage(message);
  }
}

function lastRunOf({ startedAt, findings }: Report): LastRun {
  const count = (level: 'fail' | 'warn'): number => findings.filter((finding) => finding.level === level).length;
  return { startedAt, level: levelOf({ findings, isCancelled: false }), failed: count('fail'), warnings: count('warn') };
}
