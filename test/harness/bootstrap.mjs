// harness: the one file that a stock Node 20 runs with nothing installed. It installs the packages of package-lock.json where they are
// missing, then hands over to Node 24 (the devDependency `node`) and the TypeScript file of the task: start.ts, test.ts, ...
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const modules = path.join(root, 'node_modules');
const binaries = path.join(modules, '.bin');
const nodeBinary = path.join(modules, 'node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

const [task, ...rest] = process.argv.slice(2);
const script = path.join(root, 'test/harness', `${task}.ts`);
if (task === undefined || !fs.existsSync(script)) fail(`there is no task "${task ?? ''}" in test/harness`);

const missing = missingPackages();
if (missing !== null) {
  console.log(`Installing packages (${missing}): npm ci`);
  runNpm('ci', '--no-audit', '--no-fund');
}
// npm may be told not to run install scripts; the package `node` fetches its binary in one.
if (nodeVersion() === null) runNpm('rebuild', 'node', '--foreground-scripts');
const version = nodeVersion();
if (version === null || Number(version.slice(1).split('.')[0]) < 24) {
  fail(`node_modules/node gives ${version ?? 'no program that runs'}, Node 24 is needed; delete node_modules and try again`);
}

const child = spawn(nodeBinary, [script, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${binaries}${path.delimiter}${process.env.PATH ?? ''}` },
});
// Ctrl-C reaches the child by itself, a signal to this process alone does not; the child cleans up and ends, and so do we.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

/** Why packages must be installed, or null: what lies in node_modules is what package-lock.json asks for (npm notes it in a hidden lock file). */
function missingPackages() {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const installed = readPackages(path.join(modules, '.package-lock.json'));
  if (wanted === null) return fail('package-lock.json cannot be read');
  if (installed === null) return 'none are there yet';
  for (const [folder, entry] of Object.entries(wanted)) {
    if (folder === '' || entry.optional) continue;
    if (installed[folder]?.version !== entry.version) return `${folder.replace(/^node_modules\//, '')} ${entry.version} is missing`;
  }
  return null;
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

function nodeVersion() {
  const run = spawnSync(nodeBinary, ['--version'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : null;
}

function runNpm(...args) {
  const run = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (run.status !== 0) fail(`npm ${args.join(' ')} ended with ${run.status ?? run.signal ?? run.error?.message}`);
}

function fail(message) {
  console.error(`mailroom: ${message}`);
  process.exit(1);
}
