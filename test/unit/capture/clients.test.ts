// A real client: nodemailer, with every kind of login, and what of the login may be found afterwards.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import nodemailer from 'nodemailer';
import { RawClient, startServer } from './fixture.ts';

const user = 'kim@example.com';
const secret = 'correct horse battery staple';

describe('nodemailer', () => {
  for (const method of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
    test(`AUTH ${method} with any password`, () =>
      sendWith({ authMethod: method, auth: { user, pass: secret } }, { method, username: user }));
  }
  test('AUTH XOAUTH2 with any token', () =>
    sendWith({ auth: { type: 'OAuth2', user, accessToken: secret } }, { method: 'XOAUTH2', username: user }));
  test('no login', () => sendWith({}, null));

  test('mails on a kept connection', async () => {
    await using running = await startServer();
    const transport = nodemailer.createTransport({ host: '127.0.0.1', port: running.port, pool: true, maxConnections: 1 });
    await Promise.all(
      [1, 2, 3].map((number) => transport.sendMail({ from: user, to: 'b@y.test', subject: `mail ${number}`, text: '.\n..\n' })),
    );
    transport.close();
    assert.equal(running.memory.accepted.length, 3);
  });
});

async function sendWith(options: object, login: { method: string; username: string } | null): Promise<void> {
  await using running = await startServer();
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: running.port, ...options });
  const info = await transport.sendMail({ from: user, to: 'grüße@example.com', bcc: 'audit@example.com', subject: 'Grüße', text: 'Hello' });
  assert.equal(info.response, '250 2.0.0 Ok: stored as mail-1');
  const { octets, delivery } = running.memory.accepted[0]!;
  assert.match(octets.toString(), /^From: kim@example\.com\r\n/);
  assert.deepEqual(
    delivery.envelope.to.map((path) => path.address),
    ['grüße@example.com', 'audit@example.com'],
  );
  assert.deepEqual(delivery.login, login);
  assertHidden(JSON.stringify(delivery));
}

/** Neither as it is nor inside of anything in base64, nor a digest. */
function assertHidden(text: string): void {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/]{8,}={0,2}/g)].map(([word]) => Buffer.from(word, 'base64').toString());
  for (const place of [text, ...decoded])
    assert.ok(!place.includes(secret) && !/\b[0-9a-f]{32}\b/.test(place.replace(/<[^>]*>/g, '')), place);
}

describe('credentials', () => {
  for (const [title, lines] of [
    [
      'pipelined after AUTH that was refused',
      ['AUTH LOGIN', Buffer.from(user).toString('base64'), Buffer.from(secret).toString('base64'), 'HELO x.test'],
    ],
    [
      'malformed',
      ['HELO x.test', `AUTH PLAIN ${Buffer.from(secret).toString('base64')}`, `AUTH ${Buffer.from(secret).toString('base64')}`],
    ],
    ['with a TAB', ['HELO x.test', `AUTH\tPLAIN ${Buffer.from(`\0${user}\0${secret}`).toString('base64')}`]],
  ] as const) {
    test(`${title} are not recorded`, async () => {
      await using running = await startServer();
      await using client = await RawClient.connect(running.port);
      await client.reply();
      for (const line of lines) await client.say(line);
      await client.beginData();
      await client.say('.');
      assertHidden(JSON.stringify(running.memory.accepted[0]!.delivery));
    });
  }
});
