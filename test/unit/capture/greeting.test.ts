// The library waits 100 ms before it greets, in SMTPConnection.init(). These tests fail when an upgrade brings a wait back into our server, and
// when the library no longer waits, so that the subclass can go.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { startServer } from './fixture.ts';

/** Timers that are set from now on never fire; answers their delays in milliseconds. */
function stopTimers(context: TestContext): number[] {
  const delays: number[] = [];
  const never = setTimeout(() => {}, 0);
  context.mock.method(globalThis, 'setTimeout', (_callback: unknown, delay: number) => {
    delays.push(delay);
    return never;
  });
  return delays;
}

async function greetingOf(port: number): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.toString();
}

describe('greeting', () => {
  test('comes without any timer', { timeout: 10_000 }, async (context) => {
    await using running = await startServer();
    const delays = stopTimers(context);
    assert.equal(await greetingOf(running.port), '220 localhost ESMTP Mailroom ready\r\n');
    assert.deepEqual(delays, []);
    context.mock.restoreAll();
  });

  test('of the bare library waits for a timer of 100 ms, which is why the subclass exists', { timeout: 10_000 }, async (context) => {
    const server = new SMTPServer({ disableReverseLookup: true, hideSTARTTLS: true });
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const delays = stopTimers(context);
    const socket = net.connect((listening.address() as net.AddressInfo).port, '127.0.0.1');
    while (delays.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(delays, [100]);
    context.mock.restoreAll();
    socket.destroy();
    await once(socket, 'close');
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});
