// bench: Mailroom as a benchmark meets it: the built engine in its thread, hosted by this process as the extension host would, on a new
// drop folder.
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EngineClient, startEngine } from '../../src/engine/client.ts';
import { mailboxOptions, serverOptions } from '../peers/engineOptions.ts';

export interface Mailroom extends EngineClient {
  readonly port: number;
  readonly dropFolder: string;
}

/** What every benchmark is given. */
export interface Bench {
  /** The built engine. */
  readonly script: string;
  /**
   * Everything is written below it. Nothing may be removed before the last benchmark is done: ext4 does not use the inodes of files removed
   * in the last minutes, and looking past thousands of them makes each new file ten times as dear.
   */
  readonly folder: string;
}

/** Runs `use` with a listening Mailroom. */
export async function withMailroom<T>(bench: Bench, use: (mailroom: Mailroom) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(bench.folder, 'mailroom-'));
  const dropFolder = join(folder, 'drop');
  const complain = (message: string): void => void process.stderr.write(`engine: ${message}\n`);
  const engine = startEngine({ script: bench.script, log: { trace() {}, debug() {}, info() {}, warn: complain, error: complain } });
  try {
    await engine.api.openMailbox(mailboxOptions(dropFolder, join(folder, 'index.sqlite')));
    await engine.api.settled();
    const state = await engine.api.startServer(serverOptions(0));
    if (state.kind !== 'listening') throw new Error(`Mailroom does not listen: ${JSON.stringify(state)}`);
    return await use(Object.assign(Object.create(engine) as EngineClient, { port: state.port, dropFolder }));
  } finally {
    engine.dispose();
  }
}

/** Milliseconds until the index has `total` mails. */
export async function indexLag(mailroom: Mailroom, total: number): Promise<number> {
  const startedAt = performance.now();
  for (let counts = await mailroom.api.counts(); counts.total < total; counts = await mailroom.api.counts()) {
    if (performance.now() - startedAt > 60_000) throw new Error(`The index has ${counts.total} of ${total} mails after a minute`);
    await delay(5);
  }
  return performance.now() - startedAt;
}

/** Throws when one of the acknowledged mails or its side file does not lie in the folder under its final name. */
export async function assertStored(mailroom: Mailroom, total: number): Promise<void> {
  const names = await readdir(mailroom.dropFolder);
  for (const ending of ['.eml', '.json']) {
    const stored = names.filter((name) => name.endsWith(ending) && !name.startsWith('.')).length;
    if (stored !== total) throw new Error(`${total} mails were acknowledged, ${stored} ${ending} files are in the folder`);
  }
}
