// checks/policy: an SPF record as terms with their places, and what breaks the grammar of RFC 7208 section 12.
import { isIPv4, isIPv6 } from 'node:net';

export const spfMechanisms = ['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'] as const;
export type SpfMechanism = (typeof spfMechanisms)[number];

export interface SpfTerm {
  /** A mechanism, or "redirect", "exp" or "other" for a modifier. */
  readonly name: SpfMechanism | 'redirect' | 'exp' | 'other';
  /** What a match means; '+' when none is written, and for modifiers. */
  readonly qualifier: '+' | '-' | '~' | '?';
  /** The domain or network as written, without prefix lengths; '' for none. */
  readonly value: string;
  /** Prefix length of the network or of the addresses; null for none. */
  readonly prefix4: number | null;
  readonly prefix6: number | null;
  readonly text: string;
  /** UTF-16 units into the record. */
  readonly start: number;
  readonly end: number;
}

export interface SpfProblem {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface SpfRecord {
  readonly terms: readonly SpfTerm[];
  readonly problems: readonly SpfProblem[];
}

/** RFC 7208 section 4.5: the version is followed by a space or by nothing; letter case does not matter. */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Reads a record that `isSpfRecord` accepts. */
export function parseSpf(record: string): SpfRecord {
  const terms: SpfTerm[] = [];
  const problems: SpfProblem[] = [];
  for (const match of record.matchAll(/[^ ]+/g)) {
    if (match.index === 0) continue;
    const text = match[0];
    const place = { start: match.index, end: match.index + text.length };
    const read = readTerm(text);
    if (typeof read === 'string') problems.push({ text: read, ...place });
    else terms.push({ ...read, text, ...place });
  }
  for (const name of ['redirect', 'exp'] as const) {
    const again = terms.filter((term) => term.name === name)[1];
    if (again) problems.push({ text: `"${name}=" occurs twice`, start: again.start, end: again.end });
  }
  return { terms, problems };
}

/** RFC 7208 section 7.1. Without a macro the name can be looked up as it stands. */
export function hasMacro(domain: string): boolean {
  return domain.includes('%');
}

type ReadTerm = Omit<SpfTerm, 'text' | 'start' | 'end'>;

const noPrefixes = { prefix4: null, prefix6: null } as const;

/** A term, or a sentence about what is wrong with it. */
function readTerm(text: string): ReadTerm | string {
  const modifier = /^([A-Za-z][A-Za-z0-9._-]*)=(.*)$/.exec(text);
  if (modifier) return readModifier((modifier[1] ?? '').toLowerCase(), modifier[2] ?? '');
  const mechanism = /^([+\-~?]?)([A-Za-z][A-Za-z0-9._-]*)([:/].*)?$/.exec(text);
  const name = (mechanism?.[2] ?? '').toLowerCase();
  const known = spfMechanisms.find((candidate) => candidate === name);
  if (!mechanism || !known) return `"${text}" is no mechanism of SPF`;
  const qualifier = (mechanism[1] || '+') as SpfTerm['qualifier'];
  const rest = mechanism[3] ?? '';
  const read = readMechanism(known, rest);
  return typeof read === 'string' ? `"${text}": ${read}` : { name: known, qualifier, ...read };
}

function readModifier(name: string, value: string): ReadTerm | string {
  const isKnown = name === 'redirect' || name === 'exp';
  if (isKnown && !isDomainSpec(value)) return `"${name}=" names no domain`;
  if (!isKnown && !isMacroString(value)) return `"${name}=" holds a macro that is not well formed`;
  return { name: isKnown ? name : 'other', qualifier: '+', value, ...noPrefixes };
}

type Arguments = Pick<SpfTerm, 'value' | 'prefix4' | 'prefix6'>;

function readMechanism(name: SpfMechanism, rest: string): Arguments | string {
  switch (name) {
    case 'all':
      return rest === '' ? { value: '', ...noPrefixes } : 'nothing may follow "all"';
    case 'include':
    case 'exists':
      return rest.startsWith(':') && isDomainSpec(rest.slice(1)) ? { value: rest.slice(1), ...noPrefixes } : 'names no domain';
    case 'ptr':
      if (rest === '') return { value: '', ...noPrefixes };
      return rest.startsWith(':') && isDomainSpec(rest.slice(1)) ? { value: rest.slice(1), ...noPrefixes } : 'names no domain';
    case 'ip4':
    case 'ip6':
      return readNetwork(name, rest);
    case 'a':
    case 'mx':
      return readHosts(rest);
  }
}

function readNetwork(name: 'ip4' | 'ip6', rest: string): Arguments | string {
  const match = /^:([^/]*)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(rest);
  const address = match?.[1] ?? '';
  if (!match || !(name === 'ip4' ? isIPv4(address) : isIPv6(address))) return `is no ${name === 'ip4' ? 'IPv4' : 'IPv6'} network`;
  const most = name === 'ip4' ? 32 : 128;
  const prefix = match[2] === undefined ? most : Number(match[2]);
  if (prefix > most) return `the prefix length is more than ${most}`;
  return { value: address, prefix4: name === 'ip4' ? prefix : null, prefix6: name === 'ip6' ? prefix : null };
}

function readHosts(rest: string): Arguments | string {
  const match = /^(?::(.+?))?(?:\/(0|[1-9][0-9]?))?(?:\/\/(0|[1-9][0-9]{0,2}))?$/.exec(rest);
  if (!match || (match[1] !== undefined && !isDomainSpec(match[1]))) return 'names no domain';
  const prefix4 = match[2] === undefined ? null : Number(match[2]);
  const prefix6 = match[3] === undefined ? null : Number(match[3]);
  if ((prefix4 ?? 0) > 32 || (prefix6 ?? 0) > 128) return 'the prefix length is too long';
  return { value: match[1] ?? '', prefix4, prefix6 };
}

/** Letters c, r and t stand only in explanations (RFC 7208 section 7.2). */
const macroString = /^(?:[!-$&-~]|%[%_-]|%\{[slodiphv][0-9]*r?[.\-+,/_=]*\})*$/i;

function isMacroString(text: string): boolean {
  return macroString.test(text.replace(/%\{[crt][0-9]*r?[.\-+,/_=]*\}/gi, ''));
}

/** RFC 7208 section 7.1: ends in a macro, or in a label that is not all digits, with a dot before it. */
function isDomainSpec(text: string): boolean {
  if (!macroString.test(text)) return false;
  if (text.endsWith('}')) return true;
  const labels = text.replace(/\.$/, '').split('.');
  const last = labels.at(-1) ?? '';
  return labels.length > 1 && last.length <= 63 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(last) && !/^[0-9]*$/.test(last);
}
