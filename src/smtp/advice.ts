// smtp: what to do about the replies that people meet most, as data: a pattern of a reply, and sentences. The first that fits is taken.
import { printable } from './printable.ts';
import type { Reply } from './reply.ts';

export interface ReplyContext {
  /** The command line that the reply answers; '.' for the end of DATA; null for the greeting. */
  readonly command: string | null;
  /** Our own IP address, as the server may see it. */
  readonly client?: string | undefined;
  /** The host that was connected to. */
  readonly server?: string | undefined;
  readonly isEncrypted?: boolean | undefined;
}

interface Advice {
  /** "550", "5xx" or "4xx". */
  readonly code?: readonly string[];
  /** Without the class: "7.1". */
  readonly enhanced?: readonly string[];
  /** Verbs; '' is the greeting, '.' the end of DATA. */
  readonly after?: readonly string[];
  readonly text?: RegExp;
  readonly say: (context: ReplyContext) => readonly string[];
}

const relayWords = /\brelay/i;
const greylistWords = /gr[ea]y.?list|try again|deferred|come back/i;
const tlsWords = /starttls|\btls\b|encrypt/i;
const listWords = /block|black|spam|reputation|\brbl\b|dnsbl|listed|\bban/i;
const reverseWords = /reverse|\bptr\b|\brdns\b|client host/i;
const unknownWords = /unknown|no such|not exist|invalid recipient|user/i;

const advice: readonly Advice[] = [
  // The greeting
  {
    code: ['554', '550'],
    after: [''],
    say: ({ client }) => [
      `The server serves nobody at ${client ?? 'your address'}, or nobody at all. Only QUIT will do now.`,
      'Is your address on a block list, or is this a host that sends mail and takes none?',
    ],
  },
  { code: ['521'], say: () => ['This host takes no mail. Look up the MX of the domain: another host may.'] },
  {
    code: ['421'],
    after: [''],
    say: () => ['The server has too many connections, or too many of yours, or shuts down. Wait, or close other sessions to it.'],
  },
  {
    code: ['421'],
    say: () => ['The connection ends. The server shuts down, waited too long for you, or has seen too many errors. Connect again.'],
  },
  // TLS and AUTH
  {
    code: ['530', '538', '554', '550'],
    enhanced: ['7.0', '7.10', '7.11'],
    text: tlsWords,
    say: () => ['Say STARTTLS first, then EHLO again.'],
  },
  { code: ['530', '538'], text: tlsWords, say: () => ['Say STARTTLS first, then EHLO again.'] },
  { code: ['538'], say: () => ['This login would show the password on the wire. Say STARTTLS first, then EHLO and AUTH again.'] },
  {
    code: ['530'],
    say: () => ['Log in with AUTH first. If EHLO offers no AUTH, say STARTTLS and EHLO: many servers offer it only then.'],
  },
  {
    code: ['535'],
    say: ({ isEncrypted }) => [
      'Check the user name (often the whole address) and the password. Some providers want an application password or OAuth here.',
      ...(isEncrypted === false ? ['Some servers refuse every login without TLS in this way.'] : []),
    ],
  },
  { code: ['534'], say: () => ['Use another mechanism that EHLO offers, or an application password.'] },
  { code: ['432'], enhanced: ['7.12'], say: () => ['Log in once with PLAIN over TLS, then this mechanism works.'] },
  {
    code: ['454'],
    after: ['STARTTLS'],
    say: () => ['TLS is set up and does not work: the certificate or key of the server may not be readable. Its log tells more.'],
  },
  {
    code: ['454'],
    after: ['AUTH'],
    say: () => ["The server could not ask its user database. Try again later; the server's log tells more."],
  },
  {
    code: ['500', '502', '503', '504', '530'],
    after: ['AUTH'],
    say: () => ['EHLO tells whether AUTH is offered and with which mechanisms; often only after STARTTLS, and only once in a session.'],
  },
  {
    code: ['500', '502', '501', '503'],
    after: ['STARTTLS'],
    say: () => ['EHLO tells whether STARTTLS is offered. It takes no argument and can be said once, outside of a mail.'],
  },
  // Recipients
  {
    code: ['550', '551', '553', '554', '454', '450'],
    enhanced: ['7.1', '7.0', '1.2'],
    after: ['RCPT'],
    text: relayWords,
    say: relayAdvice,
  },
  { code: ['5xx', '454'], after: ['RCPT'], text: relayWords, say: relayAdvice },
  {
    code: ['450', '451', '4xx'],
    after: ['RCPT', 'DATA', '.', 'MAIL'],
    text: greylistWords,
    say: () => ['This may be greylisting: the server takes the same mail from the same address some minutes later.'],
  },
  {
    code: ['5xx'],
    enhanced: ['7.25'],
    say: ({ client }) => [`${client ?? 'Your address'} needs a name in DNS (PTR), and that name must point back to it.`],
  },
  {
    code: ['450', '550', '554'],
    text: reverseWords,
    say: ({ client }) => [`${client ?? 'Your address'} needs a name in DNS (PTR), and that name must point back to it.`],
  },
  {
    code: ['5xx', '4xx'],
    enhanced: ['7.1', '7.0'],
    text: listWords,
    say: ({ client }) => [
      `${client ?? 'Your address'} or the sender seems to be on a block list. Follow the link in the reply, if there is one.`,
    ],
  },
  {
    code: ['550'],
    enhanced: ['7.20', '7.21', '7.22'],
    say: () => ['Sign with DKIM, with the domain of the From header, and check that the public key is in DNS.'],
  },
  {
    code: ['5xx'],
    enhanced: ['7.23', '7.24'],
    say: ({ client }) => [`Does the SPF record of the sender's domain name ${client ?? 'your address'}?`],
  },
  { code: ['5xx'], enhanced: ['7.26'], say: () => ['Look at SPF, DKIM and DMARC of the domain in the From header.'] },
  {
    code: ['550', '553'],
    enhanced: ['1.1'],
    say: () => ['Is the address right? A mailbox, alias or catch-all must exist at this server.'],
  },
  {
    code: ['550'],
    after: ['RCPT'],
    text: unknownWords,
    say: () => ['Is the address right? A mailbox, alias or catch-all must exist at this server.'],
  },
  { code: ['550', '554'], enhanced: ['7.1'], after: ['RCPT'], say: relayAdvice },
  {
    code: ['556', '550'],
    enhanced: ['1.10'],
    say: ({ command }) => [`${domainOf(command) ?? 'The domain'} publishes a null MX: no host takes its mail. Is the address right?`],
  },
  { code: ['556'], say: () => ['No host takes mail for this domain. Is the address right?'] },
  {
    code: ['550', '551', '553'],
    enhanced: ['7.27', '1.8'],
    say: () => ["The sender's domain must exist and have an MX or an address in DNS, so that replies can reach it."],
  },
  {
    code: ['452', '552', '451'],
    enhanced: ['5.3'],
    say: () => ['Send DATA for the recipients that were taken, and the others in another mail.'],
  },
  {
    code: ['452'],
    after: ['RCPT'],
    say: () => ['Too many recipients, or no room. Send DATA for those that were taken, the others in another mail.'],
  },
  { code: ['552', '452', '422'], enhanced: ['2.2'], say: () => ['The owner of the mailbox must make room.'] },
  {
    code: ['552', '554', '523'],
    enhanced: ['3.4', '2.3'],
    say: () => ['SIZE in the reply to EHLO tells the limit. Base64 makes attachments a third larger.'],
  },
  { code: ['552'], say: () => ['The mail is too large, or the mailbox full. SIZE in the reply to EHLO tells the limit.'] },
  { code: ['452', '431'], say: () => ['The disk of the server is full, or nearly. Its log tells more.'] },
  { code: ['551'], say: () => ['Use the address that the reply names, if it names one.'] },
  {
    code: ['553'],
    after: ['MAIL', 'RCPT'],
    say: () => ['Is the address complete (user@domain, in angle brackets), and may you use it as a sender when logged in?'],
  },
  // The end of DATA
  {
    code: ['451'],
    after: ['.'],
    say: () => ["A filter or the delivery failed at the server. Try again later; the server's log tells more."],
  },
  {
    code: ['554', '550'],
    after: ['.'],
    say: () => [
      'The server read the message and does not want it: content, attachments, signatures or sender. The text of the reply says more.',
    ],
  },
  // Commands
  { code: ['503'], after: ['RCPT'], say: () => ['RCPT is due after a MAIL that was accepted.'] },
  { code: ['503'], after: ['DATA', 'BDAT'], say: () => ['The message is due after a MAIL and at least one RCPT that were accepted.'] },
  { code: ['503'], after: ['MAIL'], say: () => ['Say EHLO first, also again after STARTTLS; within a mail, say RSET first.'] },
  { code: ['503'], say: () => ['The order is EHLO, MAIL, RCPT, DATA; after STARTTLS, EHLO again. RSET goes back to before MAIL.'] },
  { code: ['554'], after: ['DATA'], say: () => ['No recipient was accepted, so there is nobody to send to.'] },
  {
    code: ['501', '555'],
    after: ['MAIL', 'RCPT'],
    say: () => ['Write MAIL FROM:<a@example.com> without a blank after the colon, and only parameters that EHLO offers.'],
  },
  {
    code: ['501', '550', '504'],
    after: ['EHLO', 'HELO', 'LHLO'],
    say: () => ['Say your full host name, or your address in brackets: EHLO [192.0.2.1].'],
  },
  { code: ['501', '504'], say: () => ['Check what follows the command: HELP may tell its form, EHLO tells what is offered.'] },
  { code: ['500', '502'], after: ['EHLO'], say: () => ['An old server: HELO may do.'] },
  { code: ['500', '502'], after: ['LHLO'], say: () => ['This port speaks SMTP, not LMTP: say EHLO.'] },
  { code: ['500', '502'], after: ['EHLO', 'HELO'], text: /lhlo|lmtp/i, say: () => ['This port speaks LMTP: say LHLO.'] },
  {
    code: ['500', '502'],
    after: ['VRFY', 'EXPN', 'HELP'],
    say: () => ['Many servers leave this command out, so that nobody can try out names.'],
  },
  { code: ['500', '502'], say: () => ['Is the command written right? EHLO tells what is offered.'] },
];

/** What a reply that is none looks like, by its first line. */
const otherProtocols: readonly { readonly text: RegExp; readonly say: string }[] = [
  { text: /^HTTP\/|^<!doctype|^<html/i, say: 'A web server answers at this port.' },
  { text: /^SSH-/, say: 'An SSH server answers at this port.' },
  { text: /^\* (?:OK|BYE|PREAUTH)/, say: 'An IMAP server answers at this port.' },
  { text: /^\+OK|^-ERR/, say: 'A POP3 server answers at this port.' },
  { text: /^[\x15\x16]\x03/, say: 'The server speaks TLS from the first octet: connect with implicit TLS.' },
];

/** Sentences, or none. */
export function adviseOn(reply: Reply, context: ReplyContext): readonly string[] {
  const text = reply.lines.map((line) => line.text).join('\n');
  if (reply.code === null) return otherProtocols.filter((one) => one.text.test(text)).map((one) => one.say);
  const fitting = advice.find((one) => fits(one, reply, verbOf(context.command), text));
  return fitting?.say(context) ?? [];
}

function fits(one: Advice, { code, enhanced }: Reply, verb: string, text: string): boolean {
  const digits = `${code}`;
  if (one.code && !one.code.some((pattern) => pattern === digits || pattern === `${digits[0]}xx`)) return false;
  if (one.after && !one.after.includes(verb)) return false;
  if (one.enhanced && !(enhanced && one.enhanced.includes(enhanced.slice(2)))) return false;
  return one.text?.test(text) ?? true;
}

/** The first word in upper case; '' for the greeting. */
export function verbOf(command: string | null): string {
  return command?.trim().split(/\s/, 1)[0]?.toUpperCase() ?? '';
}

function relayAdvice({ command, client }: ReplyContext): readonly string[] {
  const domain = domainOf(command);
  return [
    `The server does not accept mail ${domain ? `for ${domain} ` : ''}from you. Does it allow ${client ?? 'your address'}, and did you log in?`,
    'Or use a recipient in one of its own domains.',
  ];
}

function domainOf(command: string | null): string | undefined {
  const domain = /@([^@<>\s]{1,255})>/.exec(command ?? '')?.[1];
  return domain === undefined ? undefined : printable(domain);
}
