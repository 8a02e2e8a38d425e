// harness: `npm start`: builds the extension and opens a real VS Code with it, the sample workspace and the server listening. A desktop `code`
// where there is one and a display to show it on, else the VS Code server, used with a browser.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join, relative } from 'node:path';
import { chromium } from 'playwright-core';
import { freePort } from '../peers/process.ts';
import { root, sampleWorkspace } from './paths.ts';
import { findProgram } from './programs.ts';
import { quietSettings, type Settings, startServer } from './server.ts';
import { runStep, StepFailed } from './step.ts';
import { launchBrowser, waitFor, workbenchUrl } from './workbench.ts';

/** Where VS Code and the mail server are found when nothing else listens there. */
const usualPorts = { web: 8025, smtp: 1025 } as const;

const endings: (() => unknown)[] = [];
let isEnding = false;
/** Ends what was started, latest first, and then this process. */
async function end(exitCode: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  for (const ending of endings.reverse()) await ending();
  process.exit(exitCode);
}

async function start(): Promise<void> {
  await runStep('npm run build', 'npm', ['run', '--silent', 'build']);
  const smtpPort = (await isFree(usualPorts.smtp)) ? usualPorts.smtp : await freePort();
  const settings = { 'mailroom.server.autoStart': 'always', 'mailroom.smtp.port': smtpPort };
  const code = hasDisplay() ? findProgram('code') : null;
  if (code === null) await startInBrowser(settings, smtpPort);
  else await startOnDesktop(code, settings, smtpPort);
}

async function startInBrowser(settings: Settings, smtpPort: number): Promise<void> {
  let output = '';
  const port = (await isFree(usualPorts.web)) ? usualPorts.web : 0;
  const server = await startServer({ port, settings, onOutput: (text) => (output += text) });
  endings.push(server.stop);
  const address = workbenchUrl(server.origin, sampleWorkspace);

  // A mailroom lives in a window. One is opened out of sight, so that mail is caught already now; the first window of a person takes over.
  const browserServer = await launchBrowser();
  endings.push(() => browserServer.close());
  const browser = await chromium.connect(browserServer.wsEndpoint());
  const page = await browser.newPage();
  await page.goto(address);
  await whenGreeting(smtpPort);
  print([`Open VS Code in a browser:`, '', `    ${address}`], smtpPort);

  const windows = (): number => output.match(/\[ExtensionHostConnection\] New connection established/g)?.length ?? 0;
  const own = windows();
  void waitFor(() => windows() > own, 'the window of a person', Number.POSITIVE_INFINITY).then(async () => {
    // A page that is closed says good-bye; one that is only gone is waited for, and its mail server with it.
    await page.close();
    await browserServer.close();
  });
  const code = await server.exited;
  if (!isEnding) console.error(`The VS Code server ended by itself (${code}).`);
  await end(1);
}

async function startOnDesktop(code: string, settings: Settings, smtpPort: number): Promise<void> {
  // A profile of its own: the developer's settings and extensions stay out of it, and ours out of theirs.
  const profile = join(root, '.vscode-test/start');
  await mkdir(join(profile, 'User'), { recursive: true });
  await writeFile(join(profile, 'User/settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const quiet = ['--new-window', '--wait', '--disable-extensions', '--disable-workspace-trust', ...asRoot];
  const child = spawn(code, [...quiet, '--user-data-dir', profile, `--extensionDevelopmentPath=${root}`, sampleWorkspace], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  endings.push(() => child.kill());
  const closed = once(child, 'exit');
  await whenGreeting(smtpPort);
  print(['VS Code is open, with the sample workspace.'], smtpPort);
  await closed;
  await end(0);
}

function print(where: readonly string[], smtpPort: number): void {
  const workspace = relative(process.cwd(), sampleWorkspace);
  const curl = `curl -sS smtp://127.0.0.1:${smtpPort} --mail-from shop@app.test --mail-rcpt ada@example.test -T ${workspace}/mail/html.eml`;
  const lines = [
    ...where,
    '',
    `Mail is caught at 127.0.0.1:${smtpPort} (SMTP, no encryption, any login). Send a first one from another terminal:`,
    '',
    `    node ${workspace}/send.mjs ${smtpPort}`,
    ...(findProgram('curl') === null ? [] : [`    ${curl}`]),
    '',
    'It appears in the side bar under Mailroom. Ctrl-C here ends it all.',
  ];
  console.log(`\n${lines.join('\n')}\n`);
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function whenGreeting(port: number): Promise<void> {
  await waitFor(() => greets(port), `a mail server that greets at 127.0.0.1:${port}`, 90_000);
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (data) => {
      resolve(data.toString('latin1').startsWith('220'));
      socket.end('QUIT\r\n');
    });
    for (const event of ['error', 'close'] as const) socket.once(event, () => resolve(false));
    socket.setTimeout(2000, () => socket.destroy());
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(0));
await start().catch(async (error: unknown) => {
  console.error(error instanceof StepFailed ? error.message : error);
  await end(1);
});
