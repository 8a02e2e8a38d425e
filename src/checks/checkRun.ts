// checks: runs checks side by side, gathers what they find and tells of it, and ends them when the person cancels or the time is up.
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { Activities } from './activities.ts';
import type { Announced, CheckContext, Timeouts } from './context.ts';
import type { Dns } from './dns/port.ts';
import type { Finding, Group, Progress, Target, Transcript } from './report.ts';

/** One check: what it is about is shown when it could not be made. */
export interface Check {
  readonly group: Group;
  /** "Relay tests" */
  readonly title: string;
  readonly target: Target;
  /** It announces rows of its own, so there is none for the whole. */
  readonly isShownInParts?: boolean;
  readonly run: (context: CheckContext) => Promise<readonly Finding[]>;
}

export interface CheckRunPorts {
  readonly dns: Dns;
  readonly clock: Clock;
  readonly log: Log;
  readonly isLab: boolean;
  readonly timeouts: Timeouts;
  /** Aborted when the person cancels. */
  readonly cancelled: AbortSignal;
  /** Aborted when the person cancels or the time of the whole run is over. */
  readonly ending: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Milliseconds that checks get to end by themselves, with what they have, after the run was ended. */
const grace = 1500;
/** A hostile world could make findings without end. */
const mostFindings = 2000;

export class CheckRun {
  readonly transcripts: Transcript[] = [];
  readonly probedFrom = new Set<string>();
  readonly context: CheckContext;
  private readonly ports: CheckRunPorts;
  /** With their places. */
  private readonly told = new Map<Finding, number>();
  private readonly activities: Activities;
  private readonly began: number;
  private waitingFor = '';
  /** Checks that ended before the run was ended. */
  done = 0;
  planned = 0;

  constructor(ports: CheckRunPorts) {
    this.ports = ports;
    this.began = ports.clock.monotonic();
    this.activities = new Activities({ elapsed: () => this.elapsed, onChange: () => this.progress() });
    const { dns, clock, log, isLab, timeouts, ending } = ports;
    this.context = {
      dns,
      clock,
      log,
      isLab,
      timeouts,
      signal: ending,
      report: (finding) => this.tell(finding, this.activities.latest),
      waitFor: (what) => {
        this.waitingFor = what;
        this.progress();
      },
      doing: () => {},
      announce: (part) => this.activities.add(part),
    };
  }

  /** In the order of their places: two runs that found the same tell it in the same order, whatever answered first. */
  get findings(): readonly Finding[] {
    return [...this.told].toSorted(([, a], [, b]) => a - b).map(([finding]) => finding);
  }

  get isCancelled(): boolean {
    return this.ports.cancelled.aborted;
  }

  /** All at the same time; answers what each found. Never rejects: a check that breaks, or is not done in time, is a finding. */
  async all(checks: readonly Check[]): Promise<readonly (readonly Finding[])[]> {
    this.planned += checks.length;
    this.progress();
    return Promise.all(checks.map((check) => this.one(check)));
  }

  private async one(check: Check): Promise<readonly Finding[]> {
    const { group, title, target } = check;
    const row = check.isShownInParts ? null : this.activities.add({ group, title, target, detail: '' });
    row?.run();
    const first = this.activities.latest;
    const parts: (Announced & { readonly id: number; readonly group: Group })[] = [];
    /** The part of the same group that runs now; else the one that was announced last. */
    const placeOf = (finding: Finding): number => {
      const own = parts.filter((part) => part.group === finding.group);
      return (own.findLast(({ id }) => this.activities.isRunning(id)) ?? own.at(-1))?.id ?? row?.id ?? first;
    };
    const context: CheckContext = {
      ...this.context,
      report: (finding) => this.tell(finding, placeOf(finding)),
      doing: (detail) => row?.run(detail),
      announce: (part) => {
        const announced = this.activities.add(part);
        parts.push({ ...announced, group: part.group });
        return announced;
      },
    };
    const findings = await this.outcome(check, context);
    for (const finding of findings) this.tell(finding, placeOf(finding));
    if (!this.ports.ending.aborted) this.done++;
    for (const each of [...(row ? [row] : []), ...parts]) each.end();
    this.progress();
    return findings;
  }

  private get elapsed(): number {
    return this.ports.clock.monotonic() - this.began;
  }

  private async outcome(check: Check, context: CheckContext): Promise<readonly Finding[]> {
    const { ending } = this.ports;
    if (ending.aborted) return [this.notMade(check)];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let giveUp = (): void => {};
    const late = new Promise<null>((resolve) => {
      giveUp = () => {
        timer = setTimeout(() => resolve(null), grace);
      };
      ending.addEventListener('abort', giveUp);
    });
    try {
      return (await Promise.race([check.run(context), late])) ?? [this.notMade(check)];
    } catch (error) {
      if (ending.aborted) return [this.notMade(check)];
      this.ports.log.error(`${check.title}: ${error instanceof Error && error.stack ? error.stack : messageOf(error)}`);
      return [
        {
          ...this.notMade(check),
          id: 'check-broken',
          level: 'unknown',
          detail: `the check itself failed: ${messageOf(error)}`.slice(0, 300),
        },
      ];
    } finally {
      ending.removeEventListener('abort', giveUp);
      clearTimeout(timer);
    }
  }

  private notMade({ group, title, target }: Check): Finding {
    const isCancelled = this.isCancelled;
    return {
      id: 'not-made',
      group,
      level: isCancelled ? 'skipped' : 'unknown',
      title,
      detail: isCancelled ? 'cancelled' : 'no time was left',
      reason: isCancelled
        ? ''
        : 'The time for the whole run was over before this was done. The setting mailroom.checks.timeout allows more.',
      evidence: [],
      remedies: [],
      target,
      source: '',
      ms: null,
    };
  }

  private tell(finding: Finding, place: number): void {
    if (this.told.has(finding) || this.told.size >= mostFindings) return;
    this.told.set(finding, place);
    this.progress(finding, place);
  }

  private progress(finding?: Finding, place = 0): void {
    const { done, planned, waitingFor, elapsed } = this;
    this.ports.onProgress({
      ...(finding ? { finding } : {}),
      place,
      activities: this.activities.all,
      done,
      planned,
      waitingFor,
      elapsed,
      dnsServers: this.ports.dns.servers,
      probedFrom: [...this.probedFrom],
    });
  }
}
