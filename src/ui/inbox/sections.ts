// ui/inbox: the groups of the list, from the engine's groups: days become Today, Yesterday, Thursday, Last week, Earlier. Without `vscode`.
import type { Grouping, MailGroup } from '../../protocol/engine.ts';
import type { Localizer } from '../l10n.ts';

const day = 24 * 60 * 60 * 1000;

export interface Section {
  /** Stays the same while the group stays the same to a person: what was open stays open. */
  readonly id: string;
  readonly label: string;
  readonly by: Exclude<Grouping, 'none'>;
  /** Of the engine's groups in it, in the order in which their mails are shown. */
  readonly keys: readonly string[];
  readonly total: number;
  readonly unread: number;
  /** A clock time says enough. */
  readonly isOneDay: boolean;
}

/** The local day of a time, "2026-11-21", as the engine makes it. `utcOffset` in minutes. */
export function dayKeyOf(at: number, utcOffset: number): string {
  return new Date(at + utcOffset * 60_000).toISOString().slice(0, 10);
}

/** `today` is a day key; `groups` newest first. */
export function daySections(groups: readonly MailGroup[], today: string, l10n: Localizer, locale: string): Section[] {
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' });
  const sections = new Map<string, Section>();
  for (const group of groups) {
    const age = Math.round((Date.parse(today) - Date.parse(group.key)) / day);
    const { id, label } = nameOf(age);
    const before = sections.get(id);
    sections.set(id, {
      id: `day:${id}`,
      label,
      by: 'day',
      keys: [...(before?.keys ?? []), group.key],
      total: (before?.total ?? 0) + group.total,
      unread: (before?.unread ?? 0) + group.unread,
      isOneDay: id !== 'lastWeek' && id !== 'earlier',
    });
  }
  return [...sections.values()];

  function nameOf(age: number): { readonly id: string; readonly label: string } {
    // A file's time may lie in the future.
    if (age <= 0) return { id: 'today', label: l10n.t('Today') };
    if (age === 1) return { id: 'yesterday', label: l10n.t('Yesterday') };
    if (age < 7) return { id: String(age), label: weekday.format(Date.parse(today) - age * day) };
    if (age < 14) return { id: 'lastWeek', label: l10n.t('Last week') };
    // Also what is no day at all.
    return { id: 'earlier', label: l10n.t('Earlier') };
  }
}

export function addressSections(groups: readonly MailGroup[], by: 'recipient' | 'sender', l10n: Localizer): Section[] {
  const nobody = by === 'sender' ? l10n.t('(no sender)') : l10n.t('(no recipient)');
  return groups.map(({ key, label, total, unread }) => ({
    id: `${by}:${key}`,
    label: key === '' ? nobody : label || key,
    by,
    keys: [key],
    total,
    unread,
    isOneDay: false,
  }));
}
