// ui/viewer: joins the .eml viewer to VS Code: the custom editor and its commands.
import * as vscode from 'vscode';
import type { EngineApi, MailSource } from '../../protocol/engine.ts';
import { ViewerPanel } from './viewerPanel.ts';

export const viewerType = 'mailroom.viewer';

export interface ViewerDependencies {
  readonly extensionUri: vscode.Uri;
  readonly engine: EngineApi;
  readonly log: vscode.LogOutputChannel;
  /** For numbers and times: the language of VS Code, English with a 24-hour clock. */
  readonly locale: string;
  /** A mail of the drop folder, or undefined for any other file. */
  readonly sourceOf: (uri: vscode.Uri) => MailSource | undefined;
}

export function registerViewer(dependencies: ViewerDependencies): vscode.Disposable {
  const panels = new Set<ViewerPanel>();
  const activePanel = (): ViewerPanel | undefined => [...panels].find((panel) => panel.isActive);
  const provider: vscode.CustomReadonlyEditorProvider = {
    // The mail is read by the engine when the page asks: a document of its own would only hold a second copy.
    openCustomDocument: (uri) => ({ uri, dispose() {} }),
    resolveCustomEditor({ uri }, webviewPanel) {
      const panel = new ViewerPanel(dependencies, uri, webviewPanel);
      panels.add(panel);
      panel.onDidClose(() => panels.delete(panel));
    },
  };
  return vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(viewerType, provider, { supportsMultipleEditorsPerDocument: true }),
    vscode.commands.registerCommand('mailroom.viewer.openAsText', () => activePanel()?.openAsText()),
    vscode.commands.registerCommand('mailroom.viewer.find', () => activePanel()?.find()),
    vscode.commands.registerCommand('mailroom.viewer.openInViewer', async (uri?: vscode.Uri, selected?: readonly vscode.Uri[]) => {
      const active = vscode.window.activeTextEditor?.document.uri;
      for (const mail of selected ?? [uri ?? active]) {
        if (mail) await vscode.commands.executeCommand('vscode.openWith', mail, viewerType, { preview: false });
      }
    }),
  );
}
