// checks: what a person typed or pasted, made into a question; what cannot be one is refused with a sentence that says what is wanted.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { parse } from 'tldts';
import { recordTypes } from './dns/port.ts';
import type { Question, QuestionKind } from './report.ts';

/** `refusal`: an English sentence for the person. */
export type Understood = { readonly question: Question } | { readonly refusal: string };

interface Typed {
  /** Lower case, A-labels, no last dot, no brackets. */
  readonly host: string;
  readonly port: number | null;
  readonly scheme: string;
  readonly isMailAddress: boolean;
  /** Before the @ of a mail address; '' where there is none, or one that needs quotes or more than ASCII. */
  readonly localPart: string;
}

const maxInput = 1000;
/** RFC 1035 section 3.1, as characters with dots between. */
const maxName = 253;

/** Ports of the schemes that people paste. */
const schemePorts: Readonly<Record<string, number>> = { smtp: 25, smtps: 465, submission: 587, submissions: 465 };

/**
 * Domains, URLs, mail addresses ("Name <a@example.com>" too), IP addresses, host:port, with spaces around and in any script.
 * The subject is normalised: a domain and an IP address as such, a server as host:port.
 */
export function understand(kind: QuestionKind, text: string, options: Question['options'] = {}): Understood {
  if (kind === 'message') return { question: { kind, subject: text, options } };
  const typed = read(text);
  if (typeof typed === 'string') return { refusal: typed };
  const subject = subjects[kind](typed, options);
  if (typeof subject !== 'string') return subject;
  const further = readOptions(kind, options);
  if ('refusal' in further) return further;
  // Who names an address of the domain wants to know about it, too.
  const recipient = kind === 'domain' && typed.localPart !== '' ? { recipient: `${typed.localPart}@${typed.host}` } : {};
  return { question: { kind, subject, options: { ...recipient, ...further.options } } };
}

/** RFC 2606, RFC 6761 and RFC 9476 keep these from the public DNS, and what private networks use all the same. */
const privateSuffix = /\.(?:test|example|invalid|localhost|local|internal|alt|lan|home|corp|intranet)$/;

/** Whether a word with dots is rather a name than a piece of a program, such as "console.log": its last label is in use. */
export function isLikelyHost(text: string): boolean {
  const typed = read(text);
  if (typeof typed === 'string') return false;
  return isIP(typed.host) !== 0 || typed.host === 'localhost' || privateSuffix.test(typed.host) || parse(typed.host).isIcann === true;
}

type Refusal = { readonly refusal: string };
const noRecipientDomain: Refusal = { refusal: 'A domain is needed whose mail arrives at this Mailroom.' };
type Subject = (typed: Typed, options: Question['options']) => string | Refusal;

const subjects: Readonly<Record<Exclude<QuestionKind, 'message'>, Subject>> = {
  domain,
  mx: domain,
  spf: domain,
  dmarc: domain,
  mtaSts: domain,
  dkim(typed, options) {
    const selector = options['selector'] ?? '';
    if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(selector))
      return { refusal: 'A DKIM selector is needed: the word after s= in a signature, such as "k1".' };
    return domain(typed);
  },
  server,
  relay: server,
  relayProof: (typed, options) => (options['recipientDomain'] === undefined ? noRecipientDomain : server(typed)),
  dns(typed, options) {
    const type = options['type'] ?? '';
    if (!recordTypes.some((known) => known === type)) return { refusal: `Record types that can be asked for: ${recordTypes.join(', ')}.` };
    if (isIP(typed.host) !== 0 && type !== 'PTR')
      return { refusal: `${typed.host} is an IP address: only PTR records can be asked for it.` };
    return typed.host;
  },
  reverseDns: ({ host }) =>
    isIP(host) === 0 ? { refusal: `${host} is a name; reverse DNS starts from an IP address, such as 192.0.2.1.` } : host,
  blocklists: ({ host }) => host,
};

function domain({ host }: Typed): string | Refusal {
  if (isIP(host) === 0) return host;
  return {
    refusal: `${host} is an IP address; a domain is needed, such as example.com. "Check SMTP Server" and "Check Reverse DNS" take an address.`,
  };
}

function server({ host, port, scheme, isMailAddress }: Typed): string | Refusal {
  if (isMailAddress)
    return {
      refusal: `That is a mail address; a server is needed, such as mail.${host}:25. "Check Mail Domain" finds the servers of ${host}.`,
    };
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? schemePorts[scheme] ?? 25}`;
}

/** Options that are domains. */
const domainOptions: Readonly<Partial<Record<QuestionKind, readonly string[]>>> = {
  server: ['domain'],
  relay: ['domain'],
  relayProof: ['domain', 'recipientDomain'],
};

/** Those that may be left out. */
function readOptions(kind: QuestionKind, options: Question['options']): { readonly options: Question['options'] } | Refusal {
  const { ip } = options;
  if (kind === 'spf' && ip !== undefined) {
    const address = ip.trim().replace(/^\[(?:IPv6:)?(.*)\]$/i, '$1');
    if (isIP(address) === 0) return { refusal: `"${shown(ip)}" is no IP address; one looks like 192.0.2.1.` };
    return { options: { ...options, ip: address.toLowerCase() } };
  }
  const found: Record<string, string> = {};
  for (const name of domainOptions[kind] ?? []) {
    const written = options[name];
    if (written === undefined) continue;
    const typed = read(written);
    if (typeof typed === 'string') return { refusal: typed };
    const subject = domain(typed);
    if (typeof subject !== 'string') return subject;
    found[name] = subject;
  }
  return { options: { ...options, ...found } };
}

/** A sentence where it is nothing of all that. */
function read(text: string): Typed | string {
  const trimmed = text
    .trim()
    .replace(/^["'<(]+|["'>),;]+$/g, '')
    .trim();
  if (trimmed === '') return 'Nothing was entered; a domain is needed, such as example.com.';
  if (trimmed.length > maxInput) return 'That is too long for a domain or a server.';
  const url = /^([a-z][a-z0-9+.-]*):(?:\/\/)?(?=[^\d])(.*)$/is.exec(trimmed);
  const scheme = url?.[1]?.toLowerCase() ?? '';
  const isUrl = url !== null && (trimmed.includes('://') || scheme === 'mailto');
  const rest = isUrl ? (url[2] ?? '') : trimmed;
  const place = (isUrl ? rest.split(/[/?#]/)[0] : rest.replace(/\/.*$/s, '')) ?? '';
  const isMailAddress = place.includes('@') && (!isUrl || scheme === 'mailto');
  const named = isMailAddress
    ? (/<[^<>]*@([^<>@]*)$/.exec(place)?.[1] ?? place.slice(place.lastIndexOf('@') + 1))
    : place.slice(place.lastIndexOf('@') + 1);
  const localPart = isMailAddress ? (/(?:^|[\s<])([\w.!#$&'*+/=?^`{|}~-]{1,64})@[^<>@]*$/.exec(place)?.[1] ?? '') : '';
  const split = splitPort(named.trim());
  if (split === undefined) return `"${shown(named)}" has a port that is no number from 1 to 65535.`;
  if (split.host === '') return isMailAddress ? 'The domain after @ is missing.' : 'A domain is missing; it looks like example.com.';
  const host = plainHost(split.host);
  if (host !== undefined && /\p{Extended_Pictographic}/u.test(split.host))
    return `"${shown(split.host)}" has an emoji, which domain names may not have (RFC 5892). Where it is registered all the same, enter ${host}.`;
  if (host === undefined && split.host.length > maxName) return `That is too long for a domain name: ${maxName} characters are the most.`;
  if (host === undefined && /^\d[\d.]*\.\d+$/.test(split.host)) return `"${shown(split.host)}" is no IP address; one looks like 192.0.2.1.`;
  if (host === undefined) return `"${shown(split.host)}" is no domain name; one looks like example.com.`;
  return { host, port: split.port, scheme: isUrl ? scheme : '', isMailAddress, localPart };
}

function splitPort(text: string): { readonly host: string; readonly port: number | null } | undefined {
  if (isIP(text) !== 0) return { host: text, port: null };
  const match = /^(?:\[(?:IPv6:)?([^\]]*)\]|([^:]*))(?::(.*))?$/is.exec(text);
  if (!match) return { host: text, port: null };
  const host = match[1] ?? match[2] ?? '';
  if (match[3] === undefined || match[3] === '') return { host, port: null };
  const port = /^\d{1,5}$/.test(match[3]) ? Number(match[3]) : 0;
  return port > 0 && port < 65536 ? { host, port } : undefined;
}

/** undefined: no name that the DNS could have. Underscores are allowed: records are asked for below such names. */
function plainHost(text: string): string | undefined {
  if (isIP(text) !== 0) return text.toLowerCase();
  const name = domainToASCII(text.replace(/\.$/, ''));
  // As in a URL "5" would be 0.0.0.5 and "0x7f.1" this machine; whoever means an address writes it in full.
  const isName = isIP(name) === 0 && name.length <= 253 && /^(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(name);
  return isName ? name : undefined;
}

function shown(text: string): string {
  const plain = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
