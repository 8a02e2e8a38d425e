// bench: a drop folder of 100 000 mails: how soon the first page is there with a warm index, and what memory the engine takes then.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Delivery } from '../../src/smtp/delivery.ts';
import { createIds, mailEnding, sideEnding, systemRandom } from '../../src/store/names.ts';
import { encodeSideFile } from '../../src/store/sideFile.ts';
import { run } from '../peers/process.ts';
import type { Bench } from './mailroom.ts';
import type { Opened } from './openFolder.ts';
import { atMost, progress, type Row } from './report.ts';

const mails = 100_000;
const megabyte = 1e6;

export async function largeFolder(bench: Bench): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(bench.folder, 'large-'));
  const dropFolder = join(folder, 'drop');
  progress(`writing ${mails} mails and their side files`);
  await fill(dropFolder);
  progress('making the index');
  const cold = await openInChild(bench.script, dropFolder, join(folder, 'index.sqlite'));
  progress('opening with a warm index');
  const warm = await openInChild(bench.script, dropFolder, join(folder, 'index.sqlite'));
  if (warm.total !== mails) throw new Error(`The index has ${warm.total} of ${mails} mails`);
  const inMegabytes = (octets: number): string => (octets / megabyte).toFixed(0);
  const { residentGrowth, residentPeak, heapUsed, external } = warm;
  return [
    {
      what: `first page of ${mails} mails after the start of the engine, warm index`,
      measured: `${warm.firstPage.toFixed(0)} ms (folder compared after ${warm.settled.toFixed(0)})`,
      target: atMost(warm.firstPage, 500, 'ms'),
    },
    {
      what: 'memory of the engine then, resident',
      measured: `${inMegabytes(residentGrowth)} MB (highest ${inMegabytes(residentPeak)}; heaps ${inMegabytes(heapUsed)}, external ${inMegabytes(external)})`,
      target: atMost(residentGrowth / megabyte, 200, 'MB'),
    },
    { what: `the index of ${mails} mails made anew`, measured: `${(cold.settled / 1000).toFixed(1)} s` },
  ];
}

/** In a process of its own, so that its memory is the engine's. */
async function openInChild(script: string, dropFolder: string, indexFile: string): Promise<Opened> {
  const program = join(import.meta.dirname, 'openFolder.ts');
  const { stdout } = await run(process.execPath, [program, script, dropFolder, indexFile]);
  return JSON.parse(stdout) as Opened;
}

/** Caught mail, a second between one and the next, of 50 senders, with words for the search. */
async function fill(dropFolder: string): Promise<void> {
  await mkdir(dropFolder);
  let now = Date.now() - mails * 1000;
  const nextId = createIds({ now: () => now, monotonic: () => now }, systemRandom);
  const writers = 16;
  for (let number = 0; number < mails; number += writers)
    await Promise.all(
      Array.from({ length: Math.min(writers, mails - number) }, async (_, index) => {
        now += 1000;
        const id = nextId();
        const message = messageOf(number + index);
        await writeFile(join(dropFolder, id + sideEnding), encodeSideFile(deliveryOf(number + index, message.length, now)));
        await writeFile(join(dropFolder, id + mailEnding), message);
      }),
    );
}

function messageOf(number: number): Buffer {
  const subject = `Order ${number} is on its way`;
  const header = `From: Shop ${number % 50} <shop${number % 50}@x.test>\r\nTo: Customer ${number} <customer${number}@y.test>\r\nSubject: ${subject}\r\n`;
  const line = `Dear customer ${number}, your parcel number ${number * 7919} has left our warehouse in aisle ${number % 97}.\r\n`;
  return Buffer.from(`${header}Message-ID: <${number}@x.test>\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n\r\n${line.repeat(8)}`);
}

function deliveryOf(number: number, size: number, receivedAt: number): Delivery {
  const time = new Date(receivedAt).toISOString();
  const [from, to] = [`shop${number % 50}@x.test`, `customer${number}@y.test`];
  const said = [
    ['S', '220 mailroom ESMTP'],
    ['C', 'EHLO shop.test'],
    ['S', '250-mailroom'],
    ['S', '250-PIPELINING'],
    ['S', '250 SMTPUTF8'],
    ['C', `MAIL FROM:<${from}>`],
    ['S', '250 2.1.0 Ok'],
    ['C', `RCPT TO:<${to}>`],
    ['S', '250 2.1.5 Ok'],
    ['C', 'DATA'],
    ['S', '354 Go ahead'],
    ['note', `${size} bytes of data`],
    ['S', '250 2.0.0 Ok'],
  ] as const;
  return {
    outcome: 'accepted',
    reply: '250 2.0.0 Ok',
    receivedAt: time,
    size,
    octetsReceived: size,
    envelope: { from: { address: from, parameters: {} }, to: [{ address: to, parameters: {} }] },
    tls: null,
    login: null,
    lineEndings: { bareCr: 0, bareLf: 0, firstLine: null },
    dotsUnstuffed: 0,
    conversation: {
      startedAt: time,
      client: { address: '127.0.0.1', port: 50_000 },
      server: { address: '127.0.0.1', port: 1025 },
      clientName: 'shop.test',
      lines: said.map(([who, text], at) => ({ at, who, text })),
      omitted: 0,
    },
  };
}
