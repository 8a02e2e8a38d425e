// checks: finds what a check can be about in a line of any text: the mail address, host or IP address that stands at the cursor.
import { isIP } from 'node:net';

export const mentionKinds = ['mailAddress', 'domain', 'server', 'address'] as const;
/** server: a name or an IP address with a port, or an address of the scheme smtp. address: an IP address. */
export type MentionKind = (typeof mentionKinds)[number];

export interface Mention {
  /** As it is written, without a login; `understand` reads it. */
  readonly text: string;
  readonly kind: MentionKind;
}

/** UTF-16 units on both sides of the cursor: a line may be a whole file. */
const mostAround = 300;

const port = /:\d{1,5}(?![\w.])/.source;
const name = /(?:[\p{L}\p{N}_-]+\.)+\p{L}[\p{L}\p{N}-]*/u.source;

/** In this order: what is part of a URL is the URL, and an address in brackets is no name. None of them can take longer than the square of its text. */
const patterns: readonly (readonly [RegExp, (found: string) => MentionKind | undefined])[] = [
  [/(?<![\w+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>()]+/gi, (url) => (/^(?:smtps?|submissions?):/i.test(url) ? 'server' : 'domain')],
  [new RegExp(`[^\\s"'\`<>()[\\],;:=|\\\\@]+@${name}`, 'gu'), () => 'mailAddress'],
  [/\[(?:IPv6:)?[0-9a-f:.]{2,45}\](?::\d{1,5}(?![\w.]))?/gi, (found) => kindOfBracketed(found)],
  [new RegExp(`(?<![\\w.-])\\d{1,3}(?:\\.\\d{1,3}){3}(?:${port}|(?![\\w:]|\\.\\d))`, 'g'), (found) => kindOfNumbers(found)],
  [/(?<![\w:.])[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.]{0,40}(?![\w:])/gi, (found) => (isIP(found) === 6 ? 'address' : undefined)],
  [
    new RegExp(`(?<![\\p{L}\\p{N}_.@/\\\\-])(?:${name}|localhost)(?:${port})?`, 'gu'),
    (found) => (/:\d+$/.test(found) ? 'server' : 'domain'),
  ],
];

/** What stands at `offset` of a line; undefined: nothing of that kind. A word alone is no domain. */
export function mentionAt(line: string, offset: number): Mention | undefined {
  const start = Math.max(0, offset - mostAround);
  const text = line.slice(start, offset + mostAround);
  const at = offset - start;
  for (const [pattern, kindOf] of patterns)
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const kind = index <= at && at <= index + found.length ? kindOf(found) : undefined;
      // Of a URL neither the login nor a password is needed.
      if (kind) return { text: found.replace(/(?<=:\/\/)[^/?#]*@/, ''), kind };
    }
  return undefined;
}

/** What a selection is, as a whole; undefined when it is more, or nothing of that kind. */
export function mentionIn(selection: string): Mention | undefined {
  const text = selection.trim().replace(/^["'<(]+|["'>),;.]+$/g, '');
  const found = mentionAt(text, 0);
  return found?.text === text ? found : undefined;
}

const speaksOfMail =
  /(?<![a-z0-9])(?:smtps?|e?mail(?:box|er|host|server)?|dkim|dmarc|spf1?|mx\d{0,2})(?![a-z0-9])|[^\s@"'(]@[\p{L}\p{N}-]+\.\p{L}{2}/iu;

/** Whether a file has to do with mail, so that checks are at hand in it. */
export function isAboutMail(text: string): boolean {
  return speaksOfMail.test(text);
}

function kindOfBracketed(found: string): MentionKind | undefined {
  const inside = /^\[(?:IPv6:)?([^\]]*)\]/i.exec(found)?.[1] ?? '';
  if (isIP(inside) === 0) return undefined;
  return found.endsWith(']') ? 'address' : 'server';
}

function kindOfNumbers(found: string): MentionKind | undefined {
  const [address = '', number] = found.split(':');
  if (isIP(address) === 0) return undefined;
  return number === undefined ? 'address' : 'server';
}
