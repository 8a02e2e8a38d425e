// checks: the one sentence that answers the question, made from the findings.
import type { Finding, Level, Question } from './report.ts';

/** Facts that are named; the rest is counted. */
const mostNamed = 2;

export function verdictOf({ kind }: Question, findings: readonly Finding[]): string {
  const of = (level: Level): Finding[] => findings.filter((finding) => finding.level === level);
  const [failed, warnings, unknown, passed, facts] = [of('fail'), of('warn'), of('unknown'), of('pass'), of('info')];
  if (failed.length > 0) return sentence(`Failed: ${named(failed)}`);
  const connections = findings.filter(({ id }) => id === 'connect' || id.startsWith('connect-'));
  const isAboutServers = kind === 'server' || kind === 'relay';
  if (isAboutServers && connections.length > 0 && connections.every(({ level }) => level === 'unknown'))
    return 'Not known: the server could not be reached, so nothing about it was tested.';
  if (warnings.length > 0)
    return sentence(`It works, with ${warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`}: ${named(warnings)}`);
  if (unknown.length > 0) return sentence(`Not known: ${named(unknown)}`);
  const answer = passed[0] ?? facts[0];
  if (!answer) return 'Nothing was found out.';
  if (passed.length > 1) return `Nothing is wrong: ${passed.length} checks passed.`;
  return sentence(answer.detail === '' ? answer.title : `${answer.title}: ${answer.detail}`);
}

function named(findings: readonly Finding[]): string {
  const titles = [...new Set(findings.map(({ title }) => title))];
  const rest = titles.length - mostNamed;
  return `${titles.slice(0, mostNamed).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
