// ui/viewer: one open viewer: answers its page and follows its file. Keeps no copy of the mail; the page asks again when it is made anew.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { assertNever, Failure, messageOf } from '../../base/failure.ts';
import type { MailSource } from '../../protocol/engine.ts';
import type { FromViewer, MailView, PartBytes, ToViewer } from '../../protocol/viewer.ts';
import { conversationToScript } from '../../session/fromConversation.ts';
import { commands } from '../ids.ts';
import { type FileState, fileState, followFile } from './follow.ts';
import { judgeLink } from './links.ts';
import { viewerPage } from './page.ts';
import type { ViewerDependencies } from './registerViewer.ts';
import { savePart, saveParts } from './saveParts.ts';
import { viewerStrings } from './strings.ts';

/** A tab is no place for more. */
const longestTitle = 200;

export class ViewerPanel {
  readonly uri: vscode.Uri;
  private readonly dependencies: ViewerDependencies;
  private readonly panel: vscode.WebviewPanel;
  private readonly owned = new DisposableStore();
  private allowRemote = false;
  /** As of the mail that the page has; undefined: it has none. */
  private shown: FileState | undefined;
  private conversation: MailView['delivery'] = null;
  private parts: MailView['parts'] = [];
  private sender = '';

  constructor(dependencies: ViewerDependencies, uri: vscode.Uri, panel: vscode.WebviewPanel, onClosed: () => void) {
    this.dependencies = dependencies;
    this.uri = uri;
    this.panel = panel;
    const { extensionUri } = dependencies;
    panel.webview.options = {
      enableScripts: true,
      enableForms: false,
      localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview'), vscode.Uri.joinPath(extensionUri, 'media')],
    };
    panel.iconPath = new vscode.ThemeIcon('mail');
    this.owned.add(panel.webview.onDidReceiveMessage((message: FromViewer) => void this.answer(message)));
    this.owned.add(followFile(uri, () => void this.refreshIfChanged()));
    panel.onDidDispose(() => {
      this.owned.dispose();
      onClosed();
    });
    this.setPage();
  }

  get isActive(): boolean {
    return this.panel.active;
  }

  find(): void {
    void this.post({ type: 'find' });
  }

  async openAsText(line: number | null = null): Promise<void> {
    const file = await this.file();
    const viewColumn = this.panel.viewColumn ?? vscode.ViewColumn.Active;
    let document: vscode.TextDocument;
    try {
      document = await vscode.workspace.openTextDocument(file);
    } catch {
      // Too large or binary: VS Code's own editor says so, and lets the person open it all the same.
      await vscode.commands.executeCommand('vscode.openWith', file, 'default', { viewColumn, preview: false });
      return;
    }
    const options: vscode.TextDocumentShowOptions = { viewColumn, preview: false };
    if (line !== null) options.selection = document.validateRange(new vscode.Range(line - 1, 0, line - 1, 0));
    await vscode.window.showTextDocument(document, options);
  }

  private setPage(): void {
    const { webview } = this.panel;
    const at = (...path: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(this.dependencies.extensionUri, ...path)).toString();
    webview.html = viewerPage({
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('hex'),
      script: at('dist', 'webview', 'viewer.js'),
      styles: [at('dist', 'webview', 'codicon.css'), at('media', 'base.css'), at('media', 'viewer.css')],
      strings: viewerStrings(),
      language: vscode.env.language,
      allowRemote: this.allowRemote,
    });
  }

  /** Does what the page asks for; never rejects. */
  async answer(message: FromViewer): Promise<void> {
    try {
      await this.act(message);
    } catch (error) {
      if (!this.owned.isDisposed) this.dependencies.notify.failure(error);
    }
  }

  private async act(message: FromViewer): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.refresh();
      case 'needPart':
        return this.sendPart(message.part);
      case 'openLink':
        return this.openLink(message.href);
      case 'savePart':
        return savePart(await this.part(message.part), await this.saveFolder(), this.dependencies.dialogs);
      case 'saveAllParts':
        return this.saveAll();
      case 'loadRemote':
        this.allowRemote = true;
        return this.setPage();
      case 'copy':
        return vscode.env.clipboard.writeText(message.text);
      case 'openAsText':
        return this.openAsText(message.line);
      case 'openConversation':
        return this.openConversation();
      case 'revealFile':
        await vscode.commands.executeCommand('revealFileInOS', await this.file());
        return;
      case 'checkSender':
        // The domain alone: nothing is asked of the person's mailbox.
        await vscode.commands.executeCommand(commands.checkDomain, this.sender.slice(this.sender.lastIndexOf('@') + 1));
        return;
      default:
        assertNever(message);
    }
  }

  private async refreshIfChanged(): Promise<void> {
    // A hidden page does not exist; it asks for everything when it is shown again.
    if (this.owned.isDisposed || !this.panel.visible) return;
    const state = await fileState(this.uri);
    if (this.owned.isDisposed) return;
    if (!state) {
      this.shown = undefined;
      await this.post({ type: 'gone' });
    } else if (state.mtime !== this.shown?.mtime || state.size !== this.shown.size) await this.refresh();
  }

  private async refresh(): Promise<void> {
    try {
      // Before the mail is read: a write in between then counts as a change.
      const state = await fileState(this.uri);
      const source = await this.source();
      const mail = await this.dependencies.engine.view(source);
      if (this.owned.isDisposed) return;
      this.shown = state ?? undefined;
      this.conversation = mail.delivery;
      this.parts = mail.parts;
      this.sender = mail.from[0]?.address ?? '';
      this.panel.title = titleOf(mail);
      await this.post({ type: 'mail', mail, remote: this.allowRemote, locale: this.dependencies.locale });
      if ('key' in source) await this.dependencies.engine.markRead([source.key], true);
    } catch (error) {
      if (this.owned.isDisposed) return;
      this.dependencies.log.warn(`Viewer: ${this.uri.toString()} could not be shown: ${messageOf(error)}`);
      await this.post({ type: 'failed', message: messageOf(error) });
    }
  }

  private async source(): Promise<MailSource> {
    const known = this.dependencies.sourceOf(this.uri);
    if (known) return known;
    if (this.uri.scheme === 'file') return { path: this.uri.fsPath };
    // A copy: what the file system gives may be a Buffer, which is slow and wrong to post.
    return { bytes: new Uint8Array(await vscode.workspace.fs.readFile(this.uri)) };
  }

  /** What lies on disk; a mail of the drop folder may be one of several in a file and then has an address of its own. */
  private async file(): Promise<vscode.Uri> {
    const source = this.dependencies.sourceOf(this.uri);
    return source && 'key' in source ? vscode.Uri.file(await this.dependencies.engine.pathOf(source.key)) : this.uri;
  }

  private async part(part: number): Promise<PartBytes> {
    return this.dependencies.engine.part(await this.source(), part);
  }

  private async sendPart(part: number): Promise<void> {
    try {
      const { contentType, bytes } = await this.part(part);
      await this.post({ type: 'part', part, contentType, bytes: new Uint8Array(bytes) });
    } catch (error) {
      if (this.owned.isDisposed) return;
      this.dependencies.log.warn(`Viewer: part ${part} of ${this.uri.toString()} could not be read: ${messageOf(error)}`);
      await this.post({ type: 'part', part, contentType: 'application/octet-stream', bytes: null });
    }
  }

  private async openLink(href: string): Promise<void> {
    const target = judgeLink(href);
    if (target.kind === 'open') {
      // VS Code itself shows the address and asks, unless the user trusts the host.
      await vscode.env.openExternal(vscode.Uri.parse(target.address, true));
      return;
    }
    const shown = href.length > longestTitle ? `${href.slice(0, longestTitle)}…` : href;
    this.dependencies.notify.tell(
      'warning',
      target.reason === 'scheme'
        ? vscode.l10n.t('Only http, https and mailto links of a mail are opened. This one is: {0}', shown)
        : vscode.l10n.t('This link has no full address: {0}', shown),
    );
  }

  private async saveAll(): Promise<void> {
    const attachments = this.parts.filter((part) => !part.isInline);
    const read = this.part.bind(this);
    async function* contents(): AsyncGenerator<PartBytes> {
      for (const { part } of attachments) yield await read(part);
    }
    const saved = await saveParts(contents(), await this.saveFolder(), this.dependencies.dialogs);
    if (saved === null) return;
    const text = saved === 1 ? vscode.l10n.t('1 attachment was saved.') : vscode.l10n.t('{0} attachments were saved.', saved);
    vscode.window.setStatusBarMessage(text, 5000);
  }

  /** The workspace's folder, else the one of the mail: never a place that the mail names. */
  private async saveFolder(): Promise<vscode.Uri> {
    return vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.joinPath(await this.file(), '..');
  }

  private async openConversation(): Promise<void> {
    if (!this.conversation) throw new Failure('noConversation', 'no conversation was recorded');
    const languages = await vscode.languages.getLanguages();
    const document = await vscode.workspace.openTextDocument({
      // With the mail's own octets where the message was: it can be run again as it is.
      content: conversationToScript(this.conversation.conversation, {
        name: this.panel.title,
        dataFile: () => (this.uri.scheme === 'file' && this.conversation?.outcome === 'accepted' ? this.uri.fsPath : undefined),
      }),
      language: languages.includes('smtp') ? 'smtp' : 'plaintext',
    });
    await vscode.window.showTextDocument(document);
  }

  private async post(message: ToViewer): Promise<void> {
    if (!this.owned.isDisposed) await this.panel.webview.postMessage(message);
  }
}

function titleOf(mail: MailView): string {
  const subject = mail.subject?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim() || mail.fileName;
  return subject.length > longestTitle ? `${subject.slice(0, longestTitle)}…` : subject;
}
