// harness: what a person does in the workbench, as functions over a page: open it, run a command, find a row of a tree, look into a webview.
// Things are found by role and label, as a person and a screen reader find them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserServer, chromium, type Frame, type Locator, type Page } from 'playwright-core';
import { screenshots } from './paths.ts';
import { installChromium } from './programs.ts';
import type { RunningServer } from './server.ts';

/** Starts Chromium for several processes to connect to. It reaches nothing but loopback. */
export async function launchBrowser(): Promise<BrowserServer> {
  const hosts = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1';
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launchServer({
    executablePath: await installChromium(),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', ...quiet, hosts],
  });
}

/** The address of a window on `folder`. Payload entries are the web counterpart of VS Code's command line flags. */
export function workbenchUrl(origin: string, folder: string, payload: Readonly<Record<string, string>> = {}): string {
  const entries = Object.entries(payload);
  const flags = entries.length > 0 ? `&payload=${encodeURIComponent(JSON.stringify(entries))}` : '';
  return `${origin}/?folder=${encodeURI(folder)}${flags}`;
}

/** How the page names a file of the server. */
export function remoteUri(server: Pick<RunningServer, 'port'>, path: string): string {
  return `vscode-remote://localhost:${server.port}${encodeURI(path)}`;
}

export async function waitForWorkbench(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
}

/** Runs a command by its title ("Mailroom: Start Server") through the command palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await input.waitFor();
  await input.fill(`>${title}`);
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  await row.click();
}

/** Shows the side bar of an activity-bar icon ("Mailroom", "Explorer"); does nothing when it is shown already. */
export async function showSideBar(page: Page, title: string): Promise<void> {
  const tab = page.locator('.activitybar').getByRole('tab', { name: new RegExp(`^${title}`) });
  await tab.waitFor({ timeout: 60_000 });
  if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
}

/** Items of the status bar by what a screen reader says. */
export function statusItem(page: Page, name: string | RegExp): Locator {
  return page.locator('.part.statusbar').getByRole('button', { name });
}

/** Rows of the side bar's trees whose accessible name contains the text or matches the pattern. */
export function treeRows(page: Page, name: string | RegExp): Locator {
  return page.locator('.part.sidebar').getByRole('treeitem', { name });
}

/**
 * The content frame of the visible webview in which something matches. A webview is two nested frames (VS Code's shell, then the
 * extension's page), and hidden ones stay in the window: the one whose element is visible is taken.
 */
export async function webviewFrame(
  page: Page,
  selector: string,
  options: { readonly hasText?: string | RegExp; readonly timeout?: number } = {},
): Promise<Frame> {
  const what = `a webview that shows ${selector} ${options.hasText ?? ''}`;
  return waitFor(
    async () => {
      for (const frame of page.frames()) {
        if (!frame.parentFrame()?.parentFrame()) continue;
        const element = frame.locator(selector, options.hasText === undefined ? {} : { hasText: options.hasText }).first();
        // A frame may go away while it is asked.
        if (await element.isVisible().catch(() => false)) return frame;
      }
      return null;
    },
    what,
    options.timeout,
  );
}

/** Asks until the answer is neither null, undefined nor false. Rejects after `timeout` milliseconds, naming what was waited for. */
export async function waitFor<T>(ask: () => Promise<T> | T, what: string, timeout = 30_000): Promise<NonNullable<Exclude<T, false>>> {
  for (const until = Date.now() + timeout; ; await delay(50)) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer as NonNullable<Exclude<T, false>>;
    if (Date.now() > until) throw new Error(`Waited ${timeout} ms in vain for ${what}`);
  }
}

/** Saves what the page shows as .screenshots/<name>.png. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
