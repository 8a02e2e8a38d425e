// base: ownership. Everything that must be ended has exactly one owner.

export interface Disposable {
  dispose(): void;
}

/** Ends what it was given, newest first; what is added after the end is ended at once. */
export class DisposableStore implements Disposable {
  private items: Disposable[] = [];
  private ended = false;

  get isDisposed(): boolean {
    return this.ended;
  }

  add<T extends Disposable>(item: T): T {
    if (this.ended) item.dispose();
    else this.items.push(item);
    return item;
  }

  dispose(): void {
    this.ended = true;
    for (const item of this.items.splice(0).reverse()) item.dispose();
  }
}

export function toDisposable(dispose: () => void): Disposable {
  return { dispose };
}
