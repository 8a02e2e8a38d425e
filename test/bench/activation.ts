// bench: how long the extension host of a real VS Code is kept busy by an extension that starts: Mailroom as it is shipped, and an extension
// that does nothing, in the same window. Each is installed with a main file of the benchmark's own, which loads the real one and looks at the clock.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from '../harness/paths.ts';
import { startServer } from '../harness/server.ts';
import { launchBrowser, waitFor, workbenchUrl } from '../harness/workbench.ts';
import { freePort } from '../peers/process.ts';

/** Milliseconds. */
export interface Start {
  /** To read, compile and run the bundle. */
  readonly load: number;
  /** Until activate() returned. */
  readonly activate: number;
  /** Time of the processor in that thread, for both: what else the machine does is not in it. */
  readonly processor: number;
}

export interface StartedWindow {
  readonly mailroom: Start;
  readonly empty: Start;
}

/** The variable that names the folder into which the extensions write their times. */
const reports = 'MAILROOM_BENCH_REPORTS';

const measuringMain = `// Loads the real main file and writes down what that took.
const { renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const processor = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const usedBefore = processor();
const before = performance.now();
const extension = require('./extension.cjs');
const loaded = performance.now() - before;
const usedToLoad = processor() - usedBefore;
exports.deactivate = extension.deactivate;
exports.activate = (context) => {
  const used = processor();
  const before = performance.now();
  const api = extension.activate(context);
  const start = { load: loaded, activate: performance.now() - before, processor: usedToLoad + processor() - used };
  const report = join(process.env.${reports}, context.extension.id + '.json');
  writeFileSync(report + '.new', JSON.stringify(start));
  renameSync(report + '.new', report);
  return api;
};
`;

/** Opens `windows` windows one after the other, each with an extension host of its own. `dist` holds the built bundles. */
export async function measureStarts(dist: string, windows: number, folder: string): Promise<readonly StartedWindow[]> {
  await using cleanUp = new AsyncDisposableStack();
  const extensions = [await installMailroom(dist, folder), await installEmpty(folder)];
  const written = await mkdtemp(join(folder, 'starts-'));
  const settings = { 'mailroom.smtp.port': await freePort(), 'mailroom.server.autoStart': 'never' };
  const server = await startServer({ extension: { folders: extensions }, settings, env: { [reports]: written } });
  cleanUp.defer(server.stop);
  const browserServer = await launchBrowser();
  cleanUp.defer(() => browserServer.close());
  const browser = await chromium.connect(browserServer.wsEndpoint());

  const starts: StartedWindow[] = [];
  for (let number = 0; number < windows; number++) {
    const workspace = await mkdtemp(join(folder, 'workspace-'));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(workbenchUrl(server.origin, workspace));
    const read = async (id: string): Promise<Start> => {
      const file = join(written, `${id}.json`);
      const text = await waitFor(() => readFile(file, 'utf8').catch(() => null), `the start of ${id}`, 60_000);
      return JSON.parse(text) as Start;
    };
    starts.push({ mailroom: await read('mailroom.mailroom'), empty: await read('mailroom.empty') });
    await page.close();
    await context.close();
    // The next window writes its own.
    for (const file of await readdir(written)) await rm(join(written, file));
  }
  return starts;
}

async function installMailroom(dist: string, folder: string): Promise<string> {
  const extension = join(folder, 'installed/mailroom');
  await mkdir(join(extension, 'dist'), { recursive: true });
  // Copies: by where a file lies VS Code knows which extension asks for its API.
  for (const name of await readdir(dist)) if (name.endsWith('.cjs')) await copyFile(join(dist, name), join(extension, 'dist', name));
  for (const name of ['package.nls.json', 'l10n', 'media']) await symlink(join(root, name), join(extension, name));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  await writeFile(join(extension, 'package.json'), JSON.stringify({ ...manifest, main: './dist/measuring.cjs' }));
  await writeFile(join(extension, 'dist/measuring.cjs'), measuringMain);
  return extension;
}

async function installEmpty(folder: string): Promise<string> {
  const extension = join(folder, 'installed/empty');
  await mkdir(extension, { recursive: true });
  const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly engines: object };
  const manifest = { publisher: 'mailroom', name: 'empty', version: '0.0.1', engines, main: './measuring.cjs' };
  await writeFile(join(extension, 'package.json'), JSON.stringify({ ...manifest, activationEvents: ['onStartupFinished'] }));
  await writeFile(join(extension, 'measuring.cjs'), measuringMain);
  await writeFile(join(extension, 'extension.cjs'), "const vscode = require('vscode');\nexports.activate = () => void vscode.version;\n");
  return extension;
}
