// A .smtp file in a real VS Code: run by its links, in the Test Explorer, step by step; pictures of it after a run.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openVsCode, type Theme, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { showSideBar, takePicture, treeRows } from '../harness/workbench.ts';

const relay = [
  '# Conversations that our mail server must get right',
  '@connect {{host}}:{{port}}',
  '',
  '### Relay must be refused',
  'S: 220',
  'C: EHLO client.example.com',
  'S: 250-SIZE',
  'C: MAIL FROM:<orders@shop.example>',
  'S: 250 2.1.0',
  'C: RCPT TO:<someone@elsewhere.example>',
  'S: 550 5.7.1',
  'C: QUIT',
  'S: 221',
  '',
  '### Postmaster must be accepted',
  'C: EHLO client.example.com',
  'C: MAIL FROM:<> SIZE=1200 BODY=8BITMIME',
  'S: 250',
  'C: RCPT TO:<postmaster@example.com>',
  'S: 250 2.1.5',
  'C: DATA',
  'S: 354',
  'From: Kim Example <kim@example.com>',
  'To: postmaster@example.com',
  'Subject: Is anybody there?',
  '',
  'A short line.',
  '.',
  'S: 250 2.0.0 Ok: stored as {{id}}',
  'C: QUIT',
  'S: 221',
  '',
].join('\n');

const themes: readonly Theme[] = ['highContrast', 'highContrastLight', 'dark', 'light'];
let vscode: VsCode;
let window: VsCodeWindow;
let page: Page;

before(async () => {
  vscode = await openVsCode();
  window = await vscode.openWindow({ theme: 'light', settings: { 'testing.automaticallyOpenPeekView': 'never' } });
  page = window.page;
  await writeFile(join(window.workspace.folder, 'relay.smtp'), relay);
  await showSideBar(page, 'Mailroom');
  await window.listening();
  await page.keyboard.press('Control+P');
  await page.keyboard.type('relay.smtp');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'relay.smtp' }).first().click();
  await link('Run').first().waitFor();
});
after(() => vscode.close());
afterEach((context) => vscode.keepPictures(context));

function link(text: string): Locator {
  return page.locator('.codelens-decoration').getByText(text, { exact: true });
}

async function eachTheme(name: string): Promise<void> {
  for (const theme of themes) {
    await window.setTheme(theme);
    await takePicture(page, `${name}-${theme}`);
  }
}

describe('a .smtp file', () => {
  test('is run by its links, which tell the result', async () => {
    await link('Run').first().click();
    await link('1 of 5 failed').waitFor();
    await page
      .locator('.monaco-editor')
      .getByText(/250.2\.1\.5.Recipient.OK.!=.550.5\.7\.1/)
      .waitFor();
    await takePicture(page, 'smtp-file-failed');
    await link('Run').last().click();
    await page
      .locator('.codelens-decoration')
      .getByText(/^5 passed, /)
      .waitFor();
    await treeRows(page, /Is anybody there\?/).waitFor();
    await eachTheme('smtp-file');
  });

  test('is listed in the Test Explorer with its results', async () => {
    await showSideBar(page, 'Testing');
    await treeRows(page, /relay\.smtp/).click();
    await page.keyboard.press('ArrowRight');
    await treeRows(page, /Relay must be refused \(Failed\)/).waitFor();
    await treeRows(page, /Postmaster must be accepted \(Passed\)/).waitFor();
    await treeRows(page, /hello\.smtp/).waitFor();
    // The pointer goes where it changes nothing.
    await page.mouse.move(700, 895);
    await eachTheme('smtp-tests');
  });

  test('waits before each line when it is stepped through', async () => {
    await link('Step').last().click();
    await link('Next Step').waitFor();
    await link('Next Step').click();
    await link('Next Step').click();
    await eachTheme('smtp-step');
    await link('Continue').click();
    await page
      .locator('.codelens-decoration')
      .getByText(/^5 passed, /)
      .waitFor();
  });
});
