// ui/inbox: joins the drop folder's tree to VS Code.
import type * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { Dialogs } from '../dialogs.ts';
import type { Notify } from '../notify.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { registerInboxCommands } from './commands.ts';
import { watchGoneFolder } from './goneFolder.ts';
import { registerMailFiles } from './mailFiles.ts';
import { type SourceOf, sourceOf, uriOf } from './mailUris.ts';
import { isMailNode, type Node } from './nodes.ts';
import { registerReadMarks } from './readMarks.ts';
import { InboxTree } from './tree.ts';
import { createView } from './view.ts';

export interface InboxDependencies {
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly notify: Notify;
  readonly dialogs: Dialogs;
  readonly locale: string;
}

export interface Inbox extends Disposable {
  readonly tree: InboxTree;
  readonly view: vscode.TreeView<Node>;
  readonly sourceOf: SourceOf;
  /** Of a row of the view; undefined for anything else. */
  readonly uriOf: (row: unknown) => vscode.Uri | undefined;
}

export function registerInbox(dependencies: InboxDependencies): Inbox {
  const { room } = dependencies;
  const owned = new DisposableStore();
  const tree = owned.add(new InboxTree(dependencies));
  const { view } = owned.add(createView({ ...dependencies, tree }));
  owned.add(registerInboxCommands({ ...dependencies, tree, view }));
  owned.add(registerMailFiles(room));
  owned.add(registerReadMarks());
  owned.add(watchGoneFolder(room));
  return {
    tree,
    view,
    sourceOf: (uri) => sourceOf(uri, room),
    uriOf: (row) => (isMailNode(row) ? uriOf(row.mail.key, room) : undefined),
    dispose: () => owned.dispose(),
  };
}
