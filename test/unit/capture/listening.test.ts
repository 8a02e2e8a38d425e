// Binding, closing, and finding out who has the port.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { Failure } from '../../../src/base/failure.ts';
import { silentLog } from '../../../src/base/log.ts';
import { findFreePort, probeMailroom } from '../../../src/capture/probe.ts';
import { CaptureServer } from '../../../src/capture/server.ts';
import { defaults, identity, RawClient, startServer, until } from './fixture.ts';
import { MemoryIntake } from './memoryIntake.ts';

const hasV6 = await canListen('::1');

async function canListen(host: string): Promise<boolean> {
  try {
    await using _stranger = await stranger(host);
    return true;
  } catch {
    return false;
  }
}

interface Stranger extends AsyncDisposable {
  readonly port: number;
}

/** A program that is no mailroom and greets with `greeting`. */
async function stranger(host: string, port = 0, greeting = ''): Promise<Stranger> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (greeting !== '') socket.write(greeting);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serverAt(host: string, port: number): CaptureServer {
  return new CaptureServer({ ...defaults, host, port }, new MemoryIntake().intake, systemClock, silentLog);
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return Failure.is(error) ? error.reason : String(error);
  }
}

describe('listening', () => {
  test('localhost is both addresses on one port', { skip: !hasV6 }, async () => {
    await using running = await startServer({ host: 'localhost' });
    assert.deepEqual(running.addresses, ['127.0.0.1', '::1']);
    assert.equal(running.server.isListening, true);
    for (const host of running.addresses) {
      await using client = await RawClient.connect(running.port, host);
      assert.match(await client.reply(), /^220 /);
    }
  });

  for (const taken of ['127.0.0.1', '::1']) {
    test(`portInUse when ${taken} is taken, and nothing stays bound`, { skip: !hasV6 }, async () => {
      await using other = await stranger(taken);
      assert.equal(await reasonOf(serverAt('localhost', other.port).listen()), 'portInUse');
      await using _free = await stranger(taken === '::1' ? '127.0.0.1' : '::1', other.port);
    });
  }

  test('addressNotAvailable: an address of another machine, or a name', async () => {
    assert.equal(await reasonOf(serverAt('192.0.2.1', 0).listen()), 'addressNotAvailable');
    assert.equal(await reasonOf(serverAt('mail.example', 0).listen()), 'addressNotAvailable');
  });

  for (const [code, reason] of [
    ['EACCES', 'portNotAllowed'],
    ['EMFILE', 'listenFailed'],
  ] as const) {
    test(`${reason}: ${code}`, async (context) => {
      failToListen(context, '127.0.0.1', code);
      assert.equal(await reasonOf(serverAt('127.0.0.1', 0).listen()), reason);
    });
  }

  for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT']) {
    test(`without IPv6 (${code}) localhost is 127.0.0.1`, async (context) => {
      failToListen(context, '::1', code);
      await using running = await startServer({ host: 'localhost' });
      assert.deepEqual(running.addresses, ['127.0.0.1']);
    });
  }

  test('close() frees the port before it returns', async () => {
    const running = await startServer();
    await using client = await RawClient.open(running.port);
    const closing = running.server.close();
    await using _next = await stranger('127.0.0.1', running.port);
    assert.equal(running.server.isListening, false);
    assert.equal(await client.reply(), '421 4.3.2 Server is shutting down');
    client.socket.end();
    await closing;
    assert.equal(running.server.activeConnections, 0);
  });

  test('close() cuts off clients that do not go', async () => {
    const running = await startServer();
    await using client = await RawClient.open(running.port);
    await running.server.close();
    assert.equal(running.server.activeConnections, 0);
    await client.ended();
  });

  test('close() keeps a mail whose data has not ended, with the 421', async () => {
    const running = await startServer();
    await using client = await RawClient.open(running.port);
    await client.beginData();
    client.write('half\r\n');
    await until('the octets', () => running.memory.octetsWritten === 6);
    await running.server.close();
    assert.equal(running.memory.refused[0]!.delivery.reply, '421 4.3.2 Server is shutting down');
  });

  test('close() lets a mail that is being stored have its 250 first', async () => {
    const running = await startServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    let isAsked = false;
    running.memory.beforeAccept = () => {
      isAsked = true;
      return promise;
    };
    await using client = await RawClient.open(running.port);
    await client.beginData();
    client.write('x\r\n.\r\n');
    await until('accept', () => isAsked);
    const closing = running.server.close();
    resolve();
    assert.match(await client.reply(), /^250 /);
    assert.match(await client.reply(), /^421 /);
    client.socket.end();
    await closing;
  });

  test('close() of a server that never listened', async () => {
    await serverAt('127.0.0.1', 0).close();
  });
});

describe('probe', () => {
  test('a mailroom says who it is, and does not call it a conversation', async () => {
    await using running = await startServer();
    let conversations = 0;
    running.server.onDidEndConversation(() => conversations++);
    assert.deepEqual(await probeMailroom('127.0.0.1', running.port, 5000), { kind: 'mailroom', identity });
    assert.deepEqual(await probeMailroom('localhost', running.port, 5000), { kind: 'mailroom', identity });
    await running.server.close();
    assert.equal(conversations, 0);
    assert.equal(running.memory.refused.length, 0);
  });

  test('a mailroom that is full says so too', async () => {
    await using running = await startServer({ maxConnections: 1 });
    await using client = await RawClient.connect(running.port);
    await client.reply();
    assert.deepEqual(await probeMailroom('127.0.0.1', running.port, 5000), { kind: 'mailroom', identity });
  });

  test('nobody', async () => {
    const running = await startServer();
    await running.server.close();
    assert.deepEqual(await probeMailroom('localhost', running.port, 5000), { kind: 'nobody' });
  });

  for (const [title, greeting] of [
    ['another mail server', '220 mx.test ESMTP Postfix\r\n'],
    ['a server of another kind', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['one that only says it is a mailroom', '220 localhost ESMTP Mailroom ready\r\n500 what?\r\n'],
    ['one that talks without end', '220-x\r\n'.repeat(20_000)],
    ['one that refuses everybody', '554 No SMTP service here\r\n'],
  ] as const) {
    test(`${title} is another program`, async () => {
      await using other = await stranger('127.0.0.1', 0, greeting);
      assert.deepEqual(await probeMailroom('127.0.0.1', other.port, 10_000), { kind: 'other' });
    });
  }

  test('one that is silent is another program, after the time given', async () => {
    await using other = await stranger('127.0.0.1');
    assert.deepEqual(await probeMailroom('127.0.0.1', other.port, 50), { kind: 'other' });
  });

  test('the next free port is free on both addresses', async () => {
    await using other = await stranger(hasV6 ? '::1' : '127.0.0.1');
    const port = await findFreePort('localhost', other.port);
    assert.ok(port > other.port);
    await using running = await startServer({ host: 'localhost', port });
    assert.equal(running.port, port);
  });
});

/** The system refuses to listen on `host`. */
function failToListen(context: TestContext, host: string, code: string): void {
  const listen = net.Server.prototype.listen;
  context.mock.method(net.Server.prototype, 'listen', function (this: net.Server, options: net.ListenOptions, onListening: () => void) {
    if (options.host !== host) return listen.call(this, options, onListening);
    process.nextTick(() => this.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
    return this;
  });
}
