// harness: fetches a real VS Code server (the one inside the npm package code-server) into the user's cache, from the npm registry alone:
// no native build, no system package.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './paths.ts';
import { runStep } from './step.ts';

export interface ServerVersion {
  readonly vscode: string;
  readonly codeServer: string;
  /** The Node that it names; null: the Node 24 that runs this. */
  readonly node: string | null;
  /** Its package for file search fetches the program when it is installed, from where not every machine may; this package brings it. */
  readonly ripgrep: string | null;
}

export const newest: ServerVersion = { vscode: '1.139.1', codeServer: '4.139.1', node: null, ripgrep: null };
/** The oldest VS Code that `engines.vscode` in package.json claims. */
export const oldest: ServerVersion = { vscode: '1.110.0', codeServer: '4.110.0', node: '22.22.0', ripgrep: '@vscode/ripgrep-universal' };

export interface InstalledServer {
  readonly version: ServerVersion;
  readonly node: string;
  /** code-server's entry. */
  readonly codeServer: string;
  /** VS Code's own entry. */
  readonly vscode: string;
}

/** Rejects with StepFailed when npm cannot fetch it. */
export async function installServer(version: ServerVersion = newest): Promise<InstalledServer> {
  const folder = join(cacheFolder(), `vscode-server-${version.codeServer}${version.ripgrep === null ? '' : '-search'}`);
  if (!existsSync(folder)) await fetchServer(version, folder);
  const package_ = join(folder, 'node_modules/code-server');
  await giveLogger(join(package_, 'lib/vscode'));
  return {
    version,
    node: version.node === null ? process.execPath : join(folder, `node_modules/${nodePackage()}/bin/node`),
    codeServer: join(package_, 'out/node/entry.js'),
    vscode: join(package_, 'lib/vscode/out/server-main.js'),
  };
}

/** Installed under another name and renamed when complete: an interrupted install is never taken for a server, and of two at once one wins. */
async function fetchServer(version: ServerVersion, folder: string): Promise<void> {
  console.log(`Installing the server of VS Code ${version.vscode} (once, some 350 MB): ${folder}`);
  await mkdir(cacheFolder(), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  try {
    const packages = [
      `code-server@${version.codeServer}`,
      ...(version.node === null ? [] : [`${nodePackage()}@${version.node}`]),
      ...(version.ripgrep === null ? [] : [version.ripgrep]),
    ];
    await writeFile(join(temporary, 'package.json'), '{ "private": true }\n');
    // Without scripts: code-server's postinstall compiles kerberos, sqlite3, spdlog and more, none of which is needed here.
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runStep('installing code-server', 'npm', ['install', ...quiet, ...packages], { cwd: temporary });
    const vscode = join(temporary, 'node_modules/code-server/lib/vscode');
    await runStep('installing the packages of VS Code', 'npm', ['install', '--omit=dev', ...quiet], { cwd: vscode });
    if (version.ripgrep !== null) {
      const program = join(temporary, 'node_modules', version.ripgrep, 'bin', `${process.platform}-${process.arch}`, 'rg');
      const place = join(vscode, 'node_modules/@vscode/ripgrep/bin');
      await mkdir(place, { recursive: true });
      await copyFile(program, join(place, 'rg'));
    }
    // 230 MB that nothing here uses.
    for (const unused of ['extensions/copilot', 'node_modules/@github', 'node_modules/@microsoft/mxc-sdk']) {
      await rm(join(vscode, unused), { recursive: true, force: true });
    }
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** See spdlog.cjs. Into a server that was fetched before, too. */
async function giveLogger(vscode: string): Promise<void> {
  const place = join(vscode, 'node_modules/@vscode/spdlog/index.js');
  const ours = await readFile(join(import.meta.dirname, 'spdlog.cjs'));
  const theirs = await readFile(place).catch(() => null);
  if (theirs?.equals(ours)) return;
  await mkdir(dirname(place), { recursive: true });
  // Renamed when whole: another run may be starting the same server.
  const temporary = `${place}.${process.pid}`;
  await writeFile(temporary, ours);
  await rename(temporary, place);
}

function nodePackage(): string {
  return `node-${process.platform}-${process.arch}`;
}
