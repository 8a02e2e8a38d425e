// store: hears from the operating system which names in one directory changed. Such reports get lost and come twice; follow.ts copes.
import { type FSWatcher, watch } from 'node:fs';
import type { Disposable } from '../base/disposable.ts';

export interface WatchListener {
  /** null: something changed, the name is not known. */
  onName(name: string | null): void;
  onError(error: unknown): void;
}

export class DirectoryWatch implements Disposable {
  private readonly listener: WatchListener;
  private watcher: FSWatcher | null = null;
  private identity = '';

  constructor(listener: WatchListener) {
    this.listener = listener;
  }

  /** True when another directory than the one that is followed (or none was) has this identity. */
  isAnother(identity: string): boolean {
    return this.identity !== identity;
  }

  /** Watches the directory at `path`, whose `identity` changes when another directory takes its place. Tries again what failed before. */
  follow(path: string, identity: string): void {
    if (this.watcher && !this.isAnother(identity)) return;
    this.dispose();
    this.identity = identity;
    try {
      const watcher = watch(path, { persistent: false });
      watcher.on('change', (_kind, name) => this.listener.onName(typeof name === 'string' ? name : null));
      watcher.on('error', (error) => {
        if (this.watcher === watcher) this.close();
        this.listener.onError(error);
      });
      this.watcher = watcher;
    } catch (error) {
      this.listener.onError(error);
    }
  }

  get isWatching(): boolean {
    return this.watcher !== null;
  }

  dispose(): void {
    this.close();
    this.identity = '';
  }

  private close(): void {
    this.watcher?.close();
    this.watcher = null;
  }
}
