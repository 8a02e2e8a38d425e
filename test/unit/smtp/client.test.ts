// The raw client against real sockets: good servers, slow ones, silent ones, and those that mean harm.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../../src/base/failure.ts';
import { type ConnectOptions, SmtpClient } from '../../../src/smtp/client.ts';
import { type Reply, replyText } from '../../../src/smtp/reply.ts';
import { startServer } from '../capture/fixture.ts';
import { serve } from './scriptedServer.ts';

const patience = 20_000;
const soon = 150;

function connect(port: number, options: Partial<ConnectOptions> = {}): Promise<SmtpClient> {
  return SmtpClient.connect({ host: '127.0.0.1', port, tls: 'none', verify: true, connectTimeout: patience, ...options });
}

function next(client: SmtpClient, timeout = patience): Promise<Reply> {
  return client.readReply({ timeout });
}

async function say(client: SmtpClient, line: string): Promise<string> {
  await client.send(Buffer.from(`${line}\r\n`));
  return replyText(await next(client));
}

function failsWith(reason: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(Failure.is(error), String(error));
    assert.equal(error.reason, reason, error.message);
    return true;
  };
}

async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('connecting', () => {
  test('tells both ends and how long it took', async () => {
    await using server = await serve(() => {});
    const client = await connect(server.port, { host: 'localhost' });
    assert.deepEqual(client.remote, { address: '127.0.0.1', port: server.port });
    assert.equal(client.local.address, '127.0.0.1');
    assert.ok(client.connectMs > 0);
    assert.equal(client.tls, null);
    client.close();
  });

  test('to a port where nobody listens is refused', async () => {
    await assert.rejects(connect(await closedPort()), failsWith('connectRefused'));
  });

  test('to a host that is not there says so', async () => {
    await assert.rejects(connect(25, { host: 'no-such-host.invalid' }), failsWith('hostNotFound'));
    await assert.rejects(connect(25, { host: '' }), failsWith('hostNotFound'));
  });

  test('to a port that is none fails', async () => {
    await assert.rejects(connect(70_000), failsWith('connectFailed'));
  });

  test('is given up when there is no time or the user says stop', async () => {
    await using server = await serve(() => {});
    await assert.rejects(connect(server.port, { connectTimeout: 0, host: 'localhost' }), failsWith('connectTimeout'));
    await assert.rejects(connect(server.port, { signal: AbortSignal.abort() }), failsWith('cancelled'));
    const stop = new AbortController();
    const connecting = connect(server.port, { host: 'localhost', signal: stop.signal });
    stop.abort();
    await assert.rejects(connecting, failsWith('cancelled'));
  });
});

describe('a conversation', () => {
  test('with our own server', async () => {
    await using running = await startServer();
    const client = await connect(running.port);
    assert.match(replyText(await next(client)), /^220 /);
    assert.match(await say(client, 'EHLO client.test'), /^250-[\s\S]*\n250 /);
    assert.match(await say(client, 'MAIL FROM:<a@x.test>'), /^250 2\.1\.0/);
    assert.match(await say(client, 'RCPT TO:<b@y.test>'), /^250 2\.1\.5/);
    assert.match(await say(client, 'DATA'), /^354 /);
    assert.match(await say(client, 'Subject: x\r\n\r\n..dot\r\n.'), /^250 2\.0\.0/);
    assert.match(await say(client, 'QUIT'), /^221 /);
    await client.end();
    assert.equal(running.memory.accepted[0]?.octets.toString('latin1'), 'Subject: x\r\n\r\n.dot\r\n');
    assert.equal(client.isClosed, true);
  });

  test('sends exactly the octets it is given', async () => {
    const heard: Buffer[] = [];
    await using server = await serve((socket) => socket.on('data', (octets: Buffer) => heard.push(octets)));
    const client = await connect(server.port);
    const octets = Buffer.from([0x45, 0x00, 0x0d, 0xff, 0x0a, 0x2e, 0x0a]);
    await client.send(octets);
    await client.end();
    assert.deepEqual(Buffer.concat(heard), octets);
  });

  test('gives the replies to a pipelined group one by one, also to several who wait', async () => {
    await using server = await serve((socket) => socket.write('220 a\r\n250 b\r\n550 c\r\n354 d\r\n'));
    const client = await connect(server.port);
    const codes = (await Promise.all([next(client), next(client)])).map((reply) => reply.code);
    assert.deepEqual([...codes, (await next(client)).code, (await next(client)).code], [220, 250, 550, 354]);
    client.close();
  });

  test('times a reply from the last octet that was sent', async () => {
    await using server = await serve((socket) => {
      socket.write('220 a\r\n');
      socket.on('data', () => setTimeout(() => socket.write('250 b\r\n'), 30));
    });
    const client = await connect(server.port);
    await next(client);
    await delay(200);
    await client.send(Buffer.from('NOOP\r\n'));
    const { ms } = await next(client);
    assert.ok(ms >= 28 && ms < 200, `${ms} ms`);
    client.close();
  });
});

describe('a server that is not well', () => {
  test('and never greets: the wait ends, and the connection can still be used', async () => {
    await using server = await serve((socket) => socket.once('data', () => socket.write('220 at last\r\n')));
    const client = await connect(server.port);
    await assert.rejects(next(client, soon), failsWith('replyTimeout'));
    assert.equal(client.isClosed, false);
    assert.equal(await say(client, 'EHLO early.test'), '220 at last');
    client.close();
  });

  test('and sends an octet every 50 ms: time is for the whole reply, and what came is told and kept', async () => {
    await using server = await serve((socket) => {
      const octets = [...'220 a tarpit that takes its time\r\n'];
      const timer = setInterval(() => {
        const octet = octets.shift();
        if (octet === undefined) clearInterval(timer);
        else socket.write(octet);
      }, 50);
      socket.on('close', () => clearInterval(timer));
    });
    const client = await connect(server.port);
    await assert.rejects(next(client, 400), (error) => {
      assert.ok(Failure.is(error, 'replyTimeout'));
      assert.match(String(error.data['partial']), /^2/);
      return true;
    });
    assert.equal(replyText(await next(client)), '220 a tarpit that takes its time');
    client.close();
  });

  test('and drops the connection: what it said is read, then the end is told', async () => {
    await using server = await serve((socket) => socket.end('421 4.3.2 bye\r\n'));
    const client = await connect(server.port);
    assert.equal((await next(client)).enhanced, '4.3.2');
    await assert.rejects(next(client), failsWith('connectionClosed'));
    await assert.rejects(client.send(Buffer.from('QUIT\r\n')), failsWith('connectionClosed'));
    assert.equal(client.isClosed, true);
  });

  test('and resets the connection', async () => {
    await using server = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const client = await connect(server.port);
    await client.send(Buffer.from('EHLO x\r\n'));
    await assert.rejects(next(client), failsWith('connectionClosed'));
  });

  test('and says half a line', async () => {
    await using server = await serve((socket) => socket.end('220-whole\r\n220 ha'));
    const client = await connect(server.port);
    const reply = await next(client);
    assert.deepEqual(reply.problems, ['unfinished']);
    assert.equal(replyText(reply), '220-whole\n220 ha');
  });

  test('and ends its line with CR alone', async () => {
    await using server = await serve((socket) => socket.write('220 old\r'));
    const client = await connect(server.port);
    const reply = await next(client, soon);
    assert.equal(replyText(reply), '220 old');
    assert.deepEqual(reply.problems, ['bareCr']);
    client.close();
  });

  test('and talks garbage', async () => {
    const garbage = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));
    await using server = await serve((socket) => socket.end(garbage));
    const client = await connect(server.port);
    const heard: Reply[] = [];
    await assert.rejects(async () => {
      for (;;) heard.push(await next(client));
    }, failsWith('connectionClosed'));
    assert.deepEqual(Buffer.concat(heard.flatMap((reply) => reply.lines.map((line) => line.raw))), garbage);
    assert.doesNotMatch(heard.map(replyText).join(''), /[\x00-\x08\x0b-\x1f]/);
  });

  test('and answers with a megabyte', async () => {
    const line = `250-${'x'.repeat(60)}\r\n`;
    await using server = await serve((socket) => socket.write(`${line.repeat(16_000)}250 end\r\n`));
    const client = await connect(server.port);
    const reply = await next(client);
    assert.equal(reply.lines.length, 1000);
    assert.equal(reply.lines.at(-1)?.text, 'end');
    assert.deepEqual(reply.problems, ['tooManyLines']);
    client.close();
  });

  test('and never ends its reply: the connection is cut', async () => {
    await using server = await serve((socket) => {
      const block = Buffer.from('250-again\r\n'.repeat(6000));
      const flood = (): void => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', flood);
      flood();
    });
    const client = await connect(server.port);
    assert.deepEqual((await next(client)).problems, ['tooManyLines', 'unfinished']);
    await assert.rejects(next(client), failsWith('replyTooLong'));
    assert.equal(client.isClosed, true);
  });

  test('and floods without being asked: it is made to wait', async () => {
    let taken = 0;
    let isStuck = false;
    await using server = await serve((socket) => {
      const block = Buffer.from('250 unasked for\r\n'.repeat(4000));
      const flood = (): void => {
        isStuck = false;
        while (!socket.destroyed && socket.write(block)) taken += block.length;
        isStuck = true;
      };
      socket.on('drain', flood);
      flood();
    });
    const client = await connect(server.port);
    for (let before = -1; !isStuck || before !== taken; ) {
      before = taken;
      await delay(100);
    }
    // What fills the buffers of the system, and no more.
    assert.ok(taken < 64 * 1024 * 1024, `${taken} octets`);
    assert.equal((await next(client)).code, 250);
    client.close();
  });

  test('and takes nothing: sending can be given up', async () => {
    await using server = await serve((socket) => socket.pause());
    const client = await connect(server.port);
    const much = Buffer.alloc(64 * 1024 * 1024, 'x');
    await assert.rejects(client.send(much, { timeout: soon }), failsWith('sendTimeout'));
    const stop = new AbortController();
    const sending = client.send(much, { timeout: patience, signal: stop.signal });
    stop.abort();
    await assert.rejects(sending, failsWith('cancelled'));
    const last = client.send(Buffer.from('x'));
    client.close();
    await assert.rejects(last, failsWith('connectionClosed'));
  });

  test('and does not close when asked: the end comes all the same', async () => {
    await using server = await serve((socket) => socket.resume(), { allowHalfOpen: true });
    const client = await connect(server.port);
    await client.end(soon);
    assert.equal(client.isClosed, true);
  });
});

describe('stopping', () => {
  test('a wait for a reply leaves the reply to the next one who waits', async () => {
    await using server = await serve((socket) => socket.once('data', () => socket.write('250 later\r\n')));
    const client = await connect(server.port);
    const stop = new AbortController();
    const waiting = client.readReply({ timeout: patience, signal: stop.signal });
    stop.abort();
    await assert.rejects(waiting, failsWith('cancelled'));
    assert.equal(await say(client, 'NOOP'), '250 later');
    client.close();
  });

  test('by closing ends every wait', async () => {
    await using server = await serve(() => {});
    const client = await connect(server.port);
    const waiting = [client.readReply({ timeout: Number.POSITIVE_INFINITY }), next(client)];
    client.close();
    for (const one of waiting) await assert.rejects(one, failsWith('connectionClosed'));
    client.close();
    await client.end();
  });
});
