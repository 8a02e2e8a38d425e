// store: takes mail out of the folder. A link is unlinked, never what it leads to; a side file goes with its mail; other files stay.
import { readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import { removeIfThere, writeNew } from './disk.ts';
import { maxLogSize, sliceLog, withoutSlices } from './djangoLog.ts';
import { fileOf, type Place, sideFileOf, temporaryName } from './names.ts';

/** Removes a mail's file and its side file; one that is gone already is no failure. Throws 'removeFailed'. */
export function removeMail(folder: string, key: string, place: Exclude<Place, { kind: 'log' }>): void {
  const side = sideFileOf(folder, place);
  try {
    // The mail first: a side file that is left alone is swept some day, a mail without one would count as foreign.
    unlinkIfThere(fileOf(folder, place));
    if (side !== null) unlinkIfThere(side);
  } catch (error) {
    throw removeFailure(key, error);
  }
}

/**
 * Removes mails from a file that holds several: the file, when none is left, else it is replaced by one without them. Answers the ids that are
 * not in it. Throws 'removeFailed', also when the file changes meanwhile.
 */
export function removeFromLog(folder: string, name: string, ids: ReadonlySet<string>, temporaryId: string): readonly string[] {
  const path = join(folder, name);
  const temporary = join(folder, temporaryName(temporaryId, '.log'));
  try {
    const before = statSync(path, { throwIfNoEntry: false });
    if (!before) return [...ids];
    if (!before.isFile() || before.size > maxLogSize) throw new Error('not a file of mails');
    const octets = readFileSync(path);
    const slices = sliceLog(octets);
    const missing = [...ids].filter((id) => !slices.some((slice) => slice.id === id));
    if (missing.length === ids.size) return missing;
    const rest = withoutSlices(octets, slices, ids);
    if (rest.length > 0) writeNew(temporary, rest, before.mode);
    // Django appends to this file while it sends. What it wrote since must not be lost.
    const after = statSync(path);
    if (after.size !== octets.length || after.mtimeMs !== before.mtimeMs) throw new Error('it is being written to');
    if (rest.length > 0) renameSync(temporary, path);
    else unlinkSync(path);
    return missing;
  } catch (error) {
    removeIfThere(temporary);
    throw removeFailure(name, error);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

export function removeFailure(key: string, error: unknown): Failure {
  return new Failure('removeFailed', `Cannot remove ${key}: ${messageOf(error)}`, { key, code: codeOf(error) ?? null }, error);
}
