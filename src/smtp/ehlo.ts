// smtp: what a server offers (RFC 5321 section 4.1.1.1): the reply to EHLO or LHLO, read and in words.
import type { Reply } from './reply.ts';

export interface Offer {
  /** How the server names itself, or ''. */
  readonly server: string;
  /** Keyword in upper case to its parameters as sent; "AUTH=PLAIN" of old servers counts as AUTH. */
  readonly extensions: ReadonlyMap<string, readonly string[]>;
}

/** null: not a positive reply, so nothing is offered. */
export function readOffer(reply: Pick<Reply, 'code' | 'lines'>): Offer | null {
  if (reply.code !== 250) return null;
  const [first, ...others] = reply.lines;
  const extensions = new Map<string, readonly string[]>();
  for (const { text } of others) {
    const [word = '', ...rest] = text.trim().split(/\s+/);
    const [keyword = '', joined] = word.toUpperCase().split('=', 2);
    if (keyword === '') continue;
    const parameters = joined ? [joined, ...rest] : rest;
    extensions.set(keyword, [...new Set([...(extensions.get(keyword) ?? []), ...parameters])]);
  }
  return { server: first?.text.trim().split(/\s/, 1)[0] ?? '', extensions };
}

/** "The server is ready. It takes mails up to 50 MB and offers AUTH, no STARTTLS." Over TLS, STARTTLS is not missed. */
export function explainOffer(offer: Offer, isEncrypted: boolean): string {
  const size = offer.extensions.get('SIZE');
  const hasAuth = offer.extensions.has('AUTH');
  const hasTls = offer.extensions.has('STARTTLS');
  return `The server is ready. It ${sizeWords(size)}${offerWords(hasAuth, hasTls, isEncrypted)}.`;
}

/** RFC 1870 section 3: 0 is no fixed limit. */
function sizeWords(size: readonly string[] | undefined): string {
  const octets = Number(size?.[0] ?? 0);
  if (!size || !Number.isFinite(octets)) return '';
  return octets > 0 ? `takes mails up to ${amount(octets)} and ` : 'takes mails of any size and ';
}

function offerWords(hasAuth: boolean, hasTls: boolean, isEncrypted: boolean): string {
  if (isEncrypted && !hasTls) return hasAuth ? 'offers AUTH' : 'offers no AUTH';
  if (hasAuth && hasTls) return 'offers AUTH and STARTTLS';
  if (hasAuth) return 'offers AUTH, no STARTTLS';
  return hasTls ? 'offers STARTTLS, no AUTH' : 'offers neither AUTH nor STARTTLS';
}

/** As the product counts: 1 MB is 1024 kB. */
function amount(octets: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? Math.round(value * 10) / 10 : Math.round(value)} ${units[unit]}`;
}
