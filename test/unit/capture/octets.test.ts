// The promise of the product: what is stored is what was sent, octet for octet.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { RawClient, startServer, until } from './fixture.ts';
import { chunked, dataText, send } from './octets.ts';

describe('octets', () => {
  test('any message, cut anywhere on its way, is stored octet for octet', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await fc.assert(
      fc.asyncProperty(dataText, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), async (text, sizes) => {
        const message = text === '' ? '' : `${text}\r\n`;
        await client.beginData();
        for (const chunk of chunked(send(message), sizes)) {
          client.write(chunk);
          await turn();
        }
        assert.match(await client.reply(), /^250 /);
        const kept = running.memory.accepted.at(-1)!;
        assert.equal(kept.octets.toString('latin1'), message);
        assert.equal(kept.delivery.size, message.length);
        assert.equal(kept.delivery.octetsReceived, message.length);
      }),
      { numRuns: 60 },
    );
  });

  test('several mails in one packet keep apart', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    const messages = ['one\r\n', '', '..\r\n.\r\n', 'four\r\n\r\n'];
    client.write(messages.map((message) => `MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n${send(message)}`).join(''));
    await until('all mails', () => running.memory.accepted.length === messages.length);
    assert.deepEqual(
      running.memory.accepted.map((kept) => kept.octets.toString('latin1')),
      messages,
    );
  });

  test('two mebibytes of random octets, and then as many dots at line starts', async () => {
    await using running = await startServer({ maxMessageSize: 64 * 1024 * 1024 });
    await using client = await RawClient.open(running.port);
    const dots = `${'.\r\n'.repeat(512 * 1024)}`;
    for (const message of [`${randomBytes(2 * 1024 * 1024).toString('latin1')}\r\n`, dots]) {
      await client.beginData();
      client.write(send(message));
      assert.match(await client.reply(), /^250 /);
      assert.ok(running.memory.accepted.at(-1)!.octets.equals(Buffer.from(message, 'latin1')));
    }
    assert.equal(running.memory.accepted.at(-1)!.delivery.dotsUnstuffed, 512 * 1024);
  });

  test('bare CR and LF are kept and counted', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await client.beginData();
    client.write('one\r\ntwo\nthree\rfour\r\n.\r\n');
    await client.reply();
    const { octets, delivery } = running.memory.accepted[0]!;
    assert.equal(octets.toString('latin1'), 'one\r\ntwo\nthree\rfour\r\n');
    assert.deepEqual(delivery.lineEndings, { bareCr: 1, bareLf: 1, firstLine: 2 });
  });
});
