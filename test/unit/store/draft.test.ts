// store: a draft is in the folder as a whole or not at all.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { silentLog } from '../../../src/base/log.ts';
import { decodeSideFile } from '../../../src/store/sideFile.ts';
import { deliver, listen, makeDelivery, namesIn, openFolder, temporaryFolder, until } from './fixture.ts';

describe('an accepted mail', () => {
  for (const size of [0, 1, 10_240, 256 * 1024, 256 * 1024 + 1, 3_000_000]) {
    test(`of ${size} octets lies byte for byte in the folder, with its side file and nothing else`, async (t) => {
      const folder = await openFolder(t);
      const octets = randomBytes(size);
      const draft = folder.begin();
      for (let at = 0; at < size; at += 60_000) if (!draft.write(octets.subarray(at, at + 60_000))) await draft.drained();
      await draft.accept(makeDelivery({ size }));
      assert.deepEqual(namesIn(folder.path), [`${draft.id}.eml`, `${draft.id}.json`]);
      assert.ok(readFileSync(join(folder.path, `${draft.id}.eml`)).equals(octets));
      assert.deepEqual(decodeSideFile(readFileSync(join(folder.path, `${draft.id}.json`), 'utf8')), makeDelivery({ size }));
      assert.ok(octets.equals(await folder.read(`${draft.id}.eml`)));
      assert.deepEqual(await folder.readDelivery(`${draft.id}.eml`), makeDelivery({ size }));
    });
  }

  test('that comes faster than the disk takes it makes the sender wait, and is whole', async (t) => {
    const folder = await openFolder(t);
    const draft = folder.begin();
    const piece = randomBytes(64 * 1024);
    let waits = 0;
    for (let count = 0; count < 100; count++) {
      if (draft.write(piece)) continue;
      waits++;
      await draft.drained();
    }
    await draft.accept(makeDelivery());
    assert.ok(waits > 0);
    assert.ok(readFileSync(join(folder.path, `${draft.id}.eml`)).equals(Buffer.concat(Array.from({ length: 100 }, () => piece))));
  });

  test('is announced at once, and once only, though the watcher sees it too', async (t) => {
    const folder = await openFolder(t);
    await folder.scan();
    folder.start();
    const heard = listen(folder);
    const key = await deliver(folder, 'Subject: x\r\n\r\n');
    await until('the announcement', () => heard.said.length > 0);
    assert.equal(heard.entries.get(key)?.size, 14);
    assert.equal(heard.entries.get(key)?.isCaught, true);
    // A foreign mail that comes later is seen by the watcher: by then it has reported ours.
    writeFileSync(join(folder.path, 'later.eml'), 'Subject: y\r\n\r\n');
    await until('the later one', () => heard.entries.has('later.eml'));
    await folder.scan();
    assert.deepEqual(
      heard.said.filter((line) => line.includes(key)),
      [`+${key}`],
    );
  });

  test('is kept in a folder that vanished meanwhile', async (t) => {
    const folder = await openFolder(t);
    rmSync(folder.path, { recursive: true });
    const small = await deliver(folder, 'Subject: x\r\n\r\n');
    assert.ok(existsSync(folder.pathOf(small)));
    rmSync(folder.path, { recursive: true });
    const large = await deliver(folder, Buffer.alloc(1_000_000, 'x'));
    assert.equal(readFileSync(folder.pathOf(large)).length, 1_000_000);
  });
});

describe('a draft that was discarded', () => {
  for (const size of [100, 1_000_000]) {
    test(`after ${size} octets leaves nothing`, async (t) => {
      const folder = await openFolder(t);
      const draft = folder.begin();
      draft.write(Buffer.alloc(size));
      await draft.discard();
      assert.deepEqual(namesIn(folder.path), []);
    });
  }
});

describe('a refused mail', () => {
  for (const [size, kept] of [
    [0, 0],
    [100, 100],
    [1_000_000, 256 * 1024],
  ] as const) {
    test(`of ${size} octets is kept apart, with ${kept} of them`, async (t) => {
      const folder = await openFolder(t);
      const heard = listen(folder);
      const octets = randomBytes(size);
      const draft = folder.begin();
      if (!draft.write(octets)) await draft.drained();
      await draft.refuse(makeDelivery({ outcome: 'refused', octetsReceived: size }));
      const key = `refused/${draft.id}.eml`;
      await until('the announcement', () => heard.entries.has(key));
      assert.deepEqual(heard.entries.get(key)?.size, kept);
      assert.deepEqual(namesIn(folder.path), ['refused']);
      assert.deepEqual(namesIn(join(folder.path, 'refused')), [`${draft.id}.eml`, `${draft.id}.json`]);
      assert.ok(octets.subarray(0, kept).equals(await folder.read(key)));
      assert.deepEqual(await folder.readDelivery(key), makeDelivery({ outcome: 'refused', octetsReceived: size, size: kept }));
    });
  }

  test('is one of the 100 newest', async (t) => {
    const folder = await openFolder(t);
    const heard = listen(folder);
    const keys: string[] = [];
    for (let count = 0; count < 105; count++) {
      const draft = folder.begin();
      await draft.refuse(makeDelivery({ outcome: 'refused' }));
      keys.push(`refused/${draft.id}.eml`);
    }
    await until('the announcements', () => heard.entries.size === 100);
    assert.deepEqual([...heard.entries.keys()], keys.slice(5));
    assert.equal(readdirSync(join(folder.path, 'refused')).length, 200);
  });

  test('that cannot be kept is logged and rejects nothing', async (t) => {
    const warnings: string[] = [];
    const folder = await openFolder(t, temporaryFolder(t), { log: { ...silentLog, warn: (message) => warnings.push(message) } });
    writeFileSync(join(folder.path, 'refused'), 'a file where the folder should be');
    const draft = folder.begin();
    draft.write(Buffer.from('x'));
    await draft.refuse(makeDelivery({ outcome: 'refused' }));
    assert.equal(warnings.length, 1);
    assert.deepEqual(namesIn(folder.path), ['refused']);
  });
});

describe('a disk that is full', () => {
  for (const size of [100_000, 2_000_000]) {
    test(`fails a mail of ${size} octets with storageFull, keeps what it has and takes mail again later`, async (t) => {
      const path = mountSmall(t);
      if (path === null) return t.skip('needs the right to mount a file system');
      const folder = await openFolder(t, path);
      const first = await deliver(folder, 'Subject: first\r\n\r\n');
      writeFileSync(join(path, 'filler'), Buffer.alloc(200_000));
      const before = namesIn(path);
      const draft = folder.begin();
      for (let at = 0; at < size; at += 50_000) if (!draft.write(Buffer.alloc(50_000))) await draft.drained();
      await assert.rejects(draft.accept(makeDelivery()), (error) => Failure.is(error, 'storageFull'));
      assert.deepEqual(namesIn(path), before);
      assert.equal(Buffer.from(await folder.read(first)).toString(), 'Subject: first\r\n\r\n');
      rmSync(join(path, 'filler'));
      const last = await deliver(folder, Buffer.alloc(100_000));
      assert.equal((await folder.read(last)).length, 100_000);
    });
  }

  test('fails a mail whose side file alone finds no room', async (t) => {
    const path = mountSmall(t);
    if (path === null) return t.skip('needs the right to mount a file system');
    const folder = await openFolder(t, path);
    const delivery = makeDelivery({ reply: 'x'.repeat(300_000) });
    const draft = folder.begin();
    draft.write(Buffer.from('small'));
    await assert.rejects(draft.accept(delivery), (error) => Failure.is(error, 'storageFull'));
    assert.deepEqual(namesIn(path), []);
    const refused = folder.begin();
    await refused.refuse(delivery);
    assert.deepEqual(namesIn(join(path, 'refused')), []);
  });
});

test('a read-only file system fails a mail with readOnly', async (t) => {
  const path = mountSmall(t);
  if (path === null) return t.skip('needs the right to mount a file system');
  const folder = await openFolder(t, path);
  const key = await deliver(folder, 'Subject: x\r\n\r\n');
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', path]).status, 0);
  for (const size of [10, 1_000_000]) {
    const draft = folder.begin();
    if (!draft.write(Buffer.alloc(size))) await draft.drained();
    await assert.rejects(draft.accept(makeDelivery()), (error) => Failure.is(error, 'readOnly'));
  }
  await assert.rejects(folder.remove([key]), (error) => Failure.is(error, 'removeFailed'));
  assert.deepEqual(await folder.retain({ maxMessages: 1, maxAge: 1 }), []);
  assert.ok((await folder.scan()).some((entry) => entry.key === key));
});

test('a folder in whose place there is a file now fails a mail with storageFailed', async (t) => {
  const folder = await openFolder(t);
  rmSync(folder.path, { recursive: true });
  writeFileSync(folder.path, '');
  for (const size of [10, 1_000_000]) {
    const draft = folder.begin();
    if (!draft.write(Buffer.alloc(size))) await draft.drained();
    await assert.rejects(draft.accept(makeDelivery()), (error) => Failure.is(error, 'storageFailed'));
  }
});

/** A file system of 256 KiB, or null where this process may not mount one. */
function mountSmall(t: TestContext): string | null {
  const path = mkdtempSync(join(tmpdir(), 'mailroom-small-'));
  const isMounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path]).status === 0;
  t.after(() => {
    if (isMounted) spawnSync('umount', ['-l', path]);
    rmdirSync(path);
  });
  return isMounted ? path : null;
}
