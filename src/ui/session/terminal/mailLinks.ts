// ui/session: the mail that a session sent to the server of this window: told below its reply, and a link there.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { SessionTarget } from '../../../session/sessionEvents.ts';
import { printable } from '../../../smtp/printable.ts';
import type { Notify } from '../../notify.ts';
import type { Room } from '../../room.ts';
import { faint, underline } from './colors.ts';
import { cutToWidth } from './displayWidth.ts';
import type { SessionTerminal } from './sessionTerminal.ts';
import { runningServer, type TargetDependencies } from './targets.ts';

/** The words of our server's reply (RFC 5321 lets it say what it wants), and the shape of its names. */
const stored = /\bstored as (\d{8}T\d{9}Z-[a-z0-9]{1,40})/;
/** Until a mail that is in the folder is in the list, at most; milliseconds. */
const patience = 5000;
const pause = 100;
/** Columns; the link must stay on one row. */
const maxSubject = 50;

/** Lines to print about a mail that was accepted; none when it is not ours. */
export async function describeSent(
  text: string,
  { port }: SessionTarget,
  mails: Map<string, string>,
  { room, settings }: Pick<TargetDependencies, 'room' | 'settings'>,
): Promise<readonly string[]> {
  const id = stored.exec(text)?.[1];
  if (id === undefined || runningServer({ room, settings })?.port !== port) return [];
  const key = `${id}.eml`;
  for (const end = Date.now() + patience; Date.now() < end; await delay(pause)) {
    const [mail] = await room.engine.summaries([key]);
    if (!mail) continue;
    const subject = cutToWidth(printable(mail.subject ?? '').trim(), maxSubject) || vscode.l10n.t('(no subject)');
    mails.set(id, key);
    mails.set(subject, key);
    return [`   ${faint(vscode.l10n.t('The mail is in the drop folder. Open:'))} ${underline(subject)}`];
  }
  return [];
}

interface MailLink extends vscode.TerminalLink {
  readonly key: string;
}

/** Links in terminals of ours only. */
export function registerMailLinks(
  room: Room,
  notify: Notify,
  sessionOf: (terminal: vscode.Terminal) => SessionTerminal | undefined,
): vscode.Disposable {
  const provider: vscode.TerminalLinkProvider<MailLink> = {
    provideTerminalLinks({ line, terminal }) {
      const session = sessionOf(terminal);
      if (!session) return [];
      return [...session.mails].flatMap(([words, key]) => {
        const startIndex = line.lastIndexOf(words);
        const isOurs = /stored as |^ {3}\S/.test(line);
        return startIndex < 0 || !isOurs ? [] : [{ startIndex, length: words.length, tooltip: vscode.l10n.t('Open Mail'), key }];
      });
    },
    async handleTerminalLink({ key }) {
      try {
        if (room.dropFolder === undefined) return;
        await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(join(room.dropFolder, key)), { preview: true });
        await room.engine.markRead([key], true);
      } catch (error) {
        notify.failure(error);
      }
    },
  };
  return vscode.window.registerTerminalLinkProvider(provider);
}
