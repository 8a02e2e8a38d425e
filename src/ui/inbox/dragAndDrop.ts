// ui/inbox: mail dragged out of the tree (into the editor area it opens), and .eml files dropped on it (they are copied into the drop folder).
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Notify } from '../notify.ts';
import type { Room } from '../room.ts';
import { sourceOf, uriOf } from './mailUris.ts';
import { isMailNode, type Node } from './nodes.ts';

const uriList = 'text/uri-list';

export function createDragAndDrop(room: Room, notify: Notify): vscode.TreeDragAndDropController<Node> {
  return {
    dragMimeTypes: [uriList],
    dropMimeTypes: [uriList, 'files'],
    handleDrag(nodes, data) {
      const uris = nodes.filter(isMailNode).map((node) => uriOf(node.mail.key, room).toString());
      if (uris.length > 0) data.set(uriList, new vscode.DataTransferItem(uris.join('\r\n')));
    },
    async handleDrop(_target, data) {
      try {
        const dropped = await filesIn(data);
        // A row dropped on its own tree is no new mail.
        const files = dropped.filter((file) => !('uri' in file && sourceOf(file.uri, room)));
        const mails = files.filter((file) => /\.eml$/i.test(file.name));
        if (mails.length > 0) await importMails(room, mails);
        else if (files.length > 0) notify.tell('information', vscode.l10n.t('Only .eml files can be put into the drop folder.'));
      } catch (error) {
        notify.failure(error);
      }
    },
  };
}

/** Copies files into the drop folder, whatever file system they lie in. */
export async function importUris(room: Room, uris: readonly vscode.Uri[]): Promise<void> {
  await importMails(
    room,
    uris.map((uri) => ({ name: uri.path, uri })),
  );
}

/** A browser hands out the content of a file and no place. */
type Dropped = { readonly name: string } & ({ readonly uri: vscode.Uri } | { readonly read: () => Thenable<Uint8Array> });

async function filesIn(data: vscode.DataTransfer): Promise<Dropped[]> {
  const listed = (await data.get(uriList)?.asString()) ?? '';
  const uris = listed
    .split(/\r?\n/)
    // RFC 2483 section 5: lines that begin with # are comments.
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => vscode.Uri.parse(line));
  if (uris.length > 0) return uris.map((uri) => ({ name: uri.path, uri }));
  const files: Dropped[] = [];
  for (const [, item] of data) {
    const file = item.asFile();
    if (file) files.push(file.uri ? { name: file.name, uri: file.uri } : { name: file.name, read: () => file.data() });
  }
  return files;
}

async function importMails(room: Room, mails: readonly Dropped[]): Promise<void> {
  let folder: string | undefined;
  try {
    const paths: string[] = [];
    for (const mail of mails) {
      if ('uri' in mail && mail.uri.scheme === 'file') {
        paths.push(mail.uri.fsPath);
        continue;
      }
      folder ??= await mkdtemp(join(tmpdir(), 'mailroom-'));
      const path = join(folder, `${paths.length}.eml`);
      await writeFile(path, 'uri' in mail ? await vscode.workspace.fs.readFile(mail.uri) : await mail.read());
      paths.push(path);
    }
    await room.engine.importFiles(paths);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
