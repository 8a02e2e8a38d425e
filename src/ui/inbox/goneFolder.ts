// ui/inbox: says that the drop folder is gone, for as long as it is. A progress notification, because VS Code lets nobody close a message again.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { Room } from '../room.ts';

export function watchGoneFolder(room: Room): Disposable {
  const owned = new DisposableStore();
  let close: (() => void) | undefined;
  const show = (): void => {
    close?.();
    close = undefined;
    if (!room.isFolderGone) return;
    const title = vscode.l10n.t('The drop folder {0} is gone. Waiting for it; the next mail makes it anew.', room.dropFolder ?? '');
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    void vscode.window.withProgress(options, (_progress, cancellation) => {
      return new Promise<void>((resolve) => {
        close = resolve;
        cancellation.onCancellationRequested(() => resolve());
      });
    });
  };
  owned.add(room.onDidChangeFolderGone(show));
  owned.add({ dispose: () => close?.() });
  show();
  return owned;
}
