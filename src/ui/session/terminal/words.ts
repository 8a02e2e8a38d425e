// ui/session: what a session prints besides the lines of the conversation: times, connections, certificates, failures and the summary at its end.
import type { Failure } from '../../../base/failure.ts';
import { printTarget } from '../../../session/directive.ts';
import type { SessionEvent } from '../../../session/sessionEvents.ts';
import { printable } from '../../../smtp/printable.ts';
import type { TlsFacts } from '../../../smtp/tlsFacts.ts';
import type { Localizer } from '../../l10n.ts';

/** "0.4 ms", "41 ms", "3.1 s", "2 min 5 s". */
export function describeTime(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function describeTls(facts: TlsFacts, l10n: Localizer): string {
  return l10n.t('encrypted with {0} ({1})', printable(facts.protocol), printable(facts.cipher));
}

/** What is wrong with it, although it was used; none when all is well. */
export function describeTrust(facts: TlsFacts, l10n: Localizer): string[] {
  const dropped =
    facts.droppedOctets > 0
      ? [
          l10n.t(
            '{0} octets had come in the clear before TLS began and were thrown away: somebody may have put them in.',
            facts.droppedOctets,
          ),
        ]
      : [];
  if (facts.isTrusted) return dropped;
  const why = printable(facts.problemText ?? facts.problem ?? '');
  return [...dropped, l10n.t('The certificate is not trusted, but used all the same. {0}', why)];
}

export function describeFailure(failure: Failure, l10n: Localizer): string {
  switch (failure.reason) {
    case 'connectRefused':
      return l10n.t('Nobody listens there: the connection was refused.');
    case 'hostNotFound':
      return l10n.t('There is no such host: DNS knows no address of it.');
    case 'connectTimeout':
      return l10n.t('The server did not answer in time. A firewall may be dropping the packets: many networks block port 25.');
    case 'unreachable':
      return l10n.t('There is no way to that host from here.');
    case 'tlsFailed':
      return l10n.t('TLS could not be agreed on: {0}.', printable(failure.message));
    case 'replyTooLong':
      return l10n.t('The reply had no end, so the connection was closed.');
    case 'tooManyReplies':
      return l10n.t('The server kept sending replies that nobody asked for, so the connection was closed.');
    default:
      return l10n.t('That did not work: {0}.', printable(failure.message).replace(/\.$/, ''));
  }
}

export function describeEnd({ by, ms, mails, refused }: Extract<SessionEvent, { kind: 'closed' }>, l10n: Localizer): string {
  const time = describeTime(ms);
  const who = by === 'server' ? l10n.t('Closed by the server after {0}', time) : l10n.t('Closed after {0}', time);
  const sent = mails === 1 ? l10n.t('1 mail sent') : l10n.t('{0} mails sent', mails);
  const lines = refused === 0 ? '' : refused === 1 ? l10n.t('1 line refused') : l10n.t('{0} lines refused', refused);
  return `${who}: ${lines === '' ? sent : `${sent}, ${lines}`}.`;
}

export function describeConnection(event: Extract<SessionEvent, { kind: 'connecting' | 'connected' }>, l10n: Localizer): string {
  if (event.kind === 'connecting') return l10n.t('Connecting to {0} …', printTarget(event.target));
  const encryption = event.tls ? describeTls(event.tls, l10n) : l10n.t('not encrypted');
  return l10n.t('Connected in {0}, {1}', describeTime(event.ms), encryption);
}
