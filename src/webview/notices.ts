// webview: one line between summary and tabs when a mail is not as it should be: refused, cut off, unreadable, deleted.
import type { MailView } from '../protocol/viewer.ts';
import { element, icon, linkButton } from './dom.ts';
import { fill } from './format.ts';
import type { Host } from './host.ts';

export function createNotices(mail: MailView, host: Host): readonly HTMLElement[] {
  const { strings } = host;
  const notices: HTMLElement[] = [];
  if (mail.delivery?.outcome === 'refused') {
    const { reply } = mail.delivery;
    notices.push(createNotice('error', 'is-fail', reply === null ? strings.refusedWithoutReply : fill(strings.refused, reply)));
  }
  if (mail.delivery?.outcome === 'aborted') notices.push(createNotice('warning', 'is-warn', strings.aborted));
  if (mail.problem !== null) {
    notices.push(createNotice('warning', 'is-warn', fill(strings.unreadable, mail.problem), openAsText(host)));
  }
  return notices;
}

export function createGoneNotice({ strings }: Host): HTMLElement {
  return createNotice('trash', 'is-warn', strings.gone);
}

export function createFailedNotice(message: string, host: Host): HTMLElement {
  return createNotice('error', 'is-fail', fill(host.strings.failed, message), openAsText(host));
}

function openAsText(host: Host): HTMLElement {
  return linkButton(host.strings.openAsText, () => host.post({ type: 'openAsText', line: null }));
}

function createNotice(iconName: string, level: string, text: string, action: HTMLElement | null = null): HTMLElement {
  return element(
    'div',
    { class: 'banner notice', role: 'status' },
    icon(iconName, level),
    element('p', {}, text),
    action ? element('div', { class: 'actions' }, action) : null,
  );
}
