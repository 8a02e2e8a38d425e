// ui/server: the quick pick behind the status bar item: the state as title, and what can be done now.
import * as vscode from 'vscode';
import { commands, settingIds, views } from '../ids.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { describeCounts, describeState, describeUnread } from '../stateWords.ts';

interface Entry extends vscode.QuickPickItem {
  readonly run?: () => unknown;
}

export interface MenuDependencies {
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly locale: string;
  readonly usePort: (port: number) => Promise<void>;
}

/** Resolves when the chosen command has run, or at once when none was chosen. */
export async function showServerMenu({ room, settings, locale, usePort }: MenuDependencies): Promise<void> {
  const { l10n } = vscode;
  const { state, counts } = room;
  const { checksDomains } = settings.current;
  const words = describeState(state, settings.current.host, l10n);
  const unread = counts.unread > 0 ? `, ${describeUnread(counts, locale, l10n)}` : '';
  const entry = (label: string, icon: string, command: string, description = ''): Entry => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    description,
    run: () => vscode.commands.executeCommand(command),
  });
  const group = (label: string): Entry => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const retry = entry(l10n.t('Retry'), 'refresh', commands.startServer);
  const openSettings = entry(l10n.t('Open Settings'), 'gear', commands.openSettings);
  const start = entry(l10n.t('Start Server'), 'play-circle', commands.startServer);
  const stop = entry(l10n.t('Stop Server'), 'stop-circle', commands.stopServer);
  const restart = entry(l10n.t('Restart Server'), 'refresh', commands.restartServer);
  const isRunning = state.kind === 'listening' || state.kind === 'shared';

  const trouble: Entry[] =
    state.kind === 'portInUse'
      ? [
          {
            label: l10n.t('Use Port {0}', String(state.freePort)),
            iconPath: new vscode.ThemeIcon('plug'),
            description: describeMove(settings),
            run: () => usePort(state.freePort),
          },
          retry,
          openSettings,
        ]
      : state.kind === 'failed'
        ? [retry, openSettings]
        : [];
  const entries: Entry[] = [
    ...trouble,
    group(trouble.length > 0 ? l10n.t('mail') : ''),
    entry(l10n.t('Show Drop Folder'), 'inbox', `${views.dropFolder}.focus`, describeCounts(counts, locale, l10n)),
    ...(isRunning ? [entry(l10n.t('Send Test Message…'), 'send', commands.sendTestMessage)] : []),
    ...(isRunning ? [entry(l10n.t('Talk to This Server'), 'terminal', commands.talkToServer)] : []),
    entry(l10n.t('Copy SMTP Settings…'), 'copy', commands.copySettings, 'nodemailer, Django, Laravel, Spring'),
    group(l10n.t('check')),
    entry(l10n.t('Check Mail Domain…'), 'checklist', commands.checkDomain),
    entry(l10n.t('Check SMTP Server…'), 'checklist', commands.checkServer),
    entry(l10n.t('Test for Open Relay…'), 'checklist', commands.testRelay),
    ...(checksDomains.length > 0
      ? [entry(l10n.t('Check All My Domains'), 'checklist', commands.checkAllDomains, listed(checksDomains))]
      : []),
    {
      label: l10n.t('More Checks…'),
      iconPath: new vscode.ThemeIcon('ellipsis'),
      description: 'DNS, SPF, DKIM, DMARC, MTA-STS',
      run: showMoreChecks,
    },
    group(l10n.t('server')),
    ...(state.kind === 'stopped' ? [start] : [stop, restart]),
    group(l10n.t('more')),
    ...(trouble.length > 0 ? [] : [openSettings]),
    entry(l10n.t('Show Log'), 'output', commands.showLog),
  ];
  const chosen = await vscode.window.showQuickPick(entries, {
    title: l10n.t('Mailroom: {0}', words) + unread,
    placeHolder: l10n.t('Type to find a command'),
  });
  await chosen?.run?.();
}

async function showMoreChecks(): Promise<void> {
  const { l10n } = vscode;
  const entry = (label: string, command: string): vscode.QuickPickItem & { readonly command: string } => ({ label, command });
  const entries = [
    entry(l10n.t('Look Up MX…'), commands.lookUpMx),
    entry(l10n.t('Look Up DNS Record…'), commands.lookUpDns),
    entry(l10n.t('Check Reverse DNS…'), commands.checkReverseDns),
    entry(l10n.t('Check SPF…'), commands.checkSpf),
    entry(l10n.t('Check DKIM Selector…'), commands.checkDkim),
    entry(l10n.t('Check DMARC…'), commands.checkDmarc),
    entry(l10n.t('Check MTA-STS and TLS-RPT…'), commands.checkMtaSts),
    entry(l10n.t('Check DNS Blocklists…'), commands.checkBlocklists),
  ];
  const chosen = await vscode.window.showQuickPick(entries, { title: l10n.t('Mailroom: more checks') });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

/** The first of them, in the room that a row has. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ').slice(0, 60);
  return names.length > 3 ? `${shown} …` : shown;
}

/** What Use Port N changes. */
function describeMove(settings: SettingsSource): string {
  const { l10n } = vscode;
  const isOfWorkspace = settings.placeOf(settingIds.port, 'workspace') === 'workspace';
  const place = isOfWorkspace ? l10n.t('in the settings of this workspace') : l10n.t('in your user settings');
  return settings.current.dropFolder === '' ? l10n.t('{0}, with a drop folder of its own', place) : place;
}
