// checks: what the answers to the relay tests come to. A server that accepts odd names of its own users is no relay, and a tester whom the server
// trusts has not learnt what strangers may do.
import type { Level, RelayRow, Remedy } from '../report.ts';
import { isForTesting } from '../smtp/testing.ts';
import type { RelayTest } from './matrix.ts';
import type { Probing } from './probing.ts';

export interface RelayResult {
  readonly test: RelayTest;
  readonly row: RelayRow;
}

export interface RelayCircumstances {
  /** How the server is called in sentences. */
  readonly server: string;
  /** Greeting and reply to EHLO without the names in them: they tell which program it is. */
  readonly software: string;
  /** The domain of the foreign recipients. */
  readonly foreign: string;
  readonly probing: Probing;
  readonly hasDomain: boolean;
}

export interface RelayVerdict {
  readonly level: Level;
  readonly title: string;
  readonly detail: string;
  readonly reason: string;
  readonly remedies: readonly Remedy[];
}

const needsLogin = /^(?:MAIL FROM: )?530\b/;

const remedies: readonly (Remedy & { readonly program: RegExp })[] = [
  {
    program: /postfix/i,
    label: 'If it is Postfix, set in main.cf',
    text: 'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination',
  },
  {
    program: /exim/i,
    label: 'If it is Exim, set in the ACL of acl_smtp_rcpt, before any other accept',
    text: 'accept authenticated = *\nrequire message = relay not permitted\n        domains = +local_domains : +relay_to_domains',
  },
  { program: /opensmtpd/i, label: 'If it is OpenSMTPD, let smtpd.conf relay only for', text: 'match auth from any for any action "relay"' },
  {
    program: /microsoft|exchange/i,
    label: 'If it is Exchange, run for the connector that takes mail from the internet',
    text: "Get-ReceiveConnector '<name>' | Remove-ADPermission -User 'NT AUTHORITY\\ANONYMOUS LOGON' -ExtendedRights 'ms-Exch-SMTP-Accept-Any-Recipient'",
  },
];

export function judgeRelay(results: readonly RelayResult[], circumstances: RelayCircumstances): RelayVerdict {
  const tests = results.filter(({ test }) => test.kind !== 'control');
  const accepted = tests.filter(({ row }) => row.verdict === 'accepted');
  if (accepted.some(({ test }) => test.kind === 'plain')) return relays(results, tests, accepted, circumstances);
  if (accepted.length > 0) return hidden(results, accepted, circumstances);
  return refuses(results, tests, circumstances);
}

function relays(
  results: readonly RelayResult[],
  tests: readonly RelayResult[],
  accepted: readonly RelayResult[],
  { server, software, probing: { from, isTrustLikely } }: RelayCircumstances,
): RelayVerdict {
  const count = `${accepted.length} of ${tests.length} tests`;
  if (isForTesting(software) && tests.length === accepted.length && verdictOf(results, 'c2') === 'accepted') {
    return {
      level: 'info',
      title: `${server} accepts everything`,
      detail: `${count}: it calls itself a server for testing`,
      reason: 'Servers for testing take every mail and send none of it on. It must not be reachable from the internet all the same.',
      remedies: [],
    };
  }
  const fitting = remedies.filter(({ program }) => program.test(software));
  return {
    level: isTrustLikely ? 'warn' : 'fail',
    title: isTrustLikely ? `${server} relays mail from ${from}` : `${server} relays mail for strangers`,
    detail: isTrustLikely ? `${count}; what strangers may do has to be tested from outside` : `${count}${enough(accepted)}`,
    reason: isTrustLikely
      ? `It accepted recipients of a foreign domain from your address, ${from}. A test from outside tells whether it does so for everybody.`
      : 'It accepted recipients of a foreign domain without a login. Spammers find such a server within days, send through it, and its address is listed as a source of spam.',
    remedies: (fitting.length > 0 ? fitting : remedies).map(({ label, text }) => ({ label, text })),
  };
}

/** What the sender has to be, where not every sender will do. */
function enough(accepted: readonly RelayResult[]): string {
  const senders = new Set(accepted.map(({ row }) => row.from));
  const [only] = senders;
  return senders.size === 1 && only ? `: only with ${only} as the sender` : '';
}

function hidden(
  results: readonly RelayResult[],
  accepted: readonly RelayResult[],
  { server, hasDomain }: RelayCircumstances,
): RelayVerdict {
  const tricks = [...new Set(accepted.flatMap(({ test }) => test.trick ?? []))].join(', ');
  const took = `it accepted a foreign address inside of a user name (${tricks})`;
  const confirm = 'Only a delivery tells whether such mail is sent on: "Confirm Open Relay by Delivery" sends a message and waits for it.';
  if (verdictOf(results, 'c2') === 'refused' && hasDomain) {
    return {
      level: 'warn',
      title: `${server} accepts addresses that hide a foreign one`,
      detail: `${took}; users that do not exist are refused`,
      reason: `It refuses an unknown user of its own, but took a local part that carries a foreign address (RFC 5321 appendix C and section 4.1.2), so it may route it there. ${confirm}`,
      remedies: [
        { label: 'If it is Postfix, set in main.cf', text: 'allow_percent_hack = no\nswap_bangpath = no\nallow_untrusted_routing = no' },
      ],
    };
  }
  return {
    level: 'unknown',
    title: `Not known whether ${server} relays`,
    detail: `${took}, but it may accept any user name`,
    reason: `The foreign address stood inside of a local part. A server that accepts every user of its own domain accepts these, too, without relaying anything. ${confirm}`,
    remedies: [],
  };
}

function refuses(results: readonly RelayResult[], tests: readonly RelayResult[], circumstances: RelayCircumstances): RelayVerdict {
  const { server, hasDomain, foreign, probing } = circumstances;
  const refused = tests.filter(({ row }) => row.verdict === 'refused');
  const open = tests.filter(({ row }) => row.verdict !== 'refused');
  const isComplete = tests.every(({ test, row }) => test.kind === 'hidden' || row.verdict === 'refused');
  const isLogin = refused.length > 0 && refused.every(({ row }) => needsLogin.test(row.reply ?? ''));
  if (isComplete && isLogin) return passed(`${server} takes mail only after a login`, `${refused.length} of ${tests.length} tests: 530`);
  const title = `Not known whether ${server} relays`;
  if (isDomainMissing(tests)) {
    return {
      level: 'unknown',
      title,
      detail: `it refused ${foreign} because it does not find that domain`,
      reason: `The server looked ${foreign} up and refused it for that, so nothing is known about domains that exist. Name one of yours that this server has nothing to do with in the setting mailroom.checks.foreignDomain.`,
      remedies: [],
    };
  }
  if (isComplete && verdictOf(results, 'c1') === 'accepted') {
    const rest = open.length > 0 ? `, ${open.length} not answered for good` : '';
    return passed(`${server} refuses to relay`, `${refused.length} of ${tests.length} tests${rest}, probed from ${probing.from}`);
  }
  if (isComplete) {
    const domainWords = hasDomain ? '' : ' Name the domain whose mail it takes, and the test can tell.';
    return {
      level: 'unknown',
      title,
      detail: 'it refuses its own postmaster, too',
      reason: `Every test was refused, but so was mail that the server must take. It may refuse whatever comes from ${probing.from}.${domainWords}`,
      remedies: [],
    };
  }
  return {
    level: 'unknown',
    title,
    detail: `${open.length} of ${tests.length} tests without a final answer`,
    reason: `${reasonOf(open)} None was accepted, yet only a final refusal (5xx) of every plain test says that the server does not relay.`,
    remedies: [],
  };
}

function reasonOf(open: readonly RelayResult[]): string {
  const isPutOff = open.some(({ row }) => /^(?:MAIL FROM: )?4\d\d/.test(row.reply ?? ''));
  return isPutOff ? 'It put some tests off (4xx), as greylisting does: try again in some minutes.' : 'It gave no answer to some tests.';
}

/** The server says of the foreign domain that it does not exist, wherever it was asked for nothing but that. */
function isDomainMissing(tests: readonly RelayResult[]): boolean {
  const straight = tests.filter(({ test, row }) => test.kind === 'plain' && !test.to.startsWith('@') && !/^MAIL/.test(row.reply ?? ''));
  return straight.length > 0 && straight.every(({ row }) => isAboutDomain(row.reply ?? ''));
}

/** RFC 3463 section 3.2: X.1.2 bad destination system, X.1.8 bad sender's system. */
function isAboutDomain(reply: string): boolean {
  return /\b[45]\.1\.[28]\b|domain (?:was )?not found|no such domain|domain (?:name )?does not exist|unrouteable mail domain|(?:cannot|can't|could not) (?:resolve|find) .*domain|NXDOMAIN/i.test(
    reply,
  );
}

function passed(title: string, detail: string): RelayVerdict {
  return { level: 'pass', title, detail, reason: '', remedies: [] };
}

function verdictOf(results: readonly RelayResult[], id: string): RelayRow['verdict'] | undefined {
  return results.find(({ test }) => test.id === id)?.row.verdict;
}
