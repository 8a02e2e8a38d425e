// ui/viewer: joins the .eml viewer to VS Code: the custom editor and its commands.
import * as vscode from 'vscode';
import type { EngineApi, MailSource } from '../../protocol/engine.ts';
import { registerCommand } from '../command.ts';
import type { Dialogs } from '../dialogs.ts';
import { commands } from '../ids.ts';
import type { Notify } from '../notify.ts';
import { ViewerPanel } from './viewerPanel.ts';

export const viewerType = 'mailroom.viewer';

export interface ViewerDependencies {
  readonly extensionUri: vscode.Uri;
  readonly engine: EngineApi;
  readonly log: vscode.LogOutputChannel;
  readonly notify: Notify;
  readonly dialogs: Dialogs;
  /** For numbers and times: the language of VS Code, English with a 24-hour clock. */
  readonly locale: string;
  /** A mail of the drop folder, or undefined for any other file. */
  readonly sourceOf: (uri: vscode.Uri) => MailSource | undefined;
}

export interface Viewer extends vscode.Disposable {
  activePanel(): ViewerPanel | undefined;
}

export function registerViewer(dependencies: ViewerDependencies): Viewer {
  const { notify } = dependencies;
  const panels = new Set<ViewerPanel>();
  const activePanel = (): ViewerPanel | undefined => [...panels].find((panel) => panel.isActive);
  const provider: vscode.CustomReadonlyEditorProvider = {
    // The mail is read by the engine when the page asks: a document of its own would only hold a second copy.
    openCustomDocument: (uri) => ({ uri, dispose() {} }),
    resolveCustomEditor({ uri }, webviewPanel) {
      const panel: ViewerPanel = new ViewerPanel(dependencies, uri, webviewPanel, () => panels.delete(panel));
      panels.add(panel);
    },
  };
  const owned = vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(viewerType, provider, { supportsMultipleEditorsPerDocument: true }),
    registerCommand(notify, commands.openViewerAsText, () => activePanel()?.openAsText()),
    registerCommand(notify, commands.findInViewer, () => activePanel()?.find()),
    registerCommand(notify, commands.openInViewer, openInViewer),
  );
  return { activePanel, dispose: () => owned.dispose() };
}

/** From a menu: the file that was clicked and all that are selected. From the palette: neither. */
async function openInViewer(clicked?: unknown, selected?: unknown): Promise<void> {
  const chosen = Array.isArray(selected) && selected.length > 0 ? selected : [clicked ?? vscode.window.activeTextEditor?.document.uri];
  for (const uri of chosen) {
    if (uri instanceof vscode.Uri) await vscode.commands.executeCommand('vscode.openWith', uri, viewerType, { preview: false });
  }
}
