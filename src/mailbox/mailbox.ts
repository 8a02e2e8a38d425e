// mailbox: the index of one drop folder. It answers every list and search without opening a mail, and can be deleted at any time: the folder is the
// truth, this only remembers it (and which mail was read).
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Grouping, ListQuery, MailCounts, MailGroup, MailKey, MailPage, MailSummary } from '../protocol/engine.ts';
import type { FolderChange, FolderEntry } from '../store/folderState.ts';
import { Changes, type MailboxChange } from './changes.ts';
import { Indexer } from './indexer.ts';
import { IndexFile, type IndexOptions, isDamage } from './indexFile.ts';
import { Query } from './query.ts';
import type { Job } from './queue.ts';
import { setRead } from './rows.ts';
import type { Digest, MailReader } from './source.ts';

export interface MailboxPorts {
  /** Absolute path of the SQLite file; made when missing, made anew when damaged. */
  readonly indexFile: string;
  /** The drop folder, named in the log. */
  readonly folder: string;
  readonly reader: MailReader;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly log: Log;
  /** Minutes to add to UTC for local days. */
  readonly utcOffset: number;
  /** Milliseconds that a writer waits for another process. */
  readonly busyTimeout?: number;
  /** Milliseconds until the next try after the index could not be written. */
  readonly retryDelay?: number;
  /** Milliseconds between looks for what other processes wrote. */
  readonly pollInterval?: number;
}

/** Rows that are compared with the folder before others get their turn. */
const comparedRows = 2000;
/** Milliseconds between announcements while mail arrives. */
const announceInterval = 50;
/** More jobs than this are bulk work: it is announced seldom, and as a whole. */
const bulkJobs = 500;
const bulkInterval = 250;
/** After so many damaged files the disk is not to be trusted. */
const mostRebuilds = 3;

export class Mailbox {
  private readonly ports: MailboxPorts;
  private readonly options: IndexOptions;
  private readonly indexer: Indexer;
  private readonly didChange = new Emitter<MailboxChange>();
  private readonly didNeedSync = new Emitter<void>();
  private readonly changes = new Changes();
  private index: IndexFile;
  private query: Query;
  private revision = 0;
  private rebuilds = 0;
  private listeners = 0;
  private pollTimer: NodeJS.Timeout | undefined;
  private dataVersion: number;
  private announcedAt = Number.NEGATIVE_INFINITY;
  private syncs: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  /** The index was damaged while in use and is empty now: call sync() with the whole folder. */
  readonly onDidNeedSync: Event<void> = this.didNeedSync.event;

  /** Comes after the change is in the index. Changes of other processes come as a reset, about a second later, and only while somebody listens. */
  readonly onDidChange: Event<MailboxChange> = (listener) => this.listen(listener);

  /** Rejects only when SQLite itself cannot run; an index that cannot be stored is kept in memory. */
  static async open(ports: MailboxPorts): Promise<Mailbox> {
    const options = { file: ports.indexFile, busyTimeout: ports.busyTimeout ?? 5000, log: ports.log };
    return new Mailbox(ports, options, await IndexFile.open(options));
  }

  private constructor(ports: MailboxPorts, options: IndexOptions, index: IndexFile) {
    this.ports = ports;
    this.options = options;
    this.index = index;
    this.query = this.queryOf(index);
    this.dataVersion = index.dataVersion();
    this.indexer = new Indexer({
      reader: ports.reader,
      digest: ports.digest,
      clock: ports.clock,
      log: ports.log,
      retryDelay: ports.retryDelay ?? 5000,
      index: () => this.index,
      onDidWrite: (changes) => {
        this.revision++;
        for (const [key, change] of changes) this.changes.add(key, change);
      },
      onDidBatch: (waiting, wasKnown) => {
        if (wasKnown) this.lookForOthers();
        this.announce(waiting);
      },
      repair: (error) => this.repair(error),
    });
  }

  /** True: there was an index file and it could not be used, now or since. */
  get wasRebuilt(): boolean {
    return this.index.wasRebuilt;
  }

  /**
   * Takes the whole folder: what differs from the index in size or time is indexed anew, newest first; rows whose file is gone are removed.
   * Resolves when it is queued.
   */
  sync(entries: readonly FolderEntry[]): Promise<void> {
    const run = this.syncs.then(() => this.compare(entries));
    this.syncs = run.catch(() => {});
    return run;
  }

  /** Takes what changed in the folder. A later change of a key replaces an earlier one that waits. */
  apply(change: FolderChange): void {
    this.indexer.add([
      ...change.removed.map((key): Job => ({ kind: 'remove', key })),
      ...[...change.added, ...change.changed].map((entry): Job => ({ kind: 'index', entry })),
    ]);
  }

  /** Resolves when all that was given to sync() and apply() is in the index and announced. */
  async settled(): Promise<void> {
    await this.syncs;
    await this.indexer.settled();
  }

  /** Rejects 'badCursor'. */
  list(query: ListQuery): MailPage {
    return this.guarded(() => this.query.list(query));
  }

  groups(by: Exclude<Grouping, 'none'>, text: string): readonly MailGroup[] {
    return this.guarded(() => this.query.groups(by, text));
  }

  counts(): MailCounts {
    return this.guarded(() => this.query.counts());
  }

  summaries(keys: readonly MailKey[]): readonly MailSummary[] {
    return this.guarded(() => this.query.summaries(keys));
  }

  /** One transaction and one event, however many keys. Keys that are gone are left out. */
  markRead(keys: readonly MailKey[], isRead: boolean): void {
    const marked = this.guarded(() => this.index.transaction(() => keys.filter((key) => setRead(this.index, key, isRead))));
    if (marked.length === 0) return;
    this.revision++;
    for (const key of marked) this.changes.add(key, 'changed');
    this.announce(0);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.pollTimer);
    this.indexer.close();
    this.didChange.dispose();
    this.didNeedSync.dispose();
    this.index.close();
  }

  private queryOf(index: IndexFile): Query {
    return new Query(index, this.ports.utcOffset, () => this.revision);
  }

  /** The rows are walked in steps and never all in memory; `rest` is what the caller gave, without what is up to date. */
  private async compare(entries: readonly FolderEntry[]): Promise<void> {
    const rest = new Map(entries.map((entry) => [entry.key, entry]));
    const missing: Job[] = [];
    let last = '';
    for (;;) {
      await setImmediate();
      if (this.isClosed) return;
      const rows = this.guarded(() => this.rowsAfter(last));
      for (const { key, size, mtime, is_caught } of rows) {
        const entry = rest.get(key);
        if (!entry) missing.push({ kind: 'verify', key });
        else if (entry.size === size && entry.mtimeMs === mtime && Number(entry.isCaught) === is_caught) rest.delete(key);
      }
      last = rows.at(-1)?.key ?? last;
      if (rows.length < comparedRows) break;
    }
    const unequal = [...rest.values()].sort((a, b) => a.mtimeMs - b.mtimeMs);
    if (unequal.length + missing.length > 0)
      this.ports.log.info(`${this.ports.folder}: ${unequal.length} mails to index, ${missing.length} perhaps gone`);
    this.indexer.addBelow([...unequal.map((entry): Job => ({ kind: 'index', entry })), ...missing]);
  }

  private rowsAfter(key: MailKey): readonly { key: MailKey; size: number; mtime: number; is_caught: number }[] {
    return this.index.all('SELECT key, size, mtime, is_caught FROM mail WHERE key > ? ORDER BY key LIMIT ?', key, comparedRows);
  }

  /** Announces what is collected; while much waits, only now and then. */
  private announce(waiting: number): void {
    if (this.changes.isEmpty || this.isClosed) return;
    const now = this.ports.clock.monotonic();
    const isBulk = waiting > bulkJobs;
    if (waiting > 0 && now - this.announcedAt < (isBulk ? bulkInterval : announceInterval)) return;
    if (isBulk) this.changes.reset();
    this.announcedAt = now;
    this.didChange.fire(this.guarded(() => this.changes.take(this.query.counts(), (keys) => this.query.summaries(keys))));
  }

  private listen(listener: (change: MailboxChange) => void): Disposable {
    const entry = this.didChange.event(listener);
    if (this.listeners++ === 0) {
      this.dataVersion = this.guarded(() => this.index.dataVersion());
      this.pollTimer = setInterval(() => {
        if (this.lookForOthers()) this.announce(0);
      }, this.ports.pollInterval ?? 1000);
      this.pollTimer.unref();
    }
    return toDisposable(() => {
      entry.dispose();
      if (--this.listeners === 0) clearInterval(this.pollTimer);
    });
  }

  /** Other windows write the same file; SQLite tells that they did, but not what. */
  private lookForOthers(): boolean {
    if (this.isClosed) return false;
    try {
      if (!this.index.isInPlace()) this.rebuild('the file was deleted or replaced');
      const version = this.guarded(() => this.index.dataVersion());
      if (version === this.dataVersion) return false;
      this.dataVersion = version;
      this.changes.reset();
      return true;
    } catch (error) {
      this.ports.log.warn(`The index could not be asked for changes: ${messageOf(error)}`);
      return false;
    }
  }

  /** Does the work, once more in a new index when this one is damaged. */
  private guarded<T>(work: () => T): T {
    if (this.isClosed) throw new Failure('mailboxClosed', 'The mailbox is closed');
    try {
      return work();
    } catch (error) {
      if (!this.repair(error)) throw error;
      return work();
    }
  }

  private repair(error: unknown): boolean {
    if (!isDamage(error)) return false;
    this.rebuild(messageOf(error));
    return true;
  }

  private rebuild(reason: string): void {
    this.ports.log.error(`The index ${this.ports.indexFile} is made anew: ${reason}`);
    this.rebuilds++;
    const before = this.index;
    if (this.rebuilds > mostRebuilds) {
      before.close();
      this.index = IndexFile.inMemory(this.options, `${this.rebuilds} times damaged`);
    } else this.index = IndexFile.reopen(before, this.options);
    this.query = this.queryOf(this.index);
    this.dataVersion = this.index.dataVersion();
    this.revision++;
    this.changes.reset();
    // Later: whoever asks for a list does not expect an event before the answer.
    void setImmediate().then(() => {
      if (this.isClosed) return;
      this.announce(0);
      this.didNeedSync.fire();
    });
  }
}
