// ui/server: the SMTP server's commands, its status bar item, and what to do when it cannot listen.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ServerState } from '../../protocol/engine.ts';
import { registerCommand, setContext } from '../command.ts';
import { commands, contextKeys, settingIds } from '../ids.ts';
import { type Notify, openSettingAction, showLogAction } from '../notify.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { describeState } from '../stateWords.ts';
import { clientSettings, hostForClients } from './clientSettings.ts';
import { isLoopback } from './loopback.ts';
import { showServerMenu } from './menu.ts';
import { createStatusBar, type StatusBar } from './statusBar.ts';
import type { TestKind } from './testMessages.ts';

/** In the workspace's memory: whether the server ran when it was last decided on. */
const wasRunning = 'server.wasRunning';
/** In the memory of all windows: hosts on which the person agreed to listen. */
const agreedHosts = 'server.agreedHosts';

export interface ServerDependencies {
  readonly context: vscode.ExtensionContext;
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly notify: Notify;
  readonly locale: string;
}

export interface Server extends Disposable {
  readonly statusBar: StatusBar;
  /** As mailroom.server.autoStart says; call when the room is open and each time trust was given. */
  autoStart(): Promise<void>;
}

export function registerServer({ context, room, settings, notify, locale }: ServerDependencies): Server {
  const owned = new DisposableStore();
  const { l10n } = vscode;
  const statusBar = owned.add(
    createStatusBar({ room, settings, locale, isUsed: () => context.workspaceState.get<boolean>(wasRunning) !== undefined }),
  );

  const usePort = async (port: number): Promise<void> => {
    const place = settings.placeOf(settingIds.port, 'workspace');
    // The room hears of the change and starts the server anew.
    await settings.write(settingIds.port, port, 'workspace');
    const text =
      place === 'workspace'
        ? l10n.t('The settings of this workspace now say port {0}. Other workspaces keep theirs.', String(port))
        : l10n.t('Your user settings now say port {0}, for every workspace that sets none.', String(port));
    notify.tell('information', text, openSettingAction(settingIds.port));
  };
  const showTrouble = (state: ServerState): void => {
    if (state.kind !== 'portInUse' && state.kind !== 'failed') return;
    // The room has told that already, and why.
    if (state.kind === 'failed' && state.reason === 'dropFolderFailed') return;
    const text = l10n.t('Mailroom cannot receive mail: {0}.', describeState(state, settings.current.host, l10n));
    const retry = { title: l10n.t('Retry'), run: start };
    if (state.kind === 'portInUse') {
      const useFree = { title: l10n.t('Use Port {0}', String(state.freePort)), run: () => usePort(state.freePort) };
      notify.tell('error', text, useFree, retry, openSettingAction(settingIds.port));
    } else if (state.reason === 'engineEnded') notify.tell('warning', text, showLogAction());
    else notify.tell('error', text, retry, openSettingAction(settingIds.host));
  };
  const showContext = (): void => {
    setContext(contextKeys.serverState, room.state.kind);
    const { host, port } = settings.current;
    setContext(contextKeys.isDefaultAddress, host === 'localhost' && port === 1025);
  };
  owned.add(room.onDidChangeState(showContext));
  owned.add(room.onDidChangeState(showTrouble));
  owned.add(settings.onDidChange(showContext));
  showContext();

  /** Listening is what a workspace must be trusted for, and what other machines must be let in for by the person. */
  const mayListen = async (): Promise<boolean> => {
    if (!vscode.workspace.isTrusted) {
      const manage = { title: l10n.t('Manage Trust'), run: () => vscode.commands.executeCommand('workbench.trust.manage') };
      notify.tell('information', l10n.t('In a restricted workspace Mailroom shows mail but does not receive any.'), manage);
      return false;
    }
    const { host, port } = settings.current;
    const agreed = context.globalState.get<readonly string[]>(agreedHosts, []);
    if (isLoopback(host) || agreed.includes(host)) return true;
    const listen = l10n.t('Listen');
    const text = l10n.t('Other machines that reach {0}:{1} will be able to put mail into the drop folder.', host, String(port));
    if ((await notify.choose('warning', text, listen, l10n.t('Cancel'))) !== listen) return false;
    await context.globalState.update(agreedHosts, [...agreed, host]);
    return true;
  };
  const start = async (): Promise<void> => {
    if (!(await mayListen())) return;
    await context.workspaceState.update(wasRunning, true);
    await room.start();
  };
  const stop = async (): Promise<void> => {
    await context.workspaceState.update(wasRunning, false);
    await room.stop();
  };
  owned.add(registerCommand(notify, commands.startServer, start));
  owned.add(registerCommand(notify, commands.stopServer, stop));
  owned.add(registerCommand(notify, commands.restartServer, start));
  owned.add(registerCommand(notify, commands.showServerMenu, () => showServerMenu({ room, settings, locale, usePort })));
  owned.add(registerCommand(notify, commands.copySettings, () => copySettings(room, settings, notify)));
  owned.add(registerCommand(notify, commands.sendTestMessage, () => sendTest(context, room, settings)));

  return {
    statusBar,
    async autoStart() {
      const { autoStart } = settings.current;
      const isDue = autoStart === 'always' || (autoStart === 'remember' && context.workspaceState.get<boolean>(wasRunning) === true);
      if (isDue && vscode.workspace.isTrusted && room.state.kind === 'stopped') await start();
    },
    dispose: () => owned.dispose(),
  };
}

async function copySettings(room: Room, settings: SettingsSource, notify: Notify): Promise<void> {
  const { l10n } = vscode;
  const entries = clientSettings(hostForClients(settings.current.host), room.port).map((entry) => ({ ...entry, description: entry.file }));
  const chosen = await vscode.window.showQuickPick(entries, {
    title: l10n.t('Copy SMTP Settings'),
    placeHolder: l10n.t('Which application sends?'),
  });
  if (!chosen) return;
  await vscode.env.clipboard.writeText(chosen.text);
  const text = chosen.file
    ? l10n.t('Settings for {0} copied; they belong in {1}.', chosen.label, chosen.file)
    : l10n.t('Settings for {0} copied.', chosen.label);
  notify.tell('information', text);
}

async function sendTest(context: vscode.ExtensionContext, room: Room, settings: SettingsSource): Promise<void> {
  const { l10n } = vscode;
  if (room.state.kind !== 'listening' && room.state.kind !== 'shared') await vscode.commands.executeCommand(commands.startServer);
  const { state } = room;
  if (state.kind !== 'listening' && state.kind !== 'shared') return;
  const kinds: readonly (vscode.QuickPickItem & { readonly kindOfTest: TestKind })[] = [
    { kindOfTest: 'plain', label: l10n.t('Plain Text'), iconPath: new vscode.ThemeIcon('note') },
    { kindOfTest: 'html', label: l10n.t('HTML with Inline Image'), iconPath: new vscode.ThemeIcon('file-media') },
    { kindOfTest: 'attachment', label: l10n.t('Attachments'), iconPath: new vscode.ThemeIcon('files') },
    {
      kindOfTest: 'utf8',
      label: l10n.t('UTF-8 in Everything'),
      description: l10n.t('addresses too'),
      iconPath: new vscode.ThemeIcon('globe'),
    },
  ];
  const chosen = await vscode.window.showQuickPick(kinds, { title: l10n.t('Send Test Message'), placeHolder: l10n.t('Which message?') });
  if (!chosen) return;
  const bundle = pathToFileURL(join(context.extensionPath, 'dist', 'sendTest.cjs'));
  const { sendTestMessage }: typeof import('./testMessages.ts') = await import(bundle.href);
  await sendTestMessage({
    kind: chosen.kindOfTest,
    host: (state.kind === 'listening' ? state.addresses[0] : undefined) ?? hostForClients(settings.current.host),
    port: state.port,
    image: join(context.extensionPath, 'media', 'mailroom-icon-256.png'),
  });
}
