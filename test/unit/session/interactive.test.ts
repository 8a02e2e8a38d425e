// A session led line by line, against our own server and against servers that misbehave.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { InteractiveSession } from '../../../src/session/interactive.ts';
import { stuffDots } from '../../../src/session/octets.ts';
import type { SessionEvent } from '../../../src/session/sessionEvents.ts';
import { SmtpClient } from '../../../src/smtp/client.ts';
import { replyText } from '../../../src/smtp/reply.ts';
import { type Running, startServer, until } from '../capture/fixture.ts';
import { serveStartTls, serveTls } from '../smtp/scriptedServer.ts';

class Open implements AsyncDisposable {
  readonly session = new InteractiveSession({ connect: (options) => SmtpClient.connect(options) });
  readonly events: SessionEvent[] = [];

  constructor() {
    this.session.onDidHappen((event) => this.events.push(event));
  }

  connect(port: number): Promise<void> {
    return this.session.connect({ host: '127.0.0.1', port, tls: 'none' });
  }

  async enter(...lines: readonly string[]): Promise<void> {
    for (const line of lines) await this.session.enter(line);
  }

  of<K extends SessionEvent['kind']>(kind: K): Extract<SessionEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<SessionEvent, { kind: K }> => event.kind === kind);
  }

  /** First lines of the replies so far. */
  get codes(): (number | null)[] {
    return this.of('reply').map(({ reply }) => reply.code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.dispose();
  }
}

async function openOn(running: Running): Promise<Open> {
  const open = new Open();
  await open.connect(running.port);
  return open;
}

/** A server that does what it is told with each connection. */
async function misbehave(serve: (socket: Socket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a session with our own server', () => {
  test('sends a mail line by line, octet for octet', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.enter('EHLO me.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
    assert.deepEqual(open.session.mode, { kind: 'data', line: 1 });
    await open.enter('Subject: by hand', '', '..two dots');
    assert.deepEqual(open.session.mode, { kind: 'data', line: 4 });
    await open.enter('.');
    assert.deepEqual(open.codes, [220, 250, 250, 250, 354, 250]);
    assert.equal(running.memory.accepted[0]?.octets.toString(), 'Subject: by hand\r\n\r\n.two dots\r\n');
    await open.enter('QUIT');
    await until('the end', () => open.session.mode.kind === 'closed');
    const [closed] = open.of('closed');
    assert.deepEqual([closed?.by, closed?.mails, closed?.refused], ['server', 1, 0]);
  });

  test('knows how far the conversation is', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    assert.equal(open.session.state.phase, 'connected');
    await open.enter('EHLO me.test');
    assert.equal(open.session.state.phase, 'ready');
    assert.ok(open.session.state.extensions?.has('PIPELINING'));
    await open.enter('MAIL FROM:<a@x.test>');
    assert.equal(open.session.state.phase, 'mail');
    await open.enter('RCPT TO:<b@y.test>');
    assert.equal(open.session.state.phase, 'recipients');
    await open.enter('RSET');
    assert.equal(open.session.state.phase, 'ready');
  });

  test('sends a file as the message', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.enter('EHLO me.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>');
    await open.session.sendMessage(stuffDots(Buffer.from('Subject: file\n\n.dot\n')), '/tmp/file.eml');
    assert.deepEqual(open.codes.slice(-2), [354, 250]);
    assert.equal(running.memory.accepted[0]?.octets.toString(), 'Subject: file\r\n\r\n.dot\r\n');
  });

  test('does not send a message that was not asked for', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.session.sendMessage(Buffer.from('Subject: file\r\n'), '/tmp/file.eml');
    assert.deepEqual(open.codes, [220, 503]);
    assert.deepEqual(open.of('octets'), []);
  });

  test('logs in, and neither tells nor records the password', async () => {
    await using running = await startServer();
    for (const method of ['plain', 'login', 'cram-md5', 'xoauth2'] as const) {
      await using open = await openOn(running);
      await open.enter('EHLO me.test');
      await open.session.logIn({ method, user: 'kim', secret: 'hunter2' });
      assert.equal(open.codes.at(-1), 235, method);
      assert.ok(open.session.state.isAuthenticated);
      const said = JSON.stringify(open.events);
      for (const secret of ['hunter2', btoa('hunter2'), btoa('\0kim\0hunter2')])
        assert.ok(!said.includes(secret), `${method} tells ${secret}`);
      const record = open.session.record.print('x');
      assert.match(record, new RegExp(`@auth ${method} kim \\{\\{password\\}\\}\nS: 235`));
      assert.doesNotMatch(record, /C: AUTH|S: 334|hunter2/);
    }
  });

  test('a login typed by hand is secret where it must be, and decoded where it may be', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.enter('EHLO me.test', 'AUTH LOGIN');
    assert.deepEqual(open.session.mode, { kind: 'answer', method: 'LOGIN', isSecret: false });
    await open.enter(btoa('kim@example.com'));
    assert.deepEqual(open.session.mode, { kind: 'answer', method: 'LOGIN', isSecret: true });
    await open.enter(btoa('hunter2'));
    const typed = open.of('client').map(({ text, isMasked, decoded }) => ({ text, isMasked, decoded }));
    assert.deepEqual(typed.slice(1), [
      { text: 'AUTH LOGIN', isMasked: false, decoded: null },
      { text: btoa('kim@example.com'), isMasked: false, decoded: 'kim@example.com' },
      { text: '****', isMasked: true, decoded: null },
    ]);
    const challenges = open.of('reply').map(({ decoded }) => decoded);
    assert.equal(challenges.filter((text) => text !== null && /^(user|pass)/i.test(text)).length, 2);
  });

  test('a password in the AUTH line itself is masked', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.enter('EHLO me.test', `AUTH PLAIN ${btoa('\0kim\0hunter2')}`);
    const [, auth] = open.of('client');
    assert.deepEqual([auth?.text, auth?.isMasked, auth?.decoded], ['AUTH PLAIN ****', true, 'kim']);
    assert.equal(open.codes.at(-1), 235);
  });

  test('records the session as a script, with what changes each time as a variable', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.enter('EHLO me.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA', 'Subject: x', '', '.');
    const lines = open.session.record.print('A session').split('\n');
    assert.deepEqual(lines.slice(0, 2), ['# A session', `@connect 127.0.0.1:${running.port}`]);
    assert.match(lines[2] ?? '', /^S: 220 /);
    assert.equal(lines[3], 'C: EHLO me.test');
    assert.deepEqual(lines.slice(-5), ['C: Subject: x', 'C: ', 'C: .', 'S: 250 2.0.0 Ok: stored as {{id}}', '']);
  });

  test('connects anew, with nothing left of before', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.enter('EHLO me.test', 'MAIL FROM:<a@x.test>');
    await open.connect(running.port);
    assert.equal(open.session.state.phase, 'connected');
    assert.equal(open.of('closed')[0]?.by, 'client');
    await open.enter('NOOP');
    assert.equal(open.codes.at(-1), 250);
  });

  test('sends octets as they are', async () => {
    await using running = await startServer();
    await using open = await openOn(running);
    await open.session.sendOctets(Buffer.from('NOOP\r\nNO'), 'NOOP\\r\\nNO');
    await open.session.sendOctets(Buffer.from('OP\r\n'), 'OP\\r\\n');
    await until('two replies', () => open.codes.length === 3);
    assert.deepEqual(
      open.of('reply').map(({ command }) => command),
      ['', null, null],
    );
  });
});

describe('a session over TLS', () => {
  test('STARTTLS encrypts it, says what is wrong with the certificate, and forgets what EHLO said', async () => {
    await using server = await serveStartTls('self-signed', '220 go\r\n');
    await using open = new Open();
    await open.connect(server.port);
    await open.enter('STARTTLS');
    const [tls] = open.of('tls');
    assert.deepEqual([tls?.facts.isTrusted, tls?.facts.droppedOctets], [false, 0]);
    assert.ok(open.session.state.isEncrypted && open.session.state.isHelloDueAgain);
    await open.enter('EHLO me.test');
    assert.deepEqual(open.codes, [220, 220, 250]);
    const lines = open.session.record.print('x').split('\n');
    assert.deepEqual(lines.slice(1, 3), [`@connect 127.0.0.1:${server.port}`, '@verify off']);
  });

  test('what was put in before the handshake is thrown away, and told', async () => {
    await using server = await serveStartTls('self-signed', '220 go\r\n250 injected\r\n');
    await using open = new Open();
    await open.connect(server.port);
    await open.enter('STARTTLS');
    assert.equal(open.of('tls')[0]?.facts.droppedOctets, '250 injected\r\n'.length);
    assert.deepEqual(open.codes, [220, 220]);
  });

  test('a handshake that fails ends the session with the reason', async () => {
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => socket.write('220 go\r\nnot TLS at all, but plain text\r\n'));
    });
    await using open = new Open();
    await open.connect(server.port);
    const entering = open.enter('STARTTLS');
    await until('an end', () => open.session.mode.kind === 'closed' || (open.codes.length === 2 && open.session.cancel()));
    await entering;
    await until('the end', () => open.session.mode.kind === 'closed');
    assert.ok(open.of('failed').length === 1 && open.of('tls').length === 0);
  });

  test('from the first octet', async () => {
    await using server = await serveTls('self-signed', (socket) => socket.write('220 secret\r\n'));
    await using open = new Open();
    await open.session.connect({ host: '127.0.0.1', port: server.port, tls: 'implicit' });
    assert.equal(open.of('connected')[0]?.tls?.problem, 'selfSigned');
    assert.match(open.session.record.print('x'), /@tls implicit\n@verify off\nS: 220 secret/);
  });
});

describe('a session with a server that misbehaves', () => {
  test('nobody listens', async () => {
    await using server = await misbehave(() => {});
    const { port } = server;
    await server[Symbol.asyncDispose]();
    await using open = new Open();
    await open.connect(port);
    assert.equal(open.of('failed')[0]?.failure.reason, 'connectRefused');
    assert.equal(open.session.mode.kind, 'closed');
    await open.enter('NOOP');
  });

  test('a server that never greets can be given up, and spoken to', async () => {
    let heard = '';
    await using server = await misbehave((socket) => socket.on('data', (chunk) => (heard += chunk.toString())));
    await using open = new Open();
    const connecting = open.connect(server.port);
    await until('the connection', () => open.of('connected').length === 1);
    assert.ok(open.session.cancel());
    await connecting;
    assert.equal(open.of('cancelled')[0]?.what, 'reply');
    const entering = open.session.enter('EHLO me.test');
    await until('the line', () => heard === 'EHLO me.test\r\n');
    open.session.cancel();
    await entering;
    assert.ok(!open.session.cancel(), 'nothing runs');
  });

  test('an answer that comes after it was given up is told, and belongs to its command', async () => {
    let answer = (): void => {};
    let isHeard = false;
    await using server = await misbehave((socket) => {
      socket.write('220 slow\r\n');
      socket.once('data', () => {
        answer = () => void socket.write('250 at last\r\n');
        isHeard = true;
      });
    });
    await using open = new Open();
    await open.connect(server.port);
    const entering = open.session.enter('NOOP');
    await until('the line', () => open.of('client').length === 1);
    open.session.cancel();
    await entering;
    await until('the server', () => isHeard);
    answer();
    await until('the answer', () => open.codes.length === 2);
    assert.equal(open.of('reply')[1]?.command, 'NOOP');
  });

  test('a server that hangs up while nobody asks is told at once', async () => {
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n');
      setImmediate(() => socket.end('421 bored\r\n'));
    });
    await using open = new Open();
    await open.connect(server.port);
    await until('the end', () => open.session.mode.kind === 'closed');
    assert.deepEqual(open.codes, [220, 421]);
    assert.equal(open.of('reply')[1]?.command, null);
  });

  test('a server that hangs up in the middle of a command ends the waiting', async () => {
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => socket.end('250-half'));
    });
    await using open = new Open();
    await open.connect(server.port);
    await open.enter('EHLO me.test');
    await until('the end', () => open.session.mode.kind === 'closed');
    assert.ok(open.of('reply')[1]?.reply.problems.includes('unfinished'));
  });

  test('a server that never stops talking is cut off', async () => {
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n'.repeat(5000));
    });
    await using open = new Open();
    await open.connect(server.port);
    await until('the end', () => open.session.mode.kind === 'closed');
    assert.equal(open.of('failed')[0]?.failure.reason, 'tooManyReplies');
    assert.ok(open.codes.length < 200);
  });

  test('a server that takes no octets can be given up', async () => {
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => {
        socket.pause();
        socket.write('354 go on\r\n');
      });
    });
    await using open = new Open();
    await open.connect(server.port);
    const sending = open.session.sendMessage(Buffer.alloc(32 * 1024 * 1024, 'a'), 'large.eml');
    await until('the message', () => open.of('octets').length === 1);
    assert.ok(open.session.cancel());
    await sending;
    assert.equal(open.session.mode.kind, 'closed');
    assert.equal(open.of('cancelled')[0]?.what, 'send');
  });

  test('control characters of a server stay out of what is decoded', async () => {
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => socket.write(`334 ${btoa('\x1b[2JPassword:')}\r\n`));
    });
    await using open = new Open();
    await open.connect(server.port);
    await open.enter('AUTH LOGIN');
    assert.equal(open.of('reply')[1]?.decoded, '\\x1B[2JPassword:');
    assert.deepEqual(open.session.mode, { kind: 'answer', method: 'LOGIN', isSecret: true });
    assert.match(replyText(open.of('reply')[1]?.reply ?? { lines: [] }), /^334 /);
  });

  test('counts the octets of BDAT', async () => {
    let heard = '';
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (chunk) => {
        heard += chunk.toString();
        if (heard.endsWith('hi\r\n')) socket.write('250 8 octets\r\n');
      });
    });
    await using open = new Open();
    await open.connect(server.port);
    await open.enter('BDAT 8 LAST');
    assert.equal(open.session.mode.kind, 'chunk');
    await open.enter('ho', 'hi');
    assert.equal(heard, 'BDAT 8 LAST\r\nho\r\nhi\r\n');
    assert.equal(open.session.mode.kind, 'command');
    assert.deepEqual(open.codes, [220, 250]);
  });

  test('reads one reply for each recipient of LMTP', async () => {
    await using server = await misbehave((socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (chunk) => {
        const text = chunk.toString();
        if (text.startsWith('DATA')) socket.write('354 go on\r\n');
        else if (text.endsWith('.\r\n')) socket.write('250 first\r\n550 second\r\n');
        else if (/^[A-Z]{4}/.test(text)) socket.write('250 ok\r\n');
      });
    });
    await using open = new Open();
    await open.connect(server.port);
    await open.enter('LHLO me.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'RCPT TO:<c@y.test>', 'DATA', 'x', '.');
    assert.deepEqual(open.codes.slice(-2), [250, 550]);
    assert.deepEqual(
      open
        .of('reply')
        .slice(-2)
        .map(({ command }) => command),
      ['.', '.'],
    );
  });
});
