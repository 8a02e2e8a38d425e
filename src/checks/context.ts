// checks: what every check is given: the way to the network, the limits, and where findings go as they are made.
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Dns } from './dns/port.ts';
import type { Activity, Finding } from './report.ts';

/** Milliseconds. */
export interface Timeouts {
  /** For one question, all tries together. */
  readonly dns: number;
  readonly connect: number;
  /** For one reply. */
  readonly reply: number;
}

/** A part of a check that the person sees waiting and running. Every method may be called in any state; after `end` nothing of it is shown. */
export interface Announced {
  /** It runs now; `detail` as in Activity. May be called again to say more. */
  run(detail?: string): void;
  /** Its findings are told. */
  end(): void;
}

export interface CheckContext {
  readonly dns: Dns;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the person cancels or the limit of the whole run is reached. */
  readonly signal: AbortSignal;
  /** Private names and addresses are meant: `mailroom.checks.lab`. */
  readonly isLab: boolean;
  readonly timeouts: Timeouts;
  /** Shows a finding before the check ends. */
  readonly report: (finding: Finding) => void;
  /** Tells what is being waited for: "mx2.example.com". */
  readonly waitFor: (what: string) => void;
  /** Says more in the row of the check itself: "fetching https://mta-sts.example.com". */
  readonly doing: (detail: string) => void;
  /** Shows a row for a part of the check, waiting until it runs. What is not ended goes when the check ends. */
  readonly announce: (part: Pick<Activity, 'group' | 'title' | 'target' | 'detail'>) => Announced;
}
