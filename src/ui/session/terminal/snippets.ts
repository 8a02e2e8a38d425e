// ui/session: the snippets that a session completes from: ours, those of the workspace, and those of the settings.
import * as vscode from 'vscode';
import { messageOf } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import { readSnippetFile, readSnippets as readSnippetValues, type SnippetDefinition } from '../../../session/snippetFile.ts';
import { languageId, settingIds } from '../../ids.ts';
import type { SettingObject } from '../../settingValue.ts';

const ours = ['media', 'snippets', 'smtp.json'];
const mostFiles = 50;

/** `written`: the setting. Never rejects; a file that cannot be read is told to the log. Of the same name the person's own counts. */
export async function readSnippets(extension: vscode.Uri, written: SettingObject, log: Log): Promise<readonly SnippetDefinition[]> {
  const files = [
    vscode.Uri.joinPath(extension, ...ours),
    ...(await vscode.workspace.findFiles('.vscode/*.code-snippets', undefined, mostFiles)),
  ];
  const found = new Map<string, SnippetDefinition>();
  const add = (snippets: readonly SnippetDefinition[], problems: readonly string[], where: string): void => {
    for (const snippet of snippets) found.set(snippet.name, snippet);
    for (const problem of problems) log.warn(`${where}: ${problem}`);
  };
  for (const file of files) {
    try {
      const { snippets, problems } = readSnippetFile(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)), languageId);
      add(snippets, problems, file.path);
    } catch (error) {
      log.warn(`${file.path}: ${messageOf(error)}`);
    }
  }
  const { snippets, problems } = readSnippetValues(written, languageId);
  add(snippets, problems, settingIds.snippets);
  return [...found.values()];
}
