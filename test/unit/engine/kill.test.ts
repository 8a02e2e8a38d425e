// engine: the promise behind every 250. The process that hosts the engine is killed at random moments under load, again and again; whatever it
// acknowledged is whole on the disk and in the index after the next start, and nothing half-written is listed.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '../../../src/base/log.ts';
import { startEngine } from '../../../src/engine/client.ts';
import type { EngineApi, MailSummary } from '../../../src/protocol/engine.ts';
import { readDelivery } from '../../../src/store/readMail.ts';
import { buildEngine } from '../../peers/builtEngine.ts';
import { mailboxOptions } from '../../peers/engineOptions.ts';
import { startChild } from '../../peers/process.ts';
import { SmtpConnection } from '../../peers/smtpConnection.ts';

const rounds = 50;
const connections = 4;
/** Small ones for many renames, large ones that are written in several pieces. Octets. */
const sizes = [200, 2000, 20_000, 200_000] as const;

interface Paths {
  readonly script: string;
  readonly dropFolder: string;
  readonly indexFile: string;
}

/** A mail that got its 250. */
interface Acknowledged {
  readonly number: number;
  readonly id: string;
}

test(`every mail that got its 250 outlives ${rounds} kills under load, and no half mail is listed`, { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mailroom-kill-'));
  try {
    const paths = { script: await buildEngine(folder), dropFolder: join(folder, 'drop'), indexFile: join(folder, 'index.sqlite') };
    const all: Acknowledged[] = [];
    let lastNumber = 0;
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await loadAndKill(paths, () => ++lastNumber);
      await withEngine(paths, (api) => assertKept(paths, api, acknowledged));
      all.push(...acknowledged);
    }
    assert.ok(all.length >= rounds, `only ${all.length} mails were acknowledged: nothing was tested`);
    await withEngine(paths, async (api) => {
      await assertKept(paths, api, all);
      await assertListedAreWhole(paths, api);
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Starts a host, sends over several connections, and kills the host in the middle of it. */
async function loadAndKill({ script, dropFolder, indexFile }: Paths, nextNumber: () => number): Promise<readonly Acknowledged[]> {
  const program = join(import.meta.dirname, '../../peers/engineHost.ts');
  const host = startChild(process.execPath, [program, script, dropFolder, indexFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(host, 'close');
  assert.ok(host.stdout);
  const [port] = await Promise.race([
    once(createInterface(host.stdout), 'line'),
    closed.then(() => assert.fail('The host ended by itself')),
  ]);
  const acknowledged: Acknowledged[] = [];
  let isKilled = false;
  const senders = Array.from({ length: connections }, async () => {
    try {
      const connection = await SmtpConnection.open(Number(port));
      for (;;) {
        const number = nextNumber();
        const reply = await connection.send({ from: 'a@x.test', to: 'b@y.test', message: mailOf(number) });
        const id = /stored as (\S+)/.exec(reply)?.[1];
        assert.ok(id, `no id in "${reply}"`);
        acknowledged.push({ number, id });
      }
    } catch (error) {
      // Only the kill may end a sender.
      if (!isKilled) throw error;
    }
  });
  const sending = Promise.all(senders);
  await Promise.race([sending, delay(randomInt(30, 400))]);
  isKilled = true;
  host.kill('SIGKILL');
  await closed;
  await sending;
  return acknowledged;
}

/** Opens the same drop folder and index again, as the next window does, and waits until the index has caught up. */
async function withEngine({ script, dropFolder, indexFile }: Paths, use: (api: EngineApi) => Promise<void>): Promise<void> {
  const engine = startEngine({ script, log: silentLog });
  try {
    await engine.api.openMailbox(mailboxOptions(dropFolder, indexFile));
    await engine.api.settled();
    await use(engine.api);
  } finally {
    engine.dispose();
  }
}

async function assertKept({ dropFolder }: Paths, api: EngineApi, acknowledged: readonly Acknowledged[]): Promise<void> {
  const indexed = new Map((await api.summaries(acknowledged.map(({ id }) => `${id}.eml`))).map((summary) => [summary.key, summary]));
  for (const { number, id } of acknowledged) {
    const key = `${id}.eml`;
    const sent = mailOf(number);
    assert.ok(sent.equals(await readFile(join(dropFolder, key))), `mail ${number} is not what was sent`);
    const delivery = await readDelivery(dropFolder, key);
    assert.equal(delivery?.size, sent.length, `the side file of mail ${number}`);
    assert.equal(indexed.get(key)?.subject, `mail ${number}`, `mail ${number} is not in the index`);
  }
}

/** Mail whose 250 did not get out before the kill may be there, but then all of it. */
async function assertListedAreWhole({ dropFolder }: Paths, api: EngineApi): Promise<void> {
  const listed: MailSummary[] = [];
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<EngineApi['list']>> = await api.list({ text: '', group: null, after, limit: 1000 });
    listed.push(...page.mails);
    after = page.next;
    if (after === null) break;
  }
  for (const { key, state } of listed) {
    assert.equal(state, 'ok', `${key} is listed as ${state}`);
    const octets = await readFile(join(dropFolder, key));
    const number = Number(/^Subject: mail (\d+)\r$/m.exec(octets.toString('latin1'))?.[1]);
    assert.ok(octets.equals(mailOf(number)), `${key} is a half mail`);
  }
}

/** The same octets for the same number; the body differs from mail to mail. */
function mailOf(number: number): Buffer {
  const line = `This is line after line of mail ${number}.\r\n`;
  const size = sizes[number % sizes.length] ?? 0;
  return Buffer.from(`From: a@x.test\r\nTo: b@y.test\r\nSubject: mail ${number}\r\n\r\n${line.repeat(Math.ceil(size / line.length))}`);
}
