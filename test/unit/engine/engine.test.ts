// engine: the rooms joined, over real SMTP, files and SQLite.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { serverOptions } from '../../peers/engineOptions.ts';
import { SmtpConnection } from '../../peers/smtpConnection.ts';
import { everything, type Mailroom, openMailroom, sendMail, temporaryFolder, until } from './mailroom.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let open: Mailroom[];

beforeEach(async () => {
  folder = await temporaryFolder();
  open = [];
});
afterEach(async () => {
  for (const mailroom of open) await mailroom.close();
  await folder.remove();
});

async function mailroom(...args: Parameters<typeof openMailroom> extends [string, ...infer Rest] ? Rest : never): Promise<Mailroom> {
  const made = await openMailroom(folder.path, ...args);
  open.push(made);
  return made;
}

function eml(subject: string): string {
  return `From: a@x.test\r\nTo: b@y.test\r\nSubject: ${subject}\r\n\r\nText of ${subject}\r\n`;
}

describe('catching', () => {
  test('a mail sent over SMTP lies in the folder octet for octet, is listed, found and viewed', async () => {
    const room = await mailroom();
    const port = await room.listen();
    const client = await SmtpConnection.open(port);
    const message = Buffer.from(
      'From: Ann <ann@x.test>\r\nTo: b@y.test\r\nSubject: Gr=?utf-8?q?=C3=BC?=n\r\n\r\n.dot\r\nbare\nend\xff\r\n',
      'latin1',
    );
    const reply = await client.send({ from: 'ann@x.test', to: 'b@y.test', message });
    client.close();
    const id = /stored as (\S+)/.exec(reply)?.[1];
    const [mail] = await room.mails(1);
    assert.ok(mail);
    assert.equal(mail.key, `${id}.eml`);
    assert.deepEqual(readFileSync(join(room.options.dropFolder, mail.key)), message);
    assert.deepEqual(Buffer.from(await room.api.read(mail.key)), message);
    assert.ok(mail.isCaught);
    assert.deepEqual(mail.from, { name: 'Ann', address: 'ann@x.test' });
    const view = await room.api.view({ key: mail.key });
    assert.equal(view.subject, mail.subject);
    assert.equal(view.delivery?.envelope.from?.address, 'ann@x.test');
    assert.equal(view.delivery?.reply, reply);
    assert.equal(view.delivery?.dotsUnstuffed, 1);
    assert.equal(view.delivery?.lineEndings.bareLf, 1);
    assert.equal((await room.api.list({ ...everything, text: 'dot' })).total, 1);
    assert.equal((await room.api.list({ ...everything, text: 'nowhere' })).total, 0);
  });

  test('what was refused is listed with the reply and does not lie among the delivered', async () => {
    const room = await mailroom();
    const state = await room.api.startServer({ ...serverOptions(0), maxMessageSize: 1000 });
    assert.ok(state.kind === 'listening');
    await assert.rejects(sendMail(state.port, 'Too large', 'x'.repeat(5000)), /552/);
    const [mail] = await room.mails(1);
    assert.equal(mail?.state, 'refused');
    assert.match(mail?.problem ?? '', /^552 5\.3\.4/);
    assert.match(mail?.key ?? '', /^refused\//);
    assert.deepEqual(
      readdirSync(room.options.dropFolder).filter((name) => name.endsWith('.eml')),
      [],
    );
  });

  test('five hundred mails at once are all listed', async () => {
    const room = await mailroom();
    const port = await room.listen();
    const clients = await Promise.all(Array.from({ length: 10 }, () => SmtpConnection.open(port)));
    await Promise.all(
      clients.map(async (client, c) => {
        for (let n = 0; n < 50; n++) await client.send({ from: 'a@x.test', to: 'b@y.test', message: Buffer.from(eml(`${c}-${n}`)) });
        client.close();
      }),
    );
    await until(async () => ((await room.api.counts()).total === 500 ? true : undefined), 'all 500');
  });
});

describe('keeping', () => {
  test('mail of other programs appears, grows and disappears', async () => {
    const room = await mailroom();
    await room.api.settled();
    const path = join(room.options.dropFolder, 'From another program.eml');
    await writeFile(path, 'Subject: half');
    await room.mails(1);
    await writeFile(path, eml('whole'));
    await until(async () => ((await room.api.list(everything)).mails[0]?.subject === 'whole' ? true : undefined), 'the whole mail');
    assert.equal((await room.mails(1))[0]?.isCaught, false);
    await rm(path);
    await room.mails(0);
  });

  test('the index is made anew from the folder when it is damaged, and says so', async () => {
    const first = await mailroom();
    const port = await first.listen();
    await sendMail(port, 'Kept');
    await first.mails(1);
    await first.close();
    open = [];
    for (const name of readdirSync(folder.path)) if (name.startsWith('index.sqlite')) rmSync(join(folder.path, name));
    writeFileSync(join(folder.path, 'index.sqlite'), 'this is no database '.repeat(500));
    const second = await mailroom();
    assert.equal((await second.mails(1))[0]?.subject, 'Kept');
    assert.ok(second.events.some((event) => event.type === 'problem' && event.reason === 'indexRebuilt'));
  });

  test('read marks survive a restart', async () => {
    const first = await mailroom();
    await sendMail(await first.listen(), 'Seen');
    const [mail] = await first.mails(1);
    assert.ok(mail);
    assert.equal(mail.isRead, false);
    await first.api.markRead([mail.key], true);
    assert.deepEqual(await first.api.counts(), { total: 1, unread: 0 });
    await first.close();
    open = [];
    const second = await mailroom();
    assert.equal((await second.mails(1))[0]?.isRead, true);
  });

  test('removing a mail removes its files', async () => {
    const room = await mailroom();
    const port = await room.listen();
    await sendMail(port, 'One');
    await sendMail(port, 'Two');
    const [newest] = await room.mails(2);
    assert.ok(newest);
    await room.api.remove([newest.key]);
    await room.mails(1);
    assert.equal(readdirSync(room.options.dropFolder).filter((name) => name.startsWith(newest.key.slice(0, -4))).length, 0);
    await room.api.removeAll();
    await room.mails(0);
  });

  test('retention removes the oldest caught mail and never a file of another program', async () => {
    const room = await mailroom({ maxMessages: 2 });
    await room.api.settled();
    writeFileSync(join(room.options.dropFolder, 'mine.eml'), eml('mine'));
    const port = await room.listen();
    for (const subject of ['1', '2', '3', '4']) await sendMail(port, subject);
    const subjects = await until(async () => {
      const found = (await room.api.list(everything)).mails.map((mail) => mail.subject).sort();
      // Three there are also before the last ones are indexed.
      return found.length === 3 && found.includes('4') ? found : undefined;
    }, 'two caught mails and one of ours');
    assert.deepEqual(subjects, ['3', '4', 'mine']);
  });

  test('a file outside of the drop folder is never reached by a key', async () => {
    const room = await mailroom();
    writeFileSync(join(folder.path, 'secret.eml'), eml('secret'));
    for (const key of ['../secret.eml', join(folder.path, 'secret.eml'), 'refused/../../secret.eml']) {
      await assert.rejects(room.api.read(key), (error) => Failure.is(error, 'badKey'), key);
      await assert.rejects(room.api.view({ key }), (error) => Failure.is(error, 'badKey'), key);
      await assert.rejects(room.api.remove([key]), (error) => error instanceof Failure, key);
    }
    assert.ok(readFileSync(join(folder.path, 'secret.eml')).length > 0);
  });

  test('another drop folder shows other mail, and the server fills that one', async () => {
    const room = await mailroom();
    const port = await room.listen();
    await sendMail(port, 'Here');
    await room.mails(1);
    const other = { ...room.options, dropFolder: join(folder.path, 'other'), indexFile: join(folder.path, 'other.sqlite') };
    await room.api.openMailbox(other);
    await room.mails(0);
    const state = await room.state('listening');
    assert.ok(state.kind === 'listening');
    await sendMail(state.port, 'There');
    assert.equal((await room.mails(1))[0]?.subject, 'There');
    assert.equal(readdirSync(other.dropFolder).filter((name) => name.endsWith('.eml')).length, 1);
  });

  test('a connection that outlives its drop folder harms nobody, and what it was refused is kept where it began', async () => {
    const room = await mailroom();
    const port = await room.listen();
    const client = connect(port, '127.0.0.1');
    let heard = '';
    client.on('data', (octets: Buffer) => (heard += octets.toString('latin1')));
    client.write('EHLO app.test\r\nMAIL FROM:<a@x.test>\r\nDATA\r\n');
    await until(async () => (/^503 /m.test(heard) ? true : undefined), 'the refusal of DATA');
    writeFileSync(join(folder.path, 'file'), '');
    await assert.rejects(room.api.openMailbox({ ...room.options, dropFolder: join(folder.path, 'file', 'drop') }), (error) =>
      Failure.is(error, 'dropFolderFailed'),
    );
    client.end('QUIT\r\n');
    const refused = join(room.options.dropFolder, 'refused');
    await until(
      async () => (existsSync(refused) && readdirSync(refused).some((name) => name.endsWith('.eml')) ? true : undefined),
      'the refused mail',
    );
    assert.match(heard, /^221 /m);
  });

  test('a drop folder that goes away is told, and told again when it is back', async () => {
    const room = await mailroom();
    await room.api.settled();
    const told = (type: 'problem' | 'solved') => room.events.flatMap((event) => (event.type === type ? [event.reason] : []));
    rmSync(room.options.dropFolder, { recursive: true });
    await until(async () => (told('problem').length > 0 ? true : undefined), 'the problem');
    assert.deepEqual([told('problem'), told('solved')], [['dropFolderGone'], []]);
    await mkdir(room.options.dropFolder);
    await until(async () => (told('solved').length > 0 ? true : undefined), 'the end of it');
    assert.deepEqual([told('problem'), told('solved')], [['dropFolderGone'], ['dropFolderGone']]);
  });

  test('the log names folder and addresses, each mail, and why nobody listens', async () => {
    const room = await mailroom();
    const port = await room.listen();
    await sendMail(port, 'Secret subject', 'Secret text');
    await room.mails(1);
    const occupied = await (await mailroom({ dropFolder: join(folder.path, 'other') })).api.startServer(serverOptions(port));
    assert.equal(occupied.kind, 'portInUse');
    const lines = open.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'log' ? [`${event.level}: ${event.message}`] : [])),
    );
    for (const line of [
      /^info: The drop folder is .*drop: 0 mails in the index, 0 unread$/,
      new RegExp(`^info: Listening on 127\\.0\\.0\\.1.*, port ${port}$`),
      /^info: Stored \S+\.eml, \d+ octets, from <app@shop\.test> to <kim@example\.com>, client 127\.0\.0\.1$/,
      new RegExp(`^error: Cannot listen: port ${port} is in use by a mailroom with another drop folder; port \\d+ is free$`),
    ]) {
      assert.ok(
        lines.some((each) => line.test(each)),
        `${line} is among\n${lines.join('\n')}`,
      );
    }
    assert.ok(!lines.some((line) => line.includes('Secret')), lines.join('\n'));
  });

  test('a drop folder that cannot be made is a clear failure', async () => {
    await mkdir(folder.path, { recursive: true });
    writeFileSync(join(folder.path, 'file'), '');
    await assert.rejects(openMailroom(folder.path, { dropFolder: join(folder.path, 'file', 'drop') }), (error) =>
      Failure.is(error, 'dropFolderFailed'),
    );
  });
});

describe('who listens', () => {
  test('a second window shares the port of the first and takes over when it goes', async () => {
    const owner = await mailroom();
    const port = await owner.listen();
    const second = await mailroom();
    assert.deepEqual(await second.api.startServer(serverOptions(port)), { kind: 'shared', port });
    await sendMail(port, 'To the owner');
    assert.equal((await second.mails(1))[0]?.subject, 'To the owner');
    await owner.api.stopServer();
    await second.state('listening');
    await sendMail(port, 'To the heir');
    assert.equal((await owner.mails(2))[0]?.subject, 'To the heir');
  });

  test('a mailroom with another drop folder is not shared', async () => {
    const owner = await mailroom();
    const port = await owner.listen();
    const other = await mailroom({ dropFolder: join(folder.path, 'other'), indexFile: join(folder.path, 'other.sqlite') });
    const state = await other.api.startServer(serverOptions(port));
    assert.ok(state.kind === 'portInUse' && state.owner === 'mailroom' && state.freePort > port, JSON.stringify(state));
  });

  test('another program on the port is told with the next free port; it works there', async () => {
    // Says nothing at all: the probe must not wait for ever.
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    try {
      const address = stranger.address();
      assert.ok(address !== null && typeof address === 'object');
      const room = await mailroom();
      const state = await room.api.startServer(serverOptions(address.port));
      assert.ok(state.kind === 'portInUse' && state.owner === 'program', JSON.stringify(state));
      assert.equal(await room.listen(state.freePort), state.freePort);
    } finally {
      stranger.close();
    }
  });

  test('stopping frees the port at once, also with a client connected', async () => {
    const room = await mailroom();
    const port = await room.listen();
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('data', resolve));
    assert.deepEqual(await room.api.stopServer(), { kind: 'stopped' });
    assert.equal(await room.listen(port), port);
    socket.destroy();
  });

  test('a sharing window that stops does not take over', async () => {
    const owner = await mailroom();
    const port = await owner.listen();
    const second = await mailroom();
    await second.api.startServer(serverOptions(port));
    await second.api.stopServer();
    await owner.api.stopServer();
    // Longer than one take-over interval; a wrong take-over would be seen as a port that cannot be bound.
    await new Promise((resolve) => setTimeout(resolve, 800));
    assert.equal((await second.api.serverState()).kind, 'stopped');
    assert.equal(await owner.listen(port), port);
  });
});
