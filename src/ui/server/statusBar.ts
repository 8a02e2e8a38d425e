// ui/server: the item in the status bar: the port, and in what state the server is. Hidden until the server was first used here.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ServerState } from '../../protocol/engine.ts';
import { commands } from '../ids.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { describeCounts, describeState, describeUnread } from '../stateWords.ts';

const itemId = 'mailroom.server';
/** Among the items on the left; higher is farther left. */
const priority = 50;

export interface StatusBarDependencies {
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly locale: string;
  /** Whether the item is to be seen while the server is stopped. */
  readonly isUsed: () => boolean;
}

export interface StatusBar extends Disposable {
  readonly item: vscode.StatusBarItem;
  readonly isShown: boolean;
}

export function createStatusBar({ room, settings, locale, isUsed }: StatusBarDependencies): StatusBar {
  const owned = new DisposableStore();
  const item = owned.add(vscode.window.createStatusBarItem(itemId, vscode.StatusBarAlignment.Left, priority));
  item.name = vscode.l10n.t('Mailroom');
  item.command = commands.showServerMenu;
  let isShown = false;
  const show = (): void => {
    const { state, counts } = room;
    const { host } = settings.current;
    const words = describeState(state, host, vscode.l10n);
    const isTrouble = state.kind === 'portInUse' || state.kind === 'failed';
    item.text = textOf(state);
    // Not left undefined: an item keeps its colour when it is only left out.
    item.backgroundColor = isTrouble ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.tooltip = tooltip(state, words, describeCounts(counts, locale, vscode.l10n));
    const unread = describeUnread(counts, locale, vscode.l10n);
    const spoken = state.kind === 'listening' ? vscode.l10n.t('listening on port {0}', String(state.port)) : words;
    item.accessibilityInformation = { label: [vscode.l10n.t('Mailroom'), spoken, unread].join(', '), role: 'button' };
    isShown = state.kind !== 'stopped' || isUsed();
    if (isShown) item.show();
    else item.hide();
  };
  owned.add(room.onDidChangeState(show));
  owned.add(room.onDidChangeMail(show));
  owned.add(settings.onDidChange(show));
  show();
  return {
    item,
    get isShown() {
      return isShown;
    },
    dispose: () => owned.dispose(),
  };
}

function textOf(state: ServerState): string {
  switch (state.kind) {
    case 'listening':
      return `$(mail) ${state.port}`;
    case 'shared':
      return `$(mail) ${state.port} $(multiple-windows)`;
    case 'starting':
      return `$(loading~spin) ${state.port}`;
    case 'stopped':
      return `$(mail) ${vscode.l10n.t('Off')}`;
    case 'portInUse':
      return `$(error) ${vscode.l10n.t('Port {0} in use', String(state.port))}`;
    case 'failed':
      return `$(error) ${vscode.l10n.t('Not listening')}`;
  }
}

function tooltip(state: ServerState, words: string, counts: string): vscode.MarkdownString {
  const { l10n } = vscode;
  const text = new vscode.MarkdownString();
  const isRunning = state.kind === 'listening' || state.kind === 'shared';
  text.isTrusted = { enabledCommands: [commands.startServer, commands.stopServer, commands.showServerMenu, commands.copySettings] };
  // Markdown only where it is ours: counts and addresses come from elsewhere.
  text.appendMarkdown('**Mailroom:** ').appendText(words).appendMarkdown('\n\n').appendText(counts).appendMarkdown('\n\n');
  if (isRunning) text.appendText(l10n.t('Encryption none, any login, catches everything')).appendMarkdown('\n\n');
  text.appendMarkdown('---\n\n');
  const link = (title: string, command: string): string => `[${title}](command:${command})`;
  const first =
    state.kind === 'portInUse' || state.kind === 'failed'
      ? link(l10n.t('What to Do'), commands.showServerMenu)
      : state.kind === 'stopped'
        ? link(l10n.t('Start Server'), commands.startServer)
        : link(l10n.t('Stop Server'), commands.stopServer);
  return text.appendMarkdown(`${first} | ${link(l10n.t('Copy SMTP Settings'), commands.copySettings)}`);
}
