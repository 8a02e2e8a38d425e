// What is shipped works: the packed .vsix, installed in a clean VS Code, is started by a person and catches a mail.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { packVsix, type Vsix } from '../harness/vsix.ts';
import { openVsCode, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { showSideBar, statusItem, takePicture, treeRows, webviewFrame } from '../harness/workbench.ts';

let vsix: Vsix;
let vscode: VsCode;
let window: VsCodeWindow;

before(async () => {
  vsix = await packVsix();
  vscode = await openVsCode({ extension: { vsix: vsix.file } });
  window = await vscode.openWindow({ settings: { 'mailroom.server.autoStart': 'remember' } });
});
after(() => vscode.close());
afterEach((context) => vscode.keepPictures(context));

test('the package catches a mail after Start Server, and shows it', async () => {
  const { page, workspace } = window;
  await showSideBar(page, 'Mailroom');
  assert.equal(await statusItem(page, /^Mailroom/).count(), 0, 'nothing in the status bar before it is used');
  await page.locator('.part.sidebar').getByRole('region', { name: 'Welcome' }).getByRole('button', { name: 'Start Server' }).click();
  await window.listening();

  const transport = createTransport({ host: '127.0.0.1', port: workspace.smtpPort, ignoreTLS: true });
  await transport.sendMail({
    from: 'shop@app.test',
    to: 'ada@example.test',
    subject: 'Caught by the package',
    html: '<p>Parcel for <b>Ada</b></p>',
  });
  transport.close();

  const row = treeRows(page, /^Unread, Caught by the package/);
  await row.click();
  const viewer = await webviewFrame(page, 'h1', { hasText: 'Caught by the package' });
  await viewer.frameLocator('iframe').getByText('Parcel for Ada').waitFor();
  await takePicture(page, 'vsix');
});
