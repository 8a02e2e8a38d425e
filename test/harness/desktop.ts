// harness: `npm run test:desktop`: the host ring in a desktop VS Code, downloaded, or the one that VSCODE_EXECUTABLE names. On Linux it needs
// a display (xvfb-run -a).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { bundleHostTests, hostSuite } from './hostTests.ts';
import { root, sampleWorkspace } from './paths.ts';
import { printSummary, type RingOutcome, runRing } from './ring.ts';
import { runStep } from './step.ts';

const result = await runRing('desktop', async () => {
  await runStep('npm run build', 'npm', ['run', '--silent', 'build']);
  await bundleHostTests();
  const scratch = await mkdtemp(join(tmpdir(), 'mailroom-desktop-'));
  const report = join(scratch, 'report.json');
  try {
    const executable = process.env['VSCODE_EXECUTABLE'];
    const which = executable === undefined ? { version: process.env['VSCODE_VERSION'] ?? 'stable' } : { vscodeExecutablePath: executable };
    const ended = runTests({
      ...which,
      extensionDevelopmentPath: root,
      extensionTestsPath: hostSuite,
      extensionTestsEnv: { MAILROOM_TEST_REPORT: report },
      launchArgs: [sampleWorkspace, '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', join(scratch, 'user')],
    });
    // A failed test makes it reject, too; the report says more.
    const trouble = await ended.then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    const outcome = await readFile(report, 'utf8').then(
      (text) => JSON.parse(text) as RingOutcome,
      () => null,
    );
    if (outcome === null) throw trouble ?? new Error('the suite left no report');
    return outcome;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
});
process.exit(printSummary([result]));
