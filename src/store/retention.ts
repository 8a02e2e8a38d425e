// store: which mail is the oldest, without looking at the folder: asked after every batch of arrivals, also with 100 000 files.

/** Keys of mail that our server caught, oldest first. Keys of one folder sort by their time, because their ids do. */
export class AgeQueue {
  private readonly has: (key: string) => boolean;
  /** In order from `head`, unless `isSorted` is false; may hold keys that are gone or twice. */
  private keys: string[] = [];
  private head = 0;
  private isSorted = true;
  private count = 0;

  /** `has` tells whether a key that was added is still there. */
  constructor(has: (key: string) => boolean) {
    this.has = has;
  }

  get size(): number {
    return this.count;
  }

  added(key: string): void {
    this.count++;
    this.push(key);
    if (this.keys.length > 2 * this.count + 1000) this.compact();
  }

  removed(): void {
    this.count--;
  }

  /** Takes the oldest while there are more than `max` or it `isExpired`. Whatever is not removed then must be put back. */
  take(max: number, isExpired: (key: string) => boolean): string[] {
    this.sort();
    const taken: string[] = [];
    let excess = this.count - max;
    for (; this.head < this.keys.length; this.head++) {
      const key = this.keys[this.head];
      if (key === undefined || key === taken.at(-1) || !this.has(key)) continue;
      if (excess <= 0 && !isExpired(key)) break;
      excess--;
      taken.push(key);
    }
    return taken;
  }

  putBack(keys: readonly string[]): void {
    for (const key of keys) this.push(key);
  }

  private push(key: string): void {
    const last = this.keys.at(-1);
    if (last !== undefined && key < last) this.isSorted = false;
    this.keys.push(key);
  }

  private compact(): void {
    this.keys = [...new Set(this.keys.slice(this.head).filter(this.has))];
    this.head = 0;
  }

  private sort(): void {
    if (this.isSorted) return;
    this.compact();
    this.keys.sort();
    this.isSorted = true;
  }
}
