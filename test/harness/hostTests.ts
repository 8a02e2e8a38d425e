// harness: the host ring: bundles test/host into dist and runs it with mocha inside the extension host of a real VS Code server.
import { cp, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { format } from 'node:util';
import { chromium } from 'playwright-core';
import { freePort } from '../peers/process.ts';
import { dist, root, sampleWorkspace } from './paths.ts';
import type { RingOutcome } from './ring.ts';
import { startServer } from './server.ts';
import { runStep } from './step.ts';
import { installServer, newest, type ServerVersion } from './vscodeServer.ts';
import { launchBrowser, remoteUri, takePicture, workbenchUrl } from './workbench.ts';

/** The module whose run() VS Code calls; inside the extension's folder, else some API does not take the tests for this extension. */
export const hostSuite = join(dist, 'test/host/run.cjs');
/** First character of each line that the suite prints, which tells it from VS Code's own log. */
const mark = '\u00a7';
const limit = 300_000;

/** Bundles every test file by itself: mocha, which stays outside, loads and names them one by one. */
export async function bundleHostTests(): Promise<void> {
  await rm(dirname(hostSuite), { recursive: true, force: true });
  await runStep('bundling the host tests', 'npm', ['run', '--silent', 'build:host-tests']);
}

/** Runs the host ring in a server of `version`. The extension must be built. */
export async function runHostTests(version: ServerVersion = newest): Promise<RingOutcome> {
  await bundleHostTests();
  await using cleanUp = new AsyncDisposableStack();
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'mailroom-host-')));
  cleanUp.defer(() => rm(scratch, { recursive: true, force: true }));
  const report = join(scratch, 'report.json');
  const workspace = join(scratch, 'workspace');
  await cp(sampleWorkspace, workspace, { recursive: true });

  const settings = { 'mailroom.smtp.port': await freePort(), 'mailroom.server.autoStart': 'never' };
  const { MAILROOM_TEST_ONLY: only } = process.env;
  const env = { MAILROOM_TEST_MARK: mark, MAILROOM_TEST_REPORT: report, ...(only === undefined ? {} : { MAILROOM_TEST_ONLY: only }) };
  const server = await startServer({ server: await installServer(version), extension: 'test', settings, env });
  cleanUp.defer(server.stop);
  const browserServer = await launchBrowser();
  cleanUp.defer(() => browserServer.close());
  const browser = await chromium.connect(browserServer.wsEndpoint());
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });

  const log: string[] = [];
  const ended = new Promise<string | null>((resolve) => {
    page.on('crash', () => resolve('the page of the workbench crashed'));
    void server.exited.then((code) => resolve(`the server ended by itself (${code})`));
    // The workbench calls this and the next where they exist before it loads: when run() has ended, and for every line of its logs.
    void page.exposeFunction('codeAutomationExit', () => resolve(null));
  });
  await page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) => {
    const line = format(...args);
    if (line.startsWith(mark)) console.log(line.slice(mark.length));
    else log.push(`[${type}] ${line}`);
  });
  const payload = { extensionDevelopmentPath: remoteUri(server, root), extensionTestsPath: remoteUri(server, hostSuite) };
  await page.goto(workbenchUrl(server.origin, workspace, payload));
  const trouble = await Promise.race([ended, delay(limit, `no end within ${limit / 1000} s`, { ref: false })]);
  const outcome = await readReport(report);
  if (outcome !== null && trouble === null) return outcome;
  await takePicture(page, 'failed-host-ring').catch(() => {});
  throw new Error([trouble ?? 'the suite left no report', ...lastLines(log, server.log())].join('\n  '));
}

async function readReport(file: string): Promise<RingOutcome | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RingOutcome;
  } catch {
    return null;
  }
}

/** VS Code prints hundreds of lines; of interest after a breakdown are the last complaints of both ends. */
function lastLines(page: readonly string[], server: string): readonly string[] {
  const complaints = page.filter((line) => /^\[(error|warn)/.test(line) || line.includes('mailroom'));
  const hosts = server.split('\n').filter((line) => /exthost|Extension Host|Error/i.test(line));
  return [...complaints.slice(-8), ...hosts.slice(-8)].map((line) => line.slice(0, 400));
}
