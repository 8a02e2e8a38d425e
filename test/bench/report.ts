// bench: what a benchmark has found, and the table it is printed as.

export interface Row {
  /** What was measured. */
  readonly what: string;
  /** With its unit, and with the absolute numbers where it is a ratio. */
  readonly measured: string;
  /** Undefined: there is no target, the number is for information. */
  readonly target?: { readonly text: string; readonly isReached: boolean };
}

export function atLeast(value: number, limit: number, unit: string): NonNullable<Row['target']> {
  return { text: `≥ ${limit} ${unit}`, isReached: value >= limit };
}

export function atMost(value: number, limit: number, unit: string): NonNullable<Row['target']> {
  return { text: `≤ ${limit} ${unit}`, isReached: value <= limit };
}

export function printTable(title: string, rows: readonly Row[]): void {
  const cells = rows.map(({ what, measured, target }) => [what, measured, target?.text ?? '', target ? verdict(target.isReached) : '']);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  process.stdout.write(`\n${title}\n`);
  for (const row of cells)
    process.stdout.write(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}

function verdict(isReached: boolean): string {
  return isReached ? 'reached' : 'NOT REACHED';
}

/** Shown while a benchmark runs; standard output has only the tables. */
export function progress(text: string): void {
  process.stderr.write(`  … ${text}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The nearest-rank quantile; `part` from 0 to 1. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
