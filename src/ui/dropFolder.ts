// ui: where the drop folder and its index lie, from the setting. Without `vscode`, so that it can be tested in plain Node.
import { createHash } from 'node:crypto';
import { isAbsolute, join, normalize } from 'node:path';
import { Failure } from '../base/failure.ts';

/** As VS Code writes it in its own settings. */
const placeholder = /\$\{workspaceFolder\}/g;

export interface Places {
  /** The extension's own folder, the same for all windows. */
  readonly storage: string;
  readonly home: string;
  /** The first folder of the workspace. */
  readonly workspaceFolder: string | undefined;
}

/**
 * The absolute path that `setting` means. '' is a folder of the port, so that two projects with two ports do not mix their mail.
 * Throws a Failure('noWorkspaceFolder') when the setting needs a workspace folder and none is open.
 */
export function resolveDropFolder(setting: string, port: number, places: Places): string {
  const written = setting.trim();
  if (written === '') return join(places.storage, 'drop', String(port));
  if (written === '~' || written.startsWith('~/') || written.startsWith('~\\')) return normalize(join(places.home, written.slice(1)));
  if (isAbsolute(written) && written.search(placeholder) < 0) return normalize(written);
  const folder = places.workspaceFolder;
  if (folder === undefined) throw new Failure('noWorkspaceFolder', `No folder is open, which ${written} is in`, { setting: written });
  const path = written.replaceAll(placeholder, () => folder);
  return isAbsolute(path) ? normalize(path) : join(folder, path);
}

/** The index of a drop folder; derived, may be deleted at any time. */
export function indexFileOf(dropFolder: string, places: Places): string {
  const name = createHash('sha256').update(dropFolder).digest('hex');
  return join(places.storage, 'index', `${name}.sqlite`);
}
