// base: the one event type of the pure rooms; shaped like VS Code's so that the edge needs no adapter.
import type { Disposable } from './disposable.ts';

export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Owns the listeners of one event. A listener that throws does not keep the others from hearing. */
export class Emitter<T> implements Disposable {
  private listeners = new Set<(value: T) => void>();
  private readonly onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = reportLater) {
    this.onError = onError;
  }

  readonly event: Event<T> = (listener) => {
    // A wrapper, so that one function may listen twice and be removed once.
    const entry = (value: T): void => listener(value);
    this.listeners.add(entry);
    return { dispose: () => void this.listeners.delete(entry) };
  };

  fire(value: T): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.onError(error);
      }
    }
  }

  dispose(): void {
    this.listeners.clear();
  }
}

function reportLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
