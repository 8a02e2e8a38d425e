// peers: Mailroom as it is shipped, bundled from the present sources into a folder of the caller's own, so that it is never stale and two
// test processes never read each other's half-written bundle.
import { join, resolve } from 'node:path';
import { run } from './process.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

/** Answers the absolute path of the engine's script, as src/engine/client.ts wants it. */
export function buildEngine(outputFolder: string): Promise<string> {
  return buildBundle('engine', outputFolder);
}

/** Answers the absolute path of the bundle. */
export async function buildBundle(name: 'engine' | 'extension', outputFolder: string): Promise<string> {
  await run('npm', ['run', '--silent', `build:${name}`, '--', `--outdir=${outputFolder}`], { cwd: projectFolder });
  return join(outputFolder, `${name}.cjs`);
}
