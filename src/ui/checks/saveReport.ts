// ui/checks: a report as a file: Markdown, a page that prints, JSON. A page inside VS Code cannot print itself, so the browser does it.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { printHtml } from '../../checks/html.ts';
import { printMarkdown } from '../../checks/markdown.ts';
import type { Report } from '../../checks/report.ts';
import { cleanFileName } from '../../message/fileName.ts';
import type { Dialogs } from '../dialogs.ts';
import type { Notify } from '../notify.ts';

export interface SavingDependencies {
  readonly dialogs: Dialogs;
  readonly notify: Notify;
}

/** The ending of the name decides the format. */
export async function saveReport(report: Report, dependencies: SavingDependencies): Promise<void> {
  const filters = { Markdown: ['md'], [vscode.l10n.t('HTML, to Read and Print')]: ['html', 'htm'], JSON: ['json'] };
  await saveAs(report, 'md', filters, dependencies);
}

/** In the browser of this machine; where VS Code runs elsewhere, or in a browser itself, as a file that the person opens. */
export async function openToPrint(report: Report, dependencies: SavingDependencies): Promise<void> {
  const isHere = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  if (!isHere) return saveAs(report, 'html', { HTML: ['html', 'htm'] }, dependencies);
  // A folder that nobody could have put there before; the system empties it.
  const file = join(await mkdtemp(join(tmpdir(), 'mailroom-report-')), nameOf(report, 'html'));
  await writeFile(file, printHtml(report));
  await vscode.env.openExternal(vscode.Uri.file(file));
}

async function saveAs(
  report: Report,
  ending: 'md' | 'html',
  filters: Record<string, string[]>,
  { dialogs, notify }: SavingDependencies,
): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await dialogs.save({
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, nameOf(report, ending)) } : {}),
    filters,
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(printAs(report, target.path)));
  if (ending === 'html') {
    const name = target.path.slice(target.path.lastIndexOf('/') + 1);
    notify.tell('information', vscode.l10n.t('{0} is saved. Open it in a browser to print it.', name));
  }
}

function printAs(report: Report, path: string): string {
  if (/\.json$/i.test(path)) return `${JSON.stringify(report, null, 2)}\n`;
  return /\.html?$/i.test(path) ? printHtml(report) : printMarkdown(report);
}

function nameOf({ question: { subject } }: Report, ending: string): string {
  return `${cleanFileName(subject.replaceAll(':', '-'), 'report')}.${ending}`;
}
