// checks: the one sentence that answers the question, made from the findings.
import { receiverSentence } from './message/receiver.ts';
import { type Finding, type Level, type Question, type Report, worstLevel } from './report.ts';

/** Facts that are named; the rest is counted. */
const mostNamed = 2;

export function verdictOf({ kind, subject }: Question, all: readonly Finding[]): string {
  const findings = kind === 'blocklists' ? all : all.filter(isAboutTheSubject);
  const of = (level: Level): Finding[] => findings.filter((finding) => finding.level === level);
  const [failed, warnings, unknown, passed] = [worstFirst(of('fail')), worstFirst(of('warn')), of('unknown'), of('pass')];
  const received = kind === 'message' ? receiverSentence(findings) : null;
  if (received !== null) return sentence(received);
  // Who asks about an address wants to know of that.
  const evaluation = kind === 'spf' ? findings.find(({ id, level }) => id === 'spf-evaluation' && level !== 'skipped') : undefined;
  if (evaluation) return sentence(told(evaluation));
  const arrival = kind === 'domain' ? arrivalOf(subject, findings) : '';
  if (failed.length > 0)
    return joined(
      arrival,
      sentence(`Failed: ${named(failed)}${kind === 'spf' && failed.some(({ id }) => endsInError.includes(id)) ? ' (permerror)' : ''}`),
    );
  const connections = findings.filter(({ id }) => id === 'connect' || id.startsWith('connect-'));
  const isAboutServers = kind === 'server' || kind === 'relay' || kind === 'relayProof';
  if (isAboutServers && connections.length > 0 && connections.every(({ level }) => level === 'unknown'))
    return 'Not known: the server could not be reached, so nothing about it was tested.';
  const notKnown = unknown.length > 0 ? sentence(`Not known: ${openQuestions(unknown)}`) : '';
  const isNull = (kind === 'domain' || kind === 'mx') && findings.some(({ id }) => id === 'mx-null');
  const takesNone = isNull ? `${subject} takes no mail, and says so.` : '';
  if (warnings.length > 0) {
    // That it works can be said only of what takes mail, and only when nothing is left open.
    const takesMail =
      (kind === 'domain' || kind === 'mx' || kind === 'server') &&
      !findings.some(({ id }) => id === 'mx-null') &&
      !warnings.some(({ id }) => id === 'tls-handshake');
    const works = notKnown === '' && takesMail ? 'It works, with ' : '';
    const count = warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`;
    const warned = sentence(`${works}${count}: ${named(warnings)}`);
    return joined(takesNone, warned.charAt(0).toUpperCase() + warned.slice(1), notKnown);
  }
  if (notKnown !== '') return joined(takesNone, notKnown);
  if (takesNone !== '') return takesNone;
  // Who asks for one thing wants to know what it is.
  const answerId = answerIds[kind];
  const best = findings.find(({ id, level }) => id === answerId && (level === 'pass' || level === 'advice'));
  if (best) return sentence(told(best));
  if (passed.length > 1) return `Nothing is wrong: ${passed.length} checks passed.`;
  const answer =
    passed[0] ??
    findings.find(({ level }) => level === 'info' || level === 'advice') ??
    findings.find(({ level, detail }) => level === 'skipped' && detail !== 'cancelled');
  if (!answer) return 'Nothing was found out.';
  return sentence(told(answer));
}

/** What makes SPF a permanent error (RFC 7208 section 2.6.7). */
const endsInError: readonly string[] = [
  'spf-multiple',
  'spf-syntax',
  'spf-loop',
  'spf-include-broken',
  'spf-look-ups',
  'spf-void-look-ups',
  'spf-mx-many',
];

const answerIds: Readonly<Partial<Record<Question['kind'], string>>> = { mx: 'mx', dmarc: 'dmarc-policy', spf: 'spf-all' };

/** Of what decides in the end, not the whole way there. */
function told({ title, detail }: Finding): string {
  if (detail === '') return title;
  return detail.startsWith('because of ') ? `${title} ${detail.replace(/, by [^,]*$/, '')}` : `${title}: ${detail}`;
}

/** "Cancelled after 2.1 s: 13 of 19 checks done." */
export function cancelledVerdict(milliseconds: number, done: number, planned: number): string {
  return `Cancelled after ${(milliseconds / 1000).toFixed(1)} s: ${done} of ${planned} checks done.`;
}

/** The level that a report shows as its own: what passed before a cancellation is no answer. */
export function levelOf({ findings, isCancelled }: Pick<Report, 'findings' | 'isCancelled'>): Level {
  const about = findings.filter(isAboutTheSubject);
  const worst = worstLevel(about.length > 0 ? about : findings);
  return isCancelled && worst !== 'fail' && worst !== 'warn' ? 'skipped' : worst;
}

function named(findings: readonly Finding[]): string {
  const titles = [
    ...new Set(findings.map(({ title, detail }) => (isCommand(title) && detail === 'no answer' ? `${title} was not answered` : title))),
  ];
  const rest = titles.length - mostNamed;
  return `${titles.slice(0, mostNamed).map(inSentence).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/** A blocklist in the settings that is of no use says nothing about what was asked. */
function isAboutTheSubject({ id }: Finding): boolean {
  return id !== 'blocklist-unusable';
}

/** What keeps all mail away comes before what keeps some away, and both before all else. */
const losesMail: readonly string[] = ['domain-missing', 'dnssec-bogus', 'mx-missing', 'mx-literal', 'mx-dangling', 'mx-private'];
const losesSome: readonly string[] = ['connect', 'greeting', 'ehlo', 'null-sender', 'domain-refused', 'postmaster'];

function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = ({ id }: Finding): number => {
    if (losesMail.includes(id)) return 0;
    return losesSome.some((each) => id === each || id.startsWith(`${each}-`)) ? 1 : 2;
  };
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/** Whether mail is taken, and where: said of a domain of which something failed all the same. '' where no host took any. */
function arrivalOf(domain: string, findings: readonly Finding[]): string {
  const hosts = (level: Level, id: string): string[] => [
    ...new Set(findings.flatMap((each) => (each.id === id && each.level === level && each.target.host ? [each.target.host] : []))),
  ];
  const taking = hosts('pass', 'postmaster');
  if (taking.length === 0) return '';
  const named = new Set(
    findings.flatMap(({ id, group, target }) =>
      ((group !== 'policy' && group !== 'routing') || id.startsWith('mx-')) && target.host ? [target.host] : [],
    ),
  );
  const isEverywhere = [...named].every((host) => taking.includes(host));
  return isEverywhere ? `Mail for ${domain} is accepted.` : `Mail for ${domain} is accepted at ${taking.slice(0, 3).join(' and ')}.`;
}

/** Rows that are open for one and the same reason. */
const fewAlike = 3;

function openQuestions(unknown: readonly Finding[]): string {
  const causes = new Set(unknown.map(({ detail }) => detail.replace(/\b\d+(?= s(?:econds)?\b)/g, '…')));
  const [{ detail = '' } = {}] = unknown;
  if (unknown.length >= fewAlike && causes.size === 1 && detail !== '')
    return `${unknown.length} checks have no answer, all for one reason: ${detail}`;
  return named(unknown)
    .replace(/ is not known(?=;|$)/g, '')
    .replace(/(^|; )[Nn]ot known whether /g, '$1whether ');
}

function joined(...sentences: readonly string[]): string {
  return sentences.filter((each) => each !== '').join(' ');
}

/** A title as a part of a sentence: a word that is no name begins small. */
function inSentence(title: string): string {
  return /^(?:The|An?|No|Not|One|Two|There|Every|Some|Only|Where|Whether|Users|Records|Subdomains|Name server) /.test(title)
    ? title.charAt(0).toLowerCase() + title.slice(1)
    : title;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** "EHLO": the title of a finding that is about the command alone. */
function isCommand(title: string): boolean {
  return /^[A-Z]+$/.test(title);
}
