// ui/session: what sessions and .smtp files are given.
import type * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import type { Dialogs } from '../dialogs.ts';
import type { Notify } from '../notify.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';

export interface SessionDependencies {
  readonly context: vscode.ExtensionContext;
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly notify: Notify;
  readonly dialogs: Dialogs;
  readonly log: Log;
}

/** What is loaded later gets in addition what was registered from the start. */
export interface PartsDependencies extends SessionDependencies {
  readonly controller: vscode.TestController;
  readonly profile: vscode.TestRunProfile;
}
