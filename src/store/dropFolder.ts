// store: the drop folder, a plain folder of .eml files that is the truth about all mail. Whoever writes an .eml into it has delivered mail;
// this class writes, lists, watches, reads and removes. Any number of processes may work in the same folder.
import { constants, renameSync } from 'node:fs';
import { access, chmod, copyFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Event } from '../base/event.ts';
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { Breather, type FileState, makeFolder, removeIfThere, storageFailure } from './disk.ts';
import { Draft, type DraftHome } from './draft.ts';
import { type FolderChange, type FolderEntry, FolderState } from './folderState.ts';
import { FolderFollower } from './follow.ts';
import {
  createIds,
  fileOf,
  idOfMail,
  logKey,
  mailEnding,
  parseKey,
  type Random,
  refusedFolder,
  systemRandom,
  temporaryName,
  timeOf,
} from './names.ts';
import { readDelivery, readMail } from './readMail.ts';
import { removeFailure, removeFromLog, removeMail } from './removal.ts';
import type { AgeQueue } from './retention.ts';

export type { FolderChange, FolderEntry } from './folderState.ts';

/** How many refused messages are kept. */
const maxRefusedKept = 100;

export interface DropFolderPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: Random;
  /** Milliseconds between two looks at the folder that no report of the system asked for; 5 000 when not given. */
  readonly rescanEvery?: number;
}

export interface RetentionRule {
  /** How many mails are kept; 0 keeps all. */
  readonly maxMessages: number;
  /** Milliseconds; 0 keeps for ever. */
  readonly maxAge: number;
}

export class DropFolder {
  /** Absolute. */
  readonly path: string;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly state: FolderState;
  private readonly follower: FolderFollower;
  private readonly nextId: () => string;
  private readonly home: DraftHome;
  private retaining: Promise<unknown> = Promise.resolve();

  /** Mail that comes, changes and goes, whoever did it; collected for a few milliseconds. */
  readonly onDidChange: Event<FolderChange>;
  /** 'dropFolderGone': it is looked for until it is back. 'watchFailed': changes of others are seen late. */
  readonly onDidFail: Event<Failure>;
  /** After 'dropFolderGone': the folder is there again. */
  readonly onDidReturn: Event<void>;

  /** Makes the folder when it is missing. Rejects with 'dropFolderFailed'. */
  static async open(path: string, ports: DropFolderPorts): Promise<DropFolder> {
    const folder = resolve(path);
    try {
      await makeFolder(folder);
      await access(folder, constants.R_OK | constants.X_OK);
    } catch (error) {
      const data = { folder, code: codeOf(error) ?? null };
      throw new Failure('dropFolderFailed', `${folder}: ${messageOf(error)}`, data, error);
    }
    return new DropFolder(folder, ports);
  }

  private constructor(path: string, { clock, log, random = systemRandom, rescanEvery }: DropFolderPorts) {
    this.path = path;
    this.clock = clock;
    this.log = log;
    this.nextId = createIds(clock, random);
    this.state = new FolderState(path, log);
    this.follower = new FolderFollower(this.state, clock, log, rescanEvery);
    this.home = { folder: path, log, onKept: (key, file) => this.kept(key, file) };
    this.onDidChange = this.state.onDidChange;
    this.onDidFail = this.follower.onDidFail;
    this.onDidReturn = this.follower.onDidReturn;
  }

  /** Begins a message. Never throws. */
  begin(): Draft {
    return new Draft(this.home, this.nextId());
  }

  /**
   * Compares with the whole folder and answers everything, as it is at the moment of the answer. What the first scan finds is not announced.
   * Sweeps what processes that died more than ten minutes ago left behind.
   */
  async scan(): Promise<readonly FolderEntry[]> {
    await this.follower.scan();
    return [...this.state.all()];
  }

  /** From now on changes by others are announced, too. */
  start(): void {
    this.follower.start();
  }

  /** See readMail. */
  read(key: string): Promise<Uint8Array> {
    return readMail(this.path, key);
  }

  /** See readDelivery. */
  readDelivery(key: string): Promise<Delivery | null> {
    return readDelivery(this.path, key);
  }

  /** Absolute path of the file that holds the mail. Throws 'badKey'. */
  pathOf(key: string): string {
    return fileOf(this.path, parseKey(key));
  }

  /** Removes mails with their side files. Tries all, then rejects with the first 'removeFailed' (or, before any, with 'badKey'). */
  async remove(keys: readonly string[]): Promise<void> {
    const places = keys.map((key) => ({ key, place: parseKey(key) }));
    const logs = new Map<string, Set<string>>();
    const steps: (() => void)[] = [];
    for (const { key, place } of places) {
      if (place.kind !== 'log') steps.push(() => this.removeOne(key));
      else logs.set(place.name, (logs.get(place.name) ?? new Set()).add(place.slice));
    }
    for (const [name, ids] of logs) steps.push(() => this.removeSome(name, ids));
    await tryAll(steps);
  }

  /** Copies files into the folder under names of ours and answers their keys. Tries all, then rejects with the first 'importFailed' or a storage failure. */
  async importFiles(paths: readonly string[]): Promise<readonly string[]> {
    const keys: string[] = [];
    await tryAll(paths.map((path) => async () => void keys.push(await this.importFile(path))));
    return keys;
  }

  /** Removes the oldest of what our server caught, as far as the rule says, and answers what it removed. Never rejects. Costs no look at the folder. */
  retain(rule: RetentionRule): Promise<readonly string[]> {
    const work = this.retaining.then(() => this.retainNow(rule));
    this.retaining = work;
    return work;
  }

  /** Ends watching and announcing. Drafts that were begun may still end. */
  async dispose(): Promise<void> {
    this.state.dispose();
    await this.follower.dispose();
    await this.retaining;
  }

  private kept(key: string, file: FileState): void {
    this.state.keep(key, file);
    const isRefused = key.startsWith(refusedFolder);
    this.follower.wrote(isRefused);
    if (!isRefused) return;
    for (const old of this.removeCaught(this.state.refused, maxRefusedKept, () => false)) old();
  }

  private async retainNow({ maxMessages, maxAge }: RetentionRule): Promise<readonly string[]> {
    const before = maxAge > 0 ? this.clock.now() - maxAge : Number.NEGATIVE_INFINITY;
    const isExpired = (key: string): boolean => (timeOf(idOfMail(key.slice(key.indexOf('/') + 1)) ?? '') ?? before) < before;
    const removed: string[] = [];
    const run = (step: () => string | null): void => {
      const key = step();
      if (key !== null) removed.push(key);
    };
    // Without a rest: kept() takes from this queue, too.
    this.removeCaught(this.state.refused, maxRefusedKept, isExpired).forEach(run);
    const breather = new Breather();
    for (const step of this.removeCaught(this.state.caught, maxMessages > 0 ? maxMessages : Number.POSITIVE_INFINITY, isExpired)) {
      if (breather.isDue) await breather.rest();
      run(step);
    }
    return removed;
  }

  /** For each of the oldest a step that removes it, if it is really ours, and answers its key; null: it was not removed. */
  private removeCaught(queue: AgeQueue, max: number, isExpired: (key: string) => boolean): (() => string | null)[] {
    return queue.take(max, isExpired).map((key) => () => {
      try {
        // Someone may have taken the side file away since it was seen: then the mail is no longer ours to remove.
        if (!this.state.hasSide(parseKey(key))) this.state.refresh(key);
        else {
          this.removeOne(key);
          return key;
        }
      } catch (error) {
        this.log.warn(messageOf(error));
        queue.putBack([key]);
      }
      return null;
    });
  }

  private removeOne(key: string): void {
    const place = parseKey(key);
    if (place.kind !== 'log') removeMail(this.path, key, place);
    this.state.refresh(key);
  }

  /** A mail that is still listed, but no longer in the file, was changed by somebody: what came in its place is not what was to be removed. */
  private removeSome(name: string, ids: ReadonlySet<string>): void {
    const missing = removeFromLog(this.path, name, ids, this.nextId());
    const isChanged = missing.some((id) => this.state.get(logKey(name, id)));
    this.state.refresh(name);
    if (isChanged) throw removeFailure(`a mail of ${name}`, new Error('it was changed and no longer holds the mail as it was listed'));
  }

  private async importFile(path: string): Promise<string> {
    const id = this.nextId();
    const temporary = join(this.path, temporaryName(id, mailEnding));
    try {
      const isFile = (await stat(path)).isFile();
      if (!isFile) throw new Error('it is not a file');
      await access(path, constants.R_OK);
    } catch (error) {
      throw new Failure('importFailed', `Cannot import ${path}: ${messageOf(error)}`, { path, code: codeOf(error) ?? null }, error);
    }
    const key = id + mailEnding;
    try {
      await makeFolder(this.path);
      await copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      // A copy of a write-protected file would be one, too, and could not be removed on Windows.
      await chmod(temporary, 0o644);
      renameSync(temporary, join(this.path, key));
    } catch (error) {
      removeIfThere(temporary);
      throw storageFailure(error, this.path);
    }
    this.state.refresh(key);
    return key;
  }
}

/** Runs all steps one after the other, then throws the first error there was. */
async function tryAll(steps: readonly (() => void | Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  const breather = new Breather();
  for (const step of steps) {
    if (breather.isDue) await breather.rest();
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
