// What is noted about a delivery besides its octets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EndedConversation } from '../../../src/capture/exchange.ts';
import { RawClient, type Running, startServer, until } from './fixture.ts';

async function sendMail(client: RawClient, body: string): Promise<void> {
  await client.beginData();
  client.write(`${body}\r\n.\r\n`);
  await client.reply();
}

function textsOf(running: Running, index: number): string[] {
  return running.memory.accepted[index]!.delivery.conversation.lines.map((line) => `${line.who}: ${line.text}`);
}

describe('conversation', () => {
  test('is the whole exchange, data as a count', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await sendMail(client, `${'0123456789'.repeat(4930)}\r\n..dot`);
    assert.deepEqual(textsOf(running, 0), [
      'S: 220 localhost ESMTP Mailroom ready',
      'C: EHLO client.test',
      'S: 250-localhost greets client.test',
      'S: 250-PIPELINING',
      'S: 250-8BITMIME',
      'S: 250-SMTPUTF8',
      'S: 250-ENHANCEDSTATUSCODES',
      'S: 250-DSN',
      'S: 250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2',
      'S: 250 SIZE 1048576',
      'C: MAIL FROM:<a@x.test>',
      'S: 250 2.1.0 Sender OK',
      'C: RCPT TO:<b@y.test>',
      'S: 250 2.1.5 Recipient OK',
      'C: DATA',
      'S: 354 End data with <CR><LF>.<CR><LF>',
      'note: 48.2 KB of data, 1 dot unstuffed',
      'S: 250 2.0.0 Ok: stored as mail-1',
    ]);
    const { conversation } = running.memory.accepted[0]!.delivery;
    assert.equal(conversation.clientName, 'client.test');
    assert.deepEqual(conversation.client, { address: '127.0.0.1', port: client.socket.localPort });
    assert.deepEqual(conversation.server, { address: '127.0.0.1', port: running.port });
  });

  test('times come from the clock, in tenths of milliseconds since the connection', async () => {
    let ticks = 0;
    await using running = await startServer(
      {},
      { now: () => Date.UTC(2026, 10, 21, 21, 12, 3, 417), monotonic: () => 1000 + ticks++ * 0.123 },
    );
    await using client = await RawClient.open(running.port);
    await sendMail(client, 'x');
    const { receivedAt, conversation } = running.memory.accepted[0]!.delivery;
    assert.equal(receivedAt, '2026-11-21T21:12:03.417Z');
    assert.equal(conversation.startedAt, '2026-11-21T21:12:03.417Z');
    assert.deepEqual(
      conversation.lines.slice(0, 4).map((line) => line.at),
      [0.1, 0.2, 0.4, 0.5],
    );
  });

  test('of a later mail on a kept connection has the opening and its own lines only', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await client.say('AUTH PLAIN AGtpbQBzZWNyZXQ=');
    for (let count = 0; count < 50; count++) await sendMail(client, `mail ${count}`);
    await client.say('NOOP');
    await sendMail(client, 'last');
    const [first, second, last] = [textsOf(running, 0), textsOf(running, 1), textsOf(running, 50)];
    assert.equal(first.length, second.length);
    assert.deepEqual(first.slice(0, -2), second.slice(0, -2));
    assert.ok(second.includes('C: AUTH PLAIN ****'));
    assert.deepEqual(last.slice(12, 15), ['C: NOOP', 'S: 250 2.0.0 OK', 'C: MAIL FROM:<a@x.test>']);
    assert.equal(last.length, first.length + 2);
  });

  test('of a mail to very many recipients leaves out the middle', async () => {
    await using running = await startServer({ maxRecipients: 5000 });
    await using client = await RawClient.open(running.port);
    client.write(`MAIL FROM:<a@x.test>\r\n${'RCPT TO:<b@y.test>\r\n'.repeat(2000)}DATA\r\n.\r\n`);
    await until('the mail', () => running.memory.accepted.length === 1);
    const { conversation, envelope } = running.memory.accepted[0]!.delivery;
    assert.equal(envelope.to.length, 2000);
    assert.ok(conversation.lines.length <= 501, String(conversation.lines.length));
    assert.ok(conversation.omitted > 3000);
    assert.ok(conversation.lines.some((line) => line.who === 'note' && line.text === `${conversation.omitted} lines left out`));
    assert.match(conversation.lines.at(-1)!.text, /^250 2\.0\.0/);
  });

  test('long lines are shortened and control characters printed', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await client.say(`NOOP ${'x'.repeat(5000)}`);
    await client.say('NOOP \x00\x1b[2J');
    await sendMail(client, 'x');
    const texts = textsOf(running, 0);
    assert.ok(texts.includes(`C: NOOP ${'x'.repeat(2043)}… (2957 more)`));
    assert.ok(texts.includes('C: NOOP \\x00\\x1B[2J'));
  });

  test('the envelope has every parameter and every recipient', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await client.say('MAIL FROM:<a@x.test> SIZE=10 BODY=8BITMIME ret=HDRS ENVID=x+2B XMINE');
    await client.say('RCPT TO:<b@y.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@y.test');
    await client.say('RCPT TO:<b@y.test>');
    await client.say('DATA');
    await client.say('.');
    assert.deepEqual(running.memory.accepted[0]!.delivery.envelope, {
      from: { address: 'a@x.test', parameters: { SIZE: '10', BODY: '8BITMIME', RET: 'HDRS', ENVID: 'x+2B', XMINE: true } },
      to: [
        { address: 'b@y.test', parameters: { NOTIFY: 'SUCCESS,FAILURE', ORCPT: 'rfc822;b@y.test' } },
        { address: 'b@y.test', parameters: {} },
      ],
    });
  });

  test('a connection that is cut within DATA is an aborted delivery', async () => {
    await using running = await startServer();
    const client = await RawClient.open(running.port);
    await client.beginData();
    client.write('Subject: half\r\n\r\nhal');
    await until('the octets', () => running.memory.octetsWritten === 20);
    client.socket.resetAndDestroy();
    await until('the aborted mail', () => running.memory.refused.length === 1);
    const { octets, delivery } = running.memory.refused[0]!;
    assert.equal(octets.toString(), 'Subject: half\r\n\r\nhal');
    assert.deepEqual([delivery.outcome, delivery.reply, delivery.size], ['aborted', null, 20]);
    assert.equal(delivery.conversation.lines.at(-1)!.text, '20 bytes of data');
  });

  test('a client that quits after MAIL is an aborted delivery too', async () => {
    await using running = await startServer();
    await using client = await RawClient.open(running.port);
    await client.say('MAIL FROM:<a@x.test>');
    await client.say('QUIT');
    await until('the aborted mail', () => running.memory.refused.length === 1);
    const { delivery } = running.memory.refused[0]!;
    assert.deepEqual([delivery.outcome, delivery.reply, delivery.envelope.from?.address], ['aborted', null, 'a@x.test']);
  });

  test('its end is told, with what came of it', async () => {
    await using running = await startServer();
    const ended: EndedConversation[] = [];
    running.server.onDidEndConversation((conversation) => ended.push(conversation));
    await using client = await RawClient.open(running.port);
    await sendMail(client, 'x');
    await client.say('MAIL FROM:a@x.test');
    await client.say('QUIT');
    client.socket.end();
    await until('the end', () => ended.length === 1);
    assert.equal(ended[0]!.accepted, 1);
    assert.equal(ended[0]!.refused, 1);
    assert.deepEqual(
      ended[0]!.conversation.lines.slice(-2).map((line) => line.text),
      ['QUIT', '221 2.0.0 Bye'],
    );
  });
});
