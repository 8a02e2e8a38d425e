// ui/inbox: Find. An input box whose words filter the tree while they are typed; the filter stays until it is cleared, and the tree says that it is on.
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import type { Node } from './nodes.ts';
import type { InboxTree } from './tree.ts';

/** A pause in typing after which is searched. Milliseconds. */
const typingPause = 120;

/** Opens the box; resolves when it is closed. Enter and choosing a row keep the filter, Escape brings back the one of before. */
export function find(tree: InboxTree, view: vscode.TreeView<Node>): Promise<void> {
  const owned = new DisposableStore();
  const before = tree.text;
  const box = owned.add(vscode.window.createInputBox());
  const clear: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('search-stop'), tooltip: vscode.l10n.t('Clear Find') };
  box.title = vscode.l10n.t('Find Mail');
  box.placeholder = vscode.l10n.t('Words in subject, addresses or text');
  box.value = before;
  box.buttons = [clear];
  // Else a look at another place would close it just like Escape.
  box.ignoreFocusOut = true;
  let result = before;
  let timer: NodeJS.Timeout | undefined;
  const close = (text: string): void => {
    result = text;
    box.hide();
  };
  box.onDidChangeValue((text) => {
    clearTimeout(timer);
    timer = setTimeout(() => tree.filter(text.trim()), typingPause);
  });
  box.onDidTriggerButton(() => close(''));
  box.onDidAccept(() => close(box.value.trim()));
  owned.add(view.onDidChangeSelection(({ selection }) => selection.length > 0 && close(box.value.trim())));
  return new Promise((resolve) => {
    box.onDidHide(() => {
      clearTimeout(timer);
      tree.filter(result);
      owned.dispose();
      resolve();
    });
    box.show();
  });
}
