// webview: how levels look and in which order they stand. Icon and word, never colour alone.
import type { Finding, Group, Level } from '../../protocol/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';
import { fill, formatCount } from '../format.ts';

/** As the tally and the sentences name them. */
export const tallyOrder: readonly Level[] = ['fail', 'warn', 'advice', 'info', 'unknown', 'skipped', 'pass'];

/** In a finished group the worst come first. */
const severityOrder: readonly Level[] = ['fail', 'warn', 'unknown', 'advice', 'info', 'pass', 'skipped'];

/** In the order in which a mail travels. */
const groupOrder: readonly Group[] = ['routing', 'addresses', 'smtp', 'tls', 'relay', 'policy', 'message'];

const icons: Readonly<Record<Level, string>> = {
  fail: 'error',
  warn: 'warning',
  advice: 'lightbulb',
  info: 'info',
  pass: 'pass',
  unknown: 'question',
  skipped: 'debug-step-over',
};

export function iconOf(level: Level): string {
  return icons[level];
}

export function countLevels(findings: readonly Finding[]): Map<Level, number> {
  const counts = new Map<Level, number>();
  for (const { level } of findings) counts.set(level, (counts.get(level) ?? 0) + 1);
  return counts;
}

/** "2 failed" */
export function describeCount(level: Level, count: number, strings: ReportStrings, locale: string): string {
  return count === 1 ? fill(strings.counts[level].one, '1') : fill(strings.counts[level].many, formatCount(count, locale));
}

/**
 * While checks run groups and rows keep the order of the checks, so that nothing jumps; when all is done, what is wrong comes first.
 */
export function inGroups(
  findings: readonly Finding[],
  isDone: boolean,
): { readonly group: Group; readonly findings: readonly Finding[] }[] {
  const found = groupOrder
    .map((group) => ({ group, findings: findings.filter((finding) => finding.group === group) }))
    .filter((entry) => entry.findings.length > 0);
  if (!isDone) return found;
  const rank = (level: Level): number => severityOrder.indexOf(level);
  const worst = (entry: { readonly findings: readonly Finding[] }): number =>
    entry.findings.some(({ level }) => level === 'fail') ? 0 : entry.findings.some(({ level }) => level === 'warn') ? 1 : 2;
  return found
    .map((entry) => ({ ...entry, findings: entry.findings.toSorted((a, b) => rank(a.level) - rank(b.level)) }))
    .toSorted((a, b) => worst(a) - worst(b));
}
