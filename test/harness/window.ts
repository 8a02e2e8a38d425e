// harness: windows of VS Code for the browser ring. One server and one browser serve all test files: the ring's runner starts them and names
// them in the environment; a test file that is run alone starts its own. Every window has a workspace, an SMTP port and a drop folder to
// itself, so that tests do not meet.
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { freePort } from '../peers/process.ts';
import { sampleWorkspace } from './paths.ts';
import { type RunningServer, type ServerOptions, type Settings, startServer } from './server.ts';
import { launchBrowser, statusItem, takePicture, waitFor, waitForWorkbench, workbenchUrl } from './workbench.ts';

/** Names of the variables by which the ring's runner hands its server and browser to the test files. */
export const shared = { origin: 'MAILROOM_TEST_ORIGIN', browser: 'MAILROOM_TEST_BROWSER' } as const;

const themes = {
  light: { setting: 'Default Light Modern', class: 'vs' },
  dark: { setting: 'Default Dark Modern', class: 'vs-dark' },
  highContrast: { setting: 'Default High Contrast', class: 'hc-black' },
  highContrastLight: { setting: 'Default High Contrast Light', class: 'hc-light' },
} as const;
export type Theme = keyof typeof themes;

export interface WindowOptions {
  readonly theme?: Theme;
  /** Workspace settings, besides the window's own port and drop folder and `mailroom.server.autoStart: always`. */
  readonly settings?: Settings;
  /** CSS pixels; default 1440 by 900. */
  readonly width?: number;
  readonly height?: number;
  /** Another window's workspace, for two windows on one folder. */
  readonly workspace?: Workspace;
}

/** A copy of the sample workspace with settings of its own. */
export interface Workspace {
  readonly folder: string;
  readonly smtpPort: number;
  readonly dropFolder: string;
  /** Writes workspace settings; a setting that is undefined goes back to its default. */
  change(settings: Settings): Promise<void>;
}

export interface VsCodeWindow {
  readonly page: Page;
  readonly workspace: Workspace;
  /** Resolves when the status bar says that this window's mail server listens. */
  listening(): Promise<void>;
  /** Resolves when the workbench has the theme's colours. */
  setTheme(theme: Theme): Promise<void>;
  /** Closes the window as a person does; its extension host ends with it. */
  close(): Promise<void>;
}

export interface VsCode {
  readonly origin: string;
  openWindow(options?: WindowOptions): Promise<VsCodeWindow>;
  /** After a test that failed: saves a picture of every open window as failed-<name>-<n>. */
  keepPictures(context: { readonly name: string; readonly passed?: boolean }): Promise<void>;
  /** Closes the windows and what was started for them. */
  close(): Promise<void>;
}

/** The ring's server, or with `options` a server of one's own; and the ring's browser. */
export async function openVsCode(options: ServerOptions | null = null): Promise<VsCode> {
  const sharedOrigin = options === null ? process.env[shared.origin] : undefined;
  const server = sharedOrigin === undefined ? await startServer(options ?? {}) : null;
  const origin = sharedOrigin ?? (server as RunningServer).origin;
  const ownBrowser = process.env[shared.browser] === undefined ? await launchBrowser() : null;
  const browser = await chromium.connect(process.env[shared.browser] ?? ownBrowser?.wsEndpoint() ?? '');
  const windows = new Set<VsCodeWindow>();
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mailroom-windows-')));

  return {
    origin,
    async openWindow(windowOptions = {}) {
      const workspace = windowOptions.workspace ?? (await makeWorkspace(folder, windowOptions));
      const window = await openPage(browser, origin, workspace, windowOptions, () => windows.delete(window));
      windows.add(window);
      return window;
    },
    async keepPictures({ name, passed }) {
      if (passed !== false) return;
      for (const [index, window] of [...windows].entries()) {
        await takePicture(window.page, `failed-${name.replace(/[^\w]+/g, '-').slice(0, 80)}-${index + 1}`).catch(() => {});
      }
    },
    async close() {
      for (const window of windows) await window.close();
      await browser.close();
      await ownBrowser?.close();
      await server?.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function makeWorkspace(parent: string, options: WindowOptions): Promise<Workspace> {
  const folder = await mkdtemp(join(parent, 'w-'));
  const workspaceFolder = join(folder, 'sample');
  const smtpPort = await freePort();
  const dropFolder = join(folder, 'drop');
  let settings: Settings = {
    'workbench.colorTheme': themes[options.theme ?? 'dark'].setting,
    'mailroom.smtp.port': smtpPort,
    'mailroom.dropFolder': dropFolder,
    'mailroom.server.autoStart': 'always',
    ...options.settings,
  };
  const change = async (changed: Settings): Promise<void> => {
    settings = { ...settings, ...changed };
    await writeFile(join(workspaceFolder, '.vscode/settings.json'), JSON.stringify(settings, null, 2));
  };
  await cp(sampleWorkspace, workspaceFolder, { recursive: true });
  await mkdir(join(workspaceFolder, '.vscode'), { recursive: true });
  await change({});
  return { folder: workspaceFolder, smtpPort, dropFolder, change };
}

async function openPage(
  browser: Browser,
  origin: string,
  workspace: Workspace,
  options: WindowOptions,
  onClosed: () => void,
): Promise<VsCodeWindow> {
  const viewport = { width: options.width ?? 1440, height: options.height ?? 900 };
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.goto(workbenchUrl(origin, workspace.folder));
  await waitForWorkbench(page);
  const hasTheme = (theme: Theme): Promise<boolean> => page.locator(`.monaco-workbench.${themes[theme].class}`).isVisible();
  if (options.workspace === undefined) await waitFor(() => hasTheme(options.theme ?? 'dark'), `the theme ${options.theme ?? 'dark'}`);
  return {
    page,
    workspace,
    async listening() {
      await statusItem(page, `Mailroom, listening on port ${workspace.smtpPort}`).waitFor({ timeout: 60_000 });
    },
    async setTheme(theme) {
      const set = async (): Promise<boolean> => {
        if (await hasTheme(theme)) return true;
        await workspace.change({ 'workbench.colorTheme': themes[theme].setting });
        await page.waitForTimeout(500);
        return hasTheme(theme);
      };
      // Written again and again: a change that comes before the window watches the file is not seen.
      await waitFor(set, `the theme ${theme}`);
    },
    async close() {
      onClosed();
      // Closing the page says good-bye to the server, closing the context alone need not.
      await page.close();
      await context.close();
    },
  };
}
