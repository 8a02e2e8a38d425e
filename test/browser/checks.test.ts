// A check in a real VS Code, as a person makes it: from the palette to the report, read and filtered by keyboard; pictures in each theme.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
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
  // Its server takes connections and says nothing.
  { name: 'silent.test', type: 'MX', ttl: 300, data: { preference: 10, exchange: 'mx1.silent.test' } },
  { name: 'mx1.silent.test', type: 'A', ttl: 300, data: '127.0.0.2' },
  { name: '_dmarc.shop.test', type: 'TXT', ttl: 300, data: 'v=DMARC1; p=none; rua=mailto:dmarc@shop.test' },
];

const themes: readonly Theme[] = ['light', 'dark', 'highContrast', 'highContrastLight'];
const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let vscode: VsCode;
let window: VsCodeWindow;
let page: Page;
let names: NameServer;
let silent: Server;
const connections = new Set<Socket>();

before(async () => {
  silent = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => {}).on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.2', resolve));
  const { port: labPort } = silent.address() as { readonly port: number };
  names = await startNameServer((asked) => {
    const found = records.filter(({ name, type }) => name === asked.name.toLowerCase() && type === asked.type);
    return [respond(asked, found)];
  });
  vscode = await openVsCode();
  const settings = {
    'mailroom.checks.lab': true,
    'mailroom.checks.labPort': labPort,
    'mailroom.checks.dnsServers': [`${names.address}:${names.port}`],
  };
  window = await vscode.openWindow({ theme: 'light', settings });
  page = window.page;
  await showSideBar(page, 'Mailroom');
  await window.listening();
});
after(async () => {
  await vscode.close();
  await names[Symbol.asyncDispose]();
  for (const socket of connections) socket.destroy();
  silent.close();
});
afterEach((context) => vscode.keepPictures(context));

/** Resolves when the report, which names its `kind`, is complete. */
async function check(title: string, answer: string, kind: string): Promise<Frame> {
  await begin(title, answer, kind);
  const complete = new RegExp(`${answer}.*${kind} · .*Run Again`, 's');
  return webviewFrame(page, 'main.report[data-done] .verdict', { hasText: complete, timeout: 60_000 });
}

/**
 * Types the question, and answers the report as soon as it is there. A window that was just loaded may give the focus to an editor once more, and a box
 * without focus closes: the question is then asked again.
 */
async function begin(title: string, answer: string, kind: string): Promise<Frame> {
  return waitFor(
    async () => {
      try {
        return await tryToBegin(title, answer, kind);
      } catch {
        await page.keyboard.press('Escape');
        return null;
      }
    },
    `the report of ${answer}`,
    60_000,
  );
}

async function tryToBegin(title: string, answer: string, kind: string): Promise<Frame> {
  await runCommand(page, `Mailroom: ${title}`);
  // The palette and the questions share one input: the title says whose it is.
  const asked = page.locator('.quick-input-widget .quick-input-title', { hasText: kind });
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await asked.waitFor({ timeout: 5000 });
  await waitFor(
    async () => {
      await input.fill(answer, { timeout: 4000 });
      return (await input.inputValue()) === answer;
    },
    'the answer',
    5000,
  );
  await page.keyboard.press('Enter');
  if (kind !== 'Mail domain') {
    await page.locator('.quick-input-widget', { hasText: 'May be left empty' }).waitFor({ timeout: 5000 });
    await page.keyboard.press('Enter');
  }
  return webviewFrame(page, 'main.report .verdict', { hasText: answer, timeout: 8000 });
}

/** In a browser VS Code writes what it is to remember every five seconds. */
async function memoryIsWritten(): Promise<void> {
  await page.waitForTimeout(6000);
}

/** What axe complains about. Evaluated by the debugger, which no policy of the page forbids. */
async function complaints(report: Frame): Promise<unknown> {
  await report.evaluate(await axe);
  return report.evaluate(
    'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))',
  );
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
    await treeRows(page, `Open relay, 127.0.0.1:${window.workspace.smtpPort}, accepts everything`).waitFor();
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
      assert.deepEqual(await complaints(report), [], theme);
    }
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    await page.setViewportSize({ width: 570, height: 900 });
    for (const theme of themes) {
      await window.setTheme(theme);
      await takePicture(page, `checks-domain-narrow-${theme}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await window.setTheme('light');
    await showSideBar(page, 'Mailroom');
  });

  test('on paper a report is black on white in every theme, all of it is folded out, and buttons are left away', async () => {
    await window.setTheme('dark');
    const report = await webviewFrame(page, 'main.report h1', { hasText: 'shop.test' });
    const closed = report.locator('.finding:not([open]) .more').first();
    assert.equal(await closed.isVisible(), false);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await closed.isVisible(), true);
    assert.equal(await report.getByRole('button', { name: 'Run Again' }).isVisible(), false);
    const colors = '[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]';
    assert.deepEqual(await report.evaluate(colors), ['rgb(31, 31, 31)', 'rgb(255, 255, 255)']);
    assert.deepEqual(await complaints(report), []);
    await page.emulateMedia({ media: null });
    await window.setTheme('light');
  });

  test('is saved as a page that a browser prints', async () => {
    const report = await webviewFrame(page, 'main.report h1', { hasText: 'shop.test' });
    await report.getByRole('button', { name: 'Open in Browser to Print' }).click();
    const file = join(window.workspace.folder, 'shop.test.html');
    const input = page.locator('.quick-input-widget .quick-input-box input');
    await waitFor(async () => (await input.inputValue()).endsWith('/shop.test.html'), 'the name of the file');
    await page.keyboard.press('Enter');
    const saved = await waitFor(() => readFile(file, 'utf8').catch(() => null), 'the file');
    const sheet = await page.context().newPage();
    await sheet.setContent(saved);
    assert.equal(await sheet.locator('details.fail[open]').count(), await report.locator('.finding.fail').count());
    await takePicture(sheet, 'checks-saved');
    const passed = sheet.locator('details.pass .more').first();
    assert.equal(await passed.isVisible(), false);
    await sheet.emulateMedia({ media: 'print' });
    assert.equal(await passed.isVisible(), true);
    assert.equal((await sheet.pdf()).subarray(0, 5).toString(), '%PDF-');
    await takePicture(sheet, 'checks-printed');
    await sheet.close();
  });

  test('while checks run, what runs and what waits stands in its place, and in the history', async () => {
    const report = await begin('Check Mail Domain', 'silent.test', 'Mail domain');
    const greeting = report.locator('.finding.run', { hasText: 'connected, nothing heard yet' });
    await greeting.waitFor({ timeout: 60_000 });
    assert.match((await greeting.locator('summary').textContent()) ?? '', /Running Greeting connected, nothing heard yet/);
    await report.locator('.finding.wait', { hasText: /Waiting Extensions after the greeting/ }).waitFor();
    const group = report.locator('section', { has: report.getByRole('heading', { name: 'SMTP' }) });
    assert.match((await group.locator('.group-head').textContent()) ?? '', /SMTP1 running, 1 waiting/);
    assert.match(
      (await report.locator('.meta').textContent()) ?? '',
      /started \d\d:\d\d:\d\d, \d+\.\d s of at most 30 s · DNS 127\.0\.0\.1/,
    );
    const order = await report.locator('h2').allTextContents();
    const usual = ['Routing', 'Addresses', 'SMTP', 'TLS', 'Relay', 'Policy'];
    assert.deepEqual(
      order,
      usual.filter((name) => order.includes(name)),
    );
    const row = treeRows(page, /silent\.test, running/);
    await row.waitFor();
    assert.equal(await row.locator('.codicon-loading').count(), 1);
    const seconds = async (): Promise<number> => Number.parseFloat((await greeting.locator('.cost').textContent()) ?? '');
    const before = await seconds();
    await waitFor(async () => (await seconds()) > before, 'time to go by');
    await takePicture(page, 'checks-running');
    // Another tab, and back by a click on what runs.
    await runCommand(page, 'File: New Untitled Text File');
    await row.click();
    const again = await webviewFrame(page, 'main.report .finding.run', { hasText: 'connected, nothing heard yet' });
    await again.getByRole('button', { name: 'Cancel' }).click();
    const verdict = again.locator('.answer', { hasText: /^Cancelled after \d+\.\d s: \d+ of \d+ checks done\.$/ });
    await verdict.waitFor();
    await takePicture(page, 'checks-cancelled');
    await treeRows(page, /silent\.test, cancelled/).waitFor();
    assert.equal(await again.locator('.finding.run, .finding.wait').count(), 0);
  });

  test('the focus stays in the list when what has it is found out', async () => {
    const report = await webviewFrame(page, 'main.report h1', { hasText: 'silent.test' });
    await report.getByRole('button', { name: 'Run Again' }).click();
    const greeting = report.locator('.finding.run > summary', { hasText: 'connected, nothing heard yet' });
    await greeting.waitFor({ timeout: 60_000 });
    await greeting.focus();
    assert.deepEqual(await complaints(report), []);
    for (const socket of connections) socket.destroy();
    await report.locator('main[data-done]').waitFor({ timeout: 60_000 });
    assert.equal(await report.evaluate("document.activeElement?.matches('.finding > summary')"), true);
  });

  test('a report comes back after the window was reloaded', async () => {
    await memoryIsWritten();
    await page.reload();
    await webviewFrame(page, 'main.report[data-done] .verdict', { hasText: /silent\.test.*Run Again/s, timeout: 60_000 });
    await takePicture(page, 'checks-reloaded');
  });

  test('one that is no longer in the history says so, and can be run again', async () => {
    await window.listening();
    const row = treeRows(page, /silent\.test/);
    await row.hover();
    await row.getByRole('button', { name: 'Remove Report' }).click();
    await row.waitFor({ state: 'detached' });
    await memoryIsWritten();
    await page.reload();
    const report = await webviewFrame(page, 'main.report .answer', {
      hasText: 'This report is not in the history any more.',
      timeout: 60_000,
    });
    assert.equal(await report.locator('h1').textContent(), 'silent.test');
    await takePicture(page, 'checks-gone');
    await report.getByRole('button', { name: 'Run Again' }).click();
    await report.getByRole('button', { name: 'Cancel' }).click();
    await report.locator('.answer', { hasText: 'Cancelled after' }).waitFor();
  });

  test('a port where nobody listens is told as what it is', async () => {
    const report = await check('Check SMTP Server', '127.0.0.1:9', 'SMTP server');
    await report.locator('.finding').first().waitFor();
    await takePicture(page, 'checks-refused');
  });
});
