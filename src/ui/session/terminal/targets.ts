// ui/session: to which server a new session speaks: the one of this window, one used before, the mail servers of a domain, or any other.
import * as vscode from 'vscode';
import { printTarget } from '../../../session/directive.ts';
import type { SessionTarget } from '../../../session/sessionEvents.ts';
import type { Room } from '../../room.ts';
import type { SettingsSource } from '../../settings.ts';
import { createResolver, domainOf, mailServersOf } from './mailServers.ts';
import { parseSessionTarget } from './slashCommands.ts';

/** In the memory of all windows. */
const recentKey = 'session.recent';
const maxRecent = 10;

export interface TargetDependencies {
  readonly memory: vscode.Memento;
  readonly room: Room;
  readonly settings: SettingsSource;
}

interface Entry extends vscode.QuickPickItem {
  readonly choose?: () => SessionTarget | Promise<SessionTarget | undefined>;
}

/** The server of this window, while it runs. */
export function runningServer({ room, settings }: Pick<TargetDependencies, 'room' | 'settings'>): SessionTarget | undefined {
  const { state } = room;
  if (state.kind === 'listening') return { host: state.addresses[0] ?? '127.0.0.1', port: state.port, tls: 'none' };
  if (state.kind !== 'shared') return undefined;
  const { host } = settings.current;
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: state.port, tls: 'none' };
}

export async function pickTarget(dependencies: TargetDependencies): Promise<SessionTarget | undefined> {
  const { l10n } = vscode;
  const running = runningServer(dependencies);
  const entry = (target: SessionTarget, icon: string, description: string): Entry => ({
    label: printTarget(target),
    description,
    iconPath: new vscode.ThemeIcon(icon),
    choose: () => target,
  });
  const recent = recentTargets(dependencies.memory).filter((target) => !running || printTarget(target) !== printTarget(running));
  const group = (label: string): Entry => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const entries: Entry[] = [
    ...(running ? [entry(running, 'mail', l10n.t('the server of this window'))] : []),
    ...(recent.length > 0 ? [group(l10n.t('recently used'))] : []),
    ...recent.map((target) => entry(target, 'history', target.tls === 'implicit' ? l10n.t('TLS from the start') : '')),
    group(l10n.t('other')),
    {
      label: l10n.t('Mail Servers of a Domain…'),
      iconPath: new vscode.ThemeIcon('globe'),
      description: 'MX',
      choose: () => pickOfDomain(dependencies.settings.current.checksDnsServers),
    },
    { label: l10n.t('Other Server…'), iconPath: new vscode.ThemeIcon('plug'), choose: askForTarget },
  ];
  const chosen = await vscode.window.showQuickPick(entries, {
    title: l10n.t('New SMTP Session'),
    placeHolder: l10n.t('Which server do you want to talk to?'),
  });
  return chosen?.choose?.();
}

export async function remember(memory: vscode.Memento, target: SessionTarget): Promise<void> {
  const others = recentTargets(memory).filter((one) => printTarget(one) !== printTarget(target));
  await memory.update(recentKey, [target, ...others].slice(0, maxRecent));
}

function recentTargets(memory: vscode.Memento): readonly SessionTarget[] {
  const kept = memory.get<unknown>(recentKey);
  if (!Array.isArray(kept)) return [];
  return kept.filter(
    (one): one is SessionTarget =>
      typeof one?.host === 'string' && Number.isInteger(one?.port) && (one?.tls === 'none' || one?.tls === 'implicit'),
  );
}

async function askForTarget(): Promise<SessionTarget | undefined> {
  const { l10n } = vscode;
  const text = await vscode.window.showInputBox({
    title: l10n.t('New SMTP Session'),
    prompt: l10n.t('host:port; add tls for a server that is encrypted from the first octet'),
    placeHolder: 'mail.example.com:587',
    validateInput: (value) =>
      parseSessionTarget(value) ? undefined : l10n.t('Write host:port, such as localhost:1025, [::1]:25 or mail.example.com:465 tls'),
  });
  return text === undefined ? undefined : (parseSessionTarget(text) ?? undefined);
}

/** `servers`: the name servers of the settings. */
async function pickOfDomain(servers: readonly string[]): Promise<SessionTarget | undefined> {
  const { l10n } = vscode;
  const written = await vscode.window.showInputBox({
    title: l10n.t('Mail Servers of a Domain'),
    placeHolder: 'example.com',
    validateInput: (value) => (domainOf(value) ? undefined : l10n.t('Write a domain or a mail address')),
  });
  const domain = written === undefined ? undefined : domainOf(written);
  if (!domain) return undefined;
  const resolver = createResolver(servers);
  const hosts = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: l10n.t('Asking DNS for the mail servers of {0}', domain), cancellable: true },
    (_progress, token) => {
      token.onCancellationRequested(() => resolver.cancel());
      return mailServersOf(domain, (name) => resolver.resolveMx(name));
    },
  );
  if (hosts.length === 0) return undefined;
  const items = hosts.map(({ host, priority }) => ({ label: host, description: l10n.t('port 25, preference {0}', priority), host }));
  const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Mail Servers of {0}', domain) });
  return chosen && { host: chosen.host, port: 25, tls: 'none' };
}
