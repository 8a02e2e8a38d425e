// harness: what every ring reports, and the last lines that a person and CI read.

export interface RingOutcome {
  readonly passed: number;
  readonly failed: number;
  /** Name and reason of every test that did not run. */
  readonly skipped: readonly string[];
  /** What failed, each in a line. */
  readonly failures: readonly string[];
}

export interface RingResult extends RingOutcome {
  readonly name: string;
  readonly seconds: number;
}

/** Runs a ring and notes its time. A ring that breaks down, or in which no test ran, has failed. */
export async function runRing(name: string, run: () => Promise<RingOutcome>): Promise<RingResult> {
  const startedAt = performance.now();
  const result = await run().catch((error: unknown) => failure(error instanceof Error ? error.message : String(error)));
  const checked = result.passed + result.failed === 0 ? failure('no test ran', result.skipped) : result;
  return { name, ...checked, seconds: (performance.now() - startedAt) / 1000 };
}

function failure(message: string, skipped: readonly string[] = []): RingOutcome {
  return { passed: 0, failed: 1, skipped, failures: [message] };
}

/** Prints what failed, what was skipped and the counts; answers the exit code. */
export function printSummary(results: readonly RingResult[]): number {
  for (const { name, failures } of results) for (const line of failures) console.log(`failed in ${name}: ${line}`);
  for (const { name, skipped } of results) for (const line of skipped) console.log(`skipped in ${name}: ${line}`);
  console.log('');
  for (const { name, passed, failed, skipped, seconds } of results) {
    console.log(`${name.padEnd(10)} ${counts(passed, failed, skipped.length)} in ${seconds.toFixed(1)} s`);
  }
  const sum = (of: (result: RingResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const failed = sum((result) => result.failed);
  console.log(
    `\n${counts(
      sum((result) => result.passed),
      failed,
      sum((result) => result.skipped.length),
    )}`,
  );
  return failed === 0 ? 0 : 1;
}

function counts(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
