// checks: a report as Markdown: to paste into an issue, to keep, to compare with the run before.
import { comparable } from './comparable.ts';
import { type Finding, groups, type Report } from './report.ts';
import { groupNames, inOrder, levelNames, serverOf, tallyOf, timeOf } from './reportText.ts';

export interface MarkdownOptions {
  /** False leaves out what differs between two runs that found the same: when, how long, from where, and all of comparable.ts. */
  readonly hasTimes: boolean;
}

/** What a server said stands in code fences or is escaped, so none of it becomes markup or a link. */
export function printMarkdown(report: Report, { hasTimes }: MarkdownOptions = { hasTimes: true }): string {
  const { question, verdict, findings } = hasTimes ? report : comparable(report);
  const tally = tallyOf(findings);
  const lines = [`# ${plain(question.subject)}`, '', plain(verdict), '', ...(tally === '' ? [] : [`${tally}.`, ''])];
  if (hasTimes) {
    lines.push(`- Begun ${report.startedAt}, took ${timeOf(report.ms)}${report.isCancelled ? ', cancelled' : ''}`);
    if (report.dnsServers.length > 0) lines.push(`- DNS ${report.dnsServers.map(plain).join(', ')}`);
    if (report.probedFrom.length > 0) lines.push(`- Probed from ${report.probedFrom.map(plain).join(', ')}`);
    lines.push('');
  }
  for (const group of groups) {
    const own = inOrder(findings.filter((finding) => finding.group === group));
    if (own.length > 0) lines.push(`## ${groupNames[group]}`, '', ...own.flatMap((finding) => printFinding(finding, hasTimes)));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function printFinding(finding: Finding, hasTimes: boolean): string[] {
  const { level, title, detail, reason, evidence, remedies, relay, steps, source, id, ms } = finding;
  const lines = [`### ${levelNames[level]}: ${plain(title)}`, ''];
  if (detail !== '') lines.push(`${plain(detail)}`, '');
  if (reason !== '') lines.push(plain(reason), '');
  const where = serverOf(finding);
  if (where !== '') lines.push(`Server: ${plain(where)}`, '');
  for (const { label, text } of [...evidence, ...remedies]) lines.push(`${plain(label)}:`, '', ...fenced(text), '');
  if (relay && relay.length > 0) {
    lines.push('| # | MAIL FROM | RCPT TO | Verdict | Reply |', '| --- | --- | --- | --- | --- |');
    for (const row of relay) lines.push(`| ${[row.id, row.from, row.to, row.verdict, row.reply ?? 'no reply'].map(plain).join(' | ')} |`);
    lines.push('');
  }
  if (steps && hasTimes) {
    const words = steps.map((step) => `${plain(step.name)} ${step.isAnswered ? `${Math.round(step.ms)} ms` : 'no answer'}`);
    lines.push(`Times: ${words.join(', ')}`, '');
  }
  lines.push([source, `\`${id}\``, hasTimes && ms !== null ? `${Math.round(ms)} ms` : ''].filter((part) => part !== '').join(' · '), '');
  return lines;
}

/** A fence that the text cannot close. */
function fenced(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...text.split(/\r?\n/), fence];
}

/** One line, with everything escaped that Markdown or HTML would read as markup. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\\`*_[\]<>|#~!]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/:\/\//g, '\\://');
}
