// checks: what tests of checks share: a context over a world of names, and findings told as "level id" so that a whole result is compared.
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { CheckContext } from '../../../src/checks/context.ts';
import type { Dns } from '../../../src/checks/dns/port.ts';
import type { Finding } from '../../../src/checks/report.ts';

export function contextOf(dns: Dns, changes: Partial<CheckContext> = {}): CheckContext {
  return {
    dns,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    isLab: false,
    timeouts: { dns: 5000, connect: 5000, reply: 5000 },
    report: () => {},
    waitFor: () => {},
    doing: () => {},
    announce: () => ({ run: () => {}, end: () => {} }),
    ...changes,
  };
}

/** "fail mx-dangling", sorted: all findings, so that none too many goes unseen. */
export function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ level, id }) => `${level} ${id}`).sort();
}
