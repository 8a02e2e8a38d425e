// store: what lies in the folder, and what takes mail out of it or brings it in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { Failure } from '../../../src/base/failure.ts';
import { silentLog } from '../../../src/base/log.ts';
import { DropFolder } from '../../../src/store/dropFolder.ts';
import { readDelivery, readMail } from '../../../src/store/readMail.ts';
import { deliver, listen, logKeyOf, makeDelivery, namesIn, openFolder, temporaryFolder, until } from './fixture.ts';

const separator = `${'-'.repeat(79)}\n`;
const djangoMail = (subject: string): string => `Content-Type: text/plain\nSubject: ${subject}\n\nHello\n`;
const djangoLog = (...subjects: string[]): string => subjects.map((subject) => `${djangoMail(subject)}\n${separator}`).join('');
const keyIn = (name: string, subject: string): string => logKeyOf(name, djangoMail(subject));

async function keysOf(folder: DropFolder): Promise<string[]> {
  return (await folder.scan()).map(({ key }) => key).sort();
}

describe('opening', () => {
  test('makes the folder', async (t) => {
    const path = join(temporaryFolder(t), 'some', 'where');
    await openFolder(t, path);
    assert.ok(existsSync(path));
  });

  test('fails with dropFolderFailed where there can be none', async (t) => {
    const file = join(temporaryFolder(t), 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      await assert.rejects(DropFolder.open(path, { clock: systemClock, log: silentLog }), (error) => Failure.is(error, 'dropFolderFailed'));
    }
  });

  test('ends where the system says "no such file" of every new folder', {
    skip: process.platform !== 'linux' && 'only Linux has /proc',
  }, async () => {
    const opening = DropFolder.open('/proc/mailroom/drop', { clock: systemClock, log: silentLog });
    await assert.rejects(opening, (error) => Failure.is(error, 'dropFolderFailed'));
  });
});

describe('a scan', () => {
  test('finds mail of ours and of others, and nothing else', async (t) => {
    const folder = await openFolder(t);
    const own = await deliver(folder, 'Subject: own\r\n\r\n');
    const refused = folder.begin();
    await refused.refuse(makeDelivery({ outcome: 'refused' }));
    for (const name of ['a.eml', 'B.EML', 'two words.eml', '.hidden.eml', 'x.eml.tmp', 'notes.txt', 'app.log', 'package.json']) {
      writeFileSync(join(folder.path, name), 'Subject: x\n\n');
    }
    mkdirSync(join(folder.path, 'folder.eml'));
    mkdirSync(join(folder.path, 'sub'));
    writeFileSync(join(folder.path, 'sub', 'deep.eml'), '');
    writeFileSync(join(folder.path, 'refused', 'foreign.eml'), '');
    writeFileSync(join(folder.path, 'django.log'), djangoLog('one', 'two'));
    const [one, two] = [keyIn('django.log', 'one'), keyIn('django.log', 'two')];
    assert.deepEqual(await keysOf(folder), [own, `refused/${refused.id}.eml`, 'a.eml', 'B.EML', 'two words.eml', one, two].sort());
    const entries = new Map((await folder.scan()).map((entry) => [entry.key, entry]));
    assert.equal(entries.get(own)?.isCaught, true);
    assert.equal(entries.get(`refused/${refused.id}.eml`)?.isCaught, true);
    assert.equal(entries.get('a.eml')?.isCaught, false);
    assert.equal(entries.get('a.eml')?.size, 12);
    assert.equal(entries.get(one)?.size, djangoMail('one').length);
  });

  test('does not count a file with an id of ours but without side file as caught', async (t) => {
    const folder = await openFolder(t);
    const key = await deliver(folder, '');
    await folder.scan();
    rmSync(folder.pathOf(key).replace(/eml$/, 'json'));
    assert.deepEqual(
      (await folder.scan()).map(({ isCaught }) => isCaught),
      [false],
    );
  });

  test('never opens a pipe', { skip: process.platform === 'win32' }, async (t) => {
    const folder = await openFolder(t);
    execFileSync('mkfifo', [join(folder.path, 'pipe.eml'), join(folder.path, 'pipe.log')]);
    assert.deepEqual(await keysOf(folder), []);
    await assert.rejects(folder.read('pipe.eml'), (error) => Failure.is(error, 'notAFile'));
  });

  test('sweeps what dead processes left, not what may be the work of living ones, and no file of others', async (t) => {
    const folder = await openFolder(t);
    const own = await deliver(folder, 'x');
    const id = '20200101T000000000Z-';
    const long = new Date(Date.now() - 11 * 60_000);
    mkdirSync(join(folder.path, 'refused'));
    const write = (name: string, date?: Date): void => {
      writeFileSync(join(folder.path, name), '');
      if (date) utimesSync(join(folder.path, name), date, date);
    };
    for (const name of [`.${id}dead.eml.tmp`, `.${id}dead.json.tmp`, `${id}dead.json`, `refused/${id}dead.json`]) write(name, long);
    const kept = [`.${id}live.eml.tmp`, `${id}live.json`, '.other.eml.tmp', 'settings.json', `${id}copy.eml`, `${id}copy.json`];
    for (const name of kept) write(name, name.includes('live') ? undefined : long);
    utimesSync(folder.pathOf(own).replace(/eml$/, 'json'), long, long);
    await folder.scan();
    assert.deepEqual(namesIn(folder.path), [...kept, 'refused', own, own.replace(/eml$/, 'json')].sort());
    assert.deepEqual(namesIn(join(folder.path, 'refused')), []);
  });
});

describe('reading', () => {
  test('gives the octets of each mail of a file of Django', async (t) => {
    const folder = await openFolder(t);
    writeFileSync(join(folder.path, 'a.log'), djangoLog('one', 'two'));
    assert.equal(Buffer.from(await readMail(folder.path, keyIn('a.log', 'two'))).toString(), djangoMail('two'));
    assert.equal(Buffer.from(await readMail(folder.path, keyIn('a.log', 'one'))).toString(), djangoMail('one'));
    await assert.rejects(readMail(folder.path, keyIn('a.log', 'three')), (error) => Failure.is(error, 'mailNotFound'));
    assert.equal(await readDelivery(folder.path, keyIn('a.log', 'one')), null);
  });

  test('fails with a reason', async (t) => {
    const { path } = await openFolder(t);
    await assert.rejects(readMail(path, 'gone.eml'), (error) => Failure.is(error, 'mailNotFound'));
    await assert.rejects(readMail(path, '../gone.eml'), (error) => Failure.is(error, 'badKey'));
    await assert.rejects(readDelivery(path, '../gone.eml'), (error) => Failure.is(error, 'badKey'));
    assert.equal(await readDelivery(path, 'gone.eml'), null);
  });

  test('answers no delivery for a side file that is malformed, endless or a link to a device', async (t) => {
    const folder = await openFolder(t);
    const key = await deliver(folder, 'x');
    const side = folder.pathOf(key).replace(/eml$/, 'json');
    writeFileSync(side, '{"version":1}');
    assert.equal(await folder.readDelivery(key), null);
    writeFileSync(side, Buffer.alloc(17 * 1024 * 1024, ' '));
    assert.equal(await folder.readDelivery(key), null);
    if (process.platform === 'win32') return;
    rmSync(side);
    symlinkSync('/dev/zero', side);
    assert.equal(await folder.readDelivery(key), null);
  });
});

describe('removing', () => {
  test('takes mail and side file, and is announced', async (t) => {
    const folder = await openFolder(t);
    const heard = listen(folder);
    const keys = [await deliver(folder, '1'), await deliver(folder, '2'), await deliver(folder, '3')];
    const refused = folder.begin();
    await refused.refuse(makeDelivery());
    await until('all four', () => heard.entries.size === 4);
    await folder.remove([...keys.slice(0, 2), `refused/${refused.id}.eml`]);
    await until('the removal', () => heard.entries.size === 1);
    assert.deepEqual([...heard.entries.keys()], keys.slice(2));
    assert.equal(namesIn(folder.path).length, 3);
    assert.deepEqual(namesIn(join(folder.path, 'refused')), []);
  });

  test('leaves a file of others that only has the name of a side file', async (t) => {
    const folder = await openFolder(t);
    writeFileSync(join(folder.path, 'package.eml'), '');
    writeFileSync(join(folder.path, 'package.json'), '{}');
    await folder.remove(['package.eml']);
    assert.deepEqual(namesIn(folder.path), ['package.json']);
  });

  test('of what is gone already is no failure', async (t) => {
    const folder = await openFolder(t);
    await folder.remove(['gone.eml', keyIn('gone.log', 'one')]);
  });

  test('goes on after one that cannot be removed, and then tells', async (t) => {
    const folder = await openFolder(t);
    mkdirSync(join(folder.path, 'folder.eml'));
    writeFileSync(join(folder.path, 'a.eml'), '');
    await assert.rejects(
      folder.remove(['folder.eml', 'a.eml']),
      (error) => Failure.is(error, 'removeFailed') && error.data['key'] === 'folder.eml',
    );
    assert.deepEqual(namesIn(folder.path), ['folder.eml']);
  });

  test('touches nothing when one key is bad', async (t) => {
    const outside = temporaryFolder(t);
    writeFileSync(join(outside, 'a.eml'), '');
    const folder = await openFolder(t);
    writeFileSync(join(folder.path, 'a.eml'), '');
    await assert.rejects(folder.remove(['a.eml', `../${outside}/a.eml`]), (error) => Failure.is(error, 'badKey'));
    assert.throws(
      () => folder.pathOf('../a.eml'),
      (error) => Failure.is(error, 'badKey'),
    );
    assert.ok(existsSync(join(folder.path, 'a.eml')) && existsSync(join(outside, 'a.eml')));
  });

  test('unlinks a link and leaves what it leads to', { skip: process.platform === 'win32' }, async (t) => {
    const outside = join(temporaryFolder(t), 'precious.eml');
    writeFileSync(outside, 'Subject: precious\n\n');
    const folder = await openFolder(t);
    symlinkSync(outside, join(folder.path, 'link.eml'));
    symlinkSync(outside, join(folder.path, 'link2.eml'));
    assert.deepEqual(await keysOf(folder), ['link.eml', 'link2.eml']);
    assert.equal(Buffer.from(await folder.read('link.eml')).toString(), 'Subject: precious\n\n');
    await folder.remove(['link.eml']);
    await folder.retain({ maxMessages: 1, maxAge: 1 });
    assert.deepEqual(await keysOf(folder), ['link2.eml']);
    assert.equal(readFileSync(outside, 'utf8'), 'Subject: precious\n\n');
  });

  test('of the only mail of a file of Django removes the file', async (t) => {
    const folder = await openFolder(t);
    const heard = listen(folder);
    writeFileSync(join(folder.path, 'a.log'), djangoLog('one'));
    await folder.scan();
    await folder.remove([keyIn('a.log', 'one')]);
    assert.deepEqual(namesIn(folder.path), []);
    await until('the removal', () => heard.said.includes(`-${keyIn('a.log', 'one')}`));
  });

  test('of some mails of a file of Django keeps the others under their keys', async (t) => {
    const folder = await openFolder(t);
    const heard = listen(folder);
    writeFileSync(join(folder.path, 'a.log'), djangoLog('one', 'two', 'three', 'four'));
    await folder.scan();
    const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((subject) => keyIn('a.log', subject));
    await folder.remove([one!, three!]);
    assert.equal(readFileSync(join(folder.path, 'a.log'), 'utf8'), djangoLog('two', 'four'));
    assert.deepEqual(namesIn(folder.path), ['a.log']);
    await until('the removal', () => heard.said.includes(`-${three}`));
    assert.deepEqual(heard.said.filter((said) => said.startsWith('-')).toSorted(), [`-${one}`, `-${three}`].toSorted());
    assert.equal(Buffer.from(await folder.read(two!)).toString(), djangoMail('two'));
    assert.equal(Buffer.from(await folder.read(four!)).toString(), djangoMail('four'));
  });

  test('of one mail of a file of Django after the other never hits the one that took its place', async (t) => {
    const folder = await openFolder(t);
    writeFileSync(join(folder.path, 'a.log'), djangoLog('one', 'two', 'three', 'four'));
    await folder.scan();
    await Promise.all([folder.remove([keyIn('a.log', 'one')]), folder.remove([keyIn('a.log', 'two')])]);
    assert.equal(readFileSync(join(folder.path, 'a.log'), 'utf8'), djangoLog('three', 'four'));
    // Once more, as a person does who presses Delete twice: it is gone, and that is all.
    await folder.remove([keyIn('a.log', 'one')]);
    assert.equal(readFileSync(join(folder.path, 'a.log'), 'utf8'), djangoLog('three', 'four'));
  });

  test('of a mail of a file of Django that was changed meanwhile is refused, and the others of the call are removed', async (t) => {
    const folder = await openFolder(t);
    writeFileSync(join(folder.path, 'a.log'), djangoLog('one', 'two', 'three'));
    await folder.scan();
    writeFileSync(join(folder.path, 'a.log'), djangoLog('other', 'two', 'three'));
    await assert.rejects(folder.remove(['one', 'two'].map((subject) => keyIn('a.log', subject))), (error) => {
      assert.ok(Failure.is(error, 'removeFailed'));
      assert.match(error.message, /^Cannot remove a mail of a\.log: it was changed and no longer holds the mail as it was listed$/);
      return true;
    });
    assert.equal(readFileSync(join(folder.path, 'a.log'), 'utf8'), djangoLog('other', 'three'));
  });
});

describe('importing', () => {
  test('copies the octets under names of ours, as mail of others', async (t) => {
    const folder = await openFolder(t);
    const heard = listen(folder);
    const source = join(temporaryFolder(t), 'any name.EML');
    writeFileSync(source, 'Subject: x\r\n\r\n\xff', 'latin1');
    const keys = await folder.importFiles([source, source]);
    assert.equal(keys.length, 2);
    assert.deepEqual(namesIn(folder.path), [...keys].sort());
    for (const key of keys) assert.ok(readFileSync(source).equals(await folder.read(key)));
    await until('both', () => heard.entries.size === 2);
    assert.equal(heard.entries.get(keys[0] ?? '')?.isCaught, false);
  });

  test('goes on after a file that cannot be read, and then tells', async (t) => {
    const folder = await openFolder(t);
    const source = join(temporaryFolder(t), 'a.eml');
    writeFileSync(source, 'x');
    await assert.rejects(
      folder.importFiles([`${source}.gone`, folder.path, source]),
      (error) => Failure.is(error, 'importFailed') && error.data['path'] === `${source}.gone`,
    );
    assert.equal(namesIn(folder.path).length, 1);
  });
});

describe('retention', () => {
  test('keeps the newest of our mail and all mail of others', async (t) => {
    const folder = await openFolder(t);
    const heard = listen(folder);
    writeFileSync(join(folder.path, '20200101T000000000Z-k3f9.eml'), 'copied here without its side file');
    writeFileSync(join(folder.path, 'a.eml'), '');
    writeFileSync(join(folder.path, 'a.log'), djangoLog('one'));
    await folder.scan();
    const keys: string[] = [];
    for (let count = 0; count < 10; count++) keys.push(await deliver(folder, String(count)));
    assert.deepEqual(await folder.retain({ maxMessages: 4, maxAge: 0 }), keys.slice(0, 6));
    assert.deepEqual(await folder.retain({ maxMessages: 4, maxAge: 0 }), []);
    assert.deepEqual(await keysOf(folder), ['20200101T000000000Z-k3f9.eml', 'a.eml', keyIn('a.log', 'one'), ...keys.slice(6)].sort());
    await until('the removal', () => heard.entries.size === 4);
    assert.equal(namesIn(folder.path).length, 3 + 2 * 4);
  });

  test('removes our mail that is too old, refused mail too', async (t) => {
    let now = Date.UTC(2026, 0, 1);
    const folder = await openFolder(t, temporaryFolder(t), { clock: { ...systemClock, now: () => now } });
    const old = await deliver(folder, 'old');
    const refused = folder.begin();
    await refused.refuse(makeDelivery());
    now += 60_000;
    const young = await deliver(folder, 'young');
    assert.deepEqual(await folder.retain({ maxMessages: 0, maxAge: 60_000 }), [], 'not older yet');
    now += 1;
    assert.deepEqual((await folder.retain({ maxMessages: 0, maxAge: 60_000 })).toSorted(), [old, `refused/${refused.id}.eml`]);
    assert.deepEqual(await keysOf(folder), [young]);
  });

  test('with 0 and 0 keeps everything', async (t) => {
    const folder = await openFolder(t);
    for (let count = 0; count < 5; count++) await deliver(folder, '');
    assert.deepEqual(await folder.retain({ maxMessages: 0, maxAge: 0 }), []);
  });

  test('knows the order of what it found, whatever order the disk has, and never takes more than asked', async (t) => {
    const path = temporaryFolder(t);
    const writer = await openFolder(t, path);
    const keys: string[] = [];
    for (let count = 0; count < 50; count++) keys.push(await deliver(writer, ''));
    const folder = await openFolder(t, path);
    await folder.scan();
    await folder.remove(keys.slice(0, 3));
    const answers = await Promise.all([folder.retain({ maxMessages: 40, maxAge: 0 }), folder.retain({ maxMessages: 30, maxAge: 0 })]);
    assert.deepEqual(answers, [keys.slice(3, 10), keys.slice(10, 20)]);
  });

  test('leaves a mail whose side file was taken away', async (t) => {
    const folder = await openFolder(t);
    const first = await deliver(folder, '1');
    await deliver(folder, '2');
    rmSync(folder.pathOf(first).replace(/eml$/, 'json'));
    assert.deepEqual(await folder.retain({ maxMessages: 1, maxAge: 0 }), []);
    assert.ok(existsSync(folder.pathOf(first)));
  });
});
