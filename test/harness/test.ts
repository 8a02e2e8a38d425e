// harness: `npm test`: format, lint and types, then the three rings, each after what it needs was installed. Ends with "N passed, N failed".
// With names (`npm test -- unit host`) it runs those only; `npm run test:unit` and its sisters are such runs.
import { runBrowserTests } from './browserTests.ts';
import { runHostTests } from './hostTests.ts';
import { runNodeTests } from './nodeTests.ts';
import { findProgram, installDebianPackage } from './programs.ts';
import { printSummary, type RingOutcome, type RingResult, runRing } from './ring.ts';
import { runStep } from './step.ts';
import { oldest } from './vscodeServer.ts';

const unit = { concurrency: 2, timeout: 300_000 };
const rings: Readonly<Record<string, () => Promise<RingOutcome>>> = {
  style: () => runScript('lint'),
  types: () => runScript('types'),
  unit: () => runNodeTests('test/unit/**/*.test.ts', unit),
  host: () => runHostTests(),
  oldest: () => runHostTests(oldest),
  browser: async () => {
    // Python's smtplib is one of the real clients.
    if (findProgram('python3') === null) await installDebianPackage('python3');
    return runBrowserTests();
  },
  vsix: () => runBrowserTests('test/browser/vsix.test.ts'),
};
const everything = ['style', 'types', 'unit', 'host', 'browser'];
const needBuild = ['host', 'oldest', 'browser', 'vsix'];

/** A script of package.json that checks all files at once: one check, passed or failed. */
async function runScript(script: string): Promise<RingOutcome> {
  await runStep(`npm run ${script}`, 'npm', ['run', '--silent', script]);
  return { passed: 1, failed: 0, skipped: [], failures: [] };
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in rings));
if (unknown.length > 0) {
  console.error(`There is no ring "${unknown.join('", "')}"; there are ${Object.keys(rings).join(', ')}.`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const results: RingResult[] = [];
let isBuilt = false;
for (const name of asked.length > 0 ? asked : everything) {
  console.log(`\n== ${name}`);
  const result = await runRing(name, async () => {
    if (needBuild.includes(name) && !isBuilt) {
      await runStep('npm run build', 'npm', ['run', '--silent', 'build']);
      isBuilt = true;
    }
    return (rings[name] as () => Promise<RingOutcome>)();
  });
  for (const failure of result.failures) console.log(`failed: ${failure}`);
  results.push(result);
}
process.exit(printSummary(results));
