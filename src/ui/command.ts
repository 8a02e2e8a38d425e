// ui: how a command is registered: its failure is told to the person, never lost.
import * as vscode from 'vscode';
import type { Notify } from './notify.ts';

/** Like vscode.commands.registerCommand; what `run` rejects with is shown by `notify`. */
export function registerCommand(notify: Notify, id: string, run: (...args: readonly unknown[]) => unknown): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: unknown[]) => {
    try {
      return await run(...args);
    } catch (error) {
      notify.failure(error);
      return undefined;
    }
  });
}

export function setContext(key: string, value: string | boolean): void {
  void vscode.commands.executeCommand('setContext', key, value);
}
