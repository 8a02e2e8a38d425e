// ui/inbox: Find. An input box whose words filter the tree while they are typed; the filter stays until it is cleared, and the tree says that it is on.
import * as vscode from 'vscode';
import type { InboxTree } from './tree.ts';

/** A pause in typing after which is searched. Milliseconds. */
const typingPause = 120;

/** Opens the box; resolves when it is closed. */
export function find(tree: InboxTree): Promise<void> {
  const box = vscode.window.createInputBox();
  const clear: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('search-stop'), tooltip: vscode.l10n.t('Clear Find') };
  box.title = vscode.l10n.t('Find Mail');
  box.placeholder = vscode.l10n.t('Words in subject, addresses or text');
  box.value = tree.text;
  box.buttons = [clear];
  let timer: NodeJS.Timeout | undefined;
  const apply = (): void => {
    clearTimeout(timer);
    tree.filter(box.value.trim());
  };
  box.onDidChangeValue(() => {
    clearTimeout(timer);
    timer = setTimeout(apply, typingPause);
  });
  box.onDidTriggerButton(() => {
    box.value = '';
    apply();
    box.hide();
  });
  box.onDidAccept(() => box.hide());
  return new Promise((resolve) => {
    box.onDidHide(() => {
      apply();
      box.dispose();
      resolve();
    });
    box.show();
  });
}
