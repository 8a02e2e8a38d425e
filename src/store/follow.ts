// store: keeps what is known in step with the folder: looks at the names a watcher reports, and at everything from time to time, because
// watchers lose events. Also notices when the folder goes away and when it comes back.
import { type BigIntStats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Emitter, type Event } from '../base/event.ts';
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { Breather } from './disk.ts';
import type { FolderState } from './folderState.ts';
import { isLogName, mailEnding, placeOf, refusedFolder } from './names.ts';
import { type ScanOptions, scanAll, scanForeign } from './scan.ts';
import { DirectoryWatch } from './watch.ts';

/** Milliseconds from the first report of a name until it is looked at; files that grow are announced this often. */
const gather = 150;
/** More names than this: look at everything instead. */
const maxNames = 20_000;
/** Milliseconds between two rescans, if nobody asks for another pace. */
const defaultRescanEvery = 5000;
/** A rescan may take a twentieth of the time at most. */
const restShare = 20;
/** Milliseconds between two looks when there is no watcher or no folder. */
const lookEvery = 1000;
/** Milliseconds after which a rescan looks at everything even though no directory seems changed: FAT does not date directories. */
const fullScanEvery = 60_000;
/** Milliseconds that the dates of some file systems are coarse. */
const coarseness = 2000;

/** What tells of a change of names in the folder without listing it. */
interface Glance {
  readonly stamp: string;
  /** Older than the coarseness of dates. */
  readonly isSettled: boolean;
}

export class FolderFollower {
  private readonly state: FolderState;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly rescanEvery: number;
  private readonly failures = new Emitter<Failure>();
  private readonly returns = new Emitter<void>();
  private readonly watches: { readonly top: DirectoryWatch; readonly refused: DirectoryWatch };
  private work: Promise<void> = Promise.resolve();
  private names = new Set<string>();
  private isEverythingDue = false;
  private namesTimer: NodeJS.Timeout | undefined;
  private rescanTimer: NodeJS.Timeout | undefined;
  private hasStarted = false;
  private isDisposed = false;
  private isGone = false;
  private isWatchTroubleTold = false;
  private stamp = '';
  private lastFullScan = Number.NEGATIVE_INFINITY;

  readonly onDidFail: Event<Failure> = this.failures.event;
  readonly onDidReturn: Event<void> = this.returns.event;

  constructor(state: FolderState, clock: Clock, log: Log, rescanEvery = defaultRescanEvery) {
    this.rescanEvery = rescanEvery;
    this.state = state;
    this.clock = clock;
    this.log = log;
    this.watches = {
      top: this.watchOf((name) => name),
      refused: this.watchOf((name) => `${refusedFolder}/${name}`),
    };
  }

  start(): void {
    if (this.hasStarted || this.isDisposed) return;
    this.hasStarted = true;
    this.attach();
    // At once: something may have changed between a scan and now.
    this.rescanAfter(0);
  }

  /** Looks at everything now. What the first look finds is not announced. */
  scan(): Promise<void> {
    return this.enqueue(async () => {
      this.attach();
      await this.lookAtAll(this.lastFullScan === Number.NEGATIVE_INFINITY);
    });
  }

  /** Our own mail was written: if the folder was gone it is back, and `refused` may be new. */
  wrote(isRefused: boolean): void {
    if (!this.hasStarted) return;
    if (this.isGone) this.rescanAfter(0);
    else if (isRefused && !this.watches.refused.isWatching) this.attach();
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    clearTimeout(this.namesTimer);
    clearTimeout(this.rescanTimer);
    this.watches.top.dispose();
    this.watches.refused.dispose();
    this.failures.dispose();
    this.returns.dispose();
    await this.work;
  }

  private watchOf(nameOf: (name: string) => string): DirectoryWatch {
    return new DirectoryWatch({
      onName: (name) => this.heard(name === null ? null : nameOf(name)),
      onError: (error) => this.tellWatchTrouble(error),
    });
  }

  private tellWatchTrouble(error: unknown): void {
    // A folder that vanishes makes its watcher fail, too; the rescan tells that better.
    if (this.isWatchTroubleTold || this.isDisposed || this.lookAt('') === null) return;
    this.isWatchTroubleTold = true;
    const { folder } = this.state;
    const message = `Changes in ${folder} are seen late, because it cannot be watched: ${messageOf(error)}`;
    this.failures.fire(new Failure('watchFailed', message, { folder, code: codeOf(error) ?? null }, error));
  }

  private heard(name: string | null): void {
    if (this.isDisposed) return;
    // Any report makes us look whether the folder is still there: its own name is reported when it is deleted or moved.
    if (name === null || this.names.size >= maxNames) this.isEverythingDue = true;
    else if (name.startsWith('.')) return;
    else {
      const mail = name.replace(/\.json$/, mailEnding);
      if (isLogName(mail) || placeOf(mail)) this.names.add(mail);
    }
    this.namesTimer ??= setTimeout(() => {
      this.namesTimer = undefined;
      void this.enqueue(() => this.lookAtNames());
    }, gather);
  }

  private async lookAtNames(): Promise<void> {
    const names = this.names;
    const isEverythingDue = this.isEverythingDue;
    this.names = new Set();
    this.isEverythingDue = false;
    if (!this.attach() || isEverythingDue) return this.lookAtAll(false);
    const breather = new Breather();
    for (const name of names) {
      if (breather.isDue) await breather.rest();
      if (this.isDisposed) return;
      this.state.refresh(name);
    }
  }

  private async rescan(): Promise<void> {
    const began = this.clock.monotonic();
    try {
      const isSame = this.attach();
      const isFullDue = began - this.lastFullScan >= fullScanEvery;
      if (isSame && !isFullDue && this.glance().stamp === this.stamp) await scanForeign(this.state, this.options(false));
      else await this.lookAtAll(false);
    } finally {
      const isBlind = this.isGone || !this.watches.top.isWatching;
      const pause = isBlind ? Math.min(lookEvery, this.rescanEvery) : this.rescanEvery;
      this.rescanAfter(Math.max(pause, restShare * (this.clock.monotonic() - began)));
    }
  }

  private rescanAfter(delay: number): void {
    clearTimeout(this.rescanTimer);
    if (!this.isDisposed) this.rescanTimer = setTimeout(() => void this.enqueue(() => this.rescan()), delay).unref();
  }

  private async lookAtAll(isSilent: boolean): Promise<void> {
    const { stamp, isSettled } = this.glance();
    // A name that comes right after the listing may get the same date: such a stamp proves nothing.
    this.stamp = isSettled ? stamp : '';
    await scanAll(this.state, this.options(isSilent));
    this.lastFullScan = this.clock.monotonic();
  }

  /** Watches the directories that are there. False: the folder is not there, or was not, or is another one than before: look at everything. */
  private attach(): boolean {
    if (!this.hasStarted || this.isDisposed) return true;
    const top = this.lookAt('');
    if (top === null) {
      this.watches.top.dispose();
      this.watches.refused.dispose();
      if (!this.isGone) this.tellGone();
      return false;
    }
    const isNew = this.isGone || this.watches.top.isAnother(identityOf(top));
    if (this.isGone) this.tellReturned();
    this.watches.top.follow(this.state.folder, identityOf(top));
    const refused = this.lookAt(refusedFolder);
    if (refused === null) this.watches.refused.dispose();
    else {
      const isRefusedNew = this.watches.refused.isAnother(identityOf(refused));
      this.watches.refused.follow(join(this.state.folder, refusedFolder), identityOf(refused));
      return !isNew && !isRefusedNew;
    }
    return !isNew;
  }

  private tellGone(): void {
    this.isGone = true;
    this.rescanAfter(lookEvery);
    const { folder } = this.state;
    this.failures.fire(new Failure('dropFolderGone', `The drop folder ${folder} is gone`, { folder, code: 'ENOENT' }));
  }

  private tellReturned(): void {
    this.isGone = false;
    this.log.info(`The drop folder ${this.state.folder} is back`);
    this.returns.fire();
  }

  private glance(): Glance {
    const stats = [this.lookAt(''), this.lookAt(refusedFolder)];
    const newest = Math.max(...stats.map((each) => (each ? Number(each.mtimeMs) : 0)));
    return {
      stamp: stats.map((each) => (each ? `${identityOf(each)}@${each.mtimeNs}` : '')).join(' '),
      // Not this.clock: files are dated by the system's.
      isSettled: Math.abs(Date.now() - newest) > coarseness,
    };
  }

  private lookAt(name: string): BigIntStats | null {
    try {
      const stats = statSync(join(this.state.folder, name), { bigint: true, throwIfNoEntry: false });
      return stats?.isDirectory() ? stats : null;
    } catch {
      return null;
    }
  }

  private options(isSilent: boolean): ScanOptions {
    return { log: this.log, now: this.clock.now(), isSilent, isCancelled: () => this.isDisposed };
  }

  /** One thing at a time. */
  private enqueue(step: () => Promise<void>): Promise<void> {
    this.work = this.work
      .then(step)
      .catch((error: unknown) => this.log.error(`The drop folder could not be looked at: ${messageOf(error)}`));
    return this.work;
  }
}

/** With the time of its birth: a number is given again soon after a directory was deleted. */
function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`;
}
