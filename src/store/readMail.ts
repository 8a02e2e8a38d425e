// store: reads a mail and its side file given the folder and a key. Functions without state of a folder, so that another thread can use them.
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { type OpenFile, readRange, readRangeSync, withFile } from './disk.ts';
import { type LogSlice, maxLogSize, sliceLog } from './djangoLog.ts';
import { fileOf, parseKey, sideFileOf } from './names.ts';
import { decodeSideFile, maxSideFileSize } from './sideFile.ts';

/** Octets; a longer file is not read into memory. */
export const maxMailSize = 512 * 1024 * 1024;

/** The octets of a mail. Rejects with 'badKey', 'mailNotFound', 'mailTooLarge', 'notAFile' or 'readFailed'. */
export async function readMail(folder: string, key: string): Promise<Uint8Array> {
  const place = parseKey(key);
  const path = fileOf(folder, place);
  try {
    return await withFile(path, (file) => {
      if (place.kind === 'log') return readSlice(path, file, key, place.slice);
      if (file.size > maxMailSize) throw new Failure('mailTooLarge', `${path} has ${file.size} octets`, { key, size: file.size });
      return readRange(file, 0, file.size);
    });
  } catch (error) {
    if (Failure.is(error)) throw error;
    if (codeOf(error) === 'ENOENT') throw notFound(key);
    throw new Failure('readFailed', `Cannot read ${path}: ${messageOf(error)}`, { key, code: codeOf(error) ?? null }, error);
  }
}

/** What is known of a delivery. Null: there is no side file, or it is malformed. Rejects with 'badKey' only. */
export async function readDelivery(folder: string, key: string): Promise<Delivery | null> {
  const path = sideFileOf(folder, parseKey(key));
  if (path === null) return null;
  try {
    const octets = await withFile(path, (file) => (file.size > maxSideFileSize ? null : readRange(file, 0, file.size)));
    return octets && decodeSideFile(octets.toString('utf8'));
  } catch {
    return null;
  }
}

// Where the mails of one file lie, from the last time: asking for a thousand mails of one file must not read it a thousand times.
let lastLog: { readonly path: string; readonly size: number; readonly mtimeMs: number; readonly slices: readonly LogSlice[] } | undefined;

function readSlice(path: string, file: OpenFile, key: string, id: string): Promise<Buffer> {
  if (lastLog?.path !== path || lastLog.size !== file.size || lastLog.mtimeMs !== file.mtimeMs) {
    const { size, mtimeMs } = file;
    lastLog = { path, size, mtimeMs, slices: size > maxLogSize ? [] : sliceLog(readRangeSync(file, 0, size)) };
  }
  const slice = lastLog.slices.find((each) => each.id === id);
  if (!slice) throw notFound(key);
  return readRange(file, slice.start, slice.end);
}

function notFound(key: string): Failure {
  return new Failure('mailNotFound', `There is no mail ${key} in the drop folder`, { key });
}
