// ui/session: completion in .smtp files: commands that are due, parameters, directives, variables, files after @data.
import * as vscode from 'vscode';
import { languageId } from '../../ids.ts';
import { completeCommand } from './commandCompletions.ts';
import { type Completion, completeNotation } from './completions.ts';
import { toRange } from './ranges.ts';
import type { Scripts } from './scripts.ts';

const kinds: Readonly<Record<Completion['kind'], vscode.CompletionItemKind>> = {
  directive: vscode.CompletionItemKind.Keyword,
  value: vscode.CompletionItemKind.EnumMember,
  variable: vscode.CompletionItemKind.Variable,
  command: vscode.CompletionItemKind.Function,
  parameter: vscode.CompletionItemKind.Property,
};

export function registerSuggestions(scripts: Scripts): vscode.Disposable {
  const provider: vscode.CompletionItemProvider = {
    async provideCompletionItems(document, { line, character }) {
      const text = document.lineAt(line).text;
      const path = /^[ \t]*@data[ \t]+(\S*)$/.exec(text.slice(0, character));
      if (path) return completePath(document, path[1] ?? '');
      const script = scripts.scriptOf(document);
      const found = completeNotation(script, text, line, character, vscode.l10n) ?? completeCommand(script, text, line, character) ?? [];
      return found.map(toItem);
    },
  };
  return vscode.languages.registerCompletionItemProvider({ language: languageId }, provider, '@', '{', ' ', '=', '/');
}

function toItem({ kind, label, insert, detail, explanation, range }: Completion, index: number): vscode.CompletionItem {
  const item = new vscode.CompletionItem(label, kinds[kind]);
  item.insertText = new vscode.SnippetString(insert);
  item.range = toRange(range);
  if (detail !== '') item.detail = detail;
  if (explanation !== '') item.documentation = explanation;
  // The order is that in which the commands are due.
  item.sortText = String(index).padStart(4, '0');
  return item;
}

/** Folders and .eml files beside the script. */
async function completePath(document: vscode.TextDocument, typed: string): Promise<vscode.CompletionItem[]> {
  if (document.isUntitled || typed.includes('{{')) return [];
  const folder = vscode.Uri.joinPath(document.uri, '..', typed.slice(0, typed.lastIndexOf('/') + 1));
  const entries = await vscode.workspace.fs.readDirectory(folder).then(
    (found) => found,
    () => [],
  );
  return entries
    .filter(
      ([name, type]) => !name.startsWith('.') && (type & vscode.FileType.Directory ? name !== 'node_modules' : /\.(eml|txt)$/i.test(name)),
    )
    .map(([name, type]) => {
      const isFolder = (type & vscode.FileType.Directory) !== 0;
      const item = new vscode.CompletionItem(name, isFolder ? vscode.CompletionItemKind.Folder : vscode.CompletionItemKind.File);
      if (isFolder) item.insertText = `${name}/`;
      return item;
    });
}
