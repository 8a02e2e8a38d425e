// What a person sees of side bar, viewer and status bar in every state and theme: asserted where it can be, pictured to be looked at.
import assert from 'node:assert/strict';
import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { createTransport } from 'nodemailer';
import type { Page } from 'playwright-core';
import { root } from '../harness/paths.ts';
import { openVsCode, type Theme, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { runCommand, showSideBar, takePicture, treeRows, webviewFrame } from '../harness/workbench.ts';

const themes: readonly Theme[] = ['light', 'dark', 'highContrast'];
let vscode: VsCode;

before(async () => {
  vscode = await openVsCode();
});
after(() => vscode.close());
afterEach((context) => vscode.keepPictures(context));

/** A picture of what is shown now in every theme; the window ends in the first one again. */
async function eachTheme(window: VsCodeWindow, surface: string): Promise<void> {
  // The pointer goes where it changes nothing: the middle of the status bar.
  const { width, height } = window.page.viewportSize() ?? { width: 0, height: 0 };
  await window.page.mouse.move(width / 2, height - 5);
  for (const theme of themes) {
    await window.setTheme(theme);
    await takePicture(window.page, `${surface}-${theme}`);
  }
}

test('a stopped server and an empty folder: one button starts it', async () => {
  const window = await vscode.openWindow({ settings: { 'mailroom.server.autoStart': 'never' } });
  const { page } = window;
  await showSideBar(page, 'Mailroom');
  const welcome = page.locator('.part.sidebar').getByRole('region', { name: 'Welcome' });
  const start = welcome.getByRole('button', { name: 'Start Server' });
  await start.waitFor();
  await eachTheme(window, 'stopped');
  await start.click();
  await window.listening();
  await welcome.getByRole('button', { name: 'Send Test Message' }).waitFor();
  // The port of these windows is never the default.
  await welcome.getByText('Set your application to send to the address beside the title.').waitFor();
  await eachTheme(window, 'empty');
  await window.close();
});

test('a drop folder that is gone is said for as long as it is', async () => {
  const window = await vscode.openWindow();
  const { page, workspace } = window;
  await showSideBar(page, 'Mailroom');
  await window.listening();
  const notification = page.locator('.notifications-toasts').getByText('is gone. Waiting for it');
  const message = page.locator('.part.sidebar').getByText('The drop folder is gone. The next mail makes it anew.');
  await rm(workspace.dropFolder, { recursive: true });
  await notification.waitFor();
  await message.waitFor();
  await eachTheme(window, 'folder-gone');
  const transport = createTransport({ host: '127.0.0.1', port: workspace.smtpPort, ignoreTLS: true });
  await transport.sendMail({ from: 'shop@app.test', to: 'ada@example.test', subject: 'Makes it anew', text: 'Hello' });
  transport.close();
  await notification.waitFor({ state: 'hidden' });
  await message.waitFor({ state: 'hidden' });
  await treeRows(page, /^Unread, Makes it anew/).waitFor();
  await window.close();
});

describe('with mail', () => {
  let window: VsCodeWindow;
  let page: Page;

  before(async () => {
    window = await vscode.openWindow({ settings: { 'mailroom.smtp.maxMessageSize': 0.1 } });
    page = window.page;
    await showSideBar(page, 'Mailroom');
    await window.listening();
    await sendSamples(window.workspace.smtpPort);
    await copyFile(join(window.workspace.folder, 'mail/plain.eml'), join(window.workspace.dropFolder, 'dropped.eml'));
    await treeRows(page, /Lunch on Thursday/).waitFor();
  });

  test('the tree says what is unread, has files or was refused', async () => {
    await treeRows(page, /^Unread, Your invoice, from billing@shop\.test, .*2 files$/).waitFor();
    await treeRows(page, /^Unread, Refused: larger than 0\.1 MB, 552 5\.3\.4, from /).waitFor();
    await treeRows(page, /^Unread, \(no subject\), /).waitFor();
    await eachTheme(window, 'tree');
  });

  test('the viewer shows the mail that is chosen', async () => {
    await treeRows(page, /Thank you for your order/).click();
    const viewer = await webviewFrame(page, 'h1', { hasText: 'Thank you for your order' });
    await viewer.frameLocator('iframe').getByText('Your parcel leaves today').waitFor();
    await viewer.getByRole('status').getByText('2 remote images blocked').waitFor();
    await eachTheme(window, 'viewer');
  });

  test('the picture of the README', async () => {
    await window.workspace.change({ 'breadcrumbs.enabled': false });
    await page.locator('.breadcrumbs-control').waitFor({ state: 'hidden' });
    await page.setViewportSize({ width: 1200, height: 760 });
    await window.setTheme('light');
    await treeRows(page, /^Read, Thank you for your order/).waitFor();
    await takePicture(page, 'readme');
    await page.setViewportSize({ width: 1440, height: 900 });
    await window.workspace.change({ 'breadcrumbs.enabled': undefined });
  });

  for (const tab of ['Text', 'Headers', 'Attachments', 'Envelope', 'Conversation']) {
    test(`the tab ${tab}`, async () => {
      await treeRows(page, /Your invoice/).click();
      const viewer = await webviewFrame(page, 'h1', { hasText: 'Your invoice' });
      await viewer.getByRole('tab', { name: tab }).click();
      await viewer.getByRole('tabpanel', { name: tab }).waitFor();
      await eachTheme(window, `viewer-${tab.toLowerCase()}`);
    });
  }

  test('a search shows what it found, that it is on, and how to end it', async () => {
    await runCommand(page, 'Mailroom: Find…');
    await page.locator('.quick-input-widget input').fill('invoice');
    await page.keyboard.press('Enter');
    await treeRows(page, /Lunch on Thursday/).waitFor({ state: 'hidden' });
    assert.equal(await treeRows(page, /Your invoice/).count(), 1);
    await page
      .locator('.part.sidebar')
      .getByText(/ mails match(es)? "invoice"/)
      .waitFor();
    await eachTheme(window, 'find');
    await runCommand(page, 'Mailroom: Clear Find');
    await treeRows(page, /Lunch on Thursday/).waitFor();
  });

  test('a narrow window keeps subject and tabs in sight', async () => {
    await treeRows(page, /Thank you for your order/).click();
    const viewer = await webviewFrame(page, 'h1', { hasText: 'Thank you for your order' });
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    await page.setViewportSize({ width: 520, height: 900 });
    await viewer.getByRole('tab', { name: 'HTML' }).waitFor();
    await eachTheme(window, 'viewer-narrow');
  });
});

async function sendSamples(port: number): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const to = 'Ada Lovelace <ada@example.test>';
  await transport.sendMail({
    from: 'Billing <billing@shop.test>',
    to,
    bcc: 'archive@shop.test',
    subject: 'Your invoice',
    text: 'Dear Ada,\n\nthe invoice of November is attached.\n',
    attachments: [
      { filename: 'invoice-2026-11.pdf', content: Buffer.alloc(18_000, 'x'), contentType: 'application/pdf' },
      { filename: 'terms.txt', content: 'Thirty days.' },
    ],
  });
  await transport.sendMail({ from: 'monitor@ops.test', to, text: 'Disk is at 91 %.' });
  await transport.sendMail({
    from: 'Sample Shop <orders@shop.test>',
    to,
    subject: 'Thank you for your order',
    text: 'Your parcel leaves today.',
    html: orderHtml,
    attachments: [{ filename: 'parcel.png', cid: 'parcel', content: await readFile(join(root, 'media/mailroom-icon-256.png')) }],
  });
  await assert.rejects(transport.sendMail({ from: 'reports@app.test', to, subject: 'All of it', text: 'x'.repeat(200_000) }), /552/);
  transport.close();
}

const orderHtml = `
<div style="font-family: Helvetica, Arial, sans-serif; color: #222">
  <div style="background: #0f5c56; color: #fff; padding: 16px 24px; font-size: 20px">Sample Shop</div>
  <div style="padding: 24px">
    <h2 style="margin-top: 0">Thank you, Ada</h2>
    <p>Your parcel leaves today and is with you on Monday.</p>
    <p><img src="cid:parcel" width="96" height="96" alt="A rack of pigeonholes"></p>
    <table cellpadding="6" style="border-collapse: collapse; width: 100%">
      <tr style="border-bottom: 1px solid #ccc"><td>Field notebook</td><td align="right">2</td><td align="right">12.00</td></tr>
      <tr style="border-bottom: 1px solid #ccc"><td>Fountain pen</td><td align="right">1</td><td align="right">38.50</td></tr>
      <tr><td><b>Sum</b></td><td></td><td align="right"><b>50.50</b></td></tr>
    </table>
    <p><a href="https://shop.test/orders/1021" style="color: #0f5c56">See your order</a></p>
    <img src="https://cdn.shop.test/banner.png" width="552" height="80" alt="Season's offers">
    <img src="https://track.shop.test/open.gif" width="1" height="1" alt="">
  </div>
</div>`;
