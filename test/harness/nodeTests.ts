// harness: runs files of node:test and counts them by the runner's own events, printing as it goes.
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { root } from './paths.ts';
import type { RingOutcome } from './ring.ts';

export interface NodeTestOptions {
  /** How many files at a time. */
  readonly concurrency: number;
  /** Milliseconds for one test, and between two signs of life: a file that does not end after its last test has failed, too. */
  readonly timeout: number;
}

export async function runNodeTests(pattern: string, options: NodeTestOptions): Promise<RingOutcome> {
  const counts = { passed: 0, failed: 0 };
  const skipped: string[] = [];
  const failures: string[] = [];
  const silence = new AbortController();
  const watchdog = setTimeout(() => silence.abort(), options.timeout);
  const events = run({ cwd: root, globPatterns: [pattern], signal: silence.signal, ...options });
  events.on('data', () => watchdog.refresh());
  // A suite fails when a test in it does: only tests are counted and named, and a file that breaks down before its first.
  events.on('test:pass', ({ name, skip, todo, details }) => {
    if (details.type === 'suite') return;
    if (skip !== undefined || todo !== undefined) skipped.push(typeof skip === 'string' ? `${name} (${skip})` : name);
  });
  events.on('test:fail', ({ name, file, details }) => {
    if (details.type === 'suite' || /subtests? failed/.test(details.error.message)) return;
    failures.push(`${name} (${file?.slice(root.length + 1) ?? 'file'})`);
  });
  events.on('test:summary', ({ file, counts: total }) => {
    if (file !== undefined) return;
    counts.passed = total.passed;
    counts.failed = total.tests - total.passed - total.skipped - total.todo;
  });
  for await (const chunk of events.compose(new spec())) process.stdout.write(chunk);
  clearTimeout(watchdog);
  return { ...counts, skipped, failures };
}
