// store: writes a large message to a temporary file while it is being received, in pieces as large as the disk's pace makes them.
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../base/failure.ts';
import { type FileState, removeIfThere } from './disk.ts';

/** Octets that wait for the disk before the sender has to wait, too. */
const highWater = 512 * 1024;

export class Spill {
  readonly path: string;
  private readonly opening: Promise<FileHandle>;
  private waiting: Uint8Array[] = [];
  /** Octets not yet on disk, those in the write under way included. */
  private unwritten = 0;
  private pump: Promise<void> | null = null;
  private error: unknown = null;
  private onDrained: (() => void)[] = [];

  constructor(path: string) {
    this.path = path;
    this.opening = openNew(path);
    // The error is met by the pump; without this it would count as unhandled until then.
    this.opening.catch(() => {});
  }

  /** False: wait for drained(). After an error everything is dropped, and finish() tells. */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.error !== null) return true;
    for (const chunk of chunks) {
      this.waiting.push(chunk);
      this.unwritten += chunk.length;
    }
    this.pump ??= this.writeWaiting();
    return this.unwritten < highWater;
  }

  drained(): Promise<void> {
    return this.unwritten < highWater ? Promise.resolve() : new Promise((resolve) => this.onDrained.push(resolve));
  }

  /** Waits for the last write, cuts the file to at most `limit` octets and closes it. Rejects with the first error; then discard(). */
  async finish(limit = Number.POSITIVE_INFINITY): Promise<FileState> {
    await this.pump;
    if (this.error !== null) throw this.error;
    const file = await this.opening;
    if ((await file.stat()).size > limit) await file.truncate(limit);
    const { size, mtimeMs } = await file.stat();
    // Some file systems report a full disk only here.
    await file.close();
    return { size, mtimeMs };
  }

  /** Closes and removes the file. Never rejects. */
  async discard(): Promise<void> {
    this.waiting = [];
    await this.pump;
    const file = await this.opening.catch(() => null);
    if (file === null) return;
    await file.close().catch(() => {});
    removeIfThere(this.path);
  }

  private async writeWaiting(): Promise<void> {
    try {
      const file = await this.opening;
      while (this.waiting.length > 0) {
        const octets = Buffer.concat(this.waiting);
        this.waiting = [];
        await file.writeFile(octets);
        this.unwritten -= octets.length;
        if (this.unwritten < highWater) this.release();
      }
    } catch (error) {
      this.error = error;
      this.waiting = [];
      this.unwritten = 0;
    } finally {
      this.pump = null;
      this.release();
    }
  }

  private release(): void {
    for (const resolve of this.onDrained.splice(0)) resolve();
  }
}

async function openNew(path: string): Promise<FileHandle> {
  return open(path, 'wx').catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    return open(path, 'wx');
  });
}
