// ui/session: what is wrong in a .smtp file, as VS Code's diagnostics: what the parser found, and the lines at which the last run failed.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import type { Diagnostic } from '../../../session/script.ts';
import { linesOf, toRange } from './ranges.ts';
import type { RunHistory } from './runHistory.ts';
import type { Scripts } from './scripts.ts';

const severities: Readonly<Record<Diagnostic['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

export function registerProblems(scripts: Scripts, history: RunHistory): Disposable {
  const owned = new DisposableStore();
  const found = owned.add(vscode.languages.createDiagnosticCollection('mailroom-smtp'));
  const failed = owned.add(vscode.languages.createDiagnosticCollection('mailroom-run'));

  const showFound = (document: vscode.TextDocument): void => {
    if (!document.isClosed) found.set(document.uri, scripts.scriptOf(document).diagnostics.map(toDiagnostic));
  };
  const showFailed = (file: string): void => {
    const document = scripts.open.find(({ uri }) => uri.toString() === file);
    if (document) failed.set(document.uri, failuresIn(document, scripts, history));
  };
  owned.add(scripts.onDidSettle(showFound));
  // A file that was run while it was closed.
  owned.add(scripts.onDidSettle(({ uri }) => showFailed(uri.toString())));
  owned.add(history.onDidChange(showFailed));
  owned.add(
    scripts.onDidClose(({ uri }) => {
      found.delete(uri);
      failed.delete(uri);
    }),
  );
  scripts.open.forEach(showFound);
  return owned;
}

function toDiagnostic({ range, severity, code, message }: Diagnostic): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(toRange(range), message, severities[severity]);
  diagnostic.source = 'smtp';
  diagnostic.code = code;
  return diagnostic;
}

function failuresIn(document: vscode.TextDocument, scripts: Scripts, history: RunHistory): vscode.Diagnostic[] {
  const script = scripts.scriptOf(document);
  return script.conversations.flatMap((conversation) => {
    const failures = history.of(document.uri.toString(), script, conversation)?.failures ?? [];
    return failures.map(({ line, message, difference }) => {
      const at = conversation.firstLine + line;
      const text = difference ? vscode.l10n.t('Expected {0}, got {1}', difference.expected, difference.actual) : message;
      const diagnostic = new vscode.Diagnostic(linesOf(at, at, document), text, vscode.DiagnosticSeverity.Error);
      diagnostic.source = 'smtp';
      return diagnostic;
    });
  });
}
