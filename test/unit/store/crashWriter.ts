// store: the process that crash.test.ts kills. Writes mails of all sizes into the folder of its argument and prints the id of each that was
// accepted, with the checksum of its octets.
import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { DropFolder } from '../../../src/store/dropFolder.ts';
import { makeDelivery } from './fixture.ts';

const folder = await DropFolder.open(process.argv[2] ?? '', { clock: systemClock, log: silentLog });
const sizes = [100, 10_000, 100_000, 400_000, 1_000_000];

async function writeOne(size: number): Promise<void> {
  const octets = randomBytes(size);
  const draft = folder.begin();
  for (let at = 0; at < size; at += 65_536) if (!draft.write(octets.subarray(at, at + 65_536))) await draft.drained();
  await draft.accept(makeDelivery({ size }));
  // At once and as a whole: this process may be dead a moment later.
  writeSync(1, `${draft.id} ${createHash('sha256').update(octets).digest('hex')}\n`);
}

for (;;) await Promise.all(sizes.map(writeOne));
