// smtp: the parameters of MAIL and RCPT that RFCs define, as data for completion and hovers.

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

const smtpUtf8: Parameter = {
  keyword: 'SMTPUTF8',
  syntax: 'SMTPUTF8',
  values: [],
  extension: 'SMTPUTF8',
  text: 'Addresses or headers of this mail are in UTF-8.',
  source: 'RFC 6531 section 3.4',
};

/** RFC 5321 section 4.1.1.2 */
export const mailParameters: readonly Parameter[] = [
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

/** RFC 5321 section 4.1.1.3 */
export const rcptParameters: readonly Parameter[] = [
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
