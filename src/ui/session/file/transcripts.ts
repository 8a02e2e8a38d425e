// ui/session: the transcript of the last run of each conversation, opened as a read-only document in the same notation.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { languageId, transcriptScheme } from '../../ids.ts';

/** The oldest are forgotten: their documents are empty when they are opened again. */
const mostKept = 100;

export class Transcripts implements Disposable {
  private readonly owned = new DisposableStore();
  private readonly changes = this.owned.add(new vscode.EventEmitter<vscode.Uri>());
  private readonly texts = new Map<string, string>();

  constructor() {
    this.owned.add(
      vscode.workspace.registerTextDocumentContentProvider(transcriptScheme, {
        onDidChange: this.changes.event,
        provideTextDocumentContent: (uri) => this.texts.get(uri.path) ?? '',
      }),
    );
  }

  /** `name` is that of the conversation; the file keeps two conversations of one name apart. */
  async open(file: vscode.Uri, name: string, text: string): Promise<void> {
    const uri = transcriptUri(file, name);
    this.texts.delete(uri.path);
    this.texts.set(uri.path, text);
    for (const path of [...this.texts.keys()].slice(0, -mostKept)) this.texts.delete(path);
    this.changes.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.languageId !== languageId) await vscode.languages.setTextDocumentLanguage(document, languageId);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true, preserveFocus: false });
  }

  dispose(): void {
    this.owned.dispose();
  }
}

/** The tab's title is the last part of the path: the conversation's name without what a path or a tab cannot hold. */
function transcriptUri(file: vscode.Uri, name: string): vscode.Uri {
  const title =
    name
      .replace(/[\p{Cc}/\\?#:]+/gu, ' ')
      .trim()
      .slice(0, 80) || 'conversation';
  return vscode.Uri.from({ scheme: transcriptScheme, path: `${file.path}/${title} (transcript).smtp` });
}
