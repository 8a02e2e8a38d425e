// smtp: one way to wait for a server: no longer than told, and not after the user said stop.
import { Failure } from '../base/failure.ts';

export interface WaitOptions {
  /** Milliseconds; Infinity waits for ever, 0 takes only what is there already. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** setTimeout takes no more than this. */
export const longestTimer = 2 ** 31 - 1;

export interface Settle<T> {
  resolve(value: T): void;
  reject(failure: Failure): void;
}

/**
 * Waits for what `start` begins. What `start` returns is called once it is settled in any way, to let go of what was begun.
 * Rejects with what `onTimeout` makes, or with Failure 'cancelled'. Of several outcomes the first counts.
 */
export function within<T>(
  { timeout, signal }: WaitOptions,
  onTimeout: () => Failure,
  start: (settle: Settle<T>) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled());
    let isSettled = false;
    let release: (() => void) | undefined;
    const settle = (report: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      release?.();
      report();
    };
    const cancel = (): void => settle(() => reject(cancelled()));
    const expire = (): void => {
      // It may find that there is an outcome after all.
      const failure = onTimeout();
      settle(() => reject(failure));
    };
    const timer = timeout > longestTimer || timeout <= 0 ? undefined : setTimeout(expire, timeout);
    signal?.addEventListener('abort', cancel);
    release = start({
      resolve: (value) => settle(() => resolve(value)),
      reject: (failure) => settle(() => reject(failure)),
    });
    // It was settled before there was something to let go of.
    if (isSettled) release();
    else if (timeout <= 0) expire();
  });
}

export function cancelled(): Failure {
  return new Failure('cancelled', 'It was cancelled');
}
