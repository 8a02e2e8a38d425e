// store: one message on its way into the drop folder. The rename of the .eml is the commit; until then nothing shows, and a draft that ends
// in any other way leaves nothing behind.
//
// There is no fsync: what the kernel has taken survives the death of this process at any moment, which is what "250" promises here. Only the
// death of the whole machine may lose the last seconds, and for a test inbox that is a fair price for a tenfold speed.
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { type FileState, removeIfThere, storageFailure, writeNew } from './disk.ts';
import { mailEnding, refusedFolder, sideEnding, temporaryName } from './names.ts';
import { encodeSideFile } from './sideFile.ts';
import { Spill } from './spill.ts';

/** Octets up to which a message waits in memory and touches the disk at its commit only. */
const maxInMemory = 256 * 1024;
/** Octets that are kept of a refused message. */
export const maxRefused = 256 * 1024;

export interface DraftHome {
  /** Absolute path of the drop folder. */
  readonly folder: string;
  readonly log: Log;
  /** The mail has its final name, and so has its side file. */
  onKept(key: string, file: FileState): void;
}

/** Has the shape of capture's Draft. */
export class Draft {
  readonly id: string;
  private readonly home: DraftHome;
  private chunks: Uint8Array[] = [];
  private size = 0;
  private spill: Spill | null = null;
  private hasEnded = false;

  constructor(home: DraftHome, id: string) {
    this.home = home;
    this.id = id;
  }

  /** Takes the octets, which must not change afterwards. False: wait for drained() before the next write. Errors are held back until accept(). */
  write(chunk: Uint8Array): boolean {
    if (this.hasEnded) return true;
    if (this.spill) return this.spill.write([chunk]);
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size <= maxInMemory) return true;
    this.spill = new Spill(this.temporaryPath(mailEnding));
    return this.spill.write(this.chunks.splice(0));
  }

  drained(): Promise<void> {
    return this.spill ? this.spill.drained() : Promise.resolve();
  }

  /** Resolves when mail and side file have their final names. Rejects with 'storageFull', 'readOnly' or 'storageFailed' and leaves nothing behind. */
  async accept(delivery: Delivery): Promise<void> {
    this.hasEnded = true;
    try {
      const file = this.spill ? await this.spill.finish() : writeNew(this.temporaryPath(mailEnding), Buffer.concat(this.chunks));
      this.commit('', file, delivery);
    } catch (error) {
      await this.spill?.discard();
      throw storageFailure(error, this.home.folder);
    } finally {
      this.chunks = [];
    }
  }

  /** Keeps the first octets of what arrived, possibly none, and the delivery. Never rejects; what goes wrong is logged. */
  async refuse(delivery: Delivery): Promise<void> {
    this.hasEnded = true;
    try {
      const file = await this.writeRefused();
      mkdirSync(join(this.home.folder, refusedFolder), { recursive: true });
      this.commit(refusedFolder, file, { ...delivery, size: file.size });
    } catch (error) {
      removeIfThere(this.temporaryPath(mailEnding));
      this.home.log.warn(`A refused mail could not be kept: ${messageOf(error)}`);
    } finally {
      this.chunks = [];
    }
  }

  /** Forgets it all. Never rejects. */
  async discard(): Promise<void> {
    this.hasEnded = true;
    this.chunks = [];
    await this.spill?.discard();
  }

  private async writeRefused(): Promise<FileState> {
    if (this.spill) {
      try {
        return await this.spill.finish(maxRefused);
      } catch {
        await this.spill.discard();
      }
    }
    return writeNew(this.temporaryPath(mailEnding), Buffer.concat(this.chunks));
  }

  /** The side file first: whoever sees the mail finds it. */
  private commit(folder: string, file: FileState, delivery: Delivery): void {
    const temporarySide = this.temporaryPath(sideEnding);
    const side = join(this.home.folder, folder, this.id + sideEnding);
    const name = this.id + mailEnding;
    try {
      writeNew(temporarySide, Buffer.from(encodeSideFile(delivery)));
      renameSync(temporarySide, side);
      renameSync(this.temporaryPath(mailEnding), join(this.home.folder, folder, name));
    } catch (error) {
      for (const path of [temporarySide, side, this.temporaryPath(mailEnding)]) removeIfThere(path);
      throw error;
    }
    this.home.onKept(folder === '' ? name : `${folder}/${name}`, file);
  }

  private temporaryPath(ending: string): string {
    return join(this.home.folder, temporaryName(this.id, ending));
  }
}
