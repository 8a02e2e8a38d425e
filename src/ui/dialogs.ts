// ui: every question to the person that VS Code shows as a dialog or message. One seam, because a test run refuses modal dialogs.
import * as vscode from 'vscode';

export type Severity = 'information' | 'warning' | 'error';

export interface Dialogs {
  /** The title of the chosen action, or undefined when the message was closed. */
  message(severity: Severity, text: string, options: vscode.MessageOptions, ...actions: string[]): Thenable<string | undefined>;
  save(options: vscode.SaveDialogOptions): Thenable<vscode.Uri | undefined>;
  open(options: vscode.OpenDialogOptions): Thenable<readonly vscode.Uri[] | undefined>;
}

export const realDialogs: Dialogs = {
  message(severity, text, options, ...actions) {
    if (severity === 'error') return vscode.window.showErrorMessage(text, options, ...actions);
    if (severity === 'warning') return vscode.window.showWarningMessage(text, options, ...actions);
    return vscode.window.showInformationMessage(text, options, ...actions);
  },
  save: (options) => vscode.window.showSaveDialog(options),
  open: (options) => vscode.window.showOpenDialog(options),
};
