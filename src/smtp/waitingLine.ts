// smtp: those who wait for what a connection brings next, first come first served. A conversation waits once for each of its commands, so one timer
// and one listener for each signal serve all waits that are alike; a timer of each wait's own would cost more than the wait.
import type { Failure } from '../base/failure.ts';
import { cancelled, longestTimer, type WaitOptions } from './within.ts';

interface Waiter<T> {
  resolve(value: T): void;
  reject(failure: Failure): void;
  readonly timeout: number;
  /** On the clock of performance.now(); Infinity: none. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** A timer may go off this much before its time. Milliseconds. */
const tolerance = 1;

export class WaitingLine<T> {
  private readonly onTimeout: (timeout: number) => Failure;
  private waiters: Waiter<T>[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off; it is left running when its wait is over, for the next one. */
  private timerAt = Number.POSITIVE_INFINITY;
  private readonly watched = new Set<AbortSignal>();

  /** `onTimeout` makes the Failure of a wait of so many milliseconds; it may still serve the one who waits. */
  constructor(onTimeout: (timeout: number) => Failure) {
    this.onTimeout = onTimeout;
  }

  /** Rejects with what `onTimeout` makes, with Failure 'cancelled', or as `rejectAll` says. The timeout is more than 0, the signal not aborted. */
  wait({ timeout, signal }: WaitOptions): Promise<T> {
    if (signal && !this.watched.has(signal)) this.watch(signal);
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + timeout;
      this.waiters.push({ resolve, reject, timeout, deadline, signal });
      if (deadline < this.timerAt) this.setTimer(deadline);
    });
  }

  /** Serves the first one; false when nobody waits. */
  serve(value: T): boolean {
    const waiter = this.waiters.shift();
    waiter?.resolve(value);
    return waiter !== undefined;
  }

  /** Sends everybody away; nobody may come any more. */
  rejectAll(failure: Failure): void {
    clearTimeout(this.timer);
    for (const signal of this.watched) signal.removeEventListener('abort', this.cancel);
    this.watched.clear();
    this.rejectWhere(() => true, failure);
  }

  private watch(signal: AbortSignal): void {
    for (const old of this.watched) {
      if (this.waiters.some((waiter) => waiter.signal === old)) continue;
      old.removeEventListener('abort', this.cancel);
      this.watched.delete(old);
    }
    signal.addEventListener('abort', this.cancel);
    this.watched.add(signal);
  }

  private readonly cancel = (): void => this.rejectWhere(({ signal }) => signal?.aborted === true, cancelled());

  private rejectWhere(isOut: (waiter: Waiter<T>) => boolean, failure: Failure): void {
    const out = this.waiters.filter(isOut);
    this.waiters = this.waiters.filter((waiter) => !out.includes(waiter));
    for (const waiter of out) waiter.reject(failure);
  }

  private setTimer(deadline: number): void {
    clearTimeout(this.timer);
    this.timerAt = deadline;
    this.timer = setTimeout(this.expire, Math.min(deadline - performance.now(), longestTimer));
  }

  private readonly expire = (): void => {
    this.timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const waiter of [...this.waiters]) {
      if (waiter.deadline > now + tolerance) continue;
      const failure = this.onTimeout(waiter.timeout);
      this.rejectWhere((one) => one === waiter, failure);
    }
    const next = this.waiters.reduce((earliest, { deadline }) => Math.min(earliest, deadline), Number.POSITIVE_INFINITY);
    if (next < this.timerAt) this.setTimer(next);
  };
}
