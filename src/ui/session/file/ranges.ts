// ui/session: places in a script as VS Code has them.
import * as vscode from 'vscode';
import type { Range } from '../../../session/script.ts';

export function toRange({ line, start, end }: Range): vscode.Range {
  return new vscode.Range(line, start, line, end);
}

/** Whole lines, from 0, both inclusive. */
export function linesOf(first: number, last: number, document: Pick<vscode.TextDocument, 'lineAt'>): vscode.Range {
  return new vscode.Range(first, 0, last, document.lineAt(last).range.end.character);
}
