// store: compares all that is known with the folder. Works in short steps and yields in between, because SMTP is served by the same thread.
import { existsSync, statSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { Breather, removeIfThere } from './disk.ts';
import type { FolderState } from './folderState.ts';
import { idOfMail, idOfSide, isLogName, isMailName, isTemporaryName, mailEnding, type Place, refusedFolder, sideEnding } from './names.ts';

/** Milliseconds after which a temporary file or a side file without its mail belongs to a process that died; younger ones may be another window's work. */
const orphanAge = 10 * 60_000;
/** Directory entries that one trip to the disk brings. */
const batchSize = 1024;

interface Listing {
  /** Names of mail and log files. */
  readonly names: readonly string[];
  /** Ids that have a side file. */
  readonly sides: ReadonlySet<string>;
  readonly temporary: readonly string[];
}

export interface ScanOptions {
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Finds are not announced. */
  readonly isSilent: boolean;
  /** Ends the scan early. */
  readonly isCancelled: () => boolean;
}

/** Looks at everything and sweeps what dead processes left. A folder that is gone is an empty one. */
export async function scanAll(state: FolderState, options: ScanOptions): Promise<void> {
  const listings = { top: await list(state.folder, options), refused: await list(join(state.folder, refusedFolder), options) };
  // A side file that came after the listing is asked for by its name.
  const hasSide = (place: Place): boolean =>
    place.kind !== 'log' &&
    place.id !== null &&
    ((place.kind === 'refused' ? listings.refused : listings.top).sides.has(place.id) || state.hasSide(place));
  const look = (name: string): void => state.refresh(name, options.isSilent, hasSide);
  const rest = restful(options);

  // What is known first, by its name and not by its absence from the listing: a mail may have arrived since.
  for (const { key } of state.all()) {
    if (await rest()) return;
    look(key);
  }
  for (const name of state.logs()) look(name);
  for (const name of listings.top.names) {
    if (await rest()) return;
    if (!state.get(name)) look(name);
  }
  for (const name of listings.refused.names) {
    const key = `${refusedFolder}/${name}`;
    if (await rest()) return;
    if (idOfMail(name) !== null && !state.get(key)) look(key);
  }
  await sweep(state.folder, '', listings.top, state, options);
  await sweep(state.folder, `${refusedFolder}/`, listings.refused, state, options);
}

/** Looks only at files that other programs may still be writing to; for when no name in the folder has changed. */
export async function scanForeign(state: FolderState, options: ScanOptions): Promise<void> {
  const rest = restful(options);
  for (const { key, isCaught } of state.all()) {
    if (await rest()) return;
    if (!isCaught) state.refresh(key, options.isSilent);
  }
  for (const name of state.logs()) state.refresh(name, options.isSilent);
}

/** Lets others run when it is time; true: stop. */
function restful({ isCancelled }: ScanOptions): () => Promise<boolean> | boolean {
  const breather = new Breather();
  return () => (breather.isDue ? breather.rest().then(isCancelled) : false);
}

async function list(path: string, { log, isCancelled }: ScanOptions): Promise<Listing> {
  const names: string[] = [];
  const sides = new Set<string>();
  const temporary: string[] = [];
  try {
    for await (const { name } of await opendir(path, { bufferSize: batchSize })) {
      if (isCancelled()) break;
      if (isMailName(name) || isLogName(name)) names.push(name);
      else if (isTemporaryName(name)) temporary.push(name);
      else {
        const id = idOfSide(name);
        if (id !== null) sides.add(id);
      }
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') log.warn(`${path} could not be listed: ${messageOf(error)}`);
  }
  return { names, sides, temporary };
}

async function sweep(folder: string, prefix: string, listing: Listing, state: FolderState, options: ScanOptions): Promise<void> {
  const rest = restful(options);
  let count = 0;
  const sweepOne = (name: string): void => {
    const path = join(folder, prefix, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats || options.now - stats.mtimeMs < orphanAge) return;
    removeIfThere(path);
    count++;
  };
  for (const name of listing.temporary) sweepOne(name);
  for (const id of listing.sides) {
    if (await rest()) return;
    const mail = id + mailEnding;
    if (!state.get(prefix + mail) && !existsSync(join(folder, prefix, mail))) sweepOne(id + sideEnding);
  }
  if (count > 0) options.log.info(`Swept ${count} files that a process which ended early had left in ${folder}`);
}
