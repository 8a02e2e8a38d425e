// ui/inbox: under which address a mail is opened, and back. A mail with a file of its own has that file's address.
import { isAbsolute, join, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { MailKey, MailSource } from '../../protocol/engine.ts';
import { mailScheme, rowScheme } from '../ids.ts';
import type { Room } from '../room.ts';

/** One of several mails in a file of Django's file backend: "20261121-….log#7f3c…" (protocol/engine.ts, MailKey). */
const partOfFile = /#([0-9a-f]{16}(?:-\d+)?)$/;

/** Absolute path of the file that holds the mail. */
export function pathOf(key: MailKey, dropFolder: string): string {
  return join(dropFolder, ...key.replace(partOfFile, '').split('/'));
}

/** What `vscode.open` is given. */
export function uriOf(key: MailKey, room: Room): vscode.Uri {
  const part = partOfFile.exec(key)?.[1];
  if (part === undefined) return vscode.Uri.file(pathOf(key, room.dropFolder ?? ''));
  return vscode.Uri.from({ scheme: mailScheme, path: `/${room.port}/${part}.eml`, query: `key=${encodeURIComponent(key)}` });
}

/** A mail of the drop folder, or undefined for every other address. */
export function sourceOf(uri: vscode.Uri, room: Room): { readonly key: MailKey } | undefined {
  if (uri.scheme === mailScheme) {
    const key = new URLSearchParams(uri.query).get('key');
    return key === null ? undefined : { key };
  }
  if (uri.scheme !== 'file' || room.dropFolder === undefined || !/\.eml$/i.test(uri.path)) return undefined;
  const path = relative(room.dropFolder, uri.fsPath);
  const isInside = path !== '' && !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`);
  return isInside ? { key: path.split(sep).join('/') } : undefined;
}

export type SourceOf = (uri: vscode.Uri) => MailSource | undefined;

/** The address of a row: read and unread differ, so that a decoration never has to be renewed. */
export function rowUriOf(key: MailKey, isRead: boolean): vscode.Uri {
  return vscode.Uri.from({ scheme: rowScheme, path: `/${key}`, query: isRead ? 'read' : 'unread' });
}
