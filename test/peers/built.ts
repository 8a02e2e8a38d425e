// peers: Mailroom as it is shipped, bundled from the present sources into a folder of the caller's own, so that it is never stale and two
// test processes never read each other's half-written bundle.
import { join, resolve } from 'node:path';
import { run } from './process.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

/** Answers the absolute path of the engine's script, as src/engine/client.ts wants it. */
export async function buildEngine(outputFolder: string): Promise<string> {
  await build('engine', outputFolder);
  return join(outputFolder, 'engine.cjs');
}

/** Answers the absolute path of the extension's main file. */
export async function buildExtension(outputFolder: string): Promise<string> {
  await build('extension', outputFolder);
  return join(outputFolder, 'extension.cjs');
}

/** The last --outdir wins over the one in package.json. */
async function build(name: 'engine' | 'extension', outputFolder: string): Promise<void> {
  await run('npm', ['run', '--silent', `build:${name}`, '--', `--outdir=${outputFolder}`], { cwd: projectFolder });
}
