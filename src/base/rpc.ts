// base: typed calls and events over a message port (worker threads); used between the host and the engine, and the engine and its reader.
import { Failure, type FailureData, messageOf } from './failure.ts';

/** The part of MessagePort, Worker and parentPort that is used. */
export interface Port {
  postMessage(value: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (value: unknown) => void): unknown;
}

type AsyncFunction = (...args: never[]) => Promise<unknown>;
/** An API is a record of async functions whose arguments and results can be structured-cloned. */
export type Api<T> = { readonly [K in keyof T]: AsyncFunction };

interface CallMessage {
  readonly call: number;
  readonly name: string;
  readonly args: readonly unknown[];
}
interface AnswerMessage {
  readonly answer: number;
  readonly result?: unknown;
  readonly error?: { readonly reason: string; readonly message: string; readonly data: FailureData; readonly stack?: string | undefined };
}
interface EventsMessage {
  readonly events: readonly unknown[];
}

/**
 * Answers the calls that arrive at `port` with the functions that `api` itself owns (an object literal, not an instance of a class). A Failure keeps
 * its reason and data across the port. `beforeAnswer` posts what is to be heard before the answer is.
 */
export function serve<T extends object & Api<T>>(port: Port, api: T, beforeAnswer: () => void = () => {}): void {
  port.on('message', (message) => {
    if (!isCall(message)) return;
    void answer(port, api, message, beforeAnswer);
  });
}

async function answer(port: Port, api: object, message: CallMessage, beforeAnswer: () => void): Promise<void> {
  try {
    const fn: unknown = Object.hasOwn(api, message.name) ? Reflect.get(api, message.name) : undefined;
    if (typeof fn !== 'function') throw new Failure('unknownCall', `There is no call ${message.name}`);
    const result: unknown = await Reflect.apply(fn, api, message.args);
    beforeAnswer();
    port.postMessage({ answer: message.call, result } satisfies AnswerMessage);
  } catch (error) {
    const failure =
      error instanceof Failure
        ? { reason: error.reason, message: error.message, data: error.data, stack: error.stack }
        : { reason: 'internal', message: messageOf(error), data: {}, stack: error instanceof Error ? error.stack : undefined };
    beforeAnswer();
    port.postMessage({ answer: message.call, error: failure } satisfies AnswerMessage);
  }
}

export interface Caller<T> {
  readonly api: T;
  /** Rejects every pending and every later call with this failure: the other side has ended. */
  end(failure: Failure): void;
}

/** Makes the functions of the API on the other side of `port` callable here; `onEvents` gets the batches sent with `eventBatcher`. */
export function connect<T extends Api<T>>(port: Port, onEvents: (events: readonly unknown[]) => void = () => {}): Caller<T> {
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let last = 0;
  let ended: Failure | undefined;
  port.on('message', (message) => {
    if (isEvents(message)) return onEvents(message.events);
    if (!isAnswer(message)) return;
    const call = pending.get(message.answer);
    pending.delete(message.answer);
    if (message.error) {
      const failure = new Failure(message.error.reason, message.error.message, message.error.data);
      if (message.error.stack) failure.stack = message.error.stack;
      call?.reject(failure);
    } else call?.resolve(message.result);
  });
  const functions = new Map<string | symbol, unknown>();
  const api = new Proxy(Object.create(null) as object, {
    get(_target, name) {
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let fn = functions.get(name);
      if (!fn) {
        fn = (...args: unknown[]) =>
          ended
            ? Promise.reject(ended)
            : new Promise((resolve, reject) => {
                const call = ++last;
                pending.set(call, { resolve, reject });
                port.postMessage({ call, name, args } satisfies CallMessage);
              });
        functions.set(name, fn);
      }
      return fn;
    },
  }) as T;
  return {
    api,
    end(failure) {
      ended = failure;
      for (const call of pending.values()) call.reject(failure);
      pending.clear();
    },
  };
}

export interface EventBatcher<E> {
  (event: E): void;
  /** Posts now what waits. */
  flush(): void;
}

/** Collects events and posts them together every `intervalMs`: a flood of single messages blocks the receiving thread. */
export function eventBatcher<E>(port: Port, intervalMs = 50): EventBatcher<E> {
  let batch: E[] = [];
  let timer: NodeJS.Timeout | undefined;
  let lastSent = 0;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (batch.length === 0) return;
    lastSent = performance.now();
    const events = batch;
    batch = [];
    port.postMessage({ events } satisfies EventsMessage);
  };
  const send = (event: E): void => {
    batch.push(event);
    // The first event after a pause goes at once (next turn), so that a single mail shows without delay.
    timer ??= setTimeout(flush, Math.max(0, intervalMs - (performance.now() - lastSent)));
  };
  return Object.assign(send, { flush });
}

function isCall(message: unknown): message is CallMessage {
  return typeof message === 'object' && message !== null && 'call' in message;
}
function isAnswer(message: unknown): message is AnswerMessage {
  return typeof message === 'object' && message !== null && 'answer' in message;
}
function isEvents(message: unknown): message is EventsMessage {
  return typeof message === 'object' && message !== null && 'events' in message;
}
