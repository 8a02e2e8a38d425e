// checks: what a policy check is given in a test: names from a zone, a clock that stands still, and nothing else of the world.

import { silentLog } from '../../../src/base/log.ts';
import type { CheckContext } from '../../../src/checks/context.ts';
import type { Finding } from '../../../src/checks/report.ts';
import { type Zone, type ZoneOptions, zoneDns } from './zone.ts';

export function worldOf(zone: Zone, options: Partial<CheckContext> & { readonly dnsOptions?: ZoneOptions } = {}): CheckContext {
  const { dnsOptions, ...rest } = options;
  return {
    dns: zoneDns(zone, dnsOptions),
    clock: { now: () => Date.parse('2026-11-21T12:00:00Z'), monotonic: () => 0 },
    log: silentLog,
    signal: new AbortController().signal,
    isLab: false,
    timeouts: { dns: 1000, connect: 1000, reply: 1000 },
    report() {},
    waitFor() {},
    ...rest,
  };
}

/** "fail spf-multiple": all of them, sorted, so that a test says too what is not found. */
export function summary(findings: readonly Finding[]): string[] {
  return findings.map(({ level, id }) => `${level} ${id}`).sort();
}
