// ui/inbox: dims mail that has been read. VS Code has no other way to colour a row; the address of the row says it (see rowUriOf).
import * as vscode from 'vscode';
import { colors, rowScheme } from '../ids.ts';

export function registerReadMarks(): vscode.Disposable {
  const decoration: vscode.FileDecoration = { color: new vscode.ThemeColor(colors.readForeground) };
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) => (uri.scheme === rowScheme && uri.query === 'read' ? decoration : undefined),
  });
}
