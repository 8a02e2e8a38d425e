// The ways into the checks as a person takes them: the menu of an editor, the sender and the title of a mail, the explorer, the status bar.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Answer } from 'dns-packet';
import type { Locator, Page } from 'playwright-core';
import { openVsCode, type Theme, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { runCommand, showSideBar, statusItem, takePicture, treeRows, waitFor, webviewFrame } from '../harness/workbench.ts';
import { type NameServer, respond, startNameServer } from '../unit/checks/nameServer.ts';

const records: readonly Answer[] = [
  { name: 'shop.test', type: 'MX', ttl: 300, data: { preference: 10, exchange: 'mx1.shop.test' } },
  { name: 'mx1.shop.test', type: 'A', ttl: 300, data: '127.0.0.1' },
  { name: 'shop.test', type: 'TXT', ttl: 300, data: 'v=spf1 mx -all' },
];

let vscode: VsCode;
let window: VsCodeWindow;
let page: Page;
let names: NameServer;

before(async () => {
  names = await startNameServer((asked) => {
    const found = records.filter(({ name, type }) => name === asked.name.toLowerCase() && type === asked.type);
    return asked.name.toLowerCase().endsWith('silent.test') ? [] : [respond(asked, found)];
  });
  vscode = await openVsCode();
  const settings = {
    'mailroom.checks.lab': true,
    'mailroom.checks.dnsServers': [`${names.address}:${names.port}`],
    'mailroom.checks.domains': ['shop.test', 'two.test'],
  };
  window = await vscode.openWindow({ theme: 'light', settings });
  page = window.page;
  const { folder } = window.workspace;
  await writeFile(join(folder, 'app.env'), 'SMTP_HOST=mx1.shop.test\nSMTP_PORT=25\nMAIL_FROM="Shop <orders@shop.test>"\n');
  await writeFile(join(folder, 'plain.txt'), 'Nothing here\nconst a = b.c(d);\n');
  await writeFile(
    join(folder, 'order.eml'),
    'From: Shop <orders@shop.test>\r\nTo: kim@example.test\r\nSubject: Your order\r\n\r\nHello\r\n',
  );
  await showSideBar(page, 'Mailroom');
  await window.listening();
});
after(async () => {
  await vscode.close();
  await names[Symbol.asyncDispose]();
});
afterEach((context) => vscode.keepPictures(context));

const input = (): Locator => page.locator('.quick-input-widget .quick-input-box input');
const menu = (): Locator => page.locator('.monaco-menu-container');

/** `title`: of its tab. */
async function openFile(name: string, title = name): Promise<void> {
  await page.keyboard.press('ControlOrMeta+P');
  await input().waitFor();
  await input().fill(name);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click();
  await page.locator('.tab.active', { hasText: title }).waitFor();
}

/** The words of a line of the editor, to be clicked at. */
function word(text: string): Locator {
  return page.locator('.view-lines .view-line span span', { hasText: text }).last();
}

async function menuTitles(): Promise<string[]> {
  return (await menu().last().locator('.action-label').allTextContents()).filter((title) => title !== '');
}

/** What the box of the question holds. */
async function question(): Promise<string> {
  await waitFor(async () => (await input().getAttribute('placeholder')) === 'example.com', 'the question');
  return input().inputValue();
}

describe('the ways into the checks', () => {
  test('a right click in a file about mail offers all checks, beginning with what stands there', async () => {
    await openFile('app.env');
    await word('orders@shop.test').click({ button: 'right' });
    const entry = menu().getByRole('menuitem', { name: 'Check with Mailroom' });
    await entry.waitFor();
    await entry.hover();
    await menu().getByRole('menuitem', { name: 'Check Mail Domain…' }).waitFor();
    await takePicture(page, 'check-entries-editor-light');
    assert.equal((await menuTitles()).filter((title) => /^(?:Check|Look Up|Test)/.test(title)).length, 11);
    await menu().getByRole('menuitem', { name: 'Look Up MX…' }).click();
    assert.match(await question(), /shop\.test$/);
    await takePicture(page, 'check-entries-question-light');
    await page.keyboard.press('Enter');
    await webviewFrame(page, 'main.report .verdict', { hasText: /shop\.test.*MX.*Run Again/s, timeout: 60_000 });
  });

  test('a selected address offers what can be asked of it, and no more', async () => {
    await openFile('app.env');
    await page.keyboard.press('ControlOrMeta+Home');
    // The host name in the first line.
    for (let step = 0; step < 10; step++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+End');
    await waitFor(async () => {
      await page.keyboard.press('Shift+F10');
      const entry = menu().getByRole('menuitem', { name: 'Check with Mailroom' });
      await page.waitForTimeout(200);
      if (await entry.isVisible()) return true;
      await page.keyboard.press('Escape');
      return false;
    }, 'the entry of the menu');
    await menu().getByRole('menuitem', { name: 'Check with Mailroom' }).hover();
    await menu().getByRole('menuitem', { name: 'Check Mail Domain…' }).waitFor();
    const titles = await menuTitles();
    assert.ok(titles.includes('Check SMTP Server…') && titles.includes('Check SPF…'), titles.join());
    assert.ok(!titles.includes('Check Reverse DNS…'), titles.join());
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
  });

  test('a file that has nothing to do with mail is left alone', async () => {
    await openFile('plain.txt');
    await page.waitForTimeout(700);
    await word('Nothing').click({ button: 'right' });
    await menu().getByRole('menuitem', { name: 'Command Palette' }).waitFor();
    assert.equal(await menu().getByRole('menuitem', { name: 'Check with Mailroom' }).count(), 0);
    await page.keyboard.press('Escape');
  });

  test('a wrong answer is told below the box, and an empty one is not taken', async () => {
    await runCommand(page, 'Mailroom: Check Mail Domain');
    await question();
    for (const [text, said] of [
      ['two words', 'no domain name'],
      ['192.0.2.1', 'is an IP address'],
      ['someone@', 'after @ is missing'],
    ] as const) {
      await input().fill(text);
      await page.locator('.quick-input-message', { hasText: said }).waitFor();
    }
    await takePicture(page, 'check-entries-refused-light');
    await input().fill('');
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-message', { hasText: 'Nothing was entered' }).waitFor();
    await page.keyboard.press('Escape');
  });

  test('a mail leads to the domain of its sender, and to the check of itself', async () => {
    await openFile('order.eml', 'Your order');
    const viewer = await webviewFrame(page, '.summary');
    const button = viewer.getByRole('button', { name: 'Check Mail Domain shop.test' });
    await button.waitFor();
    for (const theme of ['light', 'dark', 'highContrast'] as const satisfies readonly Theme[]) {
      await window.setTheme(theme);
      await button.focus();
      await takePicture(page, `check-entries-sender-${theme}`);
    }
    await window.setTheme('light');
    await button.click();
    await webviewFrame(page, 'main.report .verdict', { hasText: /shop\.test.*Mail domain.*Run Again/s, timeout: 60_000 });
    await openFile('order.eml', 'Your order');
    await page.locator('.editor-actions').getByRole('button', { name: 'More Actions' }).click();
    await takePicture(page, 'check-entries-mail-title-light');
    await menu().getByRole('menuitem', { name: 'Check This Message' }).click();
    await webviewFrame(page, 'main.report .verdict', { hasText: /Your order.*Message.*Run Again/s, timeout: 60_000 });
  });

  test('a mail is checked from the explorer', async () => {
    await page.keyboard.press('ControlOrMeta+Shift+E');
    await treeRows(page, /order\.eml/).click({ button: 'right' });
    await menu().getByRole('menuitem', { name: 'Check This Message' }).waitFor();
    await takePicture(page, 'check-entries-explorer-light');
    await page.keyboard.press('Escape');
  });

  test('the menu of the status bar offers checks, and all own domains are checked without a tab', async () => {
    await showSideBar(page, 'Mailroom');
    const tabs = await page.locator('.tabs-container .tab').count();
    await statusItem(page, /^Mailroom, listening/).click();
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Check All My Domains' });
    await row.waitFor();
    for (const theme of ['light', 'dark'] as const satisfies readonly Theme[]) {
      await window.setTheme(theme);
      if (!(await row.isVisible())) await statusItem(page, /^Mailroom, listening/).click();
      await row.waitFor();
      await takePicture(page, `check-entries-status-${theme}`);
    }
    await row.click();
    const toast = page.locator('.notification-toast', { hasText: '2 domains checked' });
    await toast.waitFor({ timeout: 60_000 });
    await treeRows(page, /two\.test/).waitFor();
    await takePicture(page, 'check-entries-all-dark');
    assert.equal(await page.locator('.tabs-container .tab').count(), tabs);
    await toast.hover();
    await toast.getByRole('button', { name: 'Clear Notification' }).click();
    await window.setTheme('light');
  });

  test('all own domains can be cancelled: those that are done count', async () => {
    await window.workspace.change({ 'mailroom.checks.domains': ['shop.test', 'two.test', 'silent.test'] });
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Check All My Domains' });
    await waitFor(async () => {
      await statusItem(page, /^Mailroom, listening/).click();
      await row.waitFor();
      if (/silent\.test/.test((await row.textContent()) ?? '')) return true;
      await page.keyboard.press('Escape');
      return false;
    }, 'the changed setting');
    await row.click();
    const progress = page.locator('.notification-toast', { hasText: '2 of 3 done. silent.test' });
    await progress.waitFor();
    await takePicture(page, 'check-entries-all-running-light');
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.notification-toast', { hasText: '2 of 3 domains checked' }).waitFor();
    await waitFor(async () => (await treeRows(page, /silent\.test/).count()) === 0, 'the row of the run that was cancelled to go');
  });

  test('a check of the own server leaves the drop folder empty', async () => {
    const address = `127.0.0.1:${window.workspace.smtpPort}`;
    for (const [title, kind] of [
      ['Check SMTP Server', 'SMTP server'],
      ['Test for Open Relay', 'Open relay'],
    ] as const) {
      const box = page.locator('.quick-input-widget');
      // A notification of the test before may still close: VS Code then gives the focus back to the editor, and a box without focus closes.
      await waitFor(
        async () => {
          try {
            await runCommand(page, `Mailroom: ${title}`);
            const asked = async () => (await input().getAttribute('placeholder')) === 'mx1.example.com:25';
            await waitFor(asked, 'the question', 4000);
            await input().fill(address, { timeout: 4000 });
            await page.keyboard.press('Enter');
            await box.locator('.quick-input-title', { hasText: '(2/2)' }).waitFor({ timeout: 4000 });
            await input().press('Enter', { timeout: 4000 });
            await webviewFrame(page, 'main.report .verdict', { hasText: new RegExp(`${address}.*${kind} · `, 's'), timeout: 8000 });
            return true;
          } catch {
            await page.keyboard.press('Escape');
            return false;
          }
        },
        `the report of ${title}`,
        60_000,
      );
      const complete = new RegExp(`${address}.*${kind} · .*Run Again`, 's');
      await webviewFrame(page, 'main.report .verdict', { hasText: complete, timeout: 60_000 });
    }
    const kept = await readdir(window.workspace.dropFolder, { recursive: true });
    assert.deepEqual(
      kept.filter((file) => /\.(?:eml|json)$/.test(file)),
      [],
    );
    assert.equal(await treeRows(page, /Not received|Refused/).count(), 0);
  });
});
