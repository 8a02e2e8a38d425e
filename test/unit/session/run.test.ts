// Runs over real sockets: what is sent octet for octet, what every line's result is, and what happens with servers that do not behave.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { runConversation } from '../../../src/session/run.ts';
import type { RunResult } from '../../../src/session/runResult.ts';
import { printConversation } from '../../../src/smtp/transcript.ts';
import { startServer } from '../capture/fixture.ts';
import { conversationOf, ports, runText, sum } from './fixture.ts';
import { startPeer } from './peer.ts';

const connect = '@connect {{host}}:{{port}}\n';
const hello = `${connect}S: 220\nEHLO client.test\n`;
const envelope = `${hello}MAIL FROM:<a@x.test>\nRCPT TO:<b@y.test>\n`;

function statuses({ lines }: RunResult): string[] {
  return lines.map(({ line, status }) => `${line} ${status}`);
}

interface Rude extends AsyncDisposable {
  readonly port: number;
  heard(): string;
}

/** A server that does as it is told with each connection. */
async function rude(behave: (socket: net.Socket) => void): Promise<Rude> {
  let heard = '';
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
    });
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    heard: () => heard,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a run', () => {
  test('passes line by line, and captures', async () => {
    await using server = await startServer();
    const result = await runText(
      `${envelope}DATA\nS: 354\nSubject: {{s}}\n\n..two {{other}}\n.\nS: 250 2.0.0 Ok: stored as {{id}}\nNOOP {{id}}\nS: 250\nQUIT\nS: 221\n@var s = {{t}}\n@var t = x`.replace(
        '{{other}}',
        '{ {other} }',
      ),
      server.port,
    );
    assert.equal(sum(result), 'passed');
    assert.deepEqual(result.captures, { id: 'mail-1' });
    assert.ok(result.lines.every(({ status }) => status === 'passed'));
    assert.equal(server.memory.accepted[0]?.octets.toString(), 'Subject: x\r\n\r\n.two { {other} }\r\n');
    assert.match(printConversation(result.transcript), /C: NOOP mail-1\nS: 250 2\.0\.0 OK\nC: QUIT\nS: 221/);
    assert.equal(result.transcript.clientName, 'client.test');
  });

  test('stops at the first reply that is not as expected', async () => {
    await using server = await startServer();
    const result = await runText(`${hello}S: 250-SIZE\nMAIL FROM:<a@x.test>\nS: 550 5.7.1\nQUIT\nS: 221`, server.port);
    assert.deepEqual(statuses(result), [
      '0 passed',
      '1 passed',
      '2 passed',
      '3 passed',
      '4 passed',
      '5 failed',
      '6 notReached',
      '7 notReached',
    ]);
    assert.equal(sum(result), 'failed: expected 550 5.7.1, got 250 2.1.0 Sender OK');
    assert.equal(result.status, 'failed');
    assert.doesNotMatch(printConversation(result.transcript), /QUIT/);
  });

  test('reads the reply of a command that nothing is expected of', async () => {
    await using server = await startServer();
    const result = await runText(`${hello}NONSENSE\nQUIT\nS: 221`, server.port);
    assert.equal(sum(result), 'passed');
    assert.equal(result.lines.find(({ line }) => line === 3)?.reply?.code, 500);
  });

  test('tells each result when it is there, and waits before each step', async () => {
    await using server = await startServer();
    const seen: string[] = [];
    await runText(`${connect}S: 220\nNOOP\nS: 250`, server.port, {
      beforeStep: async ({ line }) => void seen.push(`before ${line}`),
      onStep: ({ line, status }) => void seen.push(`${line} ${status}`),
    });
    assert.deepEqual(seen, ['before 0', 'before 1', '0 passed', '1 passed', 'before 2', '2 passed', '3 passed']);
  });

  test('answers a group in order, whether the S: lines stand in it or after it', async () => {
    await using server = await startServer();
    const inside = `${hello}@pipeline\nMAIL FROM:<a@x.test>\nS: 250 2.1.0\nRCPT TO:<b@y.test>\nS: 250 2.1.5\n@end\nQUIT\nS: 221`;
    const after = `${hello}@pipeline\nMAIL FROM:<a@x.test>\nRCPT TO:<b@y.test>\nRSET\n\nS: 250 2.1.0\nS: 250 2.1.5\nQUIT\nS: 221`;
    assert.equal(sum(await runText(inside, server.port)), 'passed');
    assert.equal(sum(await runText(after, server.port)), 'passed');
    assert.match(sum(await runText(after.replace('2.1.5', '2.1.6'), server.port)), /expected 250 2\.1\.6, got 250 2\.1\.5/);
  });

  test('sends a group in one go', async () => {
    await using server = await rude((socket) => {
      socket.write('220 x\r\n');
      socket.once('data', (chunk) => socket.write(`${chunk.toString().split('\r\n').length - 1}50 a\r\n250 b\r\n`));
    });
    assert.equal(sum(await runText(`${connect}@pipeline\nNOOP\nNOOP\n@end\nS: 250 a\nS: 250 b`, server.port)), 'passed');
  });

  test('sends @bytes and @send-raw as they are, and reads only the replies that S: lines name', async () => {
    await using server = await rude((socket) => {
      socket.write('220 x\r\n');
      socket.on('data', (chunk) => chunk.includes('end') && socket.write('250 one\r\n250 two\r\n'));
    });
    const result = await runText(
      `${connect}@bytes a\\r\\n\\x00\\xff\\\\ü \n@send-raw b\\n {{host}}\n@bytes end\nS: 250 one\nS: 250 two`,
      server.port,
    );
    assert.equal(sum(result), 'passed');
    assert.equal(
      server.heard(),
      Buffer.concat([Buffer.from('a\r\n\0'), Buffer.of(0xff), Buffer.from('\\ü b\\n 127.0.0.1end')]).toString('latin1'),
    );
  });

  test('sends a file as DATA wants it, and as BDAT wants it', async () => {
    const file = Buffer.from('Subject: f\n\n.dot\nend');
    const readFile = async (path: string): Promise<Uint8Array> =>
      path === 'mail/a.eml' ? file : Promise.reject(new Error('no such file'));
    await using server = await startServer();
    assert.equal(sum(await runText(`${envelope}DATA\nS: 354\n@data mail/a.eml\nS: 250`, server.port, { readFile })), 'passed');
    assert.equal(server.memory.accepted[0]?.octets.toString(), 'Subject: f\r\n\r\n.dot\r\nend\r\n');
    const missing = await runText(`${envelope}DATA\n@data mail/b.eml`, server.port, { readFile });
    assert.equal(sum(missing), 'error in line 7: fileNotRead: mail/b.eml cannot be read: no such file');
    await using chunks = await rude((socket) => {
      socket.write('220 x\r\n');
      socket.on('data', (chunk) => chunk.includes('end') && socket.write('250 chunk\r\n'));
    });
    assert.equal(
      sum(await runText(`${connect}BDAT ${file.length} LAST\n@data mail/a.eml\nS: 250 chunk`, chunks.port, { readFile })),
      'passed',
    );
    assert.equal(chunks.heard(), `BDAT ${file.length} LAST\r\n${file}`);
  });

  test('does not send a message that the server does not want', async () => {
    await using server = await startServer();
    const result = await runText(`${hello}DATA\nSubject: x\n.\nQUIT\nS: 221`, server.port);
    assert.equal(sum(result), 'passed');
    assert.deepEqual(statuses(result).slice(3), ['3 passed', '5 skipped', '6 passed', '7 passed']);
    assert.match(sum(await runText(`${hello}DATA\nSubject: x\n.\nS: 250`, server.port)), /expected 250, got 503/);
  });

  test('talks to several servers in turn, and closes', async () => {
    await using server = await startServer();
    const result = await runText(`${connect}S: 220\n@close\n${connect}@wait 1ms\nS: 220\nQUIT\nS: 221`, server.port);
    assert.equal(sum(result), 'passed');
  });

  test('only connects when that is all there is', async () => {
    await using server = await startServer();
    assert.deepEqual(statuses(await runText(connect, server.port)), ['0 passed']);
  });

  test('uses an open connection, and leaves it open', async () => {
    await using server = await startServer();
    const first = ports({ host: '127.0.0.1', port: String(server.port) });
    const client = await first.connect({ host: '127.0.0.1', port: server.port, tls: 'none', verify: true, connectTimeout: 5000 });
    await client.readReply({ timeout: 5000 });
    const [conversation] = parseScript('EHLO a.test\nS: 250').conversations;
    assert.ok(conversation);
    const { state, status } = await runConversation(
      conversation,
      ports({}, { open: { client, state: { ...(await runText(connect, server.port)).state } } }),
    );
    assert.equal(status, 'passed');
    assert.equal(state.phase, 'ready');
    assert.ok(state.extensions?.has('SIZE'));
    assert.equal(client.isClosed, false);
    client.close();
  });
});

describe('logins, TLS and LMTP', () => {
  for (const method of ['plain', 'login', 'cram-md5', 'xoauth2']) {
    test(`@auth ${method} logs in, and its password is nowhere`, async () => {
      await using peer = await startPeer({ allowInsecureAuth: true });
      const text = `${hello}@auth ${method} kim {{password}}\nS: 235\nQUIT\nS: 221`;
      const result = await runConversation(
        parseScript(text, { variables: ['host', 'port', 'password'] }).conversations[0]!,
        ports({ host: '127.0.0.1', port: String(peer.port), password: 'secret' }),
      );
      assert.equal(sum(result), 'passed');
      assert.equal(peer.logins.length, 1);
      const transcript = printConversation(result.transcript);
      for (const part of ['secret', Buffer.from('secret').toString('base64'), Buffer.from('\0kim\0secret').toString('base64')])
        assert.ok(!transcript.includes(part));
    });
  }

  test('a wrong password is a reply like any other', async () => {
    await using peer = await startPeer({ allowInsecureAuth: true });
    assert.equal(sum(await runText(`${hello}@auth xoauth2 kim wrong\nS: 535\nNOOP\nS: 250`, peer.port)), 'passed');
    assert.match(sum(await runText(`${hello}@auth cram-md5 kim wrong\nS: 235`, peer.port)), /expected 235, got 535/);
  });

  test('@tls implicit begins with TLS', async () => {
    await using peer = await startPeer({ secure: true });
    const result = await runText(`@tls implicit\n@verify off\n${hello}S: 250\nQUIT\nS: 221`, peer.port);
    assert.equal(sum(result), 'passed');
    assert.match(result.lines.find(({ line }) => line === 2)?.tls?.protocol ?? '', /^TLSv1\.[23]$/);
  });

  test('@tls starttls says EHLO twice, and its facts are at the EHLO', async () => {
    await using peer = await startPeer();
    const result = await runText(
      `${connect}@tls starttls\n@verify off\nEHLO a.test\nS: 250-AUTH\n@auth plain kim secret\nS: 235`,
      peer.port,
    );
    assert.equal(sum(result), 'passed');
    assert.equal(result.lines.find(({ line }) => line === 3)?.tls?.isTrusted, false);
    assert.deepEqual(peer.logins, ['PLAIN kim TLS']);
    assert.equal(printConversation(result.transcript).match(/C: EHLO/g)?.length, 2);
    assert.equal(result.state.isEncrypted, true);
  });

  test('a certificate that nobody trusts ends the run unless @verify is off', async () => {
    await using peer = await startPeer();
    assert.match(sum(await runText(`${connect}@tls starttls\nEHLO a.test`, peer.port)), /^error in line 3: certificateRefused/);
    await using plain = await startServer();
    assert.match(sum(await runText(`${connect}@tls starttls\nEHLO a.test`, plain.port)), /^error in line 3: tlsRefused: .*502/);
  });

  test('LMTP has a reply for each recipient that was accepted', async () => {
    await using peer = await startPeer({ lmtp: true, authOptional: true });
    const text = `${connect}S: 220\nLHLO a.test\nS: 250\nMAIL FROM:<a@x.test>\nRCPT TO:<b@y.test>\nRCPT TO:<refused@y.test>\nS: 550\nRCPT TO:<full@y.test>\nDATA\nS: 354\nx\n.\n`;
    assert.equal(sum(await runText(`${text}S: 250\nS: 452\nQUIT\nS: 221`, peer.port)), 'passed');
    assert.equal(sum(await runText(`${text}QUIT\nS: 221`, peer.port)), 'passed');
    assert.match(sum(await runText(`${text}S: 250\nS: 250`, peer.port)), /expected 250, got 452/);
  });
});

describe('trouble', () => {
  test('nobody listens', async () => {
    const server = await rude(() => {});
    const { port } = server;
    await server[Symbol.asyncDispose]();
    const result = await runText(`# first\n${hello}QUIT`, port);
    assert.match(sum(result), /^error in line 2: connectRefused/);
    assert.deepEqual(statuses(result), ['1 error', '2 notReached', '3 notReached', '4 notReached']);
  });

  test('a server that never greets', async () => {
    await using server = await rude(() => {});
    assert.match(sum(await runText(`${connect}@timeout 50ms\nS: 220\nQUIT`, server.port)), /^error in line 3: replyTimeout/);
  });

  test('a server that hangs up', async () => {
    await using server = await rude((socket) => {
      socket.write('220 x\r\n');
      socket.once('data', () => socket.end());
    });
    assert.match(sum(await runText(`${connect}NOOP\nS: 250\nQUIT`, server.port)), /^error in line 3: connectionClosed/);
  });

  test('a server that answers garbage', async () => {
    await using server = await rude((socket) => socket.write('nonsense \x1b[31m of a server\r\n'));
    assert.equal(sum(await runText(`${connect}S: nonsense`, server.port)), 'passed');
    assert.equal(sum(await runText(`${connect}S: 220`, server.port)), 'failed: expected 220, got nonsense \\x1B[31m of a server');
  });

  test('a person who has waited long enough', async () => {
    const stop = new AbortController();
    await using server = await rude((socket) => {
      socket.write('220 x\r\n');
      socket.once('data', () => stop.abort());
    });
    const result = await runText(`${connect}NOOP\nS: 250`, server.port, { signal: stop.signal });
    assert.equal(result.status, 'cancelled');
    assert.deepEqual(statuses(result), ['0 passed', '1 passed', '2 error']);
  });

  test('a person who stops it while it waits', async () => {
    const stop = new AbortController();
    await using server = await startServer();
    const beforeStep = async ({ line }: { line: number }): Promise<void> => void (line === 1 && setImmediate(() => stop.abort()));
    assert.equal((await runText(`${connect}@wait 1m\nNOOP`, server.port, { signal: stop.signal, beforeStep })).status, 'cancelled');
  });

  test('variables without a value, and those that hold themselves', async () => {
    await using server = await startServer();
    const run = (text: string): Promise<RunResult> =>
      runConversation(parseScript(text).conversations[0]!, ports({ host: '127.0.0.1', port: String(server.port) }));
    assert.match(sum(await run(`${hello}NOOP {{nobody}}`)), /^error in line 4: undefinedVariable/);
    assert.match(sum(await run(`${hello}@var a = {{b}}\n@var b = {{a}}\nNOOP {{a}}`)), /^error in line 6: variableCycle/);
    assert.match(sum(await run(`${hello}@nonsense\nNOOP`)), /^error in line 4: badLine/);
    assert.match(sum(await run(`${hello}MAIL FROM:<>\nS: 25`)), /^error in line 5: badLine/);
    assert.match(sum(await runConversation(conversationOf(`${connect}NOOP`), ports({}))), /undefinedVariable/);
  });

  test('a reader of files that fails in words of its own', async () => {
    await using server = await startServer();
    const readFile = (): Promise<Uint8Array> => Promise.reject(new Failure('outside', 'The file lies outside of the workspace'));
    assert.match(sum(await runText(`${envelope}DATA\n@data ../a.eml`, server.port, { readFile })), /^error in line 7: outside/);
  });
});
