// ui/viewer: tells when a file has really changed. Watchers fire several times for one write, and 'changed' before 'deleted'; so we look at the file.
import * as vscode from 'vscode';

/** Milliseconds of quiet before the file is looked at. */
const quiet = 150;

export interface FileState {
  readonly mtime: number;
  readonly size: number;
}

/** null: there is no such file (any more). */
export async function fileState(uri: vscode.Uri): Promise<FileState | null> {
  try {
    const { mtime, size } = await vscode.workspace.fs.stat(uri);
    return { mtime, size };
  } catch {
    return null;
  }
}

/** Calls `onEvent` after the file was written, made or deleted, once for a burst of events. Works outside the workspace too. */
export function followFile(uri: vscode.Uri, onEvent: () => void): vscode.Disposable {
  // The whole folder, for a pattern would read brackets and braces in the name as its own.
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), '*'));
  const address = uri.toString();
  let timer: NodeJS.Timeout | undefined;
  const later = (changed: vscode.Uri): void => {
    if (changed.toString() !== address) return;
    clearTimeout(timer);
    timer = setTimeout(onEvent, quiet);
  };
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(later),
    watcher.onDidCreate(later),
    watcher.onDidDelete(later),
    new vscode.Disposable(() => clearTimeout(timer)),
  );
}
