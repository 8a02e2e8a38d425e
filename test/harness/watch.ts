// harness: `npm run watch`: rebuilds every bundle when a file of it changes, with source maps, until Ctrl-C. F5 uses the three scripts themselves.
import { spawn } from 'node:child_process';
import { root } from './paths.ts';

const shell = process.platform === 'win32';
for (const bundle of ['extension', 'engine', 'webview']) {
  const child = spawn('npm', ['run', '--silent', `watch:${bundle}`], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell });
  process.once('exit', () => child.kill());
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
