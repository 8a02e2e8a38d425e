// checks: the words in which a report is printed, whatever the format: names of levels and groups, servers, times, and one order for all.
import { type Finding, type Group, type Level, levels } from './report.ts';

export const groupNames: Readonly<Record<Group, string>> = {
  routing: 'Routing',
  addresses: 'Addresses',
  smtp: 'SMTP',
  tls: 'TLS',
  relay: 'Relay',
  policy: 'Policy',
  message: 'Message',
};
export const levelNames: Readonly<Record<Level, string>> = {
  fail: 'Failed',
  warn: 'Warning',
  advice: 'Advice',
  info: 'Info',
  pass: 'Passed',
  unknown: 'Unknown',
  skipped: 'Skipped',
};

/** "2 failed, 1 warning, 12 passed" */
export function tallyOf(findings: readonly Finding[]): string {
  return levels
    .map((level) => ({ level, count: findings.filter((finding) => finding.level === level).length }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => `${count} ${levelNames[level].toLowerCase()}${level === 'warn' && count > 1 ? 's' : ''}`)
    .join(', ');
}

/** Findings arrive in any order; two runs that found the same read the same. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const key = ({ level, id, target, title }: Finding): string =>
    [levels.indexOf(level), target.host ?? '', target.address ?? '', target.port ?? '', id, title].join('\u0000');
  return findings.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** "mx1.example.com 192.0.2.10:25"; '' for none. */
export function serverOf({ target: { host, address, port } }: Pick<Finding, 'target'>): string {
  const at = address === undefined ? '' : address.includes(':') ? `[${address}]` : address;
  const name = host === undefined || host === address ? at : at === '' ? host : `${host} ${at}`;
  return name === '' || port === undefined ? name : `${name}:${port}`;
}

/** "31 ms", "2.1 s" */
export function timeOf(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
