// ui/inbox: the view around the tree: the address beside its title, the count on its icon, the message while Find is on or the folder is gone,
// and what its welcome texts ask.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { setContext } from '../command.ts';
import { contextKeys, views } from '../ids.ts';
import type { Notify } from '../notify.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { countText, describePlace } from '../stateWords.ts';
import { createDragAndDrop } from './dragAndDrop.ts';
import type { Node } from './nodes.ts';
import type { InboxTree } from './tree.ts';

export interface ViewDependencies {
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly tree: InboxTree;
  readonly notify: Notify;
  readonly locale: string;
}

export function createView({
  room,
  settings,
  tree,
  notify,
  locale,
}: ViewDependencies): { readonly view: vscode.TreeView<Node> } & Disposable {
  const owned = new DisposableStore();
  const view = owned.add(
    vscode.window.createTreeView(views.dropFolder, {
      treeDataProvider: tree,
      canSelectMany: true,
      showCollapseAll: false,
      dragAndDropController: createDragAndDrop(room, notify),
    }),
  );

  const showCounts = (): void => {
    const { total, unread } = room.counts;
    const tooltip = unread === 1 ? vscode.l10n.t('1 unread mail') : vscode.l10n.t('{0} unread mails', countText(unread, locale));
    view.badge = unread > 0 ? { value: unread, tooltip } : undefined;
    setContext(contextKeys.hasMail, total > 0);
  };
  const showPlace = (): void => {
    const isEmptyAndStopped = room.counts.total === 0 && room.state.kind === 'stopped';
    view.description = isEmptyAndStopped ? '' : describePlace(room.state, settings.current.host, vscode.l10n);
  };
  const showMessage = (): void => {
    setContext(contextKeys.isFiltered, tree.text !== '');
    const gone = vscode.l10n.t('The drop folder is gone. The next mail makes it anew.');
    const text = room.isFolderGone ? gone : findMessage(tree, room.counts.total, locale);
    if (text !== (view.message ?? '')) view.message = text;
  };
  const showAll = (): void => {
    showCounts();
    showPlace();
    showMessage();
  };
  owned.add(room.onDidChangeMail(showAll));
  owned.add(room.onDidChangeState(showPlace));
  owned.add(settings.onDidChange(showPlace));
  owned.add(tree.onDidRenew(showMessage));
  owned.add(room.onDidChangeFolderGone(showMessage));
  owned.add(view.onDidChangeVisibility(({ visible }) => tree.setVisible(visible)));
  tree.setVisible(view.visible);
  showAll();
  return { view, dispose: () => owned.dispose() };
}

function findMessage(tree: InboxTree, total: number, locale: string): string {
  if (tree.text === '') return '';
  const { matches, text } = tree;
  if (matches === undefined) return vscode.l10n.t('Finding "{0}"', text);
  const all = countText(total, locale);
  if (matches === 0) return vscode.l10n.t('None of {0} mails matches "{1}"', all, text);
  if (matches === 1) return vscode.l10n.t('1 of {0} mails matches "{1}"', all, text);
  return vscode.l10n.t('{0} of {1} mails match "{2}"', countText(matches, locale), all, text);
}
