// The front door: makes the engine, hands it to each feature of ui, and owns everything. Awaits nothing: a window must open quickly.
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from './base/disposable.ts';
import { type EngineClient, startEngine } from './engine/client.ts';
import { type Checks, registerChecks } from './ui/checks/registerChecks.ts';
import { registerCommand } from './ui/command.ts';
import { type Dialogs, realDialogs } from './ui/dialogs.ts';
import { commands } from './ui/ids.ts';
import { type Inbox, registerInbox } from './ui/inbox/registerInbox.ts';
import { Notify } from './ui/notify.ts';
import { Room } from './ui/room.ts';
import { registerServer, type Server } from './ui/server/registerServer.ts';
import { registerSession, type Session } from './ui/session/registerSession.ts';
import { watchSettings } from './ui/settings.ts';
import { registerViewer, type Viewer } from './ui/viewer/registerViewer.ts';

/** What the tests inside VS Code see; nothing is handed out otherwise. */
export interface TestApi {
  readonly engine: EngineClient;
  readonly room: Room;
  readonly inbox: Inbox;
  readonly server: Server;
  readonly viewer: Viewer;
  readonly session: Session;
  readonly checks: Checks;
  /** Milliseconds that activate() took. */
  readonly activation: number;
  /** Answers dialogs and messages in place of the person. */
  answer(dialogs: Partial<Dialogs>): void;
}

let engine: EngineClient | undefined;

export function activate(context: vscode.ExtensionContext): TestApi | undefined {
  const before = performance.now();
  const owned = new DisposableStore();
  context.subscriptions.push(owned);
  const locale = vscode.env.language === 'en' ? 'en-GB' : vscode.env.language;
  const log = owned.add(vscode.window.createOutputChannel('Mailroom', { log: true }));
  const client = owned.add(startEngine({ script: join(context.extensionPath, 'dist', 'engine.cjs'), log }));
  engine = client;
  const dialogs: { -readonly [K in keyof Dialogs]: Dialogs[K] } = { ...realDialogs };
  const notify = new Notify(dialogs, log);
  const settings = owned.add(watchSettings(context.extension.packageJSON));
  const places = () => ({
    storage: context.globalStorageUri.fsPath,
    home: homedir(),
    workspaceFolder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
  });
  const room = owned.add(new Room({ engine: client, settings, places, notify }));
  const inbox = owned.add(registerInbox({ room, settings, notify, dialogs, locale }));
  const server = owned.add(registerServer({ context, room, settings, notify, locale }));
  const { extensionUri } = context;
  const viewer = owned.add(registerViewer({ extensionUri, engine: client.api, log, notify, dialogs, locale, sourceOf: inbox.sourceOf }));
  const session = owned.add(registerSession({ context, room, settings, notify, dialogs, log }));
  const mail = { engine: client.api, sourceOf: inbox.sourceOf, uriOf: inbox.uriOf, selectedRows: () => inbox.view.selection };
  const checks = owned.add(registerChecks({ context, room, settings, notify, dialogs, log, locale, mail }));
  owned.add(registerCommand(notify, commands.showLog, () => log.show()));
  owned.add(
    registerCommand(notify, commands.openSettings, (id) =>
      vscode.commands.executeCommand('workbench.action.openSettings', typeof id === 'string' ? id : `@ext:${context.extension.id}`),
    ),
  );
  owned.add(client.onDidRestart(() => inbox.tree.refresh()));
  void room.open();
  void server.autoStart();
  owned.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void server.autoStart()));
  const activation = performance.now() - before;
  log.info(`Activated in ${activation.toFixed(1)} ms`);
  if (context.extensionMode !== vscode.ExtensionMode.Test) return undefined;
  return {
    engine: client,
    room,
    inbox,
    server,
    viewer,
    session,
    checks,
    activation,
    answer: (answers) => void Object.assign(dialogs, answers),
  };
}

/** The port is freed before anything else ends, so that another window can take it over at once. */
export async function deactivate(): Promise<void> {
  await engine?.api.stopServer().catch(() => {});
}
