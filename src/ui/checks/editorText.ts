// ui/checks: what an editor shows that a check can be about: for the menus, and as the first answer of a question.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { isAboutMail, mentionAt, mentionIn } from '../../checks/mention.ts';
import { setContext } from '../command.ts';
import { contextKeys } from '../ids.ts';

/** UTF-16 units; a longer selection is not what is meant. */
const longestSelection = 254;
/** Of a file that is looked at to know whether it is about mail: lines, and UTF-16 units. */
const mostLines = 2000;
const mostText = 200_000;
/** Milliseconds after the last change of a text. */
const rest = 500;

/** What is likely meant, best first: what is selected, what is in it, what stands at the cursor. */
export function textsAtCursor(): readonly { readonly text: string; readonly isChosen: boolean }[] {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return [];
  const { document, selection } = editor;
  const line = document.lineAt(selection.active.line).text;
  const selected = selectedText(editor);
  const inside = selected === '' ? undefined : mentionAt(line, Math.min(selection.start.character + 1, line.length));
  const found = selection.isEmpty ? mentionAt(line, selection.active.character) : undefined;
  return [
    { text: selected, isChosen: true },
    { text: inside?.text ?? '', isChosen: true },
    { text: found?.text ?? '', isChosen: false },
  ].filter(({ text }) => text !== '');
}

/** Keeps the context keys that the menus of editors ask for. */
export function watchEditors(): Disposable {
  const owned = new DisposableStore();
  const told = new Map<string, string | boolean>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (key: string, value: string | boolean): void => {
    if (told.get(key) === value) return;
    told.set(key, value);
    setContext(key, value);
  };
  const lookAtText = (editor: vscode.TextEditor | undefined): void => {
    const text = editor?.document.getText(new vscode.Range(0, 0, mostLines, 0)) ?? '';
    tell(contextKeys.isAboutMail, isAboutMail(text.slice(0, mostText)));
  };
  const lookAtSelection = (editor: vscode.TextEditor | undefined): void => {
    tell(contextKeys.selectedSubject, (editor && mentionIn(selectedText(editor))?.kind) ?? '');
  };
  owned.add(
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      lookAtText(editor);
      lookAtSelection(editor);
    }),
  );
  owned.add(vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => lookAtSelection(textEditor)));
  owned.add(
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document !== vscode.window.activeTextEditor?.document) return;
      clearTimeout(timer);
      timer = setTimeout(() => lookAtText(vscode.window.activeTextEditor), rest);
    }),
  );
  owned.add({ dispose: () => clearTimeout(timer) });
  // Not now: an extension that starts has better things to do.
  timer = setTimeout(() => {
    lookAtText(vscode.window.activeTextEditor);
    lookAtSelection(vscode.window.activeTextEditor);
  }, rest);
  return owned;
}

function selectedText({ document, selection }: vscode.TextEditor): string {
  if (selection.isEmpty || !selection.isSingleLine) return '';
  const { start, end } = selection;
  return end.character - start.character > longestSelection ? '' : document.getText(selection).trim();
}
