// A check in a real VS Code, as a person makes it: from the palette to the report, read and filtered by keyboard; pictures in each theme.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Answer } from 'dns-packet';
import type { Frame, Page } from 'playwright-core';
import { openVsCode, type Theme, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { runCommand, showSideBar, takePicture, treeRows, waitFor, webviewFrame } from '../harness/workbench.ts';
import { type NameServer, respond, startNameServer } from '../unit/checks/nameServer.ts';

/** A domain with two SPF records, whose mail server is off. */
const records: readonly Answer[] = [
  { name: 'shop.test', type: 'MX', ttl: 300, data: { preference: 10, exchange: 'mx1.shop.test' } },
  { name: 'mx1.shop.test', type: 'A', ttl: 300, data: '127.0.0.1' },
  { name: 'shop.test', type: 'TXT', ttl: 300, data: 'v=spf1 mx -all' },
  { name: 'shop.test', type: 'TXT', ttl: 300, data: 'v=spf1 include:_spf.example.test -all' },
  { name: '_dmarc.shop.test', type: 'TXT', ttl: 300, data: 'v=DMARC1; p=none; rua=mailto:dmarc@shop.test' },
];

const themes: readonly Theme[] = ['light', 'dark', 'highContrast'];
let vscode: VsCode;
let window: VsCodeWindow;
let page: Page;
let names: NameServer;

before(async () => {
  names = await startNameServer((asked) => {
    const found = records.filter(({ name, type }) => name === asked.name.toLowerCase() && type === asked.type);
    return [respond(asked, found)];
  });
  vscode = await openVsCode();
  const settings = { 'mailroom.checks.lab': true, 'mailroom.checks.dnsServers': [`${names.address}:${names.port}`] };
  window = await vscode.openWindow({ theme: 'light', settings });
  page = window.page;
  await showSideBar(page, 'Mailroom');
  await window.listening();
});
after(async () => {
  await vscode.close();
  await names[Symbol.asyncDispose]();
});
afterEach((context) => vscode.keepPictures(context));

/** Types the answer into the input box of the command; resolves when the report, which names its `kind`, is complete. */
async function check(title: string, answer: string, kind: string): Promise<Frame> {
  await runCommand(page, `Mailroom: ${title}`);
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await waitFor(
    async () => (await input.getAttribute('placeholder')) !== null && !(await input.inputValue()).startsWith('>'),
    'the question',
  );
  await input.fill(answer);
  await page.keyboard.press('Enter');
  if (/Server|Relay/.test(title)) {
    // The domain whose mail it takes may be left empty.
    await page.locator('.quick-input-title', { hasText: '(2/2)' }).waitFor();
    await page.keyboard.press('Enter');
  }
  const complete = new RegExp(`${answer}.*${kind} · .*Run Again`, 's');
  return webviewFrame(page, 'main.report .verdict', { hasText: complete, timeout: 60_000 });
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
    const report = await check('Test for Open Relay', `127.0.0.1:${window.workspace.smtpPort}`, 'Open relay');
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
    await page.locator('.monaco-diff-editor .view-line', { hasText: 'accepts everything' }).first().waitFor();
    await takePicture(page, 'checks-compare');
  });

  test('the own server is told with its replies and the time of each step', async () => {
    const report = await check('Check SMTP Server', `127.0.0.1:${window.workspace.smtpPort}`, 'SMTP server');
    await report.locator('.steps').first().waitFor({ state: 'attached' });
    assert.equal(await report.locator('.finding.fail').count(), 0);
    for (const row of await report.locator('.times-row > summary').all()) await row.click();
    for (const theme of themes) {
      await window.setTheme(theme);
      await takePicture(page, `checks-server-${theme}`);
    }
    await window.setTheme('light');
  });

  test('a domain with failures shows them first and open, with what was answered and what to publish', async () => {
    const report = await check('Check Mail Domain', 'shop.test', 'Mail domain');
    const failed = report.locator('.finding.fail', { hasText: 'SPF' });
    assert.notEqual(await failed.getAttribute('open'), null);
    assert.ok((await failed.locator('pre').count()) > 0);
    assert.equal(await report.locator('section').first().locator('.finding').first().getAttribute('data-level'), 'fail');
    for (const theme of themes) {
      await window.setTheme(theme);
      await takePicture(page, `checks-domain-${theme}`);
    }
    await window.setTheme('light');
    await page.setViewportSize({ width: 900, height: 900 });
    await takePicture(page, 'checks-domain-narrow-light');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('a port where nobody listens is told as what it is', async () => {
    const report = await check('Check SMTP Server', '127.0.0.1:9', 'SMTP server');
    await report.locator('.finding').first().waitFor();
    await takePicture(page, 'checks-refused');
  });
});
