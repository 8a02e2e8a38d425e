// harness: where things lie in the repository and in the user's cache.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const dist = join(root, 'dist');
export const sampleWorkspace = join(root, 'test/workspace');
/** Git-ignored: what the browser ring saw, to be looked at. */
export const screenshots = join(root, '.screenshots');

/** Programs that are fetched once for a user, not once for a checkout. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mailroom');
}
