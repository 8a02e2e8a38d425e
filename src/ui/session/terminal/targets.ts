// ui/session: to which server a new session speaks: the one of this window, one used before, the mail servers of a domain, or any other.
import { Resolver } from 'node:dns/promises';
import { domainToASCII } from 'node:url';
import * as vscode from 'vscode';
import { codeOf, Failure, messageOf } from '../../../base/failure.ts';
import { printTarget } from '../../../session/directive.ts';
import type { SessionTarget } from '../../../session/sessionEvents.ts';
import type { Room } from '../../room.ts';
import type { SettingsSource } from '../../settings.ts';
import { parseSessionTarget } from './slashCommands.ts';

/** In the memory of all windows. */
const recentKey = 'session.recent';
const maxRecent = 10;
/** Milliseconds for one question to DNS, which is asked twice. */
const dnsTimeout = 4000;

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
    { label: l10n.t('Mail Servers of a Domain…'), iconPath: new vscode.ThemeIcon('globe'), description: 'MX', choose: pickOfDomain },
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

async function pickOfDomain(): Promise<SessionTarget | undefined> {
  const { l10n } = vscode;
  const written = await vscode.window.showInputBox({
    title: l10n.t('Mail Servers of a Domain'),
    placeHolder: 'example.com',
    validateInput: (value) => (domainOf(value) ? undefined : l10n.t('Write a domain or a mail address')),
  });
  const domain = written === undefined ? undefined : domainOf(written);
  if (!domain) return undefined;
  const resolver = new Resolver({ timeout: dnsTimeout, tries: 2 });
  const hosts = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: l10n.t('Asking DNS for the mail servers of {0}', domain), cancellable: true },
    (_progress, token) => {
      token.onCancellationRequested(() => resolver.cancel());
      return mailServersOf(domain, (name) => resolver.resolveMx(name));
    },
  );
  const items = hosts.map(({ host, priority }) => ({ label: host, description: l10n.t('port 25, preference {0}', priority), host }));
  const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Mail Servers of {0}', domain) });
  return chosen && { host: chosen.host, port: 25, tls: 'none' };
}

interface MailServer {
  readonly host: string;
  readonly priority: number;
}

/** Those with the lowest preference first (RFC 5321 section 5.1). Without MX the domain itself; Failure 'noMail' when it takes none (RFC 7505). */
async function mailServersOf(
  domain: string,
  resolveMx: (domain: string) => Promise<readonly { exchange: string; priority: number }[]>,
): Promise<readonly MailServer[]> {
  try {
    const records = await resolveMx(domain);
    if (records.length === 1 && records[0]?.exchange.replace(/\.$/, '') === '')
      throw new Failure('noMail', `${domain} takes no mail (null MX)`);
    return records
      .map(({ exchange, priority }) => ({ host: exchange.replace(/\.$/, ''), priority }))
      .sort((a, b) => a.priority - b.priority);
  } catch (error) {
    if (Failure.is(error)) throw error;
    if (codeOf(error) === 'ENODATA') return [{ host: domain, priority: 0 }];
    if (codeOf(error) === 'ECANCELLED') return [];
    throw new Failure('dnsFailed', `DNS knows no mail servers of ${domain}: ${messageOf(error)}`, {}, error);
  }
}

/** "example.com" of itself or of "kim@example.com", in ASCII. */
function domainOf(text: string): string | undefined {
  const domain = domainToASCII(
    text
      .trim()
      .slice(text.trim().lastIndexOf('@') + 1)
      .replace(/\.$/, ''),
  );
  return /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i.test(domain) ? domain : undefined;
}
