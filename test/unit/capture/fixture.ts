// A real CaptureServer on a free loopback port, and a raw client that speaks exactly the octets it is told.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import { type CaptureOptions, CaptureServer } from '../../../src/capture/server.ts';
import { MemoryIntake } from './memoryIntake.ts';

export const identity = '0123456789ab';
const patience = 10_000;

export const defaults: CaptureOptions = {
  host: '127.0.0.1',
  port: 0,
  maxMessageSize: 1024 * 1024,
  maxRecipients: 100,
  maxConnections: 50,
  idleTimeout: 60_000,
  identity,
};

export interface Running extends AsyncDisposable {
  readonly server: CaptureServer;
  readonly memory: MemoryIntake;
  readonly port: number;
  readonly addresses: readonly string[];
}

export async function startServer(
  options: Partial<CaptureOptions> = {},
  clock: Clock = systemClock,
  log: Log = silentLog,
): Promise<Running> {
  const memory = new MemoryIntake();
  const server = new CaptureServer({ ...defaults, ...options }, memory.intake, clock, log);
  const { port, addresses } = await server.listen();
  return { server, memory, port, addresses, [Symbol.asyncDispose]: () => server.close() };
}

/** Waits for a condition, not for a time; the limit only ends a test that would never end. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = Date.now() + patience; !condition(); ) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await delay(2);
  }
}

export class RawClient implements AsyncDisposable {
  readonly socket: net.Socket;
  received = '';
  isClosed = false;
  /** The server has ended its side. */
  isEnded = false;
  private position = 0;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
    });
    // A server that cuts the connection is an outcome that tests look at, through isClosed.
    socket.on('error', () => {});
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.isEnded = true;
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Connects, reads the greeting and says EHLO. */
  static async open(port: number): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.reply();
    await client.say('EHLO client.test');
    return client;
  }

  write(octets: string | Buffer): void {
    this.socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  }

  /** Sends a line and answers the whole reply, its lines joined by LF. */
  async say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  async reply(): Promise<string> {
    const lines: string[] = [];
    for (;;) {
      await until(
        `a reply after ${JSON.stringify(this.received.slice(-200))}`,
        () => this.received.includes('\r\n', this.position) || this.isEnded,
      );
      const end = this.received.indexOf('\r\n', this.position);
      if (end < 0) throw new Error(`The connection was closed without a reply after ${JSON.stringify(this.received.slice(-200))}`);
      const line = this.received.slice(this.position, end);
      this.position = end + 2;
      lines.push(line);
      if (line[3] !== '-') return lines.join('\n');
    }
  }

  /** Everything up to 354 of a mail from a@x.test to b@y.test. */
  async beginData(): Promise<void> {
    await this.say('MAIL FROM:<a@x.test>');
    await this.say('RCPT TO:<b@y.test>');
    const reply = await this.say('DATA');
    if (!reply.startsWith('354')) throw new Error(`DATA: ${reply}`);
  }

  /** Resolves when the server has ended the connection. */
  ended(): Promise<void> {
    return until('the end of the connection', () => this.isEnded);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await until('the own end of the connection', () => this.isClosed);
  }
}
