// ui: the only file that tells a person about a failure: one sentence and the one useful action.
import * as vscode from 'vscode';
import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Dialogs, Severity } from './dialogs.ts';
import { commands, settingIds } from './ids.ts';

export interface Action {
  readonly title: string;
  run(): unknown;
}

export class Notify {
  private readonly dialogs: Dialogs;
  private readonly log: Log;

  constructor(dialogs: Dialogs, log: Log) {
    this.dialogs = dialogs;
    this.log = log;
  }

  /** Does not wait for the answer; an action that fails is told about in turn. An error is in the log, too; a warning may quote a mail, and is not. */
  tell(severity: Severity, text: string, ...actions: Action[]): void {
    if (severity === 'error') this.log.error(text);
    void this.show(severity, text, actions);
  }

  /** Asks in a modal dialog; true when the person agreed. */
  async confirm(text: string, detail: string, agree: string): Promise<boolean> {
    return (await this.dialogs.message('warning', text, { modal: true, detail }, agree)) === agree;
  }

  /** Asks without a modal dialog; undefined when the message was closed. */
  async choose(severity: Severity, text: string, ...titles: string[]): Promise<string | undefined> {
    return this.dialogs.message(severity, text, {}, ...titles);
  }

  failure(error: unknown): void {
    const reason = Failure.is(error) ? error.reason : 'internal';
    this.log.error(error instanceof Error && error.stack ? error.stack : messageOf(error));
    const { text, action } = describeFailure(reason, messageOf(error));
    void this.show('error', text, [action]);
  }

  /** Of EngineEvent 'problem', which the engine has logged. */
  problem(reason: string, message: string): void {
    const { text, action } = describeFailure(reason, message);
    void this.show(reason === 'indexRebuilt' ? 'information' : 'error', text, [action]);
  }

  private async show(severity: Severity, text: string, actions: readonly Action[]): Promise<void> {
    try {
      const title = await this.dialogs.message(severity, text, {}, ...actions.map((action) => action.title));
      await actions.find((action) => action.title === title)?.run();
    } catch (error) {
      this.failure(error);
    }
  }
}

export function openSettingAction(id: string): Action {
  return { title: vscode.l10n.t('Open Settings'), run: () => vscode.commands.executeCommand(commands.openSettings, id) };
}

export function showLogAction(): Action {
  return { title: vscode.l10n.t('Show Log'), run: () => vscode.commands.executeCommand(commands.showLog) };
}

function describeFailure(reason: string, message: string): { readonly text: string; readonly action: Action } {
  const { l10n } = vscode;
  switch (reason) {
    case 'storageFull':
      return { text: l10n.t('The disk is full: new mail is refused with 452 until there is room.'), action: showLogAction() };
    case 'readOnly':
      return {
        text: l10n.t('The drop folder cannot be written to: new mail is refused with 452.'),
        action: openSettingAction(settingIds.dropFolder),
      };
    case 'storageFailed':
      return { text: l10n.t('A mail could not be stored, so it was refused: {0}.', message), action: showLogAction() };
    case 'dropFolderFailed':
      return { text: l10n.t('The drop folder cannot be used: {0}.', message), action: openSettingAction(settingIds.dropFolder) };
    case 'noWorkspaceFolder':
      return {
        text: l10n.t('The drop folder in the settings lies in a workspace folder, but none is open.'),
        action: openSettingAction(settingIds.dropFolder),
      };
    case 'indexRebuilt':
      return { text: l10n.t('The index of the drop folder was damaged and is being made anew.'), action: showLogAction() };
    case 'removeFailed':
      return { text: l10n.t('Not all mail could be deleted: {0}.', message), action: showLogAction() };
    case 'engineEnded':
      return { text: l10n.t('The mail server of this window has ended unexpectedly and is being started again.'), action: showLogAction() };
    default:
      return { text: l10n.t('Mailroom could not do that: {0}.', message.replace(/\.$/, '')), action: showLogAction() };
  }
}
