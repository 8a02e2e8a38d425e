// store: the few ways in which this room touches single files, so that the errors of a disk have one meaning everywhere.
// Small files are read and written with synchronous calls: this room lives in a worker thread, and there one mail costs a third of what
// the asynchronous calls cost.
import { closeSync, constants, fstatSync, mkdirSync, openSync, read, readSync, rmSync, writeSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf, Failure, messageOf } from '../base/failure.ts';

const readAsync = promisify(read);

/** Octets up to which a read does not leave the thread. */
const smallRead = 1024 * 1024;

export interface FileState {
  /** Octets. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** What a failed write means to the client of the SMTP server and to the user. */
export function storageFailure(error: unknown, folder: string): Failure {
  if (Failure.is(error)) return error;
  const code = codeOf(error) ?? null;
  const reason =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'storageFull'
      : code === 'EROFS' || code === 'EACCES' || code === 'EPERM'
        ? 'readOnly'
        : 'storageFailed';
  return new Failure(reason, `Cannot write to the drop folder ${folder}: ${messageOf(error)}`, { folder, code }, error);
}

/**
 * Makes a folder and those that it lies in. Rejects with the error of the system. (Node's own `recursive` never ends where a file system says
 * "no such file" of a folder that it does not let anybody make, as /proc does.)
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await mkdir(path).catch(async (again: unknown) => {
      if (!(await isFolder(path))) throw again;
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Runs `work`, and once more after making `folder` when that had vanished. */
export function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    mkdirSync(folder, { recursive: true });
    return work();
  }
}

/** Writes a file that must not exist yet, making its folder when that is missing. After a failure it does not exist. */
export function writeNew(path: string, octets: Uint8Array, mode = 0o666): FileState {
  const file = inFolder(dirname(path), () => openSync(path, 'wx', mode));
  let isWhole = false;
  try {
    for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at);
    const { size, mtimeMs } = fstatSync(file);
    isWhole = true;
    return { size, mtimeMs };
  } finally {
    closeSync(file);
    if (!isWhole) removeIfThere(path);
  }
}

/** Removes a file if it is there and can be removed; for cleaning up after a failure that is already being reported. */
export function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed now is removed by a later sweep.
  }
}

/** A regular file, opened for reading. */
export interface OpenFile extends FileState {
  readonly descriptor: number;
}

/** Opens a regular file, never a pipe or a device, and closes it after `work`. */
export async function withFile<T>(path: string, work: (file: OpenFile) => T): Promise<Awaited<T>> {
  const file = openRegular(path);
  try {
    return await work(file);
  } finally {
    closeSync(file.descriptor);
  }
}

/** Like withFile, without leaving the thread. */
export function withFileSync<T>(path: string, work: (file: OpenFile) => T): T {
  const file = openRegular(path);
  try {
    return work(file);
  } finally {
    closeSync(file.descriptor);
  }
}

function openRegular(path: string): OpenFile {
  // O_NONBLOCK: opening a pipe that nobody writes to would otherwise wait for ever. (Windows has no such flag and no such pipes.)
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const { size, mtimeMs, ...stats } = fstatSync(descriptor);
    if ((stats.mode & constants.S_IFMT) !== constants.S_IFREG) throw new Failure('notAFile', `${path} is not a regular file`, { path });
    return { descriptor, size, mtimeMs };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Octets from `start` to `end`, fewer when the file ends before. */
export async function readRange(file: OpenFile, start: number, end: number): Promise<Buffer> {
  if (end - start <= smallRead) return readRangeSync(file, start, end);
  const octets = Buffer.allocUnsafeSlow(end - start);
  let filled = 0;
  while (filled < octets.length) {
    const { bytesRead } = await readAsync(file.descriptor, octets, filled, octets.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return octets.subarray(0, filled);
}

/** Like readRange, without leaving the thread. */
export function readRangeSync(file: OpenFile, start: number, end: number): Buffer {
  const octets = Buffer.allocUnsafeSlow(Math.max(0, end - start));
  let filled = 0;
  while (filled < octets.length) {
    const count = readSync(file.descriptor, octets, filled, octets.length - filled, start + filled);
    if (count === 0) break;
    filled += count;
  }
  return octets.subarray(0, filled);
}

/** Lets the other work of this thread run in between a long row of short synchronous steps. */
export class Breather {
  private since = performance.now();

  /** True after a few milliseconds; then await rest(). */
  get isDue(): boolean {
    return performance.now() - this.since > 4;
  }

  async rest(): Promise<void> {
    await scheduler.yield();
    this.since = performance.now();
  }
}
