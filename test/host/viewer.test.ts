// The mail viewer inside VS Code: which files it opens, and what it does when its page asks. What the page shows is tested in the browser ring.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import { parseScript } from '../../src/session/parse.ts';
import { commands, settingIds } from '../../src/ui/ids.ts';
import type { ViewerPanel } from '../../src/ui/viewer/viewerPanel.ts';
import { SmtpConnection } from '../peers/smtpConnection.ts';
import { activate, answerMessages, createSettings, freePort, rowWith, temporaryFolder, until } from './window.ts';

const mail = [
  'From: App <app@sender.test>',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  '',
  'Hello',
  '--b',
  'Content-Type: application/octet-stream',
  'Content-Disposition: attachment; filename="../../evil.txt"',
  '',
  'one',
  '--b',
  'Content-Type: application/octet-stream',
  'Content-Disposition: attachment; filename="evil.txt"',
  '',
  'two',
  '--b--',
  '',
].join('\r\n');

suite('viewer', () => {
  const settings = createSettings();
  let api: TestApi;
  let scratch: Awaited<ReturnType<typeof temporaryFolder>>;
  let uri: vscode.Uri;

  setup(async () => {
    api = await activate();
    scratch = await temporaryFolder();
    const path = join(scratch.path, 'a [1] {b}.eml');
    await writeFile(path, mail);
    uri = vscode.Uri.file(path);
  });
  teardown(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await settings.restore();
    await api.room.idle();
    await scratch.remove();
  });

  const activeTab = () => vscode.window.tabGroups.activeTabGroup.activeTab;
  /** Opens the mail as a click in the explorer does, and waits for its page to have it. */
  const open = async (title = 'Grüße'): Promise<ViewerPanel> => {
    await vscode.commands.executeCommand('vscode.open', uri);
    await until(() => activeTab()?.label === title, `the title ${title}`);
    const panel = api.viewer.activePanel();
    assert.ok(panel, 'there is an active viewer');
    return panel;
  };

  test('opens every .eml by itself, and the subject is the title', async () => {
    await open();
    const input = activeTab()?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, 'mailroom.viewer');
  });

  test('follows a file whose name looks like a pattern', async () => {
    await open();
    await writeFile(uri.fsPath, mail.replace('=?utf-8?q?Gr=C3=BC=C3=9Fe?=', 'Something else'));
    await until(() => activeTab()?.label === 'Something else', 'the new title');
  });

  test('goes to a line of the text, and back to the viewer', async () => {
    const panel = await open();
    await panel.answer({ type: 'openAsText', line: 3 });
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), uri.toString());
    assert.equal(vscode.window.activeTextEditor.selection.active.line, 2);
    await vscode.commands.executeCommand(commands.openInViewer);
    await until(() => api.viewer.activePanel() !== undefined, 'the viewer again');
  });

  test('a line that does not exist is the last one', async () => {
    const panel = await open();
    await panel.answer({ type: 'openAsText', line: 1_000_000 });
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.selection.active.line, (editor?.document.lineCount ?? 0) - 1);
  });

  test('saves an attachment where the person says, under a name without a path', async () => {
    const panel = await open();
    const target = vscode.Uri.file(join(scratch.path, 'saved.bin'));
    let proposed = '';
    api.answer({
      save: async (options) => {
        proposed = options.defaultUri?.path ?? '';
        return target;
      },
    });
    const view = await api.engine.api.view({ path: uri.fsPath });
    await panel.answer({ type: 'savePart', part: view.parts[0]!.part });
    assert.equal(await readFile(target.fsPath, 'latin1'), 'one');
    assert.match(proposed, /\/evil\.txt$/);
    assert.ok(!proposed.includes('..'));
  });

  test('saves all attachments into a folder without overwriting anything', async () => {
    const panel = await open();
    const folder = join(scratch.path, 'all');
    await mkdir(folder);
    await writeFile(join(folder, 'EVIL.txt'), 'mine');
    api.answer({ open: async () => [vscode.Uri.file(folder)] });
    await panel.answer({ type: 'saveAllParts' });
    assert.deepEqual((await readdir(folder)).sort(), ['EVIL.txt', 'evil (2).txt', 'evil (3).txt']);
    assert.equal(await readFile(join(folder, 'EVIL.txt'), 'latin1'), 'mine');
    assert.equal(await readFile(join(folder, 'evil (3).txt'), 'latin1'), 'two');
  });

  test('a dialog that is cancelled saves nothing', async () => {
    const panel = await open();
    api.answer({ save: async () => undefined, open: async () => undefined });
    await panel.answer({ type: 'savePart', part: 0 });
    await panel.answer({ type: 'saveAllParts' });
    assert.deepEqual(await readdir(scratch.path), ['a [1] {b}.eml']);
  });

  test('refuses links that are no web or mail addresses, and says which', async () => {
    const panel = await open();
    const asked = answerMessages(api, () => undefined);
    await panel.answer({ type: 'openLink', href: 'file:///etc/passwd' });
    await panel.answer({ type: 'openLink', href: 'command:workbench.action.closeWindow' });
    await panel.answer({ type: 'openLink', href: '/account' });
    assert.deepEqual(
      asked.map(({ text }) => text),
      [
        'Only http, https and mailto links of a mail are opened. This one is: file:///etc/passwd',
        'Only http, https and mailto links of a mail are opened. This one is: command:workbench.action.closeWindow',
        'This link has no full address: /account',
      ],
    );
  });

  test('copies text to the clipboard', async () => {
    const panel = await open();
    await panel.answer({ type: 'copy', text: 'Grüße' });
    assert.equal(await vscode.env.clipboard.readText(), 'Grüße');
  });

  test('what fails is told, and the viewer stays', async () => {
    const panel = await open();
    const asked = answerMessages(api, () => undefined);
    await panel.answer({ type: 'openConversation' });
    assert.equal(asked.length, 1);
    assert.match(asked[0]?.text ?? '', /no conversation was recorded/);
    assert.equal(api.viewer.activePanel(), panel);
  });

  test('the conversation of a caught mail opens as a .smtp file that can be run again', async () => {
    const folder = join(scratch.path, 'caught');
    await settings.set(settingIds.dropFolder, folder);
    await settings.set(settingIds.port, await freePort());
    await until(() => api.room.dropFolder === folder, 'the drop folder');
    const state = await api.room.start();
    assert.ok(state.kind === 'listening', JSON.stringify(state));
    try {
      const client = await SmtpConnection.open(state.port);
      await client.send({ from: 'a@x.test', to: 'b@y.test', message: Buffer.from('Subject: Again\r\n\r\n.Hello\r\n') });
      client.close();
      const { key } = (await rowWith(api, 'Again')).mail;
      uri = vscode.Uri.file(join(folder, key));
      const panel = await open('Again');
      await panel.answer({ type: 'openConversation' });
      const document = vscode.window.activeTextEditor?.document;
      assert.equal(document?.languageId, 'smtp');
      const { diagnostics, conversations } = parseScript(document.getText());
      assert.deepEqual(diagnostics, []);
      assert.equal(conversations.length, 1);
      assert.ok(document.getText().includes(`@data ${uri.fsPath}`), document.getText());
    } finally {
      await api.room.stop();
    }
  });

  test('a mail of the drop folder is read when it was shown', async () => {
    const folder = join(scratch.path, 'drop');
    await mkdir(folder);
    await settings.set(settingIds.dropFolder, folder);
    await until(() => api.room.dropFolder === folder, 'the drop folder');
    await api.room.idle();
    await writeFile(join(folder, 'new.eml'), mail);
    assert.equal((await rowWith(api, 'Grüße')).mail.isRead, false);
    uri = vscode.Uri.file(join(folder, 'new.eml'));
    await open();
    await until(async () => (await rowWith(api, 'Grüße')).mail.isRead, 'the mail to be read');
  });

  test('a file that is no text can still be opened in the text editor', async () => {
    uri = vscode.Uri.file(join(scratch.path, 'no-text.eml'));
    await writeFile(uri.fsPath, Buffer.from([0, 255, 254, 10, 0]));
    await vscode.commands.executeCommand('vscode.open', uri);
    await until(() => api.viewer.activePanel() !== undefined, 'the viewer');
    await vscode.commands.executeCommand(commands.openViewerAsText);
    await until(() => activeTab()?.input instanceof vscode.TabInputText, 'the text editor');
  });
});
