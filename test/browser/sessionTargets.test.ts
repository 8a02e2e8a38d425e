// To which server a session speaks: the mail servers of a domain, from a name server of this test; and none in a workspace that is not trusted.
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Answer, decode, encode } from 'dns-packet';
import type { Locator, Page } from 'playwright-core';
import { openVsCode, type VsCode } from '../harness/window.ts';
import { runCommand, showSideBar, takePicture, treeRows, waitFor } from '../harness/workbench.ts';

/** Answers every question for MX with these hosts, every other with nothing. */
async function startDns(hosts: readonly string[]): Promise<Socket & { readonly asked: string[] }> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (octets, { address, port }) => {
    const { id, questions = [] } = decode(octets);
    const { name = '', type } = questions[0] ?? {};
    asked.push(`${type} ${name}`);
    const answers =
      type === 'MX'
        ? hosts.map((exchange, index): Answer => ({ type: 'MX', name, ttl: 60, data: { exchange, preference: 10 * (index + 1) } }))
        : [];
    socket.send(encode({ type: 'response', id: id ?? 0, questions, answers }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return Object.assign(socket, { asked });
}

const quickPick = (page: Page, text: string): Locator => page.locator('.quick-input-list .monaco-list-row', { hasText: text });
const notification = (page: Page, text: string): Locator => page.locator('.notifications-toasts', { hasText: text });

/** As the arrow beside the plus of the terminals does. */
async function openProfile(page: Page): Promise<void> {
  const profile = quickPick(page, 'SMTP Session');
  // VS Code may offer no profiles at all while it looks for shells.
  await waitFor(async () => {
    await runCommand(page, 'Create New Terminal (With Profile)');
    const isOffered = await profile.waitFor({ timeout: 2000 }).then(
      () => true,
      () => false,
    );
    if (!isOffered) await page.keyboard.press('Escape');
    return isOffered;
  }, 'the profile');
  await profile.click();
}

describe('servers to talk to', () => {
  let vscode: VsCode;
  let dns: Awaited<ReturnType<typeof startDns>>;
  let page: Page;

  before(async () => {
    dns = await startDns(['localhost', 'backup.shop.test']);
    vscode = await openVsCode();
    const window = await vscode.openWindow({ settings: { 'mailroom.checks.dnsServers': [`127.0.0.1:${dns.address().port}`] } });
    page = window.page;
    await showSideBar(page, 'Mailroom');
    await window.listening();
  });
  after(async () => {
    await vscode.close();
    dns.close();
  });
  afterEach((context) => vscode.keepPictures(context));

  test('need not be chosen: nothing complains', async () => {
    await openProfile(page);
    await quickPick(page, 'Other Server').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    // A complaint would come by now.
    await page.waitForTimeout(1000);
    assert.equal(await page.locator('.notifications-toasts .notification-list-item').count(), 0);
    assert.equal(await page.locator('.terminal-wrapper').count(), 0);
  });

  test('are those of a domain, too; the one that was chosen is connected to', async () => {
    await runCommand(page, 'Mailroom: New SMTP Session');
    await quickPick(page, 'Mail Servers of a Domain').click();
    const input = page.locator('.quick-input-widget .quick-input-box input');
    await page.locator('.quick-input-widget', { hasText: 'Mail Servers of a Domain' }).waitFor();
    await input.fill('no domain');
    await page.locator('.quick-input-message', { hasText: 'Write a domain or a mail address' }).waitFor();
    await input.fill('kim@shop.test');
    await page.keyboard.press('Enter');
    await quickPick(page, 'backup.shop.test').waitFor();
    const rows = await page.locator('.quick-input-list').getByRole('option').all();
    const labels = await Promise.all(rows.map((row) => row.getAttribute('aria-label')));
    assert.deepEqual(labels, ['localhost, port 25, preference 10', 'backup.shop.test, port 25, preference 20']);
    assert.deepEqual(dns.asked, ['MX shop.test']);
    await takePicture(page, 'session-mail-servers');
    await quickPick(page, 'localhost').click();
    const screen = page.locator('.terminal-wrapper.active .xterm-rows');
    await waitFor(
      async () => /Connecting to localhost:25/.test(((await screen.textContent()) ?? '').replaceAll('\u00a0', ' ')),
      'the session',
    );
  });
});

describe('a workspace that is not trusted', () => {
  let vscode: VsCode;
  let page: Page;

  before(async () => {
    vscode = await openVsCode({ hasWorkspaceTrust: true });
    const window = await vscode.openWindow();
    page = window.page;
    await writeFile(join(window.workspace.folder, 'talk.smtp'), '### Talk\n@connect localhost:25\nC: QUIT\n');
    await page.locator('.part.statusbar', { hasText: 'Restricted Mode' }).waitFor();
  });
  after(() => vscode.close());
  afterEach((context) => vscode.keepPictures(context));

  test('runs no conversation, and says why', async () => {
    await page.keyboard.press('Control+P');
    await page.keyboard.type('talk.smtp');
    await quickPick(page, 'talk.smtp').first().click();
    await page.locator('.codelens-decoration').getByText('Run', { exact: true }).click();
    await notification(page, 'In a restricted workspace Mailroom runs no conversations.').waitFor();
    await showSideBar(page, 'Testing');
    await treeRows(page, /talk\.smtp/).waitFor();
  });
});
