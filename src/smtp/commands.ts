// smtp: the commands and their parameters, as data for completion and hovers: how they are written, where that is said, when they are due.
import { mailParameters, type Parameter, rcptParameters } from './parameters.ts';
import type { SessionState } from './sessionState.ts';

export interface Command {
  readonly verb: string;
  /** "MAIL FROM:<address> [parameters]" */
  readonly syntax: string;
  /** One sentence in English. */
  readonly text: string;
  /** "RFC 5321 section 4.1.1.2" */
  readonly source: string;
  /** Where it is due; elsewhere the server answers 503. */
  readonly states: readonly SessionState[];
  /** The keyword of EHLO that must be offered, or null. */
  readonly extension: string | null;
  readonly protocol: 'both' | 'smtp' | 'lmtp';
  readonly parameters: readonly Parameter[];
}

const always: readonly SessionState[] = ['connected', 'ready', 'mail', 'recipients', 'chunks'];
const afterEhlo: readonly SessionState[] = ['ready', 'mail', 'recipients', 'chunks'];

type Given = Pick<Command, 'verb' | 'syntax' | 'text' | 'source' | 'states'> & Partial<Command>;

function command(given: Given): Command {
  return { extension: null, protocol: 'both', parameters: [], ...given };
}

/** In the order in which a session meets them. */
export const commands: readonly Command[] = [
  command({
    verb: 'EHLO',
    syntax: 'EHLO <your host name or [address]>',
    text: 'Says who you are and asks what the server offers.',
    source: 'RFC 5321 section 4.1.1.1',
    states: always,
    protocol: 'smtp',
  }),
  command({
    verb: 'HELO',
    syntax: 'HELO <your host name>',
    text: 'Says who you are, the old way: without extensions.',
    source: 'RFC 5321 section 4.1.1.1',
    states: always,
    protocol: 'smtp',
  }),
  command({
    verb: 'LHLO',
    syntax: 'LHLO <your host name>',
    text: 'EHLO of LMTP: after the message, each recipient gets a reply of its own.',
    source: 'RFC 2033 section 4.1',
    states: always,
    protocol: 'lmtp',
  }),
  command({
    verb: 'STARTTLS',
    syntax: 'STARTTLS',
    text: 'Switches to TLS; afterwards the session begins anew and EHLO is due again.',
    source: 'RFC 3207 section 4',
    states: ['ready'],
    extension: 'STARTTLS',
  }),
  command({
    verb: 'AUTH',
    syntax: 'AUTH <mechanism> [first answer in base64]',
    text: 'Logs in; the server asks with 334, a single * gives up.',
    source: 'RFC 4954 section 4',
    states: ['ready'],
    extension: 'AUTH',
  }),
  command({
    verb: 'MAIL',
    syntax: 'MAIL FROM:<address> [parameters]',
    text: 'Begins a mail and names the sender, to whom reports go; <> is nobody.',
    source: 'RFC 5321 section 4.1.1.2',
    states: ['ready'],
    parameters: mailParameters,
  }),
  command({
    verb: 'RCPT',
    syntax: 'RCPT TO:<address> [parameters]',
    text: 'Names one recipient; say it once for each.',
    source: 'RFC 5321 section 4.1.1.3',
    states: ['mail', 'recipients'],
    parameters: rcptParameters,
  }),
  command({
    verb: 'DATA',
    syntax: 'DATA',
    text: 'Sends the message; a line with a single dot ends it.',
    source: 'RFC 5321 section 4.1.1.4',
    states: ['recipients'],
  }),
  command({
    verb: 'BDAT',
    syntax: 'BDAT <octets> [LAST]',
    text: 'Sends a piece of the message of just this many octets, without dots.',
    source: 'RFC 3030 section 2',
    states: ['recipients', 'chunks'],
    extension: 'CHUNKING',
  }),
  command({
    verb: 'BURL',
    syntax: 'BURL <URL> [LAST]',
    text: 'Lets the server fetch a piece of the message from an IMAP server.',
    source: 'RFC 4468 section 3',
    states: ['recipients', 'chunks'],
    extension: 'BURL',
    protocol: 'smtp',
  }),
  command({
    verb: 'RSET',
    syntax: 'RSET',
    text: 'Forgets the mail that was begun; the session goes on.',
    source: 'RFC 5321 section 4.1.1.5',
    states: always,
  }),
  command({
    verb: 'VRFY',
    syntax: 'VRFY <user or address>',
    text: 'Asks whether a user exists; most servers do not tell.',
    source: 'RFC 5321 section 4.1.1.6',
    states: always,
    protocol: 'smtp',
  }),
  command({
    verb: 'EXPN',
    syntax: 'EXPN <mailing list>',
    text: 'Asks for the members of a mailing list; most servers do not tell.',
    source: 'RFC 5321 section 4.1.1.7',
    states: always,
    protocol: 'smtp',
  }),
  command({
    verb: 'HELP',
    syntax: 'HELP [command]',
    text: 'Asks the server for help.',
    source: 'RFC 5321 section 4.1.1.8',
    states: always,
  }),
  command({
    verb: 'NOOP',
    syntax: 'NOOP',
    text: 'Does nothing, and is answered.',
    source: 'RFC 5321 section 4.1.1.9',
    states: always,
  }),
  command({
    verb: 'ETRN',
    syntax: 'ETRN <domain>',
    text: 'Asks the server to send the mail that waits for a domain to the host of that domain.',
    source: 'RFC 1985',
    states: ['ready'],
    extension: 'ETRN',
    protocol: 'smtp',
  }),
  command({
    verb: 'ATRN',
    syntax: 'ATRN [domain,…]',
    text: 'Asks for the mail that waits for a domain, on this very connection, with the roles turned.',
    source: 'RFC 2645',
    states: ['ready'],
    extension: 'ATRN',
    protocol: 'smtp',
  }),
  command({
    verb: 'XCLIENT',
    syntax: 'XCLIENT NAME=… ADDR=… PORT=… PROTO=… HELO=… LOGIN=…',
    text: 'Lets a trusted client speak as another one; Postfix has it, no RFC does.',
    source: 'the documentation of Postfix (XCLIENT_README)',
    states: afterEhlo,
    extension: 'XCLIENT',
    protocol: 'smtp',
  }),
  command({
    verb: 'XFORWARD',
    syntax: 'XFORWARD NAME=… ADDR=… PORT=… PROTO=… HELO=… IDENT=… SOURCE=…',
    text: 'Tells a filter behind Postfix where the mail came from; no RFC has it.',
    source: 'the documentation of Postfix (XFORWARD_README)',
    states: ['ready'],
    extension: 'XFORWARD',
    protocol: 'smtp',
  }),
  command({
    verb: 'QUIT',
    syntax: 'QUIT',
    text: 'Ends the session.',
    source: 'RFC 5321 section 4.1.1.10',
    states: always,
  }),
];

const byVerb = new Map(commands.map((one) => [one.verb, one]));

/** The command that a line begins with, in any case, or null. */
export function findCommand(line: string): Command | null {
  return byVerb.get(verbOf(line)) ?? null;
}

/** The first word in upper case. */
export function verbOf(line: string): string {
  return (/\S+/.exec(line)?.[0] ?? '').toUpperCase();
}
