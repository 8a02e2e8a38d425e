// checks: what the extensions that a server offers mean, in the words of a person, a line for each.
import { printable } from '../../smtp/printable.ts';

/** Lines, and UTF-16 units of each; a hostile server offers thousands. */
const maxLines = 40;
const maxLine = 200;

type Words = string | ((parameters: readonly string[]) => string);

const meanings: Readonly<Record<string, Words>> = {
  '8BITMIME': 'takes bodies with octets above 127 (RFC 6152)',
  ATRN: 'gives queued mail to a client that has logged in (RFC 2645)',
  AUTH: (methods) => `takes logins${methods.length > 0 ? ` by ${methods.join(', ')}` : ''} (RFC 4954)`,
  BINARYMIME: 'takes bodies of any octets, with CHUNKING (RFC 3030)',
  BURL: 'takes bodies from an IMAP server (RFC 4468)',
  CHUNKING: 'takes mail in pieces, with BDAT (RFC 3030)',
  DELIVERBY: 'lets the sender say by when to deliver (RFC 2852)',
  DSN: 'lets the sender ask for delivery reports (RFC 3461)',
  ENHANCEDSTATUSCODES: 'says in its replies more exactly what happened (RFC 2034)',
  ETRN: 'starts its queue when asked (RFC 1985)',
  EXPN: 'expands lists, or says that it does (RFC 5321)',
  FUTURERELEASE: 'holds mail until a time (RFC 4865)',
  HELP: 'answers HELP (RFC 5321)',
  LIMITS: (limits) => `tells its limits${limits.length > 0 ? `: ${limits.join(', ')}` : ''} (RFC 9422)`,
  'MT-PRIORITY': 'lets the sender say how urgent a mail is (RFC 6710)',
  PIPELINING: 'takes several commands at once (RFC 2920)',
  PRDR: 'answers for each recipient after the mail (a draft)',
  REQUIRETLS: 'lets the sender insist on TLS all the way (RFC 8689)',
  SIZE: ([limit]) =>
    Number(limit) > 0
      ? `takes mails up to ${Number(limit).toLocaleString('en-US')} bytes (RFC 1870)`
      : 'names no limit for mails (RFC 1870)',
  SMTPUTF8: 'takes addresses and headers in any script (RFC 6531)',
  STARTTLS: 'can encrypt (RFC 3207)',
  VRFY: 'looks up users, or says that it does (RFC 5321)',
  XCLIENT: 'lets us pretend to be another client (Postfix)',
  XFORWARD: 'lets us tell which client a mail came from, for its log (Postfix)',
};

/** Those without a meaning that is known say so. */
export function describeExtensions(extensions: ReadonlyMap<string, readonly string[]>): string {
  const shown = [...extensions]
    .slice(0, maxLines)
    .map(([name, parameters]) => bounded(`${name}: ${meaningOf(name, parameters.slice(0, maxLines))}`));
  const more = extensions.size - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function meaningOf(name: string, parameters: readonly string[]): string {
  const words = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
  if (words === undefined) return 'not a registered extension that is known here';
  return typeof words === 'string' ? words : words(parameters);
}

function bounded(line: string): string {
  const shown = printable(line);
  return shown.length > maxLine ? `${shown.slice(0, maxLine - 1)}…` : shown;
}
