// ui/session: what stands behind the lines of a conversation that was run, in the colour of links above lines; gone when the conversation is edited.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import type { RunHistory } from './runHistory.ts';
import { isScript, type Scripts } from './scripts.ts';

export function registerMarks(scripts: Scripts, history: RunHistory): Disposable {
  const owned = new DisposableStore();
  const type = owned.add(
    vscode.window.createTextEditorDecorationType({
      after: { color: new vscode.ThemeColor('editorCodeLens.foreground'), margin: '0 0 0 2ch' },
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  );
  const draw = (editor: vscode.TextEditor): void => {
    if (isScript(editor.document)) editor.setDecorations(type, marksIn(editor.document, scripts, history));
  };
  const drawFile = (file: string): void =>
    vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === file).forEach(draw);
  owned.add(history.onDidChange(drawFile));
  owned.add(scripts.onDidEdit((document) => history.prune(document.uri.toString(), scripts.scriptOf(document))));
  owned.add(scripts.onDidClose(({ uri }) => history.forget(uri.toString())));
  owned.add(vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach(draw)));
  return owned;
}

function marksIn(document: vscode.TextDocument, scripts: Scripts, history: RunHistory): vscode.DecorationOptions[] {
  const script = scripts.scriptOf(document);
  return script.conversations.flatMap((conversation) => {
    const marks = history.of(document.uri.toString(), script, conversation)?.marks ?? [];
    return marks.map(({ line, text }) => {
      const { end } = document.lineAt(conversation.firstLine + line).range;
      return { range: new vscode.Range(end, end), renderOptions: { after: { contentText: text } } };
    });
  });
}
