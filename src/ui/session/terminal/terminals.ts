// ui/session: the terminals of SMTP sessions: their commands, their profile and the links in them.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { printTarget } from '../../../session/directive.ts';
import type { SnippetDefinition } from '../../../session/snippetFile.ts';
import { setContext } from '../../command.ts';
import { commands, contextKeys, languageId } from '../../ids.ts';
import { isTrusted } from '../../trust.ts';
import type { CommandsOf } from '../commands.ts';
import type { SessionDependencies } from '../dependencies.ts';
import { completeConversation } from './completion.ts';
import { explainForHelp, explainInSession } from './explainWords.ts';
import { describeSent, registerMailLinks } from './mailLinks.ts';
import { type SessionStart, SessionTerminal } from './sessionTerminal.ts';
import { readSnippets } from './snippets.ts';
import { pickTarget, remember, runningServer } from './targets.ts';

export interface Terminals extends Disposable {
  readonly open: readonly SessionTerminal[];
  /** Shows a new terminal; asks for the server where none is given. */
  start(start: Partial<SessionStart>): Promise<void>;
  /** Of a new terminal that VS Code opens; undefined when no server was chosen. */
  provideProfile(): Promise<vscode.TerminalProfile | undefined>;
  readonly commands: CommandsOf<TerminalCommand>;
}

type TerminalCommand = (typeof commands)['newSession' | 'talkToServer' | 'saveSession' | 'checkSessionServer' | 'testSessionRelay'];

/** In the memory of all windows: what was typed, newest first. */
const historyKey = 'session.history';

export function createTerminals({ context, room, settings, notify, dialogs, log }: SessionDependencies): Terminals {
  const { l10n } = vscode;
  const owned = new DisposableStore();
  const memory = context.globalState;
  const open: SessionTerminal[] = [];
  let snippets: readonly SnippetDefinition[] = [];

  const sessionOf = (terminal: vscode.Terminal | undefined): SessionTerminal | undefined => {
    const options = terminal?.creationOptions;
    return options && 'pty' in options ? open.find((session) => session === options.pty) : undefined;
  };
  const findSnippets = async (): Promise<void> => {
    snippets = await readSnippets(context.extensionUri, settings.current.snippets, log);
  };
  owned.add(
    settings.onDidChange(() => {
      if (open.length > 0) void findSnippets();
    }),
  );
  /** What the menus of terminals ask for. */
  const showContext = (): void => setContext(contextKeys.isSessionActive, sessionOf(vscode.window.activeTerminal) !== undefined);
  owned.add(vscode.window.onDidChangeActiveTerminal(showContext));
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
      check: (kind, target) =>
        void vscode.commands.executeCommand(kind === 'server' ? commands.checkServer : commands.testRelay, printTarget(target)),
      onDidConnectTo: (target) => void remember(memory, target),
      onDidSend: (text, target) => describeSent(text, target, session.mails, { room, settings }),
      onDidClose: () => {
        open.splice(open.indexOf(session), 1);
        showContext();
      },
    });
    open.push(session);
    // The person needs longer than that for the first key.
    void findSnippets();
    return { name: session.name, pty: session, iconPath: new vscode.ThemeIcon('mail') };
  };
  /** A session reaches other machines, so the workspace must be trusted. */
  const mayTalk = (): boolean => isTrusted(notify, l10n.t('In a restricted workspace Mailroom does not talk to servers.'));
  const start = async ({ target, play }: Partial<SessionStart>): Promise<void> => {
    if (!mayTalk()) return;
    const chosen = target ?? (await pickTarget({ memory, room, settings }));
    if (chosen) vscode.window.createTerminal(create({ target: chosen, ...(play ? { play } : {}) })).show();
  };

  owned.add(registerMailLinks(room, notify, sessionOf));
  /** From the menu of a terminal's tab: with that terminal. From the palette: the active one is meant. */
  const onSession =
    (run: (session: SessionTerminal) => unknown) =>
    async (clicked: unknown): Promise<void> => {
      const isTerminal = typeof clicked === 'object' && clicked !== null && 'creationOptions' in clicked;
      const session = sessionOf(isTerminal ? (clicked as vscode.Terminal) : vscode.window.activeTerminal);
      if (session) await run(session);
      else if (isTerminal) notify.tell('information', l10n.t('That terminal is no SMTP session.'));
      else notify.tell('information', l10n.t('There is no SMTP session in the active terminal.'));
    };

  return {
    open,
    start,
    async provideProfile() {
      const target = mayTalk() ? await pickTarget({ memory, room, settings }) : undefined;
      return target && new vscode.TerminalProfile(create({ target }));
    },
    commands: {
      [commands.newSession]: () => start({}),
      [commands.talkToServer]: () => {
        const target = runningServer({ room, settings });
        return start(target ? { target } : {});
      },
      [commands.saveSession]: onSession(({ shell }) => shell.save()),
      [commands.checkSessionServer]: onSession(({ shell }) => shell.check('server')),
      [commands.testSessionRelay]: onSession(({ shell }) => shell.check('relay')),
    },
    dispose: () => owned.dispose(),
  };
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
