// checks: what a policy check is given in a test: names from a zone, a clock that stands still, and nothing else of the world.
import type { CheckContext } from '../../../src/checks/context.ts';
import { contextOf } from './asserting.ts';
import { type Zone, zoneDns } from './zone.ts';

export { told as summary } from './asserting.ts';

export function worldOf(zone: Zone, changes: Partial<CheckContext> = {}): CheckContext {
  return contextOf(zoneDns(zone), { clock: { now: () => Date.parse('2026-11-21T12:00:00Z'), monotonic: () => 0 }, ...changes });
}
