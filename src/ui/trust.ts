// ui: what a restricted workspace may not do is refused with a sentence, and with the way to trust the workspace.
import * as vscode from 'vscode';
import type { Notify } from './notify.ts';

/** False: `refusal` was told. */
export function isTrusted(notify: Notify, refusal: string): boolean {
  if (vscode.workspace.isTrusted) return true;
  const run = () => vscode.commands.executeCommand('workbench.trust.manage');
  notify.tell('information', refusal, { title: vscode.l10n.t('Manage Trust'), run });
  return false;
}
