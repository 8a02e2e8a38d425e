// webview: the Envelope tab: what MAIL and RCPT said, held against the header, and how the mail came.
import type { MailView } from '../protocol/viewer.ts';
import type { Path } from '../smtp/envelope.ts';
import { type Child, element, linkButton } from './dom.ts';
import { fill, formatExactMoment } from './format.ts';
import type { Host } from './host.ts';
import { isSenderDifferent, matchRecipients } from './recipients.ts';

/** Left out when there is no value. */
interface Row {
  readonly label: string;
  readonly value: Child;
  readonly more?: string | undefined;
}

export function createEnvelopePanel(mail: MailView, host: Host, locale: string): HTMLElement {
  const { strings } = host;
  const panel = element('section', { class: 'panel', tabindex: '0' });
  const { delivery } = mail;
  if (!delivery) {
    panel.append(element('p', { class: 'nothing dim' }, strings.noEnvelope));
    return panel;
  }
  const { from } = delivery.envelope;
  const differs = isSenderDifferent(mail);
  const senderCell = differs ? tag(strings.differsFromFrom) : mail.from.length > 0 ? strings.from : '';
  const recipients = matchRecipients(mail).map(({ path, header }) =>
    row('RCPT TO', path, header === null ? tag(strings.inNoHeaderTable, strings.inNoHeaderExplained) : strings[header]),
  );
  const columns = [strings.command, strings.address, strings.parameters, strings.inTheHeaders];
  panel.append(
    element('h2', { class: 'section' }, strings.senderAndRecipients),
    element(
      'table',
      { class: 'table envelope' },
      element('thead', {}, element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)))),
      element('tbody', {}, from ? row('MAIL FROM', from, senderCell) : null, ...recipients),
    ),
    element('h2', { class: 'section' }, strings.delivery),
    element('div', { class: 'block' }, element('dl', { class: 'fields' }, ...deliveryRows())),
  );
  if (!from) panel.insertBefore(element('p', { class: 'block dim' }, strings.noSender), panel.children[2] ?? null);
  return panel;

  function tag(text: string, title: string | null = null): HTMLElement {
    return element('span', { class: title === null ? 'tag' : 'tag warn', title }, text);
  }

  function row(command: string, path: Path, inHeaders: Child): HTMLElement {
    const parameters = Object.entries(path.parameters).map(([keyword, value]) => (value === true ? keyword : `${keyword}=${value}`));
    return element(
      'tr',
      {},
      element('td', {}, command),
      element('td', { class: 'mono' }, path.address || strings.nullPath),
      element('td', { class: 'mono' }, parameters.join(' ')),
      element('td', { class: 'dim' }, inHeaders),
    );
  }

  function deliveryRows(): readonly Child[] {
    if (!delivery) return [];
    const { client, clientName } = delivery.conversation;
    const { moment, offset } = formatExactMoment(Date.parse(delivery.receivedAt), locale);
    const { bareCr, bareLf, firstLine } = delivery.lineEndings;
    const rows: readonly Row[] = [
      { label: strings.client, value: clientName ?? strings.none, more: `${client.address}:${client.port}` },
      { label: strings.encryption, value: delivery.tls?.protocol ?? strings.none, more: delivery.tls?.cipher },
      { label: strings.login, value: delivery.login?.username ?? strings.none, more: delivery.login?.method },
      { label: strings.received, value: moment, more: offset },
      { label: strings.reply, value: delivery.reply === null ? null : element('code', {}, delivery.reply) },
      {
        label: strings.lineEndings,
        value: bareCr + bareLf === 0 ? null : fill(strings.lineEndingsExplained, bareCr, bareLf, firstLine ?? 1),
      },
      { label: strings.file, value: revealLink() },
    ];
    return rows.flatMap(({ label, value, more }) =>
      value === null
        ? []
        : [
            element('dt', {}, label),
            element(
              'dd',
              {},
              value instanceof Node ? value : element('span', {}, value),
              more ? element('span', { class: 'dim' }, more) : null,
            ),
          ],
    );
  }

  function revealLink(): HTMLElement {
    const link = linkButton(mail.fileName, () => host.post({ type: 'revealFile' }));
    link.title = fill(strings.revealFile, mail.fileName);
    return link;
  }
}
