// harness: programs of the machine that the rings need: found on PATH, or installed from Debian's packages where that needs no question.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runStep, StepFailed } from './step.ts';

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a program on PATH, or null. */
export function findProgram(name: string): string | null {
  const endings = process.platform === 'win32' ? (process.env['PATHEXT'] ?? '.EXE;.CMD').split(';') : [''];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** CHROMIUM_PATH, or the first Chromium on PATH, or null. */
export function findChromium(): string | null {
  return process.env['CHROMIUM_PATH'] || chromiumNames.map(findProgram).find((path) => path !== null) || null;
}

/** The path of a Chromium, installed if need be. Rejects with StepFailed, which says what a person can do. */
export async function installChromium(): Promise<string> {
  if (findChromium() === null) await installDebianPackage('chromium');
  const chromium = findChromium();
  if (chromium === null) {
    throw new StepFailed(
      'There is no Chromium. Install one (on Debian: apt-get install chromium), or set CHROMIUM_PATH to the path of one.',
    );
  }
  return chromium;
}

/** Installs a package where this is Debian and we are root; elsewhere it does nothing. Rejects with StepFailed. */
export async function installDebianPackage(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || findProgram('apt-get') === null) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  console.log(`Installing the Debian package ${name}`);
  await runStep('apt-get update', 'apt-get', ['update', '-q'], { isShown: false, env });
  await runStep(`installing ${name}`, 'apt-get', ['install', '-y', '-q', '--no-install-recommends', name], { isShown: false, env });
}
