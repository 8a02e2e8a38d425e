// ui/inbox: what the row of one mail says and shows. Without `vscode`, so that it can be tested in plain Node.
import type { MailAddress, MailSummary } from '../../protocol/engine.ts';
import type { Localizer } from '../l10n.ts';
import type { Times } from './times.ts';

export interface RowContext {
  readonly l10n: Localizer;
  readonly times: Times;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The row stands in a group of one day. */
  readonly isOneDay: boolean;
  /** What was searched for; '' for nothing. */
  readonly search: string;
  /** Octets of the largest mail that the server takes. */
  readonly maxMessageSize: number;
}

export interface Row {
  readonly label: string;
  /** Parts of the label to mark, as [from, to) in UTF-16 units. */
  readonly highlights: readonly (readonly [number, number])[];
  readonly description: string;
  readonly icon: 'unread' | 'read' | 'unreadable' | 'refused';
  /** For a screen reader. */
  readonly spoken: string;
}

const separator = ' · ';
/** A row is never wider; a subject can have any length. */
const longestLabel = 250;
const longestPart = 120;
const mebibyte = 1024 * 1024;

export function describeMail(mail: MailSummary, context: RowContext): Row {
  const { l10n, times, now, isOneDay, search } = context;
  const sender = mail.from ? clean(mail.from.address, longestPart) : '';
  const { label, trouble } = headline(mail, context);
  const files = mail.attachments === 0 ? '' : mail.attachments === 1 ? l10n.t('1 file') : l10n.t('{0} files', mail.attachments);
  const spokenWords = [
    mail.isRead ? l10n.t('Read') : l10n.t('Unread'),
    label,
    trouble,
    sender && l10n.t('from {0}', sender),
    times.spoken(mail.arrivedAt, now),
    files,
  ];
  return {
    label,
    highlights: search === '' ? [] : occurrences(label, search),
    description: [times.short(mail.arrivedAt, now, isOneDay), trouble, sender, files].filter(Boolean).join(separator),
    icon: mail.state === 'unreadable' ? 'unreadable' : mail.state === 'refused' ? 'refused' : mail.isRead ? 'read' : 'unread',
    spoken: spokenWords.filter(Boolean).join(', '),
  };
}

/** Several lines of plain text: what the row has no room for. */
export function describeInFull(mail: MailSummary, context: RowContext): string {
  const { l10n, times } = context;
  const to = mail.to.slice(0, 10).map(addressText).join(', ') + (mail.to.length > 10 ? ', …' : '');
  return [
    subjectOf(mail, l10n),
    mail.from && l10n.t('From {0}', addressText(mail.from)),
    to && l10n.t('To {0}', to),
    times.full(mail.arrivedAt),
    sizeText(mail.size, l10n),
    mail.problem && clean(mail.problem, longestLabel),
  ]
    .filter(Boolean)
    .join('\n');
}

export function subjectOf(mail: MailSummary, l10n: Localizer): string {
  return clean(mail.subject ?? '', longestLabel) || l10n.t('(no subject)');
}

function headline(mail: MailSummary, { l10n, maxMessageSize }: RowContext): { readonly label: string; readonly trouble: string } {
  const problem = clean(mail.problem ?? '', longestPart);
  if (mail.state === 'ok') return { label: subjectOf(mail, l10n), trouble: '' };
  if (mail.state === 'unreadable') {
    // A file that another program put there is known by its name; ours say nothing.
    const nameless = mail.isCaught ? '' : clean(mail.key, longestLabel);
    return { label: mail.subject ? subjectOf(mail, l10n) : nameless || l10n.t('(cannot be read)'), trouble: problem };
  }
  const reply = /^(?<code>[45]\d\d)(?:[ -](?<enhanced>[45]\.\d{1,3}\.\d{1,3}))?[ -]?(?<text>.*)$/.exec(problem);
  if (!reply?.groups) return { label: l10n.t('Not received: {0}', subjectOf(mail, l10n)), trouble: problem };
  const { code = '', enhanced = '', text = '' } = reply.groups;
  const known: Readonly<Record<string, string>> = {
    '5.3.4': l10n.t('larger than {0} MB', Math.round((maxMessageSize / mebibyte) * 1000) / 1000),
    '4.5.3': l10n.t('too many recipients'),
    '4.3.1': l10n.t('no room on the disk'),
    '4.3.0': l10n.t('it could not be stored'),
  };
  const why = known[enhanced] ?? (text.replace(/\.$/, '') || subjectOf(mail, l10n));
  return { label: l10n.t('Refused: {0}', why), trouble: [code, enhanced].filter(Boolean).join(' ') };
}

function addressText({ name, address }: MailAddress): string {
  return clean(name ? `${name} <${address}>` : address, longestPart);
}

function sizeText(octets: number, l10n: Localizer): string {
  if (octets < 1024) return l10n.t('{0} bytes', octets);
  if (octets < mebibyte) return l10n.t('{0} KB', (octets / 1024).toFixed(1));
  return l10n.t('{0} MB', (octets / mebibyte).toFixed(1));
}

/** One line without control characters and without marks that turn the direction of the text around them (they could make a row say something else). */
function clean(text: string, longest: number): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const letters = [...line.slice(0, 2 * longest + 2)];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line;
}

/** Where the words of `search` stand in `text`, without overlaps, from left to right. */
function occurrences(text: string, search: string): [number, number][] {
  const words = search
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  if (words.length === 0) return [];
  // The longest first: of two that begin at one place the longer is marked.
  words.sort((a, b) => b.length - a.length);
  return [...text.matchAll(new RegExp(words.join('|'), 'giu'))].map((match) => [match.index, match.index + match[0].length]);
}
