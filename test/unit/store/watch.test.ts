// store: what other programs do in the folder is seen while we run.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Failure } from '../../../src/base/failure.ts';
import { deliver, listen, logKeyOf, makeDelivery, openFolder, temporaryFolder, until } from './fixture.ts';

const separator = `${'-'.repeat(79)}\n`;

describe('a folder that is watched', () => {
  test('announces mail of others, as it comes, grows and goes', async (t) => {
    const folder = await openFolder(t);
    await folder.scan();
    folder.start();
    const heard = listen(folder);
    const file = join(folder.path, 'a.eml');
    writeFileSync(file, 'Subject: ha');
    await until('the mail', () => heard.entries.get('a.eml')?.size === 11);
    appendFileSync(file, 'lf\n\n');
    await until('its growth', () => heard.entries.get('a.eml')?.size === 15);
    rmSync(file);
    await until('its end', () => !heard.entries.has('a.eml'));
    assert.deepEqual(heard.said, ['+a.eml', '*a.eml', '-a.eml']);
  });

  test('announces a mail that is renamed into it and out of it', async (t) => {
    const elsewhere = join(temporaryFolder(t), 'x');
    const folder = await openFolder(t);
    folder.start();
    const heard = listen(folder);
    writeFileSync(elsewhere, 'x');
    renameSync(elsewhere, join(folder.path, 'b.eml'));
    await until('the mail', () => heard.entries.has('b.eml'));
    renameSync(join(folder.path, 'b.eml'), join(folder.path, 'c.eml'));
    await until('its new name', () => heard.entries.has('c.eml') && !heard.entries.has('b.eml'));
  });

  test('announces each mail that Django appends to its file', async (t) => {
    const folder = await openFolder(t);
    folder.start();
    const heard = listen(folder);
    const file = join(folder.path, '20260101-120000-1.log');
    const mail = 'Subject: x\n\nHello\n';
    const key = logKeyOf('20260101-120000-1.log', mail);
    appendFileSync(file, `${mail}\n${separator}`);
    await until('the first', () => heard.entries.has(key));
    appendFileSync(file, mail);
    appendFileSync(file, `\n${separator}`);
    await until('the second', () => heard.entries.get(`${key}-2`)?.size === mail.length);
    rmSync(file);
    await until('their end', () => heard.entries.size === 0);
  });

  test('announces every one of 5 000 files that come at once', async (t) => {
    const folder = await openFolder(t);
    await folder.scan();
    folder.start();
    const heard = listen(folder);
    for (let count = 0; count < 5000; count++) writeFileSync(join(folder.path, `${count}.eml`), 'Subject: x\n\n');
    await until('all', () => heard.entries.size === 5000, 60_000);
    assert.equal(heard.said.filter((line) => line.startsWith('+')).length, 5000);
  });

  test('announces what another process catches and refuses as caught', async (t) => {
    const path = temporaryFolder(t);
    const reader = await openFolder(t, path);
    const writer = await openFolder(t, path);
    await reader.scan();
    reader.start();
    const heard = listen(reader);
    const key = await deliver(writer, 'x');
    const refused = writer.begin();
    await refused.refuse(makeDelivery());
    await until('both', () => heard.entries.size === 2);
    assert.equal(heard.entries.get(key)?.isCaught, true);
    assert.equal(heard.entries.get(`refused/${refused.id}.eml`)?.isCaught, true);
    const second = writer.begin();
    await second.refuse(makeDelivery());
    await until('the second refused', () => heard.entries.has(`refused/${second.id}.eml`));
    await writer.remove([key, `refused/${refused.id}.eml`, `refused/${second.id}.eml`]);
    await until('their end', () => heard.entries.size === 0);
  });

  test('counts a mail as caught when its side file comes after it', async (t) => {
    const folder = await openFolder(t);
    folder.start();
    const heard = listen(folder);
    const name = '20260101T000000000Z-k3f9';
    writeFileSync(join(folder.path, `${name}.eml`), 'x');
    await until('the mail', () => heard.entries.get(`${name}.eml`)?.isCaught === false);
    writeFileSync(join(folder.path, `${name}.json`), '{}');
    await until('the side file', () => heard.entries.get(`${name}.eml`)?.isCaught === true);
  });

  test('tells that it is gone, and goes on when it is back', async (t) => {
    const folder = await openFolder(t, join(temporaryFolder(t), 'drop'));
    writeFileSync(join(folder.path, 'a.eml'), 'x');
    await folder.scan();
    folder.start();
    const heard = listen(folder);
    const failures: Failure[] = [];
    let returns = 0;
    folder.onDidFail((failure) => failures.push(failure));
    folder.onDidReturn(() => returns++);
    rmSync(folder.path, { recursive: true });
    await until('the failure', () => failures.length > 0);
    await until('the removal', () => heard.said.includes('-a.eml'));
    assert.deepEqual(
      failures.map(({ reason }) => reason),
      ['dropFolderGone'],
    );
    assert.equal(returns, 0);
    mkdirSync(folder.path);
    writeFileSync(join(folder.path, 'b.eml'), 'x');
    await until('a mail in the new folder', () => heard.entries.has('b.eml'));
    writeFileSync(join(folder.path, 'c.eml'), 'x');
    await until('a mail that the new watcher sees', () => heard.entries.has('c.eml'));
    assert.equal(failures.length, 1);
    assert.equal(returns, 1);
  });

  test('is made again by the next mail, and watched again', async (t) => {
    const folder = await openFolder(t, join(temporaryFolder(t), 'drop'));
    await folder.scan();
    folder.start();
    const heard = listen(folder);
    let isGone = false;
    folder.onDidFail(() => {
      isGone = true;
    });
    rmSync(folder.path, { recursive: true });
    await until('the failure', () => isGone);
    const key = await deliver(folder, 'x');
    writeFileSync(join(folder.path, 'foreign.eml'), 'x');
    await until('both', () => heard.entries.size === 2);
    assert.equal(heard.entries.get(key)?.isCaught, true);
  });

  test('is another folder when another is put in its place', async (t) => {
    const parent = temporaryFolder(t);
    mkdirSync(join(parent, 'other'));
    writeFileSync(join(parent, 'other', 'b.eml'), 'x');
    const folder = await openFolder(t, join(parent, 'drop'), { rescanEvery: 3_600_000 });
    writeFileSync(join(folder.path, 'a.eml'), 'x');
    await folder.scan();
    folder.start();
    const heard = listen(folder);
    renameSync(folder.path, join(parent, 'old'));
    renameSync(join(parent, 'other'), folder.path);
    await until('the change', () => heard.said.includes('-a.eml') && heard.entries.has('b.eml'));
    writeFileSync(join(folder.path, 'c.eml'), 'x');
    await until('a mail in it', () => heard.entries.has('c.eml'));
    writeFileSync(join(folder.path, 'd.eml'), 'x');
    await until('a mail that only the new watcher sees', () => heard.entries.has('d.eml'));
    assert.ok(existsSync(join(parent, 'old', 'a.eml')));
  });

  test('is looked at from time to time, because not every change is reported', { skip: process.platform === 'win32' }, async (t) => {
    const outside = join(temporaryFolder(t), 'outside');
    writeFileSync(outside, 'x');
    const folder = await openFolder(t, temporaryFolder(t), { rescanEvery: 50 });
    symlinkSync(outside, join(folder.path, 'link.eml'));
    // No name has come or gone for long.
    utimesSync(folder.path, new Date('2026-01-01'), new Date('2026-01-01'));
    await folder.scan();
    folder.start();
    const heard = listen(folder);
    // The system reports what happens in the folder; this happens elsewhere.
    appendFileSync(outside, 'y');
    await until('the growth', () => heard.entries.get('link.eml')?.size === 2);
    rmSync(outside);
    await until('the end', () => heard.said.includes('-link.eml'));
  });

  test('says nothing any more after its end', async (t) => {
    const path = temporaryFolder(t);
    const folder = await openFolder(t, path);
    const other = await openFolder(t, path);
    folder.start();
    other.start();
    const heard = listen(folder);
    const otherHeard = listen(other);
    await folder.dispose();
    writeFileSync(join(path, 'a.eml'), 'x');
    await until('the other one to hear', () => otherHeard.entries.has('a.eml'));
    assert.deepEqual(heard.said, []);
  });
});

test('what changes between a scan and the start is announced after the start', async (t) => {
  const folder = await openFolder(t);
  const heard = listen(folder);
  writeFileSync(join(folder.path, 'a.eml'), 'x');
  writeFileSync(join(folder.path, 'b.eml'), 'x');
  await folder.scan();
  rmSync(join(folder.path, 'a.eml'));
  appendFileSync(join(folder.path, 'b.eml'), 'y');
  writeFileSync(join(folder.path, 'c.eml'), 'x');
  folder.start();
  await until('all three', () => heard.said.length >= 3);
  assert.deepEqual(heard.said.toSorted(), ['*b.eml', '+c.eml', '-a.eml']);
});
