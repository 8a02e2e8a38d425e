// The raw client and TLS: certificates of every kind with and without verification, what is dropped at STARTTLS, and handshakes that fail.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { type ConnectOptions, SmtpClient } from '../../../src/smtp/client.ts';
import { replyText } from '../../../src/smtp/reply.ts';
import { authority, type CertificateName, serve, serveStartTls, serveTls } from './scriptedServer.ts';

const patience = 20_000;

function connect(port: number, options: Partial<ConnectOptions> = {}): Promise<SmtpClient> {
  return SmtpClient.connect({
    host: 'localhost',
    port,
    tls: 'implicit',
    verify: true,
    authorities: [authority],
    connectTimeout: patience,
    ...options,
  });
}

/** The failure that `attempt` ends with. */
async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  try {
    await attempt;
  } catch (error) {
    assert.ok(Failure.is(error), String(error));
    return error;
  }
  throw new Error('It did not fail');
}

async function read(client: SmtpClient): Promise<string> {
  return replyText(await client.readReply({ timeout: patience }));
}

/** Up to and with the reply to STARTTLS. */
async function askForTls(port: number): Promise<SmtpClient> {
  const client = await connect(port, { tls: 'none' });
  assert.match(await read(client), /^220 /);
  await client.send(Buffer.from('STARTTLS\r\n'));
  assert.match(await read(client), /^220 /);
  return client;
}

/** A server that agrees to STARTTLS and never answers the handshake. */
function agreeAndStop(socket: Socket): void {
  socket.write('220 a\r\n');
  socket.once('data', () => socket.write('220 go\r\n'));
}

describe('implicit TLS', () => {
  test('with a good certificate is used, and its facts are told', async () => {
    await using server = await serveTls('good', (socket) => socket.write('220 secret\r\n'));
    const client = await connect(server.port);
    assert.equal(await read(client), '220 secret');
    const { protocol, cipher, keyExchange, fingerprint256, chain, ...facts } = client.tls!;
    assert.match(protocol, /^TLSv1\.[23]$/);
    assert.match(cipher, /^TLS_/);
    assert.match(keyExchange, /^X25519/);
    assert.match(fingerprint256, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.deepEqual(
      chain.map((der) => new X509Certificate(der).subject),
      ['CN=localhost', 'O=Mailroom tests\nCN=Mailroom test authority'],
    );
    assert.deepEqual(facts, {
      isTrusted: true,
      problem: null,
      problemText: null,
      subject: 'CN=localhost',
      issuer: 'CN=Mailroom test authority, O=Mailroom tests',
      validFrom: '2020-01-01T00:00:00.000Z',
      validTo: '2126-01-01T00:00:00.000Z',
      names: ['localhost', 'mx.mailroom.test', '127.0.0.1'],
      droppedOctets: 0,
    });
    client.close();
  });

  const wrong: readonly { readonly name: CertificateName; readonly problem: string; readonly text: RegExp }[] = [
    { name: 'self-signed', problem: 'selfSigned', text: /^The certificate is signed by itself, by no authority\.$/ },
    { name: 'expired', problem: 'expired', text: /^The certificate expired on 2021-01-01T00:00:00\.000Z\.$/ },
    { name: 'wrong-name', problem: 'nameMismatch', text: /^The certificate is not for localhost\.$/ },
  ];
  for (const { name, problem, text } of wrong) {
    test(`with a certificate that is ${name} is refused, or used and told when not verified`, async () => {
      await using server = await serveTls(name, (socket) => socket.write('220 secret\r\n'));
      const failure = await failureOf(connect(server.port));
      assert.equal(failure.reason, 'certificateRefused');
      assert.equal(failure.data['problem'], problem);
      assert.match(String(failure.data['problemText']), text);
      const client = await connect(server.port, { verify: false });
      assert.equal(await read(client), '220 secret');
      assert.equal(client.tls?.isTrusted, false);
      assert.equal(client.tls?.problem, problem);
      client.close();
    });
  }

  test('tells everything that is wrong, not the first thing only', async () => {
    await using server = await serveTls('wrong-name', () => {});
    const client = await connect(server.port, { verify: false, authorities: [] });
    assert.equal(client.tls?.problem, 'untrustedIssuer');
    assert.match(client.tls?.problemText ?? '', /Mailroom test authority.* not trust.*not for localhost/);
    client.close();
  });

  test('judges the name that it is told, and an IP address as such', async () => {
    await using server = await serveTls('good', () => {});
    for (const names of [{ servername: 'mx.mailroom.test' }, { host: '127.0.0.1' }]) {
      const client = await connect(server.port, names);
      assert.equal(client.tls?.isTrusted, true);
      client.close();
    }
    const failure = await failureOf(connect(server.port, { servername: 'mx.example.test' }));
    assert.equal(failure.data['problem'], 'nameMismatch');
  });

  test('with a server that speaks no TLS fails and says so', async () => {
    await using server = await serve((socket) => socket.write('220 plain\r\n'));
    const failure = await failureOf(connect(server.port));
    assert.equal(failure.reason, 'tlsFailed');
    assert.match(failure.message, /does not speak TLS/);
  });

  test('with a server that stays silent ends in time, and when the user says stop', async () => {
    await using server = await serve(() => {});
    assert.equal((await failureOf(connect(server.port, { connectTimeout: 300 }))).reason, 'tlsFailed');
    const stop = new AbortController();
    const connecting = failureOf(connect(server.port, { signal: stop.signal }));
    setTimeout(() => stop.abort(), 100);
    assert.equal((await connecting).reason, 'cancelled');
  });

  test('with a server that hangs up fails', async () => {
    await using server = await serve((socket) => socket.end());
    assert.equal((await failureOf(connect(server.port))).reason, 'tlsFailed');
  });
});

describe('STARTTLS', () => {
  test('goes on over TLS', async () => {
    await using server = await serveStartTls('good', '220 go\r\n');
    const client = await askForTls(server.port);
    const facts = await client.startTls({ verify: true, authorities: [authority], timeout: patience });
    assert.equal(facts.isTrusted, true);
    assert.equal(facts.droppedOctets, 0);
    assert.equal(client.tls, facts);
    await client.send(Buffer.from('EHLO me\r\n'));
    assert.equal(await read(client), '250 heard EHLO me');
    await client.end();
  });

  test('drops and counts what was injected in plaintext behind the agreement', async () => {
    const injected = '250-evil.test\r\n250 AUTH PLAIN\r\n535 half';
    await using server = await serveStartTls('good', `220 go\r\n${injected}`);
    const client = await askForTls(server.port);
    const facts = await client.startTls({ verify: true, authorities: [authority], timeout: patience });
    assert.equal(facts.droppedOctets, injected.length);
    await client.send(Buffer.from('EHLO me\r\n'));
    assert.equal(await read(client), '250 heard EHLO me');
    client.close();
  });

  test('with a certificate that is refused closes the connection', async () => {
    await using server = await serveStartTls('expired', '220 go\r\n');
    const client = await askForTls(server.port);
    const failure = await failureOf(client.startTls({ verify: true, authorities: [authority], timeout: patience }));
    assert.equal(failure.reason, 'certificateRefused');
    assert.equal(failure.data['problem'], 'expired');
    assert.equal(client.isClosed, true);
    assert.equal((await failureOf(client.readReply({ timeout: patience }))).reason, 'connectionClosed');
  });

  test('with a server that does nothing then can be stopped and timed out', async () => {
    await using server = await serve(agreeAndStop);
    const timed = await askForTls(server.port);
    assert.equal((await failureOf(timed.startTls({ verify: false, timeout: 200 }))).reason, 'tlsFailed');
    const stopped = await askForTls(server.port);
    const stop = new AbortController();
    const handshake = failureOf(stopped.startTls({ verify: false, timeout: patience, signal: stop.signal }));
    stop.abort();
    assert.equal((await handshake).reason, 'cancelled');
    assert.equal(stopped.isClosed, true);
  });

  test('is ended by closing', async () => {
    await using server = await serve(agreeAndStop);
    const client = await askForTls(server.port);
    const handshake = failureOf(client.startTls({ verify: false, timeout: patience }));
    client.close();
    await handshake;
    assert.equal(client.isClosed, true);
  });
});
