// ui/inbox: the commands on mails. From a row they get that row and the selection, from a key or the palette nothing: then the selection counts.
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { DisposableStore } from '../../base/disposable.ts';
import { cleanFileName } from '../../message/fileName.ts';
import type { Grouping } from '../../protocol/engine.ts';
import { registerCommand } from '../command.ts';
import type { Dialogs } from '../dialogs.ts';
import { commands, settingIds, views } from '../ids.ts';
import type { Notify } from '../notify.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { importUris } from './dragAndDrop.ts';
import { find } from './find.ts';
import { pathOf, uriOf } from './mailUris.ts';
import { isMailNode, isNode, type MailNode, type Node, neighbourOf } from './nodes.ts';
import type { InboxTree } from './tree.ts';

/** Two clicks on a row within so long keep its editor; VS Code runs the same command for both. Milliseconds. */
const doubleClick = 400;

export interface CommandDependencies {
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly tree: InboxTree;
  readonly view: vscode.TreeView<Node>;
  readonly notify: Notify;
  readonly dialogs: Dialogs;
}

export function registerInboxCommands({ room, settings, tree, view, notify, dialogs }: CommandDependencies): Disposable {
  const owned = new DisposableStore();
  const on = (id: string, run: (...args: readonly unknown[]) => unknown): void => void owned.add(registerCommand(notify, id, run));
  const onMails = (id: string, run: (nodes: readonly MailNode[]) => unknown): void =>
    on(id, (node, selection) => {
      const nodes = chosen(node, selection, view.selection);
      return nodes.length > 0 ? run(nodes) : undefined;
    });
  const keysOf = (nodes: readonly MailNode[]) => [...new Set(nodes.map((node) => node.mail.key))];

  let last = { key: '', at: 0 };
  onMails(commands.openMail, async ([node]) => {
    if (!node) return;
    const { key, isRead } = node.mail;
    const isDouble = last.key === key && performance.now() - last.at < doubleClick;
    last = { key, at: performance.now() };
    if (!isRead) void room.engine.markRead([key], true).catch((error: unknown) => notify.failure(error));
    await vscode.commands.executeCommand('vscode.open', uriOf(key, room), { preview: !isDouble, preserveFocus: !isDouble });
  });
  onMails(commands.openSource, async (nodes) => {
    for (const { mail } of nodes)
      await vscode.commands.executeCommand('vscode.openWith', uriOf(mail.key, room), 'default', { preview: nodes.length === 1 });
  });
  onMails(commands.markRead, (nodes) => room.engine.markRead(keysOf(nodes), true));
  onMails(commands.markUnread, (nodes) => room.engine.markRead(keysOf(nodes), false));
  onMails(commands.deleteMail, async (nodes) => {
    const next = view.selection.some((node) => isMailNode(node) && nodes.includes(node)) ? neighbourOf(nodes) : undefined;
    // The neighbour may have gone meanwhile; what is to be deleted is deleted all the same.
    if (next) await Promise.resolve(view.reveal(next, { select: true, focus: true })).catch(() => {});
    await room.engine.remove(keysOf(nodes));
  });
  onMails(commands.copyPath, (nodes) =>
    vscode.env.clipboard.writeText(
      keysOf(nodes)
        .map((key) => pathOf(key, room.dropFolder ?? ''))
        .join('\n'),
    ),
  );
  onMails(commands.revealFile, ([node]) => node && revealFile(vscode.Uri.file(pathOf(node.mail.key, room.dropFolder ?? '')), notify));
  onMails(commands.saveAs, (nodes) => saveAs(nodes, room, dialogs));

  on(commands.showMore, (list) => isNode(list) && list.kind === 'list' && tree.showMore(list));
  on(commands.refresh, () => tree.refresh());
  on(commands.find, async () => {
    await vscode.commands.executeCommand(`${views.dropFolder}.focus`);
    await find(tree, view);
  });
  on(commands.stopFind, () => tree.filter(''));
  on(commands.markAllRead, () => markAllRead(room));
  on(commands.deleteAll, async () => {
    const { total } = await room.engine.counts();
    if (total === 0) return;
    const question =
      total === 1
        ? vscode.l10n.t('Delete the one mail in the drop folder?')
        : vscode.l10n.t('Delete all {0} mails in the drop folder?', total);
    const detail = vscode.l10n.t('Their files are removed from {0}. This cannot be undone.', room.dropFolder ?? '');
    if (await notify.confirm(question, detail, vscode.l10n.t('Delete All'))) await room.engine.removeAll();
  });
  on(commands.importFiles, async () => {
    const uris = await dialogs.open({
      canSelectMany: true,
      openLabel: vscode.l10n.t('Import'),
      filters: { [vscode.l10n.t('Mail')]: ['eml'] },
    });
    if (uris) await importUris(room, uris);
  });
  // A liking of the person, which has no place among the files of the project.
  const groupBy = (by: Grouping) => () => settings.write(settingIds.groupBy, by, 'user');
  on(commands.groupByNone, groupBy('none'));
  on(commands.groupByRecipient, groupBy('recipient'));
  on(commands.groupBySender, groupBy('sender'));
  on(commands.groupByDay, groupBy('day'));
  return owned;
}

/** The row alone, unless it is one of the selected ones. */
function chosen(node: unknown, selection: unknown, ofView: readonly Node[]): MailNode[] {
  if (Array.isArray(selection) && selection.length > 0) return selection.filter(isMailNode);
  return isNode(node) ? [node].filter(isMailNode) : ofView.filter(isMailNode);
}

async function markAllRead(room: Room): Promise<void> {
  let after: string | null = null;
  do {
    const page = await room.engine.list({ text: '', group: null, after, limit: 1000 });
    const unread = page.mails.filter((mail) => !mail.isRead).map((mail) => mail.key);
    if (unread.length > 0) await room.engine.markRead(unread, true);
    after = page.next;
  } while (after !== null);
}

async function revealFile(uri: vscode.Uri, notify: Notify): Promise<void> {
  const isHere = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  if (isHere) await vscode.commands.executeCommand('revealFileInOS', uri);
  else if (vscode.workspace.getWorkspaceFolder(uri)) await vscode.commands.executeCommand('revealInExplorer', uri);
  else {
    // The file manager of this screen knows nothing of the machine on which the file lies.
    const copy = { title: vscode.l10n.t('Copy Path'), run: () => vscode.env.clipboard.writeText(uri.fsPath) };
    notify.tell('information', vscode.l10n.t('The file lies on the remote machine, in {0}.', dirname(uri.fsPath)), copy);
  }
}

async function saveAs(nodes: readonly MailNode[], room: Room, dialogs: Dialogs): Promise<void> {
  const named = new Set<string>();
  const home = vscode.workspace.workspaceFolders?.[0]?.uri;
  const nameOf = ({ mail }: MailNode): string => {
    const base = cleanFileName((mail.subject ?? '').replaceAll(/[/\\]/g, ' '), 'mail').replace(/\.eml$/i, '');
    let name = `${base}.eml`;
    for (let count = 2; named.has(name.toLowerCase()); count++) name = `${base} (${count}).eml`;
    named.add(name.toLowerCase());
    return name;
  };
  const [only] = nodes;
  if (nodes.length === 1 && only) {
    const name = nameOf(only);
    const target = await dialogs.save({
      ...(home ? { defaultUri: vscode.Uri.joinPath(home, name) } : {}),
      filters: { [vscode.l10n.t('Mail')]: ['eml'] },
    });
    if (target) await vscode.workspace.fs.writeFile(target, await room.engine.read(only.mail.key));
    return;
  }
  const [folder] =
    (await dialogs.open({
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: vscode.l10n.t('Save Here'),
      ...(home ? { defaultUri: home } : {}),
    })) ?? [];
  if (!folder) return;
  for (const [existing] of await vscode.workspace.fs.readDirectory(folder)) named.add(existing.toLowerCase());
  for (const node of nodes)
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, nameOf(node)), await room.engine.read(node.mail.key));
}
