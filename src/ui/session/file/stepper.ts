// ui/session: *Step*: a conversation that waits before each of its lines until the person says how to go on. The line that comes next is marked.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { setContext } from '../../command.ts';
import { contextKeys } from '../../ids.ts';

/** One conversation that is being stepped through. */
export interface Steps {
  readonly signal: AbortSignal;
  /** Resolves when the line (from 0) may be executed; when the person stops, `signal` is aborted first. */
  before(line: number): Promise<void>;
  end(): void;
}

interface Active {
  readonly uri: vscode.Uri;
  readonly stop: AbortController;
  /** Before which it waits now. */
  line: number | undefined;
}

export class Stepper implements Disposable {
  private readonly owned = new DisposableStore();
  private readonly changes = this.owned.add(new vscode.EventEmitter<void>());
  private readonly mark = this.owned.add(
    vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
      // The background alone is hard to see in a theme of high contrast; only such a theme has this colour.
      outlineColor: new vscode.ThemeColor('contrastActiveBorder'),
      outlineStyle: 'solid',
      outlineWidth: '1px',
      overviewRulerColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
      overviewRulerLane: vscode.OverviewRulerLane.Full,
    }),
  );
  private active: Active | undefined;
  private goOn: (() => void) | undefined;
  private isContinuing = false;

  /** Something is stepped through now, or no longer, or waits at another line. */
  readonly onDidChange = this.changes.event;

  constructor() {
    this.owned.add(vscode.window.onDidChangeVisibleTextEditors(() => this.draw()));
  }

  /** Executes the line before which it waits. */
  next(): void {
    this.goOn?.();
  }

  /** Waits no more. */
  continue(): void {
    this.isContinuing = true;
    this.goOn?.();
  }

  stop(): void {
    this.active?.stop.abort();
  }

  /** The line (from 0) before which a conversation of this file waits. */
  lineIn(uri: vscode.Uri): number | undefined {
    return this.active?.uri.toString() === uri.toString() ? this.active.line : undefined;
  }

  /** Ends what was stepped through before. */
  begin(uri: vscode.Uri): Steps {
    this.active?.stop.abort();
    const stop = new AbortController();
    const active: Active = { uri, stop, line: undefined };
    this.active = active;
    this.isContinuing = false;
    setContext(contextKeys.isStepping, true);
    return {
      signal: stop.signal,
      before: async (line) => {
        if (this.active !== active || this.isContinuing || stop.signal.aborted) return;
        this.moveTo(line);
        await new Promise<void>((resolve) => {
          this.goOn = resolve;
          stop.signal.addEventListener('abort', () => resolve(), { once: true });
        });
        if (this.active !== active) return;
        this.goOn = undefined;
        this.moveTo(undefined);
      },
      end: () => {
        if (this.active !== active) return;
        this.active = undefined;
        this.goOn = undefined;
        setContext(contextKeys.isStepping, false);
        this.draw();
        this.changes.fire();
      },
    };
  }

  dispose(): void {
    this.active?.stop.abort();
    this.owned.dispose();
  }

  private moveTo(line: number | undefined): void {
    if (!this.active) return;
    this.active.line = line;
    this.draw();
    this.changes.fire();
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const line = this.lineIn(editor.document.uri);
      if (line === undefined || line >= editor.document.lineCount) editor.setDecorations(this.mark, []);
      else {
        const { range } = editor.document.lineAt(line);
        editor.setDecorations(this.mark, [range]);
        editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      }
    }
  }
}
