// webview: the findings of a report in groups; where several servers were asked, with a line for each of them.
import type { Finding, Group, Target } from '../../protocol/report.ts';
import { element } from '../dom.ts';
import { createFindingRow, keyOf, type RowOptions } from './findingRow.ts';
import { countLevels, describeCount, inGroups, tallyOrder } from './levels.ts';
import { describeTime } from './times.ts';

/** Groups whose findings are about connections. */
const ofServers: readonly Group[] = ['smtp', 'tls'];

/** Rows that were shown before are taken over, so that focus and what is open stay. */
export type Rows = Map<string, { readonly row: HTMLDetailsElement; readonly made: string }>;

export function createGroups(findings: readonly Finding[], isDone: boolean, rows: Rows, options: RowOptions): HTMLElement[] {
  return inGroups(findings, isDone).map((entry) => createGroup(entry.group, entry.findings, isDone, rows, options));
}

function createGroup(group: Group, findings: readonly Finding[], isDone: boolean, rows: Rows, options: RowOptions): HTMLElement {
  const { host, locale } = options;
  const { strings } = host;
  const counts = countLevels(findings);
  const tally = tallyOrder.filter((level) => counts.has(level));
  const time = findings.reduce((sum, finding) => sum + (finding.ms ?? 0), 0);
  const head = element(
    'div',
    { class: 'group-head' },
    element('h2', { id: `group-${group}` }, strings.groups[group]),
    element('span', { class: 'dim' }, tally.map((level) => describeCount(level, counts.get(level) ?? 0, strings, locale)).join(', ')),
    isDone && time > 0 ? element('span', { class: 'dim end num' }, describeTime(time, strings, locale)) : null,
  );
  const servers = ofServers.includes(group) ? [...new Set(findings.map(({ target }) => describeServer(target)))] : [''];
  const parts =
    servers.length < 2
      ? findings.map((finding) => rowOf(finding, rows, options))
      : servers.flatMap((server) => {
          const [name = '', where = ''] = server.split(' ');
          const line = element('div', { class: 'sub-head' }, element('strong', {}, name), element('span', {}, where));
          const own = findings
            .filter((finding) => describeServer(finding.target) === server)
            .map((finding) => rowOf(finding, rows, options));
          return [element('div', { class: 'server' }, server === '' ? null : line, ...own)];
        });
  return element('section', { 'aria-labelledby': `group-${group}` }, head, ...parts);
}

/** "mx1.example.com 192.0.2.10:25" */
export function describeServer({ host, address, port }: Target): string {
  if (address === undefined) return host ?? '';
  const where = `${address.includes(':') ? `[${address}]` : address}${port === undefined ? '' : `:${port}`}`;
  return host === undefined || host === address ? where : `${host} ${where}`;
}

function rowOf(finding: Finding, rows: Rows, options: RowOptions): HTMLDetailsElement {
  const key = keyOf(finding);
  // A row that looks the same need not be made anew.
  const made = JSON.stringify([finding, finding.steps ? options.scale : 0, options.transcripts.length > 0]);
  const before = rows.get(key);
  if (before?.made === made) return before.row;
  const row = createFindingRow(finding, options);
  row.dataset['level'] = finding.level;
  rows.set(key, { row, made });
  return row;
}

/** Hides what the chosen levels leave out, and groups and servers that are then empty. */
export function applyFilter(list: HTMLElement, chosen: readonly string[]): void {
  for (const row of list.querySelectorAll<HTMLElement>('.finding'))
    row.hidden = chosen.length > 0 && !chosen.includes(row.dataset['level'] ?? '');
  for (const holder of list.querySelectorAll<HTMLElement>('.server, section'))
    holder.hidden = holder.querySelector('.finding:not([hidden])') === null;
}
