// smtp: the commands and their parameters, as data for completion and hovers: how they are written, where that is said, when they are due.

/**
 * connected: greeted, or after STARTTLS; EHLO is due. ready: between mails. mail: MAIL was accepted. recipients: one RCPT at least was.
 * chunks: BDAT was accepted and was not the last. data: after 354. login: after 334.
 */
export const sessionStates = ['connected', 'ready', 'mail', 'recipients', 'chunks', 'data', 'login'] as const;
export type SessionState = (typeof sessionStates)[number];

export interface Parameter {
  /** "SIZE" */
  readonly keyword: string;
  /** "SIZE=<octets>" */
  readonly syntax: string;
  /** Values to choose from, where they are few. */
  readonly values: readonly string[];
  /** The keyword of EHLO that must be offered, or null. */
  readonly extension: string | null;
  readonly text: string;
  readonly source: string;
}

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

const smtpUtf8: Parameter = {
  keyword: 'SMTPUTF8',
  syntax: 'SMTPUTF8',
  values: [],
  extension: 'SMTPUTF8',
  text: 'Addresses or headers of this mail are in UTF-8.',
  source: 'RFC 6531 section 3.4',
};

const mailParameters: readonly Parameter[] = [
  {
    keyword: 'SIZE',
    syntax: 'SIZE=<octets>',
    values: [],
    extension: 'SIZE',
    text: 'How large the message is, so that the server can refuse it before it is sent.',
    source: 'RFC 1870 section 6',
  },
  {
    keyword: 'BODY',
    syntax: 'BODY=7BIT | 8BITMIME | BINARYMIME',
    values: ['7BIT', '8BITMIME', 'BINARYMIME'],
    extension: '8BITMIME',
    text: 'Whether the message has octets above 127, or is binary and goes by BDAT.',
    source: 'RFC 6152 section 3, RFC 3030 section 3',
  },
  smtpUtf8,
  {
    keyword: 'AUTH',
    syntax: 'AUTH=<address> | <>',
    values: ['<>'],
    extension: 'AUTH',
    text: 'Who submitted the message first; told on between servers that trust each other.',
    source: 'RFC 4954 section 5',
  },
  {
    keyword: 'RET',
    syntax: 'RET=FULL | HDRS',
    values: ['FULL', 'HDRS'],
    extension: 'DSN',
    text: 'Whether a report of failure returns the whole message or its header only.',
    source: 'RFC 3461 section 4.3',
  },
  {
    keyword: 'ENVID',
    syntax: 'ENVID=<xtext>',
    values: [],
    extension: 'DSN',
    text: 'A name of your own for this mail, which reports repeat.',
    source: 'RFC 3461 section 4.4',
  },
  {
    keyword: 'REQUIRETLS',
    syntax: 'REQUIRETLS',
    values: [],
    extension: 'REQUIRETLS',
    text: 'The mail goes by verified TLS all the way, or not at all.',
    source: 'RFC 8689 section 2',
  },
  {
    keyword: 'MT-PRIORITY',
    syntax: 'MT-PRIORITY=<-9 to 9>',
    values: [],
    extension: 'MT-PRIORITY',
    text: 'How urgent the mail is; 0 is normal.',
    source: 'RFC 6710 section 4',
  },
  {
    keyword: 'HOLDFOR',
    syntax: 'HOLDFOR=<seconds>',
    values: [],
    extension: 'FUTURERELEASE',
    text: 'The server keeps the mail for so long before it sends it on.',
    source: 'RFC 4865 section 4',
  },
  {
    keyword: 'HOLDUNTIL',
    syntax: 'HOLDUNTIL=<date and time>',
    values: [],
    extension: 'FUTURERELEASE',
    text: 'The server keeps the mail until then before it sends it on.',
    source: 'RFC 4865 section 4',
  },
  {
    keyword: 'BY',
    syntax: 'BY=<seconds>;<R or N>',
    values: [],
    extension: 'DELIVERBY',
    text: 'The mail is to be delivered within this time; after it, it is returned (R) or reported late (N).',
    source: 'RFC 2852 section 4',
  },
];

const rcptParameters: readonly Parameter[] = [
  {
    keyword: 'NOTIFY',
    syntax: 'NOTIFY=NEVER | SUCCESS,FAILURE,DELAY',
    values: ['NEVER', 'SUCCESS', 'FAILURE', 'DELAY', 'SUCCESS,FAILURE', 'FAILURE,DELAY', 'SUCCESS,FAILURE,DELAY'],
    extension: 'DSN',
    text: 'When a report on this recipient is wanted.',
    source: 'RFC 3461 section 4.1',
  },
  {
    keyword: 'ORCPT',
    syntax: 'ORCPT=rfc822;<xtext>',
    values: [],
    extension: 'DSN',
    text: 'The address that the sender wrote, for reports.',
    source: 'RFC 3461 section 4.2',
  },
  {
    keyword: 'RRVS',
    syntax: 'RRVS=<date and time>',
    values: [],
    extension: 'RRVS',
    text: 'The mail is only for the one who has had the mailbox since then.',
    source: 'RFC 7293 section 3.1',
  },
];

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
  return byVerb.get(line.trim().split(/\s/, 1)[0]?.toUpperCase() ?? '') ?? null;
}

/** The state after a reply to the command `line` ('.' for the end of DATA, an answer to a challenge in the state 'login'). */
export function nextState(state: SessionState, line: string, code: number | null): SessionState {
  if (code === null) return state;
  const isDone = code >= 200 && code < 300;
  // Any reply but another challenge ends a login, and any reply after the dot ends the mail (RFC 5321 section 4.1.1.4).
  if (state === 'login') return code === 334 ? 'login' : 'ready';
  if (state === 'data') return 'ready';
  const verb = findCommand(line)?.verb;
  if (verb === 'DATA') return code === 354 ? 'data' : state;
  if (verb === 'AUTH') return code === 334 ? 'login' : state;
  if (!isDone) return state;
  switch (verb) {
    case 'EHLO':
    case 'HELO':
    case 'LHLO':
      return 'ready';
    case 'STARTTLS':
    case 'XCLIENT':
      return 'connected';
    case 'RSET':
      return state === 'connected' ? 'connected' : 'ready';
    case 'MAIL':
      return 'mail';
    case 'RCPT':
      return 'recipients';
    case 'BDAT':
    case 'BURL':
      return /\sLAST\s*$/i.test(line) ? 'ready' : 'chunks';
    default:
      return state;
  }
}
