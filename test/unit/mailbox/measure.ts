// Measures the index with a large folder, in processor time; not a test. Run: node test/unit/mailbox/measure.ts [mails] [characters of text]
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Mailbox } from '../../../src/mailbox/mailbox.ts';
import { digestMail } from '../../../src/message/digest.ts';
import { generate } from './generate.ts';
import { everything } from './room.ts';

const [count = 100_000, textLength = 1024] = process.argv.slice(2).map(Number);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const path = await mkdtemp(join(tmpdir(), 'mailroom-measure-'));
const { entries, read, words } = generate(count, textLength);
let digesting = 0;

/** Milliseconds of processor time of this process: what others do on the machine does not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function open(): Promise<Mailbox> {
  return Mailbox.open({
    indexFile: join(path, 'index.sqlite'),
    folder: path,
    reader: { read: async (key) => read(key), delivery: async () => null },
    digest: async (bytes, delivery) => {
      const start = processorTime();
      const digest = await digestMail(bytes, delivery);
      digesting += processorTime() - start;
      return digest;
    },
    clock: systemClock,
    log: silentLog,
    utcOffset: 60,
  });
}

/** The least of three runs. */
function time(name: string, work: () => unknown): void {
  const times = [0, 0, 0].map(() => {
    const start = processorTime();
    work();
    return processorTime() - start;
  });
  say(
    `${name.padEnd(44)} ${Math.min(...times)
      .toFixed(2)
      .padStart(9)} ms`,
  );
}

async function timeAsync(name: string, work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const startTime = processorTime();
  await work();
  const taken = processorTime() - startTime;
  const elapsed = performance.now() - start;
  delay.disable();
  say(
    `${name.padEnd(44)} ${taken.toFixed(1).padStart(9)} ms   (${elapsed.toFixed(0)} ms elapsed, loop blocked at most ${(delay.max / 1e6).toFixed(0)} ms, p99 ${(delay.percentile(99) / 1e6).toFixed(0)})`,
  );
  return taken;
}

try {
  const making = processorTime();
  for (const { key } of entries.slice(0, 2000)) read(key);
  const perMail = (processorTime() - making) / Math.min(2000, count);
  const mailbox = await open();
  const taken = await timeAsync(`index ${count} mails of ${textLength}`, async () => {
    await mailbox.sync(entries);
    await mailbox.settled();
  });
  const own = taken - perMail * count;
  say(
    `without making them up: ${Math.round(count / (own / 1000))} mails/s, of which digest ${(digesting / count).toFixed(3)} ms a mail, all else ${((own - digesting) / count).toFixed(3)}`,
  );
  mailbox.close();
  for (const name of await readdir(path)) say(`${name}: ${((await stat(join(path, name))).size / 1e6).toFixed(1)} MB`);

  let warm = mailbox;
  await timeAsync('open', async () => {
    warm = await open();
  });
  time('first page of 200', () => warm.list({ ...everything, limit: 200 }));
  await timeAsync('sync, nothing new', async () => {
    await warm.sync(entries);
    await warm.settled();
  });
  const middle = warm.list({ ...everything, limit: 1000 }).next;
  time('a later page of 200', () => warm.list({ ...everything, limit: 200, after: middle }));
  time('counts', () => warm.counts());
  for (const by of ['sender', 'recipient', 'day'] as const) time(`groups by ${by}`, () => warm.groups(by, ''));
  time('page of a recipient', () => warm.list({ ...everything, limit: 200, group: { by: 'recipient', key: 'team7@example.com' } }));
  const [first = '', second = ''] = words;
  const finds = [
    first,
    `${first} ${second}`,
    words[15_000] ?? '',
    first.slice(0, 2),
    'e',
    'user7',
    '@exam',
    '-',
    'nothingofthekind',
    `"${first} ${second}"`,
  ];
  for (const text of finds) {
    // A text of its own each time: the last find is remembered.
    let blanks = '';
    time(`find ${text}: ${warm.list({ ...everything, text }).total} hits`, () => {
      blanks += ' ';
      warm.list({ ...everything, limit: 200, text: text + blanks });
    });
  }
  time('groups by recipient of a find', () => warm.groups('recipient', first));
  time('groups by day of a find', () => warm.groups('day', first));
  const keys = entries.slice(0, 10_000).map(({ key }) => key);
  let isRead = false;
  time('mark 10 000', () => {
    isRead = !isRead;
    warm.markRead(keys, isRead);
  });
  time('groups by day, some read', () => warm.groups('day', ''));
  say(`memory: heap ${(process.memoryUsage().heapUsed / 1e6).toFixed(0)} MB, resident ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
  const removed = entries.slice(0, 10_000).map(({ key }) => key);
  await timeAsync('remove 10 000', async () => {
    warm.apply({ added: [], changed: [], removed });
    await warm.settled();
  });
  warm.close();
} finally {
  await rm(path, { recursive: true, force: true });
}
