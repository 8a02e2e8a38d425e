// webview: what a person looks for first: subject, people, time; the envelope only where it says something else than the header.
import type { MailAddress } from '../protocol/engine.ts';
import type { MailView } from '../protocol/viewer.ts';
import { type Child, element, iconButton } from './dom.ts';
import { fill, formatMoment, formatSize } from './format.ts';
import type { Host } from './host.ts';
import { isSenderDifferent, matchRecipients } from './recipients.ts';

/** More names than this would push the mail out of sight. */
const mostAddresses = 20;
/** UTF-16 units of a domain in the words of a button. */
const longestDomain = 80;

export function createSummary(mail: MailView, host: Host, locale: string): HTMLElement {
  const { strings } = host;
  const subject = mail.subject?.trim();
  const rows: Child[] = [
    ...addressRow(strings.from, mail.from, checkButton()),
    ...addressRow(strings.to, mail.to),
    ...addressRow(strings.cc, mail.cc),
    ...addressRow(strings.bcc, mail.bcc),
    ...(isSameList(mail.replyTo, mail.from) ? [] : addressRow(strings.replyTo, mail.replyTo)),
    ...envelopeRow(),
  ];
  return element(
    'header',
    { class: 'summary', 'aria-label': strings.mail },
    element('h1', subject ? {} : { class: 'dim' }, subject || strings.noSubject),
    element('div', { class: 'summary-grid' }, element('dl', { class: 'fields' }, ...rows), facts()),
  );

  /** For the domain of the first sender, if there is one. */
  function checkButton(): Child {
    const domain = /@([^@]+)$/.exec(mail.from[0]?.address ?? '')?.[1];
    if (domain === undefined) return null;
    return iconButton('checklist', fill(strings.checkSender, domain.slice(0, longestDomain)), () => host.post({ type: 'checkSender' }));
  }

  function addressRow(label: string, addresses: readonly MailAddress[], afterFirst: Child = null): Child[] {
    if (addresses.length === 0) return [];
    const shown = addresses.slice(0, mostAddresses).map(({ name, address }, index, all) =>
      element(
        'span',
        index === 0 && afterFirst ? { class: 'with-button' } : {},
        name ? element('span', { class: 'name' }, name) : null,
        name ? ' ' : null,
        // The comma stays with its address when the row breaks.
        element('span', { class: 'dim' }, address),
        index < all.length - 1 ? ',' : null,
        index === 0 ? afterFirst : null,
      ),
    );
    const rest = addresses.length - shown.length;
    return [
      element('dt', {}, label),
      element('dd', {}, ...shown, rest > 0 ? element('span', { class: 'dim' }, fill(strings.andMore, rest)) : null),
    ];
  }

  function envelopeRow(): Child[] {
    const blind = matchRecipients(mail).filter(({ header }) => header === null);
    const items: Child[] = blind
      .slice(0, mostAddresses)
      .map(({ path }) =>
        element(
          'span',
          {},
          `${fill(strings.envelopeTo, path.address)} `,
          element('span', { class: 'tag warn', title: strings.inNoHeaderExplained }, strings.inNoHeader),
        ),
      );
    if (blind.length > mostAddresses) items.push(element('span', { class: 'dim' }, fill(strings.andMore, blind.length - mostAddresses)));
    const sender = mail.delivery?.envelope.from;
    if (sender && isSenderDifferent(mail)) {
      const text = `${fill(strings.envelopeFrom, sender.address || strings.nullPath)} `;
      items.push(element('span', {}, text, element('span', { class: 'tag' }, strings.differsFromFrom)));
    }
    return items.length === 0 ? [] : [element('dt', {}, strings.envelope), element('dd', {}, ...items)];
  }

  function facts(): HTMLElement {
    const { delivery } = mail;
    const at = mail.arrivedAt ?? mail.date;
    const client = delivery ? (delivery.conversation.clientName ?? delivery.conversation.client.address) : null;
    return element(
      'div',
      { class: 'facts' },
      at === null ? null : element('div', {}, element('strong', {}, formatMoment(at, Date.now(), locale, strings))),
      element('div', {}, formatSize(mail.size, locale)),
      client === null ? null : element('div', {}, `${client}, ${delivery?.tls?.protocol ?? strings.noTls}`),
    );
  }
}

function isSameList(one: readonly MailAddress[], other: readonly MailAddress[]): boolean {
  const addresses = (list: readonly MailAddress[]): string => JSON.stringify(list.map(({ address }) => address.toLowerCase()));
  return addresses(one) === addresses(other);
}
