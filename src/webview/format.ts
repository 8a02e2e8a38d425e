// webview: numbers, sizes and times in the user's language. No DOM, so that unit tests reach it.
import type { ViewerStrings } from '../protocol/viewerStrings.ts';

/** Puts the values in the places of {0}, {1}; a place without a value stays. */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}

/** 1 KB is 1024 octets, as in VS Code's explorer. */
export function formatSize(octets: number, locale: string): string {
  if (octets < 100) return `${octets} B`;
  const [value, unit] = octets < 1024 * 1024 ? [octets / 1024, 'KB'] : [octets / 1024 / 1024, 'MB'];
  return `${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value)} ${unit}`;
}

export function formatCount(count: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(count);
}

/** Milliseconds with one decimal where there is one. */
export function formatMilliseconds(milliseconds: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 1, useGrouping: false }).format(milliseconds);
}

/** "Today 21:12:03", "Yesterday 09:58:11", "21 Nov 2026, 21:12:03". */
export function formatMoment(at: number, now: number, locale: string, strings: Pick<ViewerStrings, 'today' | 'yesterday'>): string {
  const moment = new Date(at);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(moment);
  const today = new Date(now);
  if (moment.toDateString() === today.toDateString()) return fill(strings.today, time);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (moment.toDateString() === yesterday.toDateString()) return fill(strings.yesterday, time);
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }).format(moment);
  return `${day}, ${time}`;
}

/** Date and time to the millisecond, and the offset of the reader's own zone: "21 Nov 2026, 21:12:03.417", "+01:00". */
export function formatExactMoment(at: number, locale: string): { readonly moment: string; readonly offset: string } {
  const moment = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  }).format(at);
  const minutes = -new Date(at).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0'));
  return { moment, offset: `${minutes < 0 ? '-' : '+'}${hours}:${rest}` };
}
