// store: what is known of the drop folder, and the one way to learn more: look at one name and compare. That is a single synchronous step, so
// it does not matter who asks for it in which order: our own writes, the watcher, a scan.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Disposable } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import { codeOf, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { type FileState, readRangeSync, withFileSync } from './disk.ts';
import { type LogSlice, maxLogSize, sliceLog, startsWithField } from './djangoLog.ts';
import { fileOf, isLogName, logKey, type Place, placeOf, sideFileOf } from './names.ts';
import { AgeQueue } from './retention.ts';

export interface FolderEntry {
  /** Path relative to the folder, '/' between folders; one of several mails of a file has "#" and its id at its end (djangoLog.ts). */
  readonly key: string;
  /** Octets. */
  readonly size: number;
  readonly mtimeMs: number;
  /** There is a side file: our server caught it. */
  readonly isCaught: boolean;
}

/** A key may be announced again that is known already, or removed that never was: take added and changed as "is now so". */
export interface FolderChange {
  readonly added: readonly FolderEntry[];
  readonly changed: readonly FolderEntry[];
  readonly removed: readonly string[];
}

interface KnownLog extends FileState {
  readonly keys: ReadonlySet<string>;
}

/** Milliseconds in which changes are collected before they are announced. */
const announceAfter = 25;

export class FolderState implements Disposable {
  readonly folder: string;
  private readonly log: Log;
  private readonly entries = new Map<string, FolderEntry>();
  /** Every file that may be one of Django's; without keys: it is not (yet). */
  private readonly knownLogs = new Map<string, KnownLog>();
  private readonly changes = new Emitter<FolderChange>();
  private pending = new Map<string, 'added' | 'changed' | 'removed'>();
  private timer: NodeJS.Timeout | undefined;

  readonly caught = new AgeQueue((key) => this.entries.get(key)?.isCaught === true);
  readonly refused = new AgeQueue((key) => this.entries.get(key)?.isCaught === true);
  readonly onDidChange: Event<FolderChange> = this.changes.event;

  constructor(folder: string, log: Log) {
    this.folder = folder;
    this.log = log;
  }

  get(key: string): FolderEntry | undefined {
    return this.entries.get(key);
  }

  /** Live: bears changes while it is read. */
  all(): IterableIterator<FolderEntry> {
    return this.entries.values();
  }

  logs(): IterableIterator<string> {
    return this.knownLogs.keys();
  }

  /** Looks at a mail or log file by its name relative to the folder; other names mean nothing. `isSilent`: do not announce. */
  refresh(name: string, isSilent = false, hasSide: (place: Place) => boolean = (place) => this.hasSide(place)): void {
    if (isLogName(name)) this.refreshLog(name, isSilent);
    const place = placeOf(name);
    if (place === null || place.kind === 'log') return;
    const file = this.lookAt(fileOf(this.folder, place));
    if (file === undefined) return;
    if (file === null) this.delete(name, isSilent);
    else this.set({ key: name, ...file, isCaught: hasSide(place) }, isSilent);
  }

  /** A mail that this process has just put there. */
  keep(key: string, { size, mtimeMs }: FileState): void {
    this.set({ key, size, mtimeMs, isCaught: true }, false);
  }

  hasSide(place: Place): boolean {
    const side = sideFileOf(this.folder, place);
    return side !== null && existsSync(side);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.pending.clear();
    this.changes.dispose();
  }

  private refreshLog(name: string, isSilent: boolean): void {
    const file = this.lookAt(join(this.folder, name));
    const known = this.knownLogs.get(name);
    if (file === undefined || (known && file && known.size === file.size && known.mtimeMs === file.mtimeMs)) return;
    const slices = file ? this.slicesOf(name, file) : [];
    const keys = new Set(slices.map(({ id }) => logKey(name, id)));
    if (file) this.knownLogs.set(name, { ...file, keys });
    else this.knownLogs.delete(name);
    for (const [index, { id, start, end }] of slices.entries()) {
      // A millisecond apart, so that lists keep the order of the file.
      const mtimeMs = (file?.mtimeMs ?? 0) - (slices.length - 1 - index);
      this.set({ key: logKey(name, id), size: end - start, mtimeMs, isCaught: false }, isSilent);
    }
    for (const key of known?.keys ?? []) if (!keys.has(key)) this.delete(key, isSilent);
  }

  private slicesOf(name: string, { size }: FileState): readonly LogSlice[] {
    try {
      return withFileSync(join(this.folder, name), (file) => {
        // Most logs are not mail: their first line tells, and only that is read.
        if (!startsWithField(readRangeSync(file, 0, Math.min(size, 1000)))) return [];
        if (size <= maxLogSize) return sliceLog(readRangeSync(file, 0, size));
        this.log.warn(`${name} is not read as mail: it has more than ${maxLogSize} octets`);
        return [];
      });
    } catch (error) {
      this.log.warn(`${name} could not be read: ${messageOf(error)}`);
      return [];
    }
  }

  /** null: there is no regular file. undefined: the disk did not tell. Links are followed: a link to a mail is a mail. */
  private lookAt(path: string): FileState | null | undefined {
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.isFile() ? { size: stats.size, mtimeMs: stats.mtimeMs } : null;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null;
      this.log.debug(`${path}: ${messageOf(error)}`);
      return undefined;
    }
  }

  private set(entry: FolderEntry, isSilent: boolean): void {
    const { key } = entry;
    const known = this.entries.get(key);
    if (known && known.size === entry.size && known.mtimeMs === entry.mtimeMs && known.isCaught === entry.isCaught) return;
    this.entries.set(key, entry);
    const queue = this.queueOf(key);
    if (entry.isCaught && !known?.isCaught) queue.added(key);
    if (!entry.isCaught && known?.isCaught) queue.removed();
    if (!isSilent) this.announce(key, known ? 'changed' : 'added');
  }

  private delete(key: string, isSilent: boolean): void {
    const known = this.entries.get(key);
    if (!known) return;
    this.entries.delete(key);
    if (known.isCaught) this.queueOf(key).removed();
    if (!isSilent) this.announce(key, 'removed');
  }

  private queueOf(key: string): AgeQueue {
    return key.includes('/') ? this.refused : this.caught;
  }

  private announce(key: string, what: 'added' | 'changed' | 'removed'): void {
    const before = this.pending.get(key);
    if (before === 'added' && what === 'changed') return;
    this.pending.set(key, before === 'removed' && what === 'added' ? 'changed' : what);
    this.timer ??= setTimeout(() => this.fire(), announceAfter);
  }

  private fire(): void {
    this.timer = undefined;
    const pending = this.pending;
    this.pending = new Map();
    const added: FolderEntry[] = [];
    const changed: FolderEntry[] = [];
    const removed: string[] = [];
    for (const [key, what] of pending) {
      const entry = this.entries.get(key);
      if (!entry) removed.push(key);
      else if (what === 'added') added.push(entry);
      else changed.push(entry);
    }
    if (added.length + changed.length + removed.length > 0) this.changes.fire({ added, changed, removed });
  }
}
