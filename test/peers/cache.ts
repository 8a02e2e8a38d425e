// peers: where fetched test partners are kept between runs, and how a partner that cannot be had on this machine is named.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** A partner that is missing on this machine, and why: for a test to be skipped by name, never silently. */
export interface Skipped {
  readonly skipped: string;
}

export function isSkipped<T extends object>(partner: T | Skipped): partner is Skipped {
  return 'skipped' in partner;
}

/**
 * The cache folder of a partner, filled by `fill` when it is not there yet. It is filled under a temporary name, so that an interrupted
 * download never looks complete and two test processes do not disturb each other. Rejects with what `fill` rejects with.
 */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mailroom', 'peers', name);
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  try {
    await fill(temporary);
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}
