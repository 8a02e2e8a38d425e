// store: every name in the drop folder: ids of ours, keys of mails and temporary names. Nothing of a mail ever becomes part of a path, and
// no key that comes from outside reaches the disk without parseKey.
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';

/** Randomness as a port: a whole number from 0 to `below` - 1. */
export type Random = (below: number) => number;

export const systemRandom: Random = (below) => randomInt(below);

export const mailEnding = '.eml';
export const sideEnding = '.json';
export const refusedFolder = 'refused';

const idPattern = /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])([0-5]\d)([0-5]\d)(\d{3})Z-[0-9a-z]{4,12}$/;
const suffixLength = 7;
const suffixes = 36 ** suffixLength;
const longestName = 255;

/**
 * Makes ids like `20261121T211203417Z-0k3f9ab`, each sorting after the one before, also within one millisecond and when the clock steps back.
 * Within a millisecond the suffix counts up by a random step from a random start, so that two processes do not meet.
 */
export function createIds(clock: Clock, random: Random): () => string {
  let time = 0;
  let suffix = 0;
  return () => {
    const now = Math.floor(clock.now());
    const next = suffix + 1 + random(1000);
    if (now <= time && next < suffixes) suffix = next;
    else {
      time = now > time ? now : time + 1;
      suffix = random(suffixes / 2);
    }
    return `${new Date(time).toISOString().replace(/[-:.]/g, '')}-${suffix.toString(36).padStart(suffixLength, '0')}`;
  };
}

export function isId(text: string): boolean {
  return idPattern.test(text);
}

/** Milliseconds since the epoch at which the id was made, or null when it is not an id of ours. */
export function timeOf(id: string): number | null {
  const match = idPattern.exec(id);
  if (!match) return null;
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest);
}

/** Where a key points to. `slice` is the id of one of several mails (djangoLog.ts). */
export type Place =
  | { readonly kind: 'file'; readonly name: string; readonly id: string | null }
  | { readonly kind: 'refused'; readonly name: string; readonly id: string }
  | { readonly kind: 'log'; readonly name: string; readonly slice: string };

/** Throws 'badKey' for anything that is not the key of a mail: other folders, absolute paths, hidden names, control characters. */
export function parseKey(key: string): Place {
  const place = placeOf(key);
  if (!place) throw new Failure('badKey', `Not the key of a mail: ${JSON.stringify(key.slice(0, longestName))}`);
  return place;
}

/** Like parseKey, but null where that throws. */
export function placeOf(key: string): Place | null {
  const refused = `${refusedFolder}/`;
  if (key.startsWith(refused)) {
    const name = key.slice(refused.length);
    const id = idOfMail(name);
    return id === null ? null : { kind: 'refused', name, id };
  }
  const part = /^(.+)#([0-9a-f]{16}(?:-[1-9]\d{0,8})?)$/s.exec(key);
  if (part?.[1] && part[2] && isLogName(part[1])) return { kind: 'log', name: part[1], slice: part[2] };
  return isMailName(key) ? { kind: 'file', name: key, id: idOfMail(key) } : null;
}

/** `*.eml` in any case, not hidden, and a plain name on every system that we run on. */
export function isMailName(name: string): boolean {
  return /.\.eml$/i.test(name) && isPlainName(name);
}

/** A file that Django's file backend may have written. */
export function isLogName(name: string): boolean {
  return /.\.log$/i.test(name) && isPlainName(name);
}

// A colon names a stream or a drive on Windows; elsewhere it is a letter like any other.
const notPlain = process.platform === 'win32' ? /[\x00-\x1f\x7f/\\:]/ : /[\x00-\x1f\x7f/\\]/;

function isPlainName(name: string): boolean {
  return !name.startsWith('.') && name.length <= longestName && !notPlain.test(name);
}

/** `<id>.eml` → the id; null for every other name. */
export function idOfMail(name: string): string | null {
  return idBefore(name, mailEnding);
}

/** `<id>.json` → the id; null for every other name. */
export function idOfSide(name: string): string | null {
  return idBefore(name, sideEnding);
}

function idBefore(name: string, ending: string): string | null {
  if (!name.endsWith(ending)) return null;
  const id = name.slice(0, -ending.length);
  return isId(id) ? id : null;
}

export function logKey(name: string, slice: string): string {
  return `${name}#${slice}`;
}

/** The path of the file that holds the mail. */
export function fileOf(folder: string, place: Place): string {
  return place.kind === 'refused' ? join(folder, refusedFolder, place.name) : join(folder, place.name);
}

/** The path of the side file, whether there is one or not; null: mail under this name never has one. */
export function sideFileOf(folder: string, place: Place): string | null {
  if (place.kind === 'log' || place.id === null) return null;
  const name = place.id + sideEnding;
  return place.kind === 'refused' ? join(folder, refusedFolder, name) : join(folder, name);
}

/** A hidden name in the drop folder itself: a rename from there cannot cross file systems. */
export function temporaryName(id: string, ending: string): string {
  return `.${id}${ending}.tmp`;
}

export function isTemporaryName(name: string): boolean {
  const match = /^\.(.+)\.(?:eml|json|log)\.tmp$/.exec(name);
  return match?.[1] !== undefined && isId(match[1]);
}
