// ui/inbox: the elements of the tree as VS Code's tree items.
import * as vscode from 'vscode';
import { commands, itemKinds } from '../ids.ts';
import { countText } from '../stateWords.ts';
import { rowUriOf } from './mailUris.ts';
import type { ListNode, MailNode, MoreNode } from './nodes.ts';
import { describeMail, type Row, type RowContext } from './rows.ts';

const icons: Readonly<Record<Row['icon'], vscode.ThemeIcon>> = {
  unread: new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor('notificationsInfoIcon.foreground')),
  read: new vscode.ThemeIcon('blank'),
  unreadable: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  refused: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
};

export function mailItem(node: MailNode, context: RowContext): vscode.TreeItem {
  const { mail, list } = node;
  const row = describeMail(mail, context);
  const item = new vscode.TreeItem({ label: row.label, highlights: row.highlights.map(([from, to]): [number, number] => [from, to]) });
  item.id = `${idOf(list)}/${mail.key}`;
  item.description = row.description;
  item.iconPath = icons[row.icon];
  item.resourceUri = rowUriOf(mail.key, mail.isRead);
  item.contextValue = mail.isRead ? itemKinds.read : itemKinds.unread;
  item.accessibilityInformation = { label: row.spoken, role: 'treeitem' };
  item.command = { command: commands.openMail, title: vscode.l10n.t('Open Mail'), arguments: [node] };
  return item;
}

export function moreItem({ list }: MoreNode, locale: string): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Show More'));
  item.id = `${idOf(list)}/more`;
  item.description = list.more === 1 ? vscode.l10n.t('1 older mail') : vscode.l10n.t('{0} older mails', countText(list.more, locale));
  item.iconPath = new vscode.ThemeIcon('chevron-down');
  item.contextValue = itemKinds.more;
  item.command = { command: commands.showMore, title: vscode.l10n.t('Show More'), arguments: [list] };
  return item;
}

export function sectionItem({ section }: ListNode, isOpen: boolean, locale: string): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(section?.label ?? '', isOpen ? Expanded : Collapsed);
  if (!section) return item;
  item.id = section.id;
  if (section.unread > 0) item.description = vscode.l10n.t('{0} unread', countText(section.unread, locale));
  item.contextValue = itemKinds.group;
  return item;
}

function idOf(list: ListNode): string {
  return list.section?.id ?? 'all';
}
