// peers: starting other programs and ending them again, by the process that was started and nothing else.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the program to its end. */
  readonly ms: number;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to the program's standard input. */
  readonly input?: Uint8Array;
}

/** Runs a program to its end. Rejects when it cannot be started or ends with another code than 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const startedAt = performance.now();
  const child = startChild(command, args, { env: { ...process.env, ...options.env }, cwd: options.cwd });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // A program that ends without reading its input answers with EPIPE; its exit code says what happened.
  child.stdin?.on('error', () => {}).end(options.input);
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code ?? signal}: ${(output.stderr || output.stdout).trim().slice(-2000)}`);
  return { ...output, ms: performance.now() - startedAt };
}

/** A server that was started for a test. It listens on loopback only. */
export interface RunningPeer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a program that listens on 127.0.0.1 and waits until it greets with 220. */
export async function startSmtpServer(
  command: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningPeer> {
  const child = startChild(command, args, { env: { ...process.env, ...env } });
  let complaint = '';
  child.stdout?.resume();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  child.on('error', (error) => (complaint += error.message));
  for (const until = Date.now() + 30_000; !(await greets(port)); await delay(50)) {
    const isOver = child.exitCode !== null || child.pid === undefined;
    if (!isOver && Date.now() < until) continue;
    await stopChild(child);
    throw new Error(`${command} does not greet on port ${port}: ${complaint.trim() || 'nothing was printed'}`);
  }
  // Where another program took the port meanwhile it is that which greets, and ours ends at once.
  await delay(100);
  if (child.exitCode !== null) throw new Error(`${command} ended: ${complaint.trim() || 'nothing was printed'}`);
  return { port, pid: child.pid ?? 0, stop: () => stopChild(child) };
}

/** Starts a program that is ended with this process when nobody ends it before. */
export function startChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return child;
}

/** Asks the program to end and, after two seconds, makes it end. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 2000);
  await closed;
  clearTimeout(force);
}

/** A TCP port of 127.0.0.1 that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Several of them, no two the same. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The probe listens on no port');
    return address.port;
  });
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
  return ports;
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (isGreeted: boolean): void => {
      socket.destroy();
      resolve(isGreeted);
    };
    socket.setTimeout(2000, () => answer(false));
    socket.once('error', () => answer(false)).once('close', () => answer(false));
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('220')));
  });
}
