// A check in a real VS Code, as a person makes it: from the palette to the report, read and filtered by keyboard; pictures in each theme.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { openVsCode, type Theme, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { runCommand, showSideBar, takePicture, treeRows, waitFor, webviewFrame } from '../harness/workbench.ts';

const themes: readonly Theme[] = ['light', 'dark', 'highContrast'];
let vscode: VsCode;
let window: VsCodeWindow;
let page: Page;

before(async () => {
  vscode = await openVsCode();
  window = await vscode.openWindow({ theme: 'light', settings: { 'mailroom.checks.lab': true } });
  page = window.page;
  await showSideBar(page, 'Mailroom');
  await window.listening();
});
after(() => vscode.close());
afterEach((context) => vscode.keepPictures(context));

/** Types the answer into the input box of the command; resolves when the report is complete. */
async function check(title: string, answer: string): Promise<Frame> {
  await runCommand(page, `Mailroom: ${title}`);
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await waitFor(
    async () => (await input.getAttribute('placeholder')) !== null && !(await input.inputValue()).startsWith('>'),
    'the question',
  );
  await input.fill(answer);
  await page.keyboard.press('Enter');
  return webviewFrame(page, 'main.report .button', { hasText: 'Run Again', timeout: 60_000 });
}

describe('checks', () => {
  test('the view says what can be checked', async () => {
    await page.locator('.part.sidebar').getByText('test for open relay').waitFor();
    assert.equal(
      await page
        .locator('.part.sidebar')
        .getByRole('button', { name: /Checks/ })
        .count(),
      1,
    );
    await takePicture(page, 'checks-welcome');
  });

  test('a relay test of the own server ends in a report with every row', async () => {
    const report = await check('Test for Open Relay', `127.0.0.1:${window.workspace.smtpPort}`);
    assert.equal(await report.locator('h1').textContent(), `127.0.0.1:${window.workspace.smtpPort}`);
    assert.ok((await report.locator('.matrix tbody tr').count()) > 16);
    await report.locator('.finding > summary').first().click();
    await treeRows(page, `127.0.0.1:${window.workspace.smtpPort}`).waitFor();
    for (const theme of themes) {
      await window.setTheme(theme);
      await takePicture(page, `checks-relay-${theme}`);
    }
    await window.setTheme('light');
  });

  test('findings are one tab stop, moved through and folded by arrow keys', async () => {
    const report = await webviewFrame(page, 'main.report');
    const rows = report.locator('.finding > summary');
    assert.equal(await report.locator('.finding > summary[tabindex="0"]').count(), 1);
    await rows.first().focus();
    const isOpen = async () => (await report.locator('.finding').first().getAttribute('open')) !== null;
    await page.keyboard.press('ArrowLeft');
    assert.equal(await isOpen(), false);
    await page.keyboard.press('ArrowRight');
    assert.equal(await isOpen(), true);
    await page.keyboard.press('End');
    assert.equal(await rows.last().getAttribute('tabindex'), '0');
  });

  test('a count of the tally shows only its level, and again all', async () => {
    const report = await webviewFrame(page, 'main.report');
    const all = await report.locator('.finding:visible').count();
    const first = report.locator('.tally button').first();
    const level = await first.getAttribute('data-level');
    await first.click();
    assert.equal(await first.getAttribute('aria-pressed'), 'true');
    assert.equal(await report.locator('.finding:visible').count(), await report.locator(`.finding[data-level="${level}"]`).count());
    await first.click();
    assert.equal(await report.locator('.finding:visible').count(), all);
  });

  test('what the page may do is nothing but its own script and sheets', async () => {
    const report = await webviewFrame(page, 'main.report');
    const policy = await report.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    assert.match(policy ?? '', /default-src 'none'/);
    assert.doesNotMatch(policy ?? '', /https?:\s|frame-src|connect-src|img-src|unsafe-eval/);
  });

  test('a second run can be compared with the first', async () => {
    const report = await webviewFrame(page, 'main.report .button', { hasText: 'Run Again' });
    await report.getByRole('button', { name: 'Run Again' }).click();
    const compare = report.getByRole('button', { name: 'Compare with Last Run' });
    await compare.waitFor({ timeout: 60_000 });
    await compare.click();
    await page.locator('.editor-container .monaco-diff-editor').first().waitFor();
    await takePicture(page, 'checks-compare');
  });

  test('the own server is told with its replies and the time of each step', async () => {
    const report = await check('Check SMTP Server', `127.0.0.1:${window.workspace.smtpPort}`);
    await report.locator('.steps').first().waitFor({ state: 'attached' });
    assert.equal(await report.locator('.finding.fail').count(), 0);
    for (const row of await report.locator('.times-row > summary').all()) await row.click();
    for (const theme of themes) {
      await window.setTheme(theme);
      await takePicture(page, `checks-server-${theme}`);
    }
    await window.setTheme('light');
  });

  test('a port where nobody listens is told as what it is', async () => {
    const report = await check('Check SMTP Server', '127.0.0.1:9');
    await report.locator('.finding').first().waitFor();
    await takePicture(page, 'checks-refused');
  });
});
