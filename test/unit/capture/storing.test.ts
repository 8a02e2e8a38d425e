// What stands between the end of data and its reply: the intake.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { RawClient, startServer, until } from './fixture.ts';

interface Gate extends Disposable {
  readonly wait: () => Promise<void>;
  readonly open: () => void;
  readonly isAsked: () => boolean;
}

/** Opens at the end of its test at the latest, or the server would wait for ever. */
function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isAsked = false;
  return {
    wait: () => {
      isAsked = true;
      return promise;
    },
    open: resolve,
    isAsked: () => isAsked,
    [Symbol.dispose]: resolve,
  };
}

describe('storing', () => {
  test('250 is sent when the mail is safe, and not before', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await using other = await RawClient.open(running.port);
    using storing = gate();
    running.memory.beforeAccept = storing.wait;
    await client.beginData();
    const before = client.received;
    client.write('x\r\n.\r\nNOOP\r\n');
    await until('accept', storing.isAsked);
    // Another connection is served meanwhile; after these replies one to the mail would have been here.
    for (let round = 0; round < 20; round++) await other.say('NOOP');
    assert.equal(client.received, before);
    storing.open();
    assert.equal(await client.reply(), '250 2.0.0 Ok: stored as mail-1');
    assert.equal(await client.reply(), '250 2.0.0 OK');
    assert.equal(running.memory.accepted.length, 1);
  });

  test('the delivery already holds the reply that is sent after it', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await client.beginData();
    client.write('x\r\n.\r\n');
    const reply = await client.reply();
    const { delivery } = running.memory.accepted[0]!;
    assert.equal(delivery.outcome, 'accepted');
    assert.equal(delivery.reply, reply);
    assert.deepEqual(
      { who: 'S', text: reply },
      { who: delivery.conversation.lines.at(-1)!.who, text: delivery.conversation.lines.at(-1)!.text },
    );
  });

  for (const [reason, reply] of [
    ['storageFull', '452 4.3.1 Insufficient system storage'],
    ['readOnly', '452 4.3.1 Insufficient system storage'],
    ['storageFailed', '451 4.3.0 The mail could not be stored'],
  ] as const) {
    test(`${reason}: ${reply}, and the connection goes on`, async () => {
      await using running = await startServer();
      await using client = await RawClient.open(running.port);
      running.memory.beforeAccept = async () => {
        throw new Failure(reason, 'No');
      };
      await client.beginData();
      client.write('x\r\n.\r\n');
      assert.equal(await client.reply(), reply);
      running.memory.beforeAccept = async () => {};
      await client.beginData();
      client.write('y\r\n.\r\n');
      assert.match(await client.reply(), /^250 /);
      assert.deepEqual(
        running.memory.accepted.map((kept) => kept.octets.toString()),
        ['y\r\n'],
      );
      const { delivery } = running.memory.refused[0]!;
      assert.equal(delivery.outcome, 'refused');
      assert.equal(delivery.reply, reply);
      assert.equal(delivery.size, 0);
      assert.equal(delivery.octetsReceived, 3);
      const texts = delivery.conversation.lines.map((line) => line.text);
      assert.equal(texts.at(-1), reply);
      assert.ok(!texts.some((text) => text.includes('stored as')));
    });
  }

  test('a full draft is given nothing more until it has drained', async () => {
    await using running = await startServer({ maxMessageSize: 64 * 1024 * 1024 });
    await using client = await RawClient.open(running.port);
    running.memory.takesWrites = false;
    const message = `${'0123456789abcdef'.repeat(256 * 1024)}\r\n`;
    await client.beginData();
    client.write(`${message}.\r\n`);
    let rounds = 0;
    while (running.memory.octetsWritten < message.length) {
      await until('a full draft', () => running.memory.isWaiting);
      running.memory.drain();
      rounds++;
    }
    assert.match(await client.reply(), /^250 /);
    assert.ok(rounds > 1);
    assert.equal(running.memory.writesWhileFull, 0);
    assert.ok(running.memory.accepted[0]!.octets.equals(Buffer.from(message)));
  });

  test('a client that goes while its mail is stored does not undo it', async () => {
    await using running = await startServer();
    using storing = gate();
    running.memory.beforeAccept = storing.wait;
    const client = await RawClient.open(running.port);
    await client.beginData();
    client.write('x\r\n.\r\n');
    await until('accept', storing.isAsked);
    client.socket.resetAndDestroy();
    await until('no connection', () => running.server.activeConnections === 0);
    storing.open();
    await running.server.close();
    assert.equal(running.memory.accepted.length, 1);
    assert.equal(running.memory.refused.length, 0);
  });

  test('a client that has ended its side while its mail is stored gets the replies', async () => {
    await using running = await startServer();
    await using other = await RawClient.open(running.port);
    using storing = gate();
    running.memory.beforeAccept = storing.wait;
    await using client = await RawClient.connect(running.port);
    client.socket.end('EHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n');
    await until('accept', storing.isAsked);
    // The end of the client's side is read meanwhile.
    for (let round = 0; round < 20; round++) await other.say('NOOP');
    storing.open();
    await client.ended();
    assert.match(client.received, /\r\n250 2\.0\.0 Ok: stored as mail-1\r\n221 2\.0\.0 Bye\r\n$/);
  });

  test('waiting for the intake is not idling', async () => {
    await using running = await startServer({ idleTimeout: 20 });
    using storing = gate();
    running.memory.beforeAccept = storing.wait;
    await using client = await RawClient.connect(running.port);
    client.write('EHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nx\r\n.\r\n');
    await until('accept', storing.isAsked);
    // Five other clients idle one after the other until they are told to go.
    for (let round = 0; round < 5; round++) {
      await using idle = await RawClient.connect(running.port);
      await idle.ended();
    }
    storing.open();
    await until('the reply', () => client.received.includes('stored as'));
    assert.ok(!/^421/m.test(client.received.slice(0, client.received.indexOf('stored as'))));
  });
});
