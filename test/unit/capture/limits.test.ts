import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RawClient, startServer, until } from './fixture.ts';

describe('limits', () => {
  test('past the size limit nothing more is written, and what was written is kept', async () => {
    await using running = await startServer({ maxMessageSize: 1000 });
    await using client = await RawClient.open(running.port);
    await client.beginData();
    const message = `${'x'.repeat(500_000)}\r\n`;
    client.write(`${message}.\r\n`);
    assert.equal(await client.reply(), '552 5.3.4 Message is larger than the limit');
    await until('the refused mail', () => running.memory.refused.length === 1);
    const { octets, delivery } = running.memory.refused[0]!;
    assert.equal(running.memory.octetsWritten, 1000);
    assert.equal(octets.toString(), message.slice(0, 1000));
    assert.equal(delivery.outcome, 'refused');
    assert.equal(delivery.reply, '552 5.3.4 Message is larger than the limit');
    assert.equal(delivery.size, 1000);
    assert.equal(delivery.octetsReceived, message.length);
    assert.ok(delivery.conversation.lines.some((line) => line.who === 'note' && line.text.includes('only the first 1000 bytes kept')));
  });

  test('a message of exactly the limit is accepted', async () => {
    await using running = await startServer({ maxMessageSize: 1000 });
    await using client = await RawClient.open(running.port);
    await client.beginData();
    client.write(`${'x'.repeat(998)}\r\n.\r\n`);
    assert.match(await client.reply(), /^250 /);
  });

  test('a message without an end is cut off', async () => {
    await using running = await startServer({ maxMessageSize: 1000 });
    await using client = await RawClient.open(running.port);
    await client.beginData();
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let count = 0; count < 24; count++) client.write(chunk);
    await until('the refused mail', () => running.memory.refused.length === 1);
    await client.ended();
    const { delivery } = running.memory.refused[0]!;
    assert.equal(delivery.outcome, 'refused');
    assert.ok(delivery.octetsReceived > 16 * 1024 * 1024 && delivery.octetsReceived < 18 * 1024 * 1024, String(delivery.octetsReceived));
    assert.equal(running.memory.octetsWritten, 1000);
  });

  test('a command line that does not end', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    client.write('x'.repeat(40_000));
    assert.match(await client.reply(), /^421 4\.3\.0 The command line is too long/);
    await client.ended();
  });

  test('connections of both addresses count together; one more is told 421 and who we are', async (context) => {
    await using running = await startServer({ host: 'localhost', maxConnections: 2 });
    if (running.addresses.length < 2) return context.skip('no IPv6 here');
    await using first = await RawClient.connect(running.port, '127.0.0.1');
    await first.reply();
    await using second = await RawClient.connect(running.port, '::1');
    await second.reply();
    await using third = await RawClient.connect(running.port, '127.0.0.1');
    assert.equal(await third.reply(), '421 4.3.2 Mailroom 0123456789ab has too many connections, try again later');
    await third.ended();
    third.socket.end();
    assert.equal(await first.say('NOOP'), '250 2.0.0 OK');
    first.socket.end('QUIT\r\n');
    await until('one connection', () => running.server.activeConnections === 1);
    await using fourth = await RawClient.connect(running.port, '::1');
    assert.match(await fourth.reply(), /^220 /);
  });

  test('an idle client is told 421; a mail that it had begun is kept', async () => {
    await using running = await startServer({ idleTimeout: 200 });
    await using client = await RawClient.open(running.port);
    await client.beginData();
    client.write('Subject: half\r\n');
    assert.match(await client.reply(), /^421 4\.4\.2 Timeout/);
    await client.ended();
    client.socket.end();
    await until('the refused mail', () => running.memory.refused.length === 1);
    const { octets, delivery } = running.memory.refused[0]!;
    assert.equal(octets.toString(), 'Subject: half\r\n');
    assert.match(delivery.reply ?? '', /^421 4\.4\.2/);
  });
});
