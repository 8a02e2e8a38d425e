// bench: what the disk alone can do: a mail and its side file, each written under a temporary name and renamed, and nothing else.
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './mailroom.ts';

/** Octets of a usual side file. */
const sideFileSize = 1800;

/** Answers a function that writes so many mails of `length` octets and answers the milliseconds that took. */
export async function diskWriter(bench: Bench, length: number): Promise<(mails: number) => Promise<number>> {
  const folder = await mkdtemp(join(bench.folder, 'disk-'));
  const mail = Buffer.alloc(length, 'x');
  const side = Buffer.alloc(sideFileSize, 'x');
  let last = 0;
  return async (mails) => {
    const startedAt = performance.now();
    for (let number = 0; number < mails; number++) {
      last++;
      for (const [ending, octets] of [
        ['json', side],
        ['eml', mail],
      ] as const)
        writeAndRename(folder, `${last}.${ending}`, octets);
    }
    return performance.now() - startedAt;
  };
}

function writeAndRename(folder: string, name: string, octets: Uint8Array): void {
  const temporary = join(folder, `.${name}.tmp`);
  const file = openSync(temporary, 'wx');
  writeSync(file, octets);
  closeSync(file);
  renameSync(temporary, join(folder, name));
}
