// webview: the matrix of a relay test: who wrote to whom, and what the server said.
import type { RelayRow } from '../../protocol/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';
import { element, icon } from '../dom.ts';

/** A control is a question to which "accepted" is a right answer. */
export function isControl(id: string): boolean {
  return /^c\d/.test(id);
}

/** `isHarmless`: a server that sends nothing on may accept everything. */
export function createRelayTable(rows: readonly RelayRow[], isHarmless: boolean, strings: ReportStrings): HTMLElement {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, strings.relayNumber),
    element('th', { scope: 'col', class: 'wide' }, strings.mailFrom),
    element('th', { scope: 'col' }, strings.rcptTo),
    element('th', { scope: 'col' }, strings.reply),
  );
  const body = rows.map((row) => {
    const isHit = !isHarmless && row.verdict === 'accepted' && !isControl(row.id);
    const [name, look] = isHit
      ? (['error', 'is-fail'] as const)
      : row.verdict === 'unknown'
        ? (['question', 'is-unknown'] as const)
        : row.verdict === 'skipped'
          ? (['debug-step-over', 'is-skipped'] as const)
          : (['pass', 'is-pass'] as const);
    return element(
      'tr',
      { class: isHit ? 'hit' : null, title: row.what ?? null },
      element('td', { class: 'n' }, row.id),
      element('td', { class: 'wide' }, row.from),
      element('td', {}, row.to),
      element(
        'td',
        { class: 'reply', title: row.reply },
        icon(name, look),
        element('span', { class: 'reply-text' }, row.reply ?? strings.noReply),
        ' ',
        element('span', { class: isHit ? null : 'vh' }, strings[row.verdict]),
      ),
    );
  });
  return element(
    'div',
    { class: 'matrix-wrap' },
    element('table', { class: 'matrix' }, element('thead', {}, head), element('tbody', {}, ...body)),
  );
}
