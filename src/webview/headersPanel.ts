// webview: the Headers tab: every field in the order of the mail, decoded or as sent, each a click away from its line in the source.
import type { HeaderField, MailView } from '../protocol/viewer.ts';
import { element, iconButton } from './dom.ts';
import { fill, formatCount } from './format.ts';
import type { Host } from './host.ts';
import { radioGroup, rove } from './roving.ts';

export function createHeadersPanel(mail: MailView, host: Host, locale: string): HTMLElement {
  const { strings } = host;
  const panel = element('section', { class: 'panel', tabindex: '0' });
  if (mail.headers.length === 0) {
    panel.append(element('p', { class: 'nothing dim' }, strings.noHeaders));
    return panel;
  }
  const filter = element('input', {
    class: 'input filter',
    type: 'search',
    placeholder: strings.filterHeaders,
    'aria-label': strings.filterHeaders,
  });
  const body = element('tbody');
  const nothing = element('p', { class: 'nothing dim', role: 'status', hidden: true });
  const caption = fill(strings.headersCaption, formatCount(mail.headers.length, locale));
  const render = (): void => {
    const words = filter.value.trim().toLowerCase();
    const fields = mail.headers.filter(({ name, value }) => `${name}: ${value}`.toLowerCase().includes(words));
    body.replaceChildren(...fields.map((field) => row(field)));
    const buttons = [...body.querySelectorAll('button')];
    buttons.forEach((button, index) => {
      button.tabIndex = index === 0 ? 0 : -1;
    });
    nothing.hidden = fields.length > 0;
    nothing.textContent = fields.length > 0 ? '' : fill(strings.noHeaderMatches, filter.value.trim());
  };
  rove(body, () => [...body.querySelectorAll('button')], 2);
  filter.addEventListener('input', render);
  const forms = [
    { value: 'decoded', text: strings.decodedForm },
    { value: 'raw', text: strings.asSentForm },
  ] as const;
  panel.append(
    element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': strings.headersToolbar },
      filter,
      element('span', { class: 'gap' }),
      radioGroup(strings.headerForm, forms, host.state().headerForm, (headerForm) => {
        host.remember({ headerForm });
        render();
      }),
      element(
        'div',
        { class: 'end' },
        iconButton('copy', strings.copyAllHeaders, () => host.post({ type: 'copy', text: mail.headers.map(asText).join('\n') })),
      ),
    ),
    element('table', { class: 'table headers' }, element('caption', { class: 'vh' }, caption), body),
    nothing,
  );
  render();
  return panel;

  function row(field: HeaderField): HTMLElement {
    const isRaw = host.state().headerForm === 'raw';
    const isDecoded = !isRaw && unfolded(field.raw) !== field.value.trim();
    return element(
      'tr',
      {},
      element('td', { class: 'line' }, String(field.line)),
      element('th', { scope: 'row' }, field.name),
      element(
        'td',
        isRaw ? { class: 'raw' } : {},
        isRaw ? field.raw.trim() : field.value,
        isDecoded ? ' ' : null,
        isDecoded ? element('span', { class: 'tag' }, strings.decodedTag) : null,
      ),
      element(
        'td',
        { class: 'row-actions' },
        iconButton('copy', fill(strings.copyValue, field.name), () =>
          host.post({ type: 'copy', text: isRaw ? field.raw.trim() : field.value }),
        ),
        iconButton('go-to-file', fill(strings.goToLine, field.line), () => host.post({ type: 'openAsText', line: field.line })),
      ),
    );
  }

  function asText({ name, value, raw }: HeaderField): string {
    return `${name}: ${host.state().headerForm === 'raw' ? raw.trim() : value}`;
  }
}

function unfolded(raw: string): string {
  return raw.replace(/\r?\n(?=[ \t])/g, '').trim();
}
