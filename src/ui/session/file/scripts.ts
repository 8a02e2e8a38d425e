// ui/session: the parsed text of .smtp documents, kept per version, and a word when a document has come, changed or gone.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { parseScript } from '../../../session/parse.ts';
import type { Script } from '../../../session/script.ts';
import { languageId, transcriptScheme } from '../../ids.ts';

/** Milliseconds without a key before a changed document is looked at again. */
const settleTime = 250;

/** Documents that a person writes; a transcript is only read, and a diff's old side cannot be run. */
export function isScript(document: vscode.TextDocument): boolean {
  return document.languageId === languageId && document.uri.scheme !== transcriptScheme && document.uri.scheme !== 'git';
}

export class Scripts implements Disposable {
  private readonly owned = new DisposableStore();
  private readonly parsed = new WeakMap<vscode.TextDocument, { readonly version: number; readonly script: Script }>();
  private readonly waiting = new Map<vscode.TextDocument, NodeJS.Timeout>();
  private readonly settles = this.owned.add(new vscode.EventEmitter<vscode.TextDocument>());
  private readonly edits = this.owned.add(new vscode.EventEmitter<vscode.TextDocument>());
  private readonly closes = this.owned.add(new vscode.EventEmitter<vscode.TextDocument>());

  /** A script was opened, or nobody has typed in it for a moment. */
  readonly onDidSettle = this.settles.event;
  /** Each change at once. */
  readonly onDidEdit = this.edits.event;
  readonly onDidClose = this.closes.event;

  constructor() {
    const { workspace } = vscode;
    this.owned.add(workspace.onDidOpenTextDocument((document) => this.opened(document)));
    this.owned.add(workspace.onDidCloseTextDocument((document) => this.closed(document)));
    this.owned.add(workspace.onDidChangeTextDocument(({ document }) => this.changed(document)));
  }

  get open(): readonly vscode.TextDocument[] {
    return vscode.workspace.textDocuments.filter(isScript);
  }

  scriptOf(document: vscode.TextDocument): Script {
    const known = this.parsed.get(document);
    if (known?.version === document.version) return known.script;
    const script = parseScript(document.getText());
    this.parsed.set(document, { version: document.version, script });
    return script;
  }

  dispose(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.owned.dispose();
  }

  private opened(document: vscode.TextDocument): void {
    if (isScript(document)) this.settles.fire(document);
  }

  /** Also when the language of a document becomes another. */
  private closed(document: vscode.TextDocument): void {
    if (!isScript(document)) return;
    clearTimeout(this.waiting.get(document));
    this.waiting.delete(document);
    this.closes.fire(document);
  }

  private changed(document: vscode.TextDocument): void {
    if (!isScript(document)) return;
    this.edits.fire(document);
    clearTimeout(this.waiting.get(document));
    const settle = (): void => {
      this.waiting.delete(document);
      this.settles.fire(document);
    };
    this.waiting.set(document, setTimeout(settle, settleTime));
  }
}
