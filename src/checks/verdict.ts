// checks: the one sentence that answers the question, made from the findings.
import { type Finding, type Level, type Question, type Report, worstLevel } from './report.ts';

/** Facts that are named; the rest is counted. */
const mostNamed = 2;

export function verdictOf({ kind }: Question, findings: readonly Finding[]): string {
  const of = (level: Level): Finding[] => findings.filter((finding) => finding.level === level);
  const [failed, warnings, unknown, passed] = [of('fail'), of('warn'), of('unknown'), of('pass')];
  // Who asks about an address wants to know of that.
  const evaluation = kind === 'spf' ? findings.find(({ id, level }) => id === 'spf-evaluation' && level !== 'skipped') : undefined;
  if (evaluation) return sentence(evaluation.detail === '' ? evaluation.title : `${evaluation.title}: ${evaluation.detail}`);
  if (failed.length > 0) return sentence(`Failed: ${named(failed)}`);
  const connections = findings.filter(({ id }) => id === 'connect' || id.startsWith('connect-'));
  const isAboutServers = kind === 'server' || kind === 'relay' || kind === 'relayProof';
  if (isAboutServers && connections.length > 0 && connections.every(({ level }) => level === 'unknown'))
    return 'Not known: the server could not be reached, so nothing about it was tested.';
  const notKnown = unknown.length > 0 ? sentence(`Not known: ${named(unknown).replace(/ is not known(?=;|$)/g, '')}`) : '';
  if (warnings.length > 0) {
    // That it works can be said only of what takes mail, and only when nothing is left open.
    const takesMail = (kind === 'domain' || kind === 'mx' || kind === 'server') && !findings.some(({ id }) => id === 'mx-null');
    const works = notKnown === '' && takesMail ? 'It works, with ' : '';
    const count = warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`;
    const told = sentence(`${works}${count}: ${named(warnings)}`);
    return [told.charAt(0).toUpperCase() + told.slice(1), notKnown].filter((part) => part !== '').join(' ');
  }
  if (notKnown !== '') return notKnown;
  if (passed.length > 1) return `Nothing is wrong: ${passed.length} checks passed.`;
  const answer =
    passed[0] ??
    findings.find(({ level }) => level === 'info' || level === 'advice') ??
    findings.find(({ level, detail }) => level === 'skipped' && detail !== 'cancelled');
  if (!answer) return 'Nothing was found out.';
  return sentence(answer.detail === '' ? answer.title : `${answer.title}: ${answer.detail}`);
}

/** "Cancelled after 2.1 s: 13 of 19 checks done." */
export function cancelledVerdict(milliseconds: number, done: number, planned: number): string {
  return `Cancelled after ${(milliseconds / 1000).toFixed(1)} s: ${done} of ${planned} checks done.`;
}

/** The level that a report shows as its own: what passed before a cancellation is no answer. */
export function levelOf({ findings, isCancelled }: Pick<Report, 'findings' | 'isCancelled'>): Level {
  const worst = worstLevel(findings);
  return isCancelled && worst !== 'fail' && worst !== 'warn' ? 'skipped' : worst;
}

function named(findings: readonly Finding[]): string {
  const titles = [
    ...new Set(findings.map(({ title, detail }) => (isCommand(title) && detail === 'no answer' ? `${title} was not answered` : title))),
  ];
  const rest = titles.length - mostNamed;
  return `${titles.slice(0, mostNamed).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** "EHLO": the title of a finding that is about the command alone. */
function isCommand(title: string): boolean {
  return /^[A-Z]+$/.test(title);
}
