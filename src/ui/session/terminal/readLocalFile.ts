// ui/session: a file that a session sends or plays.
import { readFile, stat } from 'node:fs/promises';
import { messageOf } from '../../../base/failure.ts';
import type { Localizer } from '../../l10n.ts';

/** Octets; a larger file is no mail. */
export const maxMailFile = 100 * 1024 * 1024;
/** Octets of a file of conversations. */
export const maxScriptFile = 4 * 1024 * 1024;

/** Its octets, or a sentence that says why not. */
export async function readLocalFile(path: string, limit: number, l10n: Localizer): Promise<Buffer | string> {
  try {
    const { size } = await stat(path);
    return size <= limit ? await readFile(path) : l10n.t('{0} is too large.', path);
  } catch (error) {
    return l10n.t('{0} cannot be read: {1}', path, messageOf(error));
  }
}
