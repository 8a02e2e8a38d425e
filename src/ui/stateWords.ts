// ui: the state of the server in words, the same in the status bar, its menu, the tree and the messages. Without `vscode`.
import type { MailCounts, ServerState } from '../protocol/engine.ts';
import type { Localizer } from './l10n.ts';

/** "127.0.0.1:1025", "[::1]:1025". `host` is the setting. */
export function addressOf(state: ServerState, host: string): string {
  const port = 'port' in state ? state.port : 0;
  const address = (state.kind === 'listening' ? state.addresses[0] : undefined) ?? (host === 'localhost' ? '127.0.0.1' : host);
  return `${bracketed(address)}:${port}`;
}

/** An IPv6 address as it stands before a port (RFC 3986 section 3.2.2). */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Beside the title of the tree. */
export function describePlace(state: ServerState, host: string, l10n: Localizer): string {
  switch (state.kind) {
    case 'listening':
    case 'shared':
      return addressOf(state, host);
    case 'starting':
      return l10n.t('starting');
    case 'stopped':
      return l10n.t('stopped');
    case 'portInUse':
      return l10n.t('port {0} in use', String(state.port));
    case 'failed':
      return l10n.t('not listening');
  }
}

/** A sentence without its end: "listening on 127.0.0.1:1025". */
export function describeState(state: ServerState, host: string, l10n: Localizer): string {
  switch (state.kind) {
    case 'listening':
      return l10n.t('listening on {0}', addressOf(state, host));
    case 'shared':
      return l10n.t('another window listens on {0}', addressOf(state, host));
    case 'starting':
      return l10n.t('starting on port {0}', String(state.port));
    case 'stopped':
      return l10n.t('stopped');
    case 'portInUse':
      return state.owner === 'mailroom'
        ? l10n.t('port {0} belongs to a mailroom with another drop folder', String(state.port))
        : l10n.t('port {0} is in use by another program', String(state.port));
    case 'failed':
      return describeReason(state, host, l10n);
  }
}

/** "1,204". Below a thousand without Intl, whose first use takes milliseconds of the window's start. */
export function countText(count: number, locale: string): string {
  return count < 1000 ? String(count) : count.toLocaleString(locale);
}

export function describeUnread({ unread }: MailCounts, locale: string, l10n: Localizer): string {
  return l10n.t('{0} unread', countText(unread, locale));
}

export function describeCounts({ total, unread }: MailCounts, locale: string, l10n: Localizer): string {
  if (total === 0) return l10n.t('No mail');
  const mails = total === 1 ? l10n.t('1 mail') : l10n.t('{0} mails', countText(total, locale));
  return unread === 0 ? mails : `${mails}, ${describeUnread({ total, unread }, locale, l10n)}`;
}

function describeReason({ reason, message, port }: Extract<ServerState, { kind: 'failed' }>, host: string, l10n: Localizer): string {
  switch (reason) {
    case 'portNotAllowed':
      return l10n.t('this user may not listen on port {0}', String(port));
    case 'addressNotAvailable':
      return l10n.t('{0} is no address of this machine', host);
    case 'dropFolderFailed':
      return l10n.t('the drop folder cannot be used');
    case 'engineEnded':
      return l10n.t('the server has ended and is being started again');
    default:
      return l10n.t('cannot listen on port {0} ({1})', String(port), message);
  }
}
