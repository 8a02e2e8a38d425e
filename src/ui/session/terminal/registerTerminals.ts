// ui/session: the commands, the terminal profile and the links of SMTP sessions.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import type { Log } from '../../../base/log.ts';
import type { SnippetDefinition } from '../../../session/snippetFile.ts';
import { registerCommand } from '../../command.ts';
import type { Dialogs } from '../../dialogs.ts';
import { commands, languageId, terminalProfileId } from '../../ids.ts';
import type { Notify } from '../../notify.ts';
import type { Room } from '../../room.ts';
import type { SettingsSource } from '../../settings.ts';
import { completeConversation } from './completion.ts';
import { explainForHelp, explainInSession } from './explainWords.ts';
import { describeSent, registerMailLinks } from './mailLinks.ts';
import { type SessionStart, SessionTerminal } from './sessionTerminal.ts';
import { readSnippets } from './snippets.ts';
import { pickTarget, remember, runningServer } from './targets.ts';

export interface TerminalDependencies {
  readonly context: vscode.ExtensionContext;
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly notify: Notify;
  readonly dialogs: Dialogs;
  readonly log: Log;
}

export interface Terminals extends Disposable {
  readonly open: readonly SessionTerminal[];
  /** Shows a new terminal; asks for the server where none is given. */
  start(start: Partial<SessionStart>): Promise<void>;
}

/** In the memory of all windows: what was typed, newest first. */
const historyKey = 'session.history';

export function registerTerminals({ context, room, settings, notify, dialogs, log }: TerminalDependencies): Terminals {
  const { l10n } = vscode;
  const owned = new DisposableStore();
  const memory = context.globalState;
  const open: SessionTerminal[] = [];
  let snippets: readonly SnippetDefinition[] = [];

  const sessionOf = (terminal: vscode.Terminal | undefined): SessionTerminal | undefined => {
    const options = terminal?.creationOptions;
    return options && 'pty' in options ? open.find((session) => session === options.pty) : undefined;
  };
  const chooseFile = async (kind: 'eml' | 'smtp'): Promise<string | undefined> => {
    const [uri] = (await dialogs.open({ filters: { [kind === 'eml' ? l10n.t('Mail') : l10n.t('SMTP conversations')]: [kind] } })) ?? [];
    return uri?.fsPath;
  };
  const create = (start: SessionStart): vscode.ExtensionTerminalOptions => {
    const session: SessionTerminal = new SessionTerminal(start, {
      history: {
        read: () => memory.get<readonly unknown[]>(historyKey, []).filter((line) => typeof line === 'string'),
        write: (lines) => void memory.update(historyKey, lines),
      },
      completer: (line, state) => completeConversation(line, state, snippets, Date.now()),
      explain: (event) => explainInSession(event, { server: session.name, isEncrypted: session.shell.session.state.isEncrypted }, l10n),
      explainCode: explainForHelp,
      chooseFile,
      resolvePath,
      save,
      onDidConnectTo: (target) => void remember(memory, target),
      onDidSend: (text, target) => describeSent(text, target, session.mails, { room, settings }),
      onDidClose: () => open.splice(open.indexOf(session), 1),
    });
    open.push(session);
    // The person needs longer than that for the first key.
    void readSnippets(context.extensionUri, log).then((found) => {
      snippets = found;
    });
    return { name: session.name, pty: session, iconPath: new vscode.ThemeIcon('mail') };
  };
  /** A session reaches other machines, so the workspace must be trusted. */
  const mayTalk = (): boolean => {
    if (vscode.workspace.isTrusted) return true;
    const manage = { title: l10n.t('Manage Trust'), run: () => vscode.commands.executeCommand('workbench.trust.manage') };
    notify.tell('information', l10n.t('In a restricted workspace Mailroom does not talk to servers.'), manage);
    return false;
  };
  const start = async ({ target, play }: Partial<SessionStart>): Promise<void> => {
    if (!mayTalk()) return;
    const chosen = target ?? (await pickTarget({ memory, room, settings }));
    if (chosen) vscode.window.createTerminal(create({ target: chosen, ...(play ? { play } : {}) })).show();
  };

  owned.add(registerCommand(notify, commands.newSession, () => start({})));
  owned.add(
    registerCommand(notify, commands.talkToServer, () => {
      const target = runningServer({ room, settings });
      return start(target ? { target } : {});
    }),
  );
  owned.add(
    registerCommand(notify, commands.saveSession, async () => {
      const session = sessionOf(vscode.window.activeTerminal);
      if (session) await session.shell.save();
      else notify.tell('information', l10n.t('There is no SMTP session in the active terminal.'));
    }),
  );
  owned.add(
    vscode.window.registerTerminalProfileProvider(terminalProfileId, {
      async provideTerminalProfile() {
        const target = mayTalk() ? await pickTarget({ memory, room, settings }) : undefined;
        return target && new vscode.TerminalProfile(create({ target }));
      },
    }),
  );
  owned.add(registerMailLinks(room, notify, sessionOf));
  return { open, start, dispose: () => owned.dispose() };
}

async function save(script: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: languageId, content: script });
  await vscode.window.showTextDocument(document, { preview: false });
}

/** Relative to the first folder of the workspace, else to the home folder. */
function resolvePath(written: string): string {
  const path = written.replace(/^(["'])(.*)\1$/, '$2');
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : resolve(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir(), path);
}
