// mailbox: works off the queue in small batches and lets others run in between, because lists are answered and mails shown by the same thread.
import { setTimeout as rest, setImmediate } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { MailKey } from '../protocol/engine.ts';
import type { Delivery } from '../smtp/delivery.ts';
import type { FolderEntry } from '../store/folderState.ts';
import type { IndexFile } from './indexFile.ts';
import { type Job, JobQueue, keyOf } from './queue.ts';
import { digestOfFailure, type Row, rowOf } from './row.ts';
import { isCurrent, put, type RowChange, remove, type Written, writeText } from './rows.ts';
import type { Digest, MailReader } from './source.ts';

const batchJobs = 200;
/** Octets of mail in memory at once, unless a single one is larger. */
const batchOctets = 4 * 1024 * 1024;
/** Milliseconds after which a batch is written with what it has. */
const batchTime = 20;
/** Milliseconds of writing rows, and characters of text, after which a transaction ends. */
const transactionTime = 10;
const transactionText = 256 * 1024;
/** Files that are read at the same time: enough to keep the parser busy. */
const lanes = 4;
/**
 * While mail floods in, the index leaves the processor to whoever receives it: after each batch it rests this many times as long as the
 * batch took, but not longer than `longestRest` milliseconds, not when nothing more arrives within `restStep`, and not when so many jobs wait that they
 * could not be done within two or three seconds after the flood.
 */
const restFactor = 4;
const longestRest = 500;
const restStep = 25;
const restUntilWaiting = 2000;

export interface IndexerPorts {
  readonly reader: MailReader;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds until the next try after the index could not be written. */
  readonly retryDelay: number;
  /** The index to write to; another one after damage. */
  readonly index: () => IndexFile;
  /** A transaction is committed. */
  readonly onDidWrite: (changes: ReadonlyMap<MailKey, RowChange>) => void;
  /** A batch is done; `waiting` jobs are left. `wasKnown`: some of it was in the index already. */
  readonly onDidBatch: (waiting: number, wasKnown: boolean) => void;
  /** True: the error was damage and is repaired. */
  readonly repair: (error: unknown) => boolean;
}

/** What is to be written for one job; null row: remove. */
interface Prepared {
  readonly job: Job;
  readonly row: Row | null;
}

export class Indexer {
  private readonly ports: IndexerPorts;
  private readonly queue = new JobQueue();
  private isRunning = false;
  private isClosed = false;
  /** The batch at work asked for something that is in the index: another process was first. */
  private wasKnown = false;
  private retryTimer: NodeJS.Timeout | undefined;
  /** How often jobs were added: tells whether mail keeps coming. */
  private arrivals = 0;
  private waiters: (() => void)[] = [];

  constructor(ports: IndexerPorts) {
    this.ports = ports;
  }

  /** Jobs before everything that waits, the last of them first. */
  add(jobs: readonly Job[]): void {
    for (const job of jobs) this.queue.add(job);
    this.arrivals++;
    this.start();
  }

  /** Jobs after everything that waits, the last of them first. */
  addBelow(jobs: readonly Job[]): void {
    this.queue.addBelow(jobs);
    this.start();
  }

  /** Resolves when nothing waits, or at the end. */
  settled(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
    this.queue.clear();
    this.wake();
  }

  private isIdle(): boolean {
    return this.isClosed || (!this.isRunning && this.queue.size === 0);
  }

  private wake(): void {
    if (!this.isIdle()) return;
    for (const resolve of this.waiters.splice(0)) resolve();
  }

  private start(): void {
    if (this.isRunning || this.isClosed || this.retryTimer || this.queue.size === 0) return;
    this.isRunning = true;
    void this.run().finally(() => {
      this.isRunning = false;
      this.wake();
    });
  }

  private async run(): Promise<void> {
    // Let whoever adds jobs finish first: a burst becomes one batch.
    await setImmediate();
    while (this.queue.size > 0 && !this.isClosed) {
      const { arrivals } = this;
      const began = this.ports.clock.monotonic();
      const jobs = this.queue.take(batchJobs, batchOctets);
      let prepared: readonly Prepared[] = [];
      try {
        prepared = await this.prepare(jobs);
        if (this.isClosed) return;
        await this.write(prepared);
      } catch (error) {
        if (this.isClosed) return;
        // Rows that are written already are found to be current when their jobs come again.
        this.queue.putBack(jobs);
        if (!this.ports.repair(error)) return this.retryLater(error);
      }
      this.ports.onDidBatch(this.queue.size, this.wasKnown);
      this.wasKnown = false;
      await this.makeWay(began, arrivals);
    }
  }

  /** Lets others run: for a moment, or for longer while mail keeps coming (see restFactor). */
  private async makeWay(began: number, arrivalsBefore: number): Promise<void> {
    const { clock } = this.ports;
    const now = clock.monotonic();
    const until = now + Math.min(longestRest, (now - began) * restFactor);
    let before = arrivalsBefore;
    await setImmediate();
    while (this.arrivals !== before && this.queue.size < restUntilWaiting && clock.monotonic() < until && !this.isClosed) {
      before = this.arrivals;
      await rest(restStep);
    }
  }

  private retryLater(error: unknown): void {
    this.ports.log.warn(`The index could not be written, ${this.queue.size} mails wait: ${messageOf(error)}`);
    this.retryTimer = setTimeout(() => {
      this.retryTimer = undefined;
      this.start();
    }, this.ports.retryDelay);
    this.retryTimer.unref();
  }

  /** Reads and digests as many of the jobs as time allows, at least one; the others go back into the queue. */
  private async prepare(jobs: readonly Job[]): Promise<readonly Prepared[]> {
    const { clock } = this.ports;
    const start = clock.monotonic();
    const prepared: Prepared[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < jobs.length && (next === 0 || clock.monotonic() - start < batchTime) && !this.isClosed) {
        const job = jobs[next++];
        const done = job && (await this.prepareOne(job));
        if (done) prepared.push(done);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    this.queue.putBack(jobs.slice(next));
    return prepared;
  }

  /** Null: nothing to write. */
  private async prepareOne(job: Job): Promise<Prepared | null> {
    if (job.kind === 'remove') return { job, row: null };
    if (job.kind === 'verify') return (await this.isGone(job.key)) ? { job, row: null } : null;
    if (!job.isAnew && isCurrent(this.ports.index(), job.entry)) {
      this.wasKnown = true;
      return null;
    }
    const row = await this.rowFor(job.entry);
    return row && { job, row };
  }

  private async isGone(key: MailKey): Promise<boolean> {
    try {
      await this.ports.reader.read(key);
      return false;
    } catch (error) {
      return isNotFound(error);
    }
  }

  /** Null: the file is gone, which its own removal will tell. */
  private async rowFor(entry: FolderEntry): Promise<Row | null> {
    const { reader, log } = this.ports;
    const delivery = await reader.delivery(entry.key).catch((error: unknown) => {
      log.debug(`${entry.key}: its side file could not be read: ${messageOf(error)}`);
      return null;
    });
    let bytes: Uint8Array;
    try {
      bytes = await reader.read(entry.key);
    } catch (error) {
      return isNotFound(error) ? null : rowOf(entry, delivery, digestOfFailure(error, delivery), true);
    }
    return rowOf(entry, delivery, await this.digestOf(entry.key, bytes, delivery), false);
  }

  private async digestOf(key: MailKey, bytes: Uint8Array, delivery: Delivery | null): ReturnType<Digest> {
    try {
      return await this.ports.digest(bytes, delivery);
    } catch (error) {
      this.ports.log.warn(`${key} could not be read as mail: ${messageOf(error)}`);
      return digestOfFailure(error, delivery);
    }
  }

  /** Several short transactions: readers of this thread and writers of other processes get their turn. */
  private async write(prepared: readonly Prepared[]): Promise<void> {
    let next = 0;
    while (next < prepared.length && !this.isClosed) {
      const changes = new Map<MailKey, RowChange>();
      next = this.writeSome(prepared, next, changes);
      if (changes.size > 0) this.ports.onDidWrite(changes);
      if (next < prepared.length) await setImmediate();
    }
  }

  /** One transaction; answers where the next one begins. */
  private writeSome(prepared: readonly Prepared[], from: number, changes: Map<MailKey, RowChange>): number {
    const { clock } = this.ports;
    const index = this.ports.index();
    return index.transaction(() => {
      const start = clock.monotonic();
      const texts: Written[] = [];
      let length = 0;
      let at = from;
      while (at < prepared.length && length < transactionText && clock.monotonic() - start < transactionTime) {
        const each = prepared[at++];
        const written = each && writeOne(index, each);
        if (!written) continue;
        texts.push(written);
        length += written.row?.searchText.length ?? 0;
        changes.set(keyOf(each.job), written.change);
      }
      for (const written of texts) writeText(index, written);
      return at;
    });
  }
}

function writeOne(index: IndexFile, { job, row }: Prepared): Written | null {
  return row ? put(index, row, job.kind === 'index' && job.isAnew === true) : remove(index, keyOf(job));
}

function isNotFound(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || Failure.is(error, 'mailNotFound');
}
