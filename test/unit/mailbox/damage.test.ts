import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import type { Mailbox } from '../../../src/mailbox/mailbox.ts';
import { schemaVersion } from '../../../src/mailbox/schema.ts';
import { everything, keysOf, listenTo, Room, waitFor } from './room.ts';

async function fill(room: Room): Promise<Mailbox> {
  for (let number = 0; number < 400; number++) room.folder.put(`${number}.eml`, { subject: `number ${number}` });
  return room.filled();
}

/** Answers every needSync as the engine does. */
function serveSync(room: Room, mailbox: Mailbox): { count: number } {
  const served = { count: 0 };
  mailbox.onDidNeedSync(() => {
    served.count++;
    void room.sync(mailbox);
  });
  return served;
}

describe('mailbox: a file that is not its index', () => {
  const damages: Readonly<Record<string, (file: string) => Promise<void>>> = {
    'a text': (file) => writeFile(file, 'This is somebody’s note. '.repeat(100)),
    zeros: (file) => writeFile(file, Buffer.alloc(100_000)),
    'a database of another program': async (file) => {
      await rm(file);
      const database = new DatabaseSync(file);
      database.exec('CREATE TABLE theirs (x)');
      database.close();
    },
    'a newer version': async (file) => {
      const database = new DatabaseSync(file);
      database.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
      database.close();
    },
    'a truncated file': (file) => truncate(file, 20_000),
    'a torn first page': async (file) => {
      const bytes = await readFile(file);
      await writeFile(file, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(3996, 0xff), bytes.subarray(4096)]));
    },
  };
  for (const [name, damage] of Object.entries(damages))
    test(`${name}: made anew`, async () => {
      await using room = await Room.make();
      (await fill(room)).close();
      await damage(room.indexFile);
      const mailbox = await room.open();
      assert.equal(mailbox.wasRebuilt, true);
      assert.deepEqual(mailbox.counts(), { total: 0, unread: 0 });
      await room.sync(mailbox);
      assert.equal(mailbox.list({ ...everything, text: '"number 17"' }).mails[0]?.key, '17.eml');
      assert.equal(room.warnings.length, 1);
    });

  test('what may be somebody else’s is set aside', async () => {
    await using room = await Room.make();
    await writeFile(room.indexFile, 'My diary');
    await room.open();
    assert.equal(await readFile(`${room.indexFile}.setAside`, 'utf8'), 'My diary');
  });

  test('a file of no octets is a new one', async () => {
    await using room = await Room.make();
    await writeFile(room.indexFile, '');
    assert.equal((await fill(room)).wasRebuilt, false);
  });

  test('where no file can be made, the index is kept in memory', async () => {
    await using room = await Room.make();
    await mkdir(join(room.indexFile, 'in the way'), { recursive: true });
    const mailbox = await fill(room);
    assert.equal(mailbox.counts().total, 400);
    assert.match(room.warnings.join('\n'), /in memory/);
  });

  test('folders on the way to the file are made', async () => {
    await using room = await Room.make();
    const indexFile = join(room.path, 'a', 'b', 'index.sqlite');
    await room.open({ indexFile });
    assert.ok((await stat(indexFile)).isFile());
  });
});

describe('mailbox: crash and damage while in use', () => {
  test('files copied in the middle of writing open and are completed', async () => {
    await using room = await Room.make();
    const mailbox = await fill(room);
    for (const [name, endings] of [
      ['with', ['', '-wal', '-shm']],
      ['without', ['']],
    ] as const) {
      const indexFile = join(room.path, `${name}-wal.sqlite`);
      for (const ending of endings) await copyFile(room.indexFile + ending, indexFile + ending);
      const copy = await room.open({ indexFile });
      if (name === 'with') assert.equal(copy.counts().total, 400);
      await room.sync(copy);
      assert.deepEqual(keysOf(copy), keysOf(mailbox));
    }
  });

  test('a truncated file is noticed at the first question that fails, emptied, and filled again', async () => {
    await using room = await Room.make();
    (await fill(room)).close();
    const mailbox = await room.open();
    await truncate(room.indexFile, 20_000);
    const events = listenTo(mailbox);
    const served = serveSync(room, mailbox);
    for (const text of ['', 'number']) mailbox.list({ ...everything, text });
    mailbox.groups('sender', '');
    await waitFor(() => mailbox.counts().total === 400, 'all mails again');
    await mailbox.settled();
    assert.equal(mailbox.wasRebuilt, true);
    assert.equal(served.count, 1);
    assert.ok(events.some(({ reset }) => reset));
    assert.equal(mailbox.list({ ...everything, text: '"number 17"' }).mails[0]?.key, '17.eml');
  });

  test('damage that indexing meets is repaired', async () => {
    await using room = await Room.make();
    (await fill(room)).close();
    const size = (await stat(room.indexFile)).size;
    const bytes = await readFile(room.indexFile);
    // All but the first page, which holds the schema.
    await writeFile(room.indexFile, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(size - 4096, 0xa5)]));
    const mailbox = await room.open();
    const served = serveSync(room, mailbox);
    mailbox.apply({ added: [room.folder.put('new.eml')], changed: [], removed: [] });
    await waitFor(() => served.count > 0 && mailbox.counts().total === 401, 'all mails again');
    await mailbox.settled();
    assert.equal(mailbox.list({ ...everything, text: '"number 17"' }).mails[0]?.key, '17.eml');
  });

  test('a file that is deleted while it is open is made again, for both windows', { skip: process.platform === 'win32' }, async () => {
    await using room = await Room.make();
    const first = await fill(room);
    const second = await room.open();
    for (const mailbox of [first, second]) {
      serveSync(room, mailbox);
      listenTo(mailbox);
    }
    for (const name of await readdir(room.path)) await rm(join(room.path, name));
    await waitFor(() => first.wasRebuilt && second.wasRebuilt, 'both to notice');
    await waitFor(() => first.counts().total === 400 && second.counts().total === 400, 'all mails again');
    first.markRead(['3.eml'], true);
    assert.equal(second.counts().unread, 399);
  });

  test('a disk that is always damaged ends with an index in memory', { skip: process.platform === 'win32' }, async () => {
    await using room = await Room.make();
    const mailbox = await fill(room);
    listenTo(mailbox);
    serveSync(room, mailbox);
    for (let round = 0; round < 4; round++) {
      const before = room.warnings.filter((warning) => warning.includes('made anew')).length;
      await rm(room.indexFile);
      await waitFor(() => room.warnings.filter((warning) => warning.includes('made anew')).length > before, `round ${round}`);
    }
    await waitFor(() => mailbox.counts().total === 400, 'all mails again');
    assert.match(room.warnings.join('\n'), /in memory/);
  });
});

describe('mailbox: an index that cannot be written', () => {
  test('full: the mails wait, it is logged, and goes on when there is room', async () => {
    await using room = await Room.make();
    room.folder.put('first.eml');
    const mailbox = await room.filled();
    const database = mailbox['index']['database'];
    database.exec('PRAGMA max_page_count = 1');
    for (let number = 0; number < 100; number++) room.folder.put(`${number}.eml`, { text: `word${number} `.repeat(1000) });
    await mailbox.sync(room.folder.entries());
    await waitFor(() => room.warnings.length > 1, 'two tries');
    assert.match(room.warnings.join('\n'), /full/);
    assert.equal(
      mailbox.list(everything).mails.some(({ key }) => key === 'first.eml'),
      true,
    );
    database.exec('PRAGMA max_page_count = 1000000');
    await mailbox.settled();
    assert.deepEqual(mailbox.counts(), { total: 101, unread: 101 });
    assert.deepEqual(keysOf(mailbox, { text: 'word42' }), ['42.eml']);
  });

  test('locked by another program: the mails wait, lists are answered', async () => {
    await using room = await Room.make();
    room.folder.put('first.eml');
    const mailbox = await room.filled({ busyTimeout: 5 });
    const other = new DatabaseSync(room.indexFile);
    other.exec('BEGIN IMMEDIATE');
    mailbox.apply({ added: [room.folder.put('second.eml')], changed: [], removed: [] });
    await waitFor(() => room.warnings.length > 0, 'a try');
    assert.deepEqual(keysOf(mailbox), ['first.eml']);
    assert.throws(() => mailbox.markRead(['first.eml'], true), /locked/);
    other.exec('ROLLBACK');
    other.close();
    await mailbox.settled();
    assert.equal(mailbox.counts().total, 2);
  });
});

describe('mailbox: the end', () => {
  test('closing in the middle of indexing is quiet and ends all waiting', async () => {
    await using room = await Room.make();
    for (let number = 0; number < 1000; number++) room.folder.put(`${number}.eml`);
    const mailbox = await room.open();
    const events = listenTo(mailbox);
    await mailbox.sync(room.folder.entries());
    const settled = mailbox.settled();
    await waitFor(() => events.length > 0, 'some mails');
    mailbox.close();
    mailbox.close();
    await settled;
    assert.throws(
      () => mailbox.list(everything),
      (error) => Failure.is(error, 'mailboxClosed'),
    );
    assert.deepEqual(room.warnings, []);
    const again = await room.open();
    await room.sync(again);
    assert.equal(again.counts().total, 1000);
  });
});
