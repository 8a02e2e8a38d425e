// webview: how levels look and in which order rows stand. Icon and word, never colour alone. No DOM, so that unit tests reach it.
import type { Activity, Finding, Group, Level, PlacedFinding } from '../../protocol/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';
import { fill, formatCount } from '../format.ts';

/** One row of the list. */
export type Entry = { readonly finding: Finding } | { readonly activity: Activity };

export interface GroupEntries {
  readonly group: Group;
  readonly entries: readonly Entry[];
}

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
export function describeCount(level: keyof ReportStrings['counts'], count: number, strings: ReportStrings, locale: string): string {
  return count === 1 ? fill(strings.counts[level].one, '1') : fill(strings.counts[level].many, formatCount(count, locale));
}

/** "2 passed, 1 running, 3 waiting" */
export function describeEntries(entries: readonly Entry[], strings: ReportStrings, locale: string): string {
  const counts = countLevels(entries.flatMap((entry) => ('finding' in entry ? [entry.finding] : [])));
  const inState = (state: Activity['state']): number =>
    entries.filter((entry) => 'activity' in entry && entry.activity.state === state).length;
  const words = [
    ...tallyOrder.map((level) => [level, counts.get(level) ?? 0] as const),
    ['running', inState('running')] as const,
    ['waiting', inState('waiting')] as const,
  ];
  return words
    .filter(([, count]) => count > 0)
    .map(([word, count]) => describeCount(word, count, strings, locale))
    .join(', ');
}

/** The same finding has the same key in every message of a run. */
export function keyOf({ group, id, title, target }: Finding): string {
  return JSON.stringify([group, id, title, target.domain, target.host, target.address, target.port]);
}

/** What is said again, better, keeps the place in which it was said first. */
export function joinFindings(before: readonly PlacedFinding[], fresh: readonly PlacedFinding[]): readonly PlacedFinding[] {
  const all = new Map(before.map((placed) => [keyOf(placed.finding), placed]));
  for (const placed of fresh) {
    const key = keyOf(placed.finding);
    all.set(key, { finding: placed.finding, place: all.get(key)?.place ?? placed.place });
  }
  return [...all.values()];
}

/** While checks run groups and rows keep the order of the checks; what was found stands where its check waited and ran, so that nothing jumps. */
export function inPlaces(findings: readonly PlacedFinding[], activities: readonly Activity[]): readonly GroupEntries[] {
  const placed = [
    ...findings.map(({ finding, place }) => ({ group: finding.group, place, entry: { finding } })),
    ...activities.map((activity) => ({ group: activity.group, place: activity.id, entry: { activity } })),
  ].toSorted((a, b) => a.place - b.place);
  return groupOrder
    .map((group) => ({ group, entries: placed.filter((each) => each.group === group).map(({ entry }) => entry) }))
    .filter(({ entries }) => entries.length > 0);
}

/** When all is done, what is wrong comes first. */
export function bySeverity(findings: readonly Finding[]): readonly GroupEntries[] {
  const rank = (level: Level): number => severityOrder.indexOf(level);
  return groupOrder
    .map((group) => ({ group, own: findings.filter((finding) => finding.group === group) }))
    .filter(({ own }) => own.length > 0)
    .toSorted((a, b) => worst(a.own) - worst(b.own))
    .map(({ group, own }) => ({
      group,
      entries: own.toSorted((a, b) => rank(a.level) - rank(b.level)).map((finding) => ({ finding })),
    }));
}

function worst(findings: readonly Finding[]): number {
  return findings.some(({ level }) => level === 'fail') ? 0 : findings.some(({ level }) => level === 'warn') ? 1 : 2;
}
