// The mailbox on a real drop folder, read as the engine reads it.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { DropFolder } from '../../../src/store/dropFolder.ts';
import { readDelivery, readMail } from '../../../src/store/readMail.ts';
import { encodeSideFile } from '../../../src/store/sideFile.ts';
import { deliveryOf, everything, keysOf, Room } from './room.ts';

test('mailbox: indexes files, side files and refused mail of a drop folder', async () => {
  await using room = await Room.make();
  const path = join(room.path, 'drop');
  await mkdir(join(path, 'refused'), { recursive: true });
  const mail = (subject: string): string => `Subject: ${subject}\r\nFrom: ann@example.com\r\nTo: bob@example.org\r\n\r\nGood day\r\n`;
  const id = '20261121T211203417Z-0k3f9ab';
  await writeFile(join(path, `${id}.json`), encodeSideFile(deliveryOf({ to: ['bob@example.org', 'hidden@example.net'] })));
  await writeFile(join(path, `${id}.eml`), mail('caught'));
  await writeFile(join(path, 'copied.eml'), mail('copied'));
  await writeFile(join(path, `refused/${id}.json`), encodeSideFile(deliveryOf({ outcome: 'refused', reply: '554 5.7.1 No' })));
  await writeFile(join(path, `refused/${id}.eml`), mail('refused'));
  const folder = await DropFolder.open(path, { clock: systemClock, log: silentLog });
  try {
    const reader = { read: (key: string) => readMail(path, key), delivery: (key: string) => readDelivery(path, key) };
    const mailbox = await room.open({ reader });
    await mailbox.sync(await folder.scan());
    await mailbox.settled();
    const rows = mailbox.list(everything).mails.map(({ subject, state, isCaught, to }) => [subject, state, isCaught, to.length]);
    assert.deepEqual(rows.toSorted(), [
      ['caught', 'ok', true, 2],
      ['copied', 'ok', false, 1],
      ['refused', 'refused', true, 1],
    ]);
    await rm(join(path, 'copied.eml'));
    await mailbox.sync(await folder.scan());
    await mailbox.settled();
    assert.deepEqual(keysOf(mailbox).toSorted(), [`${id}.eml`, `refused/${id}.eml`]);
    assert.deepEqual(keysOf(mailbox, { text: 'hidden' }), [`${id}.eml`]);
  } finally {
    await folder.dispose();
  }
});
