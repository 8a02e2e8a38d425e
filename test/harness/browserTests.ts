// harness: the browser ring: one VS Code server and one Chromium for all files of test/browser, handed to them in the environment.
import { rm } from 'node:fs/promises';
import { type NodeTestOptions, runNodeTests } from './nodeTests.ts';
import { screenshots } from './paths.ts';
import type { RingOutcome } from './ring.ts';
import { startServer } from './server.ts';
import { shared } from './window.ts';
import { launchBrowser } from './workbench.ts';

const options: NodeTestOptions = { concurrency: 1, timeout: 300_000 };

/** Runs the browser ring. The extension must be built. */
export async function runBrowserTests(pattern = 'test/browser/**/*.test.ts'): Promise<RingOutcome> {
  await rm(screenshots, { recursive: true, force: true });
  await using cleanUp = new AsyncDisposableStack();
  const server = await startServer();
  cleanUp.defer(server.stop);
  const browser = await launchBrowser();
  cleanUp.defer(() => browser.close());
  process.env[shared.origin] = server.origin;
  process.env[shared.browser] = browser.wsEndpoint();
  return await runNodeTests(pattern, options);
}
