// checks: a report as Markdown: to paste into an issue, to keep, to compare with the run before.
import { type Finding, type Group, groups, type Level, levels, type Report } from './report.ts';

const groupNames: Readonly<Record<Group, string>> = {
  routing: 'Routing',
  addresses: 'Addresses',
  smtp: 'SMTP',
  tls: 'TLS',
  relay: 'Relay',
  policy: 'Policy',
  message: 'Message',
};
const levelNames: Readonly<Record<Level, string>> = {
  fail: 'Failed',
  warn: 'Warning',
  advice: 'Advice',
  info: 'Info',
  pass: 'Passed',
  unknown: 'Unknown',
  skipped: 'Skipped',
};

/** Users and hosts that nobody has, which each run makes anew to ask for. */
const randomName = /\b(no-such-user|mailroom)-[0-9a-f]{8,12}\b/g;

export interface MarkdownOptions {
  /** False leaves out what differs between two runs that found the same: times, when, from where, and names made at random. */
  readonly hasTimes: boolean;
}

/** What a server said stands in code fences or is escaped, so none of it becomes markup or a link. */
export function printMarkdown(report: Report, { hasTimes }: MarkdownOptions = { hasTimes: true }): string {
  const { question, findings } = report;
  const tally = levels
    .map((level) => ({ level, count: findings.filter((finding) => finding.level === level).length }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => `${count} ${levelNames[level].toLowerCase()}`)
    .join(', ');
  const lines = [`# ${plain(question.subject)}`, '', plain(report.verdict), '', ...(tally === '' ? [] : [`${tally}.`, ''])];
  if (hasTimes) {
    lines.push(`- Begun ${report.startedAt}, took ${seconds(report.ms)}${report.isCancelled ? ', cancelled' : ''}`);
    if (report.dnsServers.length > 0) lines.push(`- DNS ${report.dnsServers.map(plain).join(', ')}`);
    if (report.probedFrom.length > 0) lines.push(`- Probed from ${report.probedFrom.map(plain).join(', ')}`);
    lines.push('');
  }
  for (const group of groups) {
    const own = inOrder(findings.filter((finding) => finding.group === group));
    if (own.length > 0) lines.push(`## ${groupNames[group]}`, '', ...own.flatMap((finding) => printFinding(finding, hasTimes)));
  }
  const text = `${lines.join('\n').trimEnd()}\n`;
  return hasTimes ? text : text.replace(randomName, '$1');
}

/** Findings arrive in any order; two runs that found the same read the same. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const key = ({ level, id, target, title }: Finding): string =>
    [levels.indexOf(level), target.host ?? '', target.address ?? '', target.port ?? '', id, title].join('\u0000');
  return findings.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function printFinding(finding: Finding, hasTimes: boolean): string[] {
  const { level, title, detail, reason, evidence, remedies, relay, steps, source, id, ms } = finding;
  const lines = [`### ${levelNames[level]}: ${plain(title)}`, ''];
  if (detail !== '') lines.push(`${plain(detail)}`, '');
  if (reason !== '') lines.push(plain(reason), '');
  const where = targetOf(finding);
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

function targetOf({ target: { host, address, port } }: Finding): string {
  const at = address === undefined ? '' : address.includes(':') ? `[${address}]` : address;
  const name = host === undefined || host === address ? at : at === '' ? host : `${host} ${at}`;
  return name === '' || port === undefined ? name : `${name}:${port}`;
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

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
