// ui/inbox: mails that have no file of their own (one of several in a file of Django's file backend) as read-only files, so that the viewer and the
// text editor can open them like any other.
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { DisposableStore } from '../../base/disposable.ts';
import type { MailKey } from '../../protocol/engine.ts';
import { mailScheme } from '../ids.ts';
import type { Room } from '../room.ts';
import { sourceOf, uriOf } from './mailUris.ts';

export function registerMailFiles(room: Room): Disposable {
  const owned = new DisposableStore();
  const changes = owned.add(new vscode.EventEmitter<vscode.FileChangeEvent[]>());

  const find = (uri: vscode.Uri): MailKey => {
    const source = sourceOf(uri, room);
    if (!source) throw vscode.FileSystemError.FileNotFound(uri);
    return source.key;
  };
  const refuse = (uri?: vscode.Uri): never => {
    throw vscode.FileSystemError.NoPermissions(uri);
  };
  const provider: vscode.FileSystemProvider = {
    onDidChangeFile: changes.event,
    // Changes of the drop folder are announced by the engine; there is nothing to begin or end for one file.
    watch: () => ({ dispose() {} }),
    async stat(uri) {
      const [mail] = await room.engine.summaries([find(uri)]);
      if (!mail) throw vscode.FileSystemError.FileNotFound(uri);
      return {
        type: vscode.FileType.File,
        ctime: mail.arrivedAt,
        mtime: mail.arrivedAt,
        size: mail.size,
        permissions: vscode.FilePermission.Readonly,
      };
    },
    async readFile(uri) {
      const key = find(uri);
      try {
        return await room.engine.read(key);
      } catch {
        throw vscode.FileSystemError.FileNotFound(uri);
      }
    },
    readDirectory: () => [],
    createDirectory: refuse,
    writeFile: refuse,
    delete: refuse,
    rename: refuse,
  };
  owned.add(vscode.workspace.registerFileSystemProvider(mailScheme, provider, { isReadonly: true, isCaseSensitive: true }));
  owned.add(
    room.onDidChangeMail(({ removed }) => {
      const gone = removed
        .filter((key) => key.includes('#'))
        .map((key) => ({ type: vscode.FileChangeType.Deleted, uri: uriOf(key, room) }));
      if (gone.length > 0) changes.fire(gone);
    }),
  );
  return owned;
}
