// ui/viewer: attachments to disk, always through a dialog and under a cleaned name; we never open what we saved.
import * as vscode from 'vscode';
import { cleanFileName } from '../../message/fileName.ts';
import type { PartBytes } from '../../protocol/viewer.ts';
import type { Dialogs } from '../dialogs.ts';

/** Asks where to; does nothing when the dialog is cancelled. */
export async function savePart(part: PartBytes, folder: vscode.Uri, dialogs: Dialogs): Promise<void> {
  const target = await dialogs.save({ defaultUri: vscode.Uri.joinPath(folder, nameFor(part)) });
  if (target) await vscode.workspace.fs.writeFile(target, part.bytes);
}

/** Asks for a folder; a name that is taken there gets a number, so nothing is ever overwritten. Answers how many were saved, or null when cancelled. */
export async function saveParts(parts: AsyncIterable<PartBytes>, folder: vscode.Uri, dialogs: Dialogs): Promise<number | null> {
  const picked = await dialogs.open({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    defaultUri: folder,
    openLabel: vscode.l10n.t('Save Here'),
    title: vscode.l10n.t('Folder for the attachments'),
  });
  const target = picked?.[0];
  if (!target) return null;
  // Compared without case: many file systems do so.
  const taken = new Set((await vscode.workspace.fs.readDirectory(target)).map(([name]) => name.toLowerCase()));
  let saved = 0;
  for await (const part of parts) {
    const name = freeName(nameFor(part), taken);
    taken.add(name.toLowerCase());
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(target, name), part.bytes);
    saved++;
  }
  return saved;
}

function nameFor(part: PartBytes): string {
  return cleanFileName(part.fileName, 'attachment');
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let candidate = name;
  for (let number = 2; taken.has(candidate.toLowerCase()); number++) candidate = `${stem} (${number})${extension}`;
  return candidate;
}
