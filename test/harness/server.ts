// harness: starts a real VS Code server on loopback, with folders of its own that are gone afterwards.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './paths.ts';
import { runStep } from './step.ts';
import { type InstalledServer, installServer } from './vscodeServer.ts';

export type Settings = Readonly<Record<string, unknown>>;

/** Nothing that greets, updates, phones or moves. */
export const quietSettings: Settings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'terminal.integrated.gpuAcceleration': 'off',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'remote.autoForwardPorts': false,
};

export interface ServerOptions {
  readonly server?: InstalledServer;
  /** 0 (the default): any free one. */
  readonly port?: number;
  /**
   * linked: this checkout, as it is built. test: nothing; the page's address names the extension, and VS Code listens to such an address. Else a
   * .vsix, or the folders of unpacked extensions.
   */
  readonly extension?: 'linked' | 'test' | { readonly vsix: string } | { readonly folders: readonly string[] };
  /** Workspaces are restricted until the person trusts them. Default false: all are trusted. */
  readonly hasWorkspaceTrust?: boolean;
  /** User settings, besides the quiet ones. */
  readonly settings?: Settings;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all that the server prints, as it comes. */
  readonly onOutput?: (text: string) => void;
}

export interface RunningServer {
  readonly port: number;
  readonly origin: string;
  /** Resolves with the exit code or signal when the server ends, by whatever cause. */
  readonly exited: Promise<number | string>;
  /** What it has printed so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Rejects when the server does not listen within a minute. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const installed = options.server ?? (await installServer());
  const extension = options.extension ?? 'linked';
  // Short: sockets lie below it, and a socket's path has at most 107 octets.
  const folder = await mkdtemp(join(tmpdir(), 'mrm-'));
  const folders = { tmp: join(folder, 'tmp'), home: join(folder, 'home'), data: join(folder, 'data'), extensions: join(folder, 'ext') };
  const env = { ...inheritedVariables(), EXTENSIONS_GALLERY: '{}', TMPDIR: folders.tmp, HOME: folders.home, ...options.env };
  for (const path of [...Object.values(folders), join(folders.data, 'User')]) await mkdir(path, { recursive: true });
  // The bar at the top says it all; nobody is there to answer a dialog.
  const asking = { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' };
  const trust = options.hasWorkspaceTrust ? asking : {};
  await writeFile(join(folders.data, 'User/settings.json'), JSON.stringify({ ...quietSettings, ...trust, ...options.settings }, null, 2));
  await writeFile(join(folder, 'code-server.yaml'), 'auth: none\n');
  const linked = extension === 'linked' ? [root] : typeof extension === 'object' && 'folders' in extension ? extension.folders : [];
  for (const from of linked) await linkExtension(from, folders.extensions);

  const common = ['--user-data-dir', folders.data, '--extensions-dir', folders.extensions];
  const trusting = options.hasWorkspaceTrust ? [] : ['--disable-workspace-trust'];
  const quiet = ['--disable-telemetry', '--disable-getting-started-override', ...trusting];
  if (typeof extension === 'object' && 'vsix' in extension) {
    const install = ['--accept-server-license-terms', '--server-data-dir', folder, ...common, '--install-extension', extension.vsix];
    await runStep(`installing ${extension.vsix}`, installed.node, [installed.vscode, ...install], { isShown: false, env });
  }
  const args = extension === 'test' ? testArguments(folder, options.port ?? 0) : codeServerArguments(folder, options.port ?? 0);
  const entry = extension === 'test' ? installed.vscode : installed.codeServer;
  // A process group of its own: extension hosts, terminals and file watchers end with it.
  const child = spawn(installed.node, [entry, ...args, ...common, ...quiet], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const killGroup = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', killGroup);

  let output = '';
  const exited = once(child, 'exit').then(([code, signal]): number | string => code ?? signal);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      options.onOutput?.(text);
    });
  }
  const stop = async (): Promise<void> => {
    signalGroup(child, 'SIGTERM');
    await Promise.race([exited, delay(3000)]);
    killGroup();
    process.off('exit', killGroup);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const port = await Promise.race([
      listeningPort(() => output),
      exited.then((code) => Promise.reject(new Error(`The VS Code server ended at once (${code}):\n${output}`))),
    ]);
    return { port, origin: `http://localhost:${port}`, exited, log: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** code-server's entry: its /proxy/N/ makes env.asExternalUri work. */
function codeServerArguments(folder: string, port: number): readonly string[] {
  const bind = ['--config', join(folder, 'code-server.yaml'), '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`];
  return [...bind, '--disable-update-check', '--ignore-last-opened'];
}

/**
 * VS Code's own entry, which in every version knows the switch that test runs need: without it a released VS Code ignores
 * extensionDevelopmentPath and extensionTestsPath in the address without a word. (With it there are no toasts.)
 */
function testArguments(folder: string, port: number): readonly string[] {
  const bind = ['--host', '127.0.0.1', '--port', `${port}`, '--without-connection-token', '--accept-server-license-terms'];
  return [...bind, '--server-data-dir', folder, '--enable-smoke-test-driver'];
}

async function listeningPort(output: () => string): Promise<number> {
  for (const until = Date.now() + 60_000; Date.now() < until; await delay(50)) {
    const match = /(?:HTTP server listening on|Web UI available at) http:\/\/[^:]+:(\d+)/.exec(output());
    if (match !== null) return Number(match[1]);
  }
  throw new Error(`The VS Code server did not listen within a minute:\n${output()}`);
}

async function linkExtension(folder: string, extensions: string): Promise<void> {
  const { publisher, name, version } = await readManifest(folder);
  await symlink(folder, join(extensions, `${publisher}.${name}-${version}`), 'dir');
}

export interface Manifest {
  readonly publisher: string;
  readonly name: string;
  readonly version: string;
}

export async function readManifest(folder = root): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The developer may sit in a terminal of VS Code itself; its variables would lead this server astray. */
function inheritedVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|CODE_SERVER_)/.test(name)));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}
