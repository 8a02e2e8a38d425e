// ui/inbox: how times are written in rows. Without `vscode`, so that it can be tested in plain Node.
import type { Localizer } from '../l10n.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export interface Times {
  /**
   * "now", "2 min" below an hour, then "20:02"; in a list of several days also "Thu 09:44" within a week, and "2 Nov" or "2 Nov 2025" before that.
   * Milliseconds since the epoch.
   */
  short(at: number, now: number, isOneDay: boolean): string;
  /** For a screen reader: "just now", "2 minutes ago", else date and time in full. */
  spoken(at: number, now: number): string;
  /** Date and time in full. */
  full(at: number): string;
}

/** `timeZone` is an IANA name; undefined is the machine's. */
export function createTimes(l10n: Localizer, locale: string, timeZone?: string): Times {
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone });
  const clock = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const weekday = format({ weekday: 'short' });
  const date = format({ day: 'numeric', month: 'short' });
  const dateWithYear = format({ day: 'numeric', month: 'short', year: 'numeric' });
  const year = format({ year: 'numeric' });
  const dateKey = format({ dateStyle: 'short' });
  const full = format({ dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' });
  const relative = new Intl.RelativeTimeFormat(locale);

  return {
    short(at, now, isOneDay) {
      const age = now - at;
      if (age > -minute && age < hour) return age < minute ? l10n.t('now') : l10n.t('{0} min', Math.floor(age / minute));
      if (isOneDay || dateKey.format(at) === dateKey.format(now)) return clock.format(at);
      if (age >= 0 && age < 6 * day) return `${weekday.format(at)} ${clock.format(at)}`;
      return year.format(at) === year.format(now) ? date.format(at) : dateWithYear.format(at);
    },
    spoken(at, now) {
      const age = now - at;
      if (age > -minute && age < hour) return age < minute ? l10n.t('just now') : relative.format(-Math.floor(age / minute), 'minute');
      return full.format(at);
    },
    full: (at) => full.format(at),
  };
}
