// harness: what VS Code calls in the extension host: runs every bundled test of test/host with mocha. The same file serves the VS Code server and
// a desktop VS Code; run() resolves when all passed and rejects otherwise. MAILROOM_TEST_ONLY, a regular expression, picks tests by their full names.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', color: false, timeout: 30_000, reporter: 'spec' });
  const mark = process.env['MAILROOM_TEST_MARK'];
  if (mark !== undefined) {
    Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
      for (const line of format(...args).split('\n')) console.log('%s', mark + line);
    };
  }
  const only = process.env['MAILROOM_TEST_ONLY'];
  if (only !== undefined) mocha.grep(new RegExp(only));
  const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.cjs'));
  for (const file of files.sort()) mocha.addFile(join(__dirname, file));

  return new Promise((resolve, reject) => {
    const skipped: string[] = [];
    const failures: string[] = [];
    const runner = mocha.run((failed) => {
      const passed = runner.stats?.passes ?? 0;
      const report = process.env['MAILROOM_TEST_REPORT'];
      if (report !== undefined) writeFileSync(report, JSON.stringify({ passed, failed, skipped, failures }));
      if (failed > 0) reject(new Error(`${failed} failed`));
      else if (passed === 0) reject(new Error('no test ran'));
      else resolve();
    });
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.on('fail', (test, error: Error) => failures.push(`${test.fullTitle()}: ${error.message}`));
  });
}
