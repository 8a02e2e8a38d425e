// Many windows, one listener: the window that binds the port listens, the others show the same mail and take over when it goes.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { openVsCode, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { showSideBar, statusItem, takePicture, treeRows } from '../harness/workbench.ts';

describe('two windows with one mailroom', () => {
  let vscode: VsCode;
  let owner: VsCodeWindow;
  let other: VsCodeWindow;

  before(async () => {
    vscode = await openVsCode();
    owner = await vscode.openWindow();
    await owner.listening();
    other = await vscode.openWindow({ workspace: owner.workspace });
  });
  after(() => vscode.close());
  afterEach((context) => vscode.keepPictures(context));

  test('the second says that another window listens, and is not in trouble', async () => {
    await statusItem(other.page, /^Mailroom, another window listens on .*, 0 unread$/).waitFor();
  });

  test('a mail is in both trees', async () => {
    for (const { page } of [owner, other]) await showSideBar(page, 'Mailroom');
    await send('For both');
    for (const { page } of [owner, other]) await treeRows(page, /^Unread, For both/).waitFor();
    await takePicture(other.page, 'windows-shared');
  });

  test('a mail that is read in one is read in the other', async () => {
    await treeRows(other.page, /^Unread, For both/).click();
    for (const { page } of [owner, other]) await treeRows(page, /^Read, For both/).waitFor();
  });

  test('when the owner closes, the other listens and takes mail', async () => {
    await owner.close();
    await other.listening();
    await send('For the heir');
    await treeRows(other.page, /^Unread, For the heir/).waitFor();
    assert.equal(await treeRows(other.page, /^Read, For both/).count(), 1);
  });

  async function send(subject: string): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: owner.workspace.smtpPort, ignoreTLS: true });
    await transport.sendMail({ from: 'shop@app.test', to: 'ada@example.test', subject, text: 'Hello' });
    transport.close();
  }
});
