// webview: the Text tab: the text as it is, links clickable, long texts cut until asked.
import type { MailView } from '../protocol/viewer.ts';
import { element, iconButton, linkButton, toggleButton } from './dom.ts';
import { fill, formatSize } from './format.ts';
import type { Host } from './host.ts';

/** Characters that are shown at once: beyond, laying out one block of text takes seconds. */
const shownAtOnce = 1024 * 1024;
/** Links in one text that become clickable. */
const mostLinks = 5000;

export function createTextPanel(mail: MailView, host: Host, locale: string): HTMLElement {
  const { strings } = host;
  const panel = element('section', { class: 'panel', tabindex: '0' });
  const { text } = mail;
  if (!text) {
    panel.append(element('p', { class: 'nothing dim' }, strings.noText));
    return panel;
  }
  const body = element('pre', { class: 'text-body' });
  const setWrap = (isWrapped: boolean): void => void body.classList.toggle('unwrapped', !isWrapped);
  setWrap(host.state().isWrapped);
  body.append(...withLinks(text.content.slice(0, shownAtOnce)));
  for (const type of ['click', 'auxclick']) body.addEventListener(type, (event) => followLink(event, host));

  const facts = ['text/plain', text.charset, text.encoding, formatSize(text.size, locale)].filter((fact) => fact !== '').join(', ');
  panel.append(
    element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': strings.textToolbar },
      toggleButton('word-wrap', strings.wrapLines, host.state().isWrapped, (isWrapped) => {
        host.remember({ isWrapped });
        setWrap(isWrapped);
      }),
      element('span', { class: 'dim toolbar-text' }, facts),
      element(
        'div',
        { class: 'end' },
        iconButton('copy', strings.copyText, () => host.post({ type: 'copy', text: text.content })),
        iconButton('go-to-file', strings.openInEditor, () => host.post({ type: 'openAsText', line: null })),
      ),
    ),
    body,
  );
  if (text.content.length > shownAtOnce) {
    const note = element(
      'p',
      { class: 'block' },
      `${fill(strings.textCut, formatSize(shownAtOnce, locale), formatSize(text.content.length, locale))} `,
    );
    note.append(
      linkButton(strings.showAll, () => {
        note.remove();
        body.append(text.content.slice(shownAtOnce));
        panel.focus();
      }),
    );
    panel.append(note);
  }
  return panel;
}

/** Text nodes and links. The end of a sentence is no part of an address. */
function withLinks(text: string): (string | HTMLAnchorElement)[] {
  const nodes: (string | HTMLAnchorElement)[] = [];
  let at = 0;
  let count = 0;
  for (const match of text.matchAll(/\b(?:https?:\/\/|mailto:)[^\s<>"'`{}|\\^]{1,2000}/gi)) {
    if (++count > mostLinks) break;
    const address = withoutEnd(match[0]);
    nodes.push(text.slice(at, match.index), element('a', { href: address }, address));
    at = match.index + address.length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

function withoutEnd(address: string): string {
  let end = address.length;
  while (/[.,;:!?\])]/.test(address.charAt(end - 1))) {
    // A closing bracket belongs to the address when it was opened in it.
    if (address.charAt(end - 1) === ')' && address.slice(0, end).includes('(')) break;
    end--;
  }
  return address.slice(0, end);
}

/** VS Code's shell would follow the link by itself; the extension must judge it first. */
function followLink(event: Event, host: Host): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  host.post({ type: 'openLink', href: link.getAttribute('href') ?? '' });
}
