// checks: the answer to every question about the mail world: findings with evidence. Shown, exported, compared and told alike.

export const levels = ['fail', 'warn', 'advice', 'info', 'pass', 'unknown', 'skipped'] as const;
/**
 * fail: mail is lost, forgeable or abusable. warn: some will misbehave. advice: nothing breaks. info: a fact. pass: met. unknown: could not be
 * tested; never merged into pass or fail. skipped: does not apply, or what it depends on failed or was switched off.
 */
export type Level = (typeof levels)[number];

export const groups = ['routing', 'addresses', 'smtp', 'tls', 'relay', 'policy', 'message'] as const;
export type Group = (typeof groups)[number];

/** What was seen: an answer of a name server, a reply line, a certificate. */
export interface Evidence {
  /** "Answer of 192.0.2.53", "Reply to RCPT TO", in English. */
  readonly label: string;
  /** As on the wire or in a zone file; control characters printed; bounded to 4 KiB. */
  readonly text: string;
  /** Parts of `text` that are wrong: start and end in UTF-16 units. */
  readonly marks?: readonly (readonly [start: number, end: number])[];
}

/** What a person can do about it: a record to publish, a setting to change. */
export interface Remedy {
  /** "Publish this record in place of both", "If it is Postfix, set in main.cf". */
  readonly label: string;
  /** To be copied. */
  readonly text: string;
}

export interface Target {
  readonly domain?: string;
  /** MX or server host name. */
  readonly host?: string;
  readonly address?: string;
  readonly port?: number;
}

/** One row of the relay matrix; see checks.md of the design. */
export interface RelayRow {
  /** "c1", "1" … */
  readonly id: string;
  /** What the test is, in words: "%-hack at the server's name". Reports of older versions have none. */
  readonly what?: string;
  readonly from: string;
  readonly to: string;
  /** The reply that decided, with the command it answered: "550 5.7.1 …", or null when none came. */
  readonly reply: string | null;
  readonly verdict: 'accepted' | 'refused' | 'unknown' | 'skipped';
}

export interface Step {
  /** "connect", "greeting", "EHLO", "STARTTLS", "TLS", "MAIL", "RCPT" … */
  readonly name: string;
  /** Milliseconds since the connection was begun. */
  readonly at: number;
  /** Milliseconds. */
  readonly ms: number;
  /** False: no answer came within the limit. */
  readonly isAnswered: boolean;
}

export interface Finding {
  /** Stable, kebab-case: "spf-multiple", "mx-dangling". */
  readonly id: string;
  readonly group: Group;
  readonly level: Level;
  /** The fact, a sentence without full stop, in English: "Two SPF records". */
  readonly title: string;
  /** Dim half sentence behind it: "receivers must treat that as an error and ignore both"; '' for none. */
  readonly detail: string;
  /** Why it matters and what follows; '' for none. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  readonly remedies: readonly Remedy[];
  readonly target: Target;
  /** "RFC 7208 section 3.2"; '' for none. */
  readonly source: string;
  /** How long the look took. Milliseconds; null: nothing was asked. */
  readonly ms: number | null;
  readonly relay?: readonly RelayRow[];
  readonly steps?: readonly Step[];
}

export interface Transcript {
  readonly target: Target;
  /** In the notation of .smtp files; credentials masked. */
  readonly text: string;
}

export const questionKinds = [
  'domain',
  'server',
  'relay',
  'relayProof',
  'mx',
  'dns',
  'reverseDns',
  'spf',
  'dkim',
  'dmarc',
  'mtaSts',
  'blocklists',
  'message',
] as const;
export type QuestionKind = (typeof questionKinds)[number];

export interface Question {
  readonly kind: QuestionKind;
  /** What was asked about, normalised: "example.com", "mx1.example.com:25", "192.0.2.1". */
  readonly subject: string;
  /** Further answers of the person: { type: 'TXT' }, { selector: 'k1' }, { ip: '192.0.2.1' }. */
  readonly options: Readonly<Record<string, string>>;
}

export interface Report {
  readonly version: 1;
  readonly question: Question;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Milliseconds. */
  readonly ms: number;
  readonly dnsServers: readonly string[];
  /** Local addresses that connections were made from. */
  readonly probedFrom: readonly string[];
  /** The one sentence that answers the question. */
  readonly verdict: string;
  readonly findings: readonly Finding[];
  readonly transcripts: readonly Transcript[];
  readonly isCancelled: boolean;
}

/** Something that is not found out yet: a row that waits or runs, in the place where its findings will be. */
export interface Activity {
  /** Unique in its run. */
  readonly id: number;
  readonly group: Group;
  /** "Greeting", "MTA-STS" */
  readonly title: string;
  readonly target: Target;
  readonly state: 'waiting' | 'running';
  /** When it began to run, in milliseconds since the run of all checks began; null while it waits. */
  readonly since: number | null;
  /** "after the greeting", "9 of 18 tests, all refused so far"; '' for none. */
  readonly detail: string;
}

/** What is told while checks run: findings arrive in any order. */
export interface Progress {
  readonly finding?: Finding;
  /** Of `finding`: the id of the activity whose place it fills, which may have ended. Findings and activities in the order of these are in their places. */
  readonly place: number;
  /** All that wait or run now, in the order in which they were announced. */
  readonly activities: readonly Activity[];
  readonly done: number;
  readonly planned: number;
  /** "mx2.example.com": what is being waited for. */
  readonly waitingFor: string;
  /** Milliseconds since the run began. */
  readonly elapsed: number;
  readonly dnsServers: readonly string[];
  /** Known until now, as in Report. */
  readonly probedFrom: readonly string[];
}

/** The level that a report shows as its own: the first of fail, warn, unknown, advice, pass, info and skipped that occurs. */
export function worstLevel(findings: readonly Finding[]): Level {
  const order: readonly Level[] = ['fail', 'warn', 'unknown', 'advice', 'pass', 'info', 'skipped'];
  return order.find((level) => findings.some((finding) => finding.level === level)) ?? 'skipped';
}
