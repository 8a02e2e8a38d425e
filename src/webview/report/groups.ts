// webview: the rows of a report in groups; where several servers were asked, with a line for each of them. Elements stay while what they show changes.
import type { Activity, Finding, Group, Target } from '../../protocol/report.ts';
import { element } from '../dom.ts';
import { arrange, setText } from './arrange.ts';
import { activityKey, fillRow, type Row, type RowOptions } from './findingRow.ts';
import { describeEntries, type Entry, type GroupEntries, keyOf } from './levels.ts';
import { describeTime, totalOf } from './times.ts';

/** Groups whose findings are about connections. */
const ofServers: readonly Group[] = ['smtp', 'tls'];

interface Section {
  readonly element: HTMLElement;
  readonly head: HTMLElement;
  readonly counts: HTMLElement;
  readonly time: HTMLElement;
  /** By what describeServer says. */
  readonly servers: Map<string, { readonly element: HTMLElement; readonly line: HTMLElement }>;
}

/** What was shown last, to be changed in place. */
export interface Groups {
  readonly sections: Map<Group, Section>;
  readonly rows: Map<string, Row>;
}

export function createGroups(): Groups {
  return { sections: new Map(), rows: new Map() };
}

/** The sections in their order. */
export function fillGroups({ sections, rows }: Groups, shown: readonly GroupEntries[], options: RowOptions): HTMLElement[] {
  const used = new Set<string>();
  const rowOf = (entry: Entry): HTMLElement => {
    let key = keyOfEntry(entry);
    // What was found twice is shown twice.
    while (used.has(key)) key += ' again';
    const row = fillRow(key, rows.get(key), contentOf(entry), options);
    rows.set(key, row);
    used.add(key);
    return row.element;
  };
  const elements = shown.map(({ group, entries }) => {
    const section = sections.get(group) ?? newSection(group, options);
    sections.set(group, section);
    fillSection(section, group, entries, rowOf, options);
    return section.element;
  });
  for (const key of rows.keys()) if (!used.has(key)) rows.delete(key);
  return elements;
}

function newSection(group: Group, { host: { strings } }: RowOptions): Section {
  const counts = element('span', { class: 'dim' });
  const time = element('span', { class: 'dim end num' });
  const head = element('div', { class: 'group-head' }, element('h2', { id: `group-${group}` }, strings.groups[group]), counts, time);
  return { element: element('section', { 'aria-labelledby': `group-${group}` }, head), head, counts, time, servers: new Map() };
}

function fillSection(
  section: Section,
  group: Group,
  entries: readonly Entry[],
  rowOf: (entry: Entry) => HTMLElement,
  { host: { strings }, locale, longest }: RowOptions,
): void {
  setText(section.counts, describeEntries(entries, strings, locale));
  const isDone = entries.every((entry) => 'finding' in entry);
  const cost = Math.min(longest, costOf(entries.flatMap((entry) => ('finding' in entry ? [entry.finding] : []))));
  setText(section.time, isDone && cost > 0 ? describeTime(cost, strings, locale) : '');
  const servers = ofServers.includes(group) ? [...new Set(entries.map((entry) => describeServer(contentOf(entry).target)))] : [''];
  if (servers.length < 2) {
    arrange(section.element, [section.head, ...entries.map(rowOf)]);
    return;
  }
  // What is about no server comes before the first: below a server it would be taken for that one's.
  const holders = servers
    .toSorted((a, b) => Number(a !== '') - Number(b !== ''))
    .map((server) => {
      const holder = section.servers.get(server) ?? newServer(server);
      section.servers.set(server, holder);
      const own = entries.filter((entry) => describeServer(contentOf(entry).target) === server).map(rowOf);
      arrange(holder.element, server === '' ? own : [holder.line, ...own]);
      return holder.element;
    });
  arrange(section.element, [section.head, ...holders]);
}

/** Milliseconds: of the longest conversation where there are some, which go on side by side; else of all look-ups. */
function costOf(findings: readonly Finding[]): number {
  const conversations = findings.map(({ steps, relay, ms }) => (relay ? (ms ?? 0) : totalOf(steps ?? [])));
  return Math.max(0, ...conversations) || findings.reduce((sum, { ms }) => sum + (ms ?? 0), 0);
}

function newServer(server: string): { readonly element: HTMLElement; readonly line: HTMLElement } {
  const [name = '', where = ''] = server.split(' ');
  const line = element('div', { class: 'sub-head' }, element('strong', {}, name), element('span', {}, where));
  return { element: element('div', { class: 'server' }), line };
}

function keyOfEntry(entry: Entry): string {
  return 'finding' in entry ? keyOf(entry.finding) : `${activityKey}${entry.activity.id}`;
}

function contentOf(entry: Entry): Finding | Activity {
  return 'finding' in entry ? entry.finding : entry.activity;
}

/** "mx1.example.com 192.0.2.10:25" */
export function describeServer({ host, address, port }: Target): string {
  if (address === undefined) return host ?? '';
  const where = `${address.includes(':') ? `[${address}]` : address}${port === undefined ? '' : `:${port}`}`;
  return host === undefined || host === address ? where : `${host} ${where}`;
}

/** Hides what the chosen levels leave out, and groups and servers that are then empty. */
export function applyFilter(list: HTMLElement, chosen: readonly string[]): void {
  for (const row of list.querySelectorAll<HTMLElement>('.finding'))
    row.hidden = chosen.length > 0 && !chosen.includes(row.dataset['level'] ?? '');
  for (const holder of list.querySelectorAll<HTMLElement>('.server, section'))
    holder.hidden = holder.querySelector('.finding:not([hidden])') === null;
}
