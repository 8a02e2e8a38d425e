// peers: programs out of Debian packages, unpacked into the cache and never installed: nothing on the machine changes, and mail servers that
// exclude each other lie side by side.
import { glob, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachedFolder } from './cache.ts';
import { run } from './process.ts';

/** Downloads packages with apt-get and unpacks them into the cache; answers the folder that stands for '/'. A function is asked only when they are not there yet. Rejects where there is no apt-get or no network. */
export function unpackPackages(name: string, packages: readonly string[] | (() => Promise<readonly string[]>)): Promise<string> {
  return cachedFolder(name, async (folder) => {
    await download(folder, typeof packages === 'function' ? await packages() : packages);
    const archives = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
    for (const archive of archives) await run('dpkg', ['-x', join(folder, archive), folder]);
  });
}

async function download(folder: string, packages: readonly string[]): Promise<void> {
  const get = (): Promise<unknown> => run('apt-get', ['download', ...packages], { cwd: folder });
  await get().catch(async () => {
    // A machine on which nothing was installed yet has no package lists, or old ones that name files which are gone.
    await run('apt-get', ['update']);
    await get();
  });
}

/** The shared libraries that the system's loader does not find for `program`, by file name. */
export async function missingLibraries(program: string, libraryPath: string): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [program], { env: { LD_LIBRARY_PATH: libraryPath } });
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

/** Every library package that `package_` needs, directly or through others, without the C library itself (which must be the system's). */
export async function libraryPackages(package_: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  for (let wanted = [package_]; wanted.length > 0; ) {
    const { stdout } = await run('apt-cache', ['depends', ...only, ...wanted]);
    wanted = [...new Set([...stdout.matchAll(/Depends: (lib[^\s:]+)/g)].map((match) => match[1] ?? ''))];
    wanted = wanted.filter((name) => name !== 'libc6' && !found.has(name));
    for (const name of wanted) found.add(name);
  }
  return [...found];
}

/** The folders below `root` that hold shared libraries, in the form of LD_LIBRARY_PATH. */
export async function libraryPathOf(root: string): Promise<string> {
  const folders = new Set<string>();
  for await (const file of glob('**/*.so*', { cwd: root })) folders.add(join(root, dirname(file)));
  return [...folders].join(':');
}
