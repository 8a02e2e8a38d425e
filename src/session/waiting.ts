// session: what a session waits for on behalf of a person, who is told when it takes long and may have enough of it.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { SessionClient } from './runConnection.ts';
import type { SessionEvent } from './sessionEvents.ts';

/** After so long without an answer the person is told that one is waited for. Milliseconds. */
const patience = 3000;
const chunkSize = 64 * 1024;

export class Waiting {
  private readonly clock: Clock;
  private readonly tell: (event: SessionEvent) => void;
  private running: AbortController | undefined;

  constructor(clock: Clock, tell: (event: SessionEvent) => void) {
    this.clock = clock;
    this.tell = tell;
  }

  /** Of what is waited for now; undefined: nothing. */
  get signal(): AbortSignal | undefined {
    return this.running?.signal;
  }

  /** Something new is waited for, until `end`. */
  begin(): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController();
    this.running = controller;
    return {
      signal: controller.signal,
      end: () => {
        if (this.running === controller) this.running = undefined;
      },
    };
  }

  /** False: nothing is waited for. */
  cancel(): boolean {
    if (!this.running) return false;
    this.running.abort();
    return true;
  }

  /** Resolves when all of `waited` are, or the signal came. */
  async settled(waited: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
    if (waited.length === 0) return;
    const before = this.clock.monotonic();
    const timer = setTimeout(() => this.tell({ kind: 'waiting', ms: this.clock.monotonic() - before }), patience);
    try {
      await unless(signal, Promise.all(waited));
    } catch {
      this.tell({ kind: 'cancelled', what: 'reply', ms: this.clock.monotonic() - before });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends, and waits for `waited` unless the person does not want to. 'half': part of it is not sent. Rejects with what the connection says. */
  async send(client: Pick<SessionClient, 'send'>, octets: Uint8Array, waited: readonly Promise<void>[]): Promise<'sent' | 'half'> {
    const before = this.clock.monotonic();
    const { signal, end } = this.begin();
    let sent = 0;
    let sending = Promise.resolve();
    try {
      for (; sent < octets.length; await unless(signal, sending)) {
        const chunk = octets.subarray(sent, sent + chunkSize);
        sent += chunk.length;
        sending = client.send(chunk);
      }
      await this.settled(waited, signal);
      return 'sent';
    } catch (error) {
      if (!Failure.is(error, 'cancelled')) throw error;
      const isHalf = sent < octets.length;
      this.tell({ kind: 'cancelled', what: isHalf ? 'send' : 'reply', ms: this.clock.monotonic() - before });
      return isHalf ? 'half' : 'sent';
    } finally {
      end();
    }
  }
}

/** Like `work`, but rejects with a Failure('cancelled') when the signal comes first. */
async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) throw new Failure('cancelled', 'Cancelled');
  let stop = (): void => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Failure('cancelled', 'Cancelled'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
