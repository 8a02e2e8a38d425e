// bench: Mailroom as a benchmark meets it: the built engine in its thread, hosted by this process as the extension host would, on a new
// drop folder in the system's temporary folder.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EngineClient, startEngine } from '../../src/engine/client.ts';
import { mailboxOptions, serverOptions } from '../peers/engineOptions.ts';

export interface Mailroom extends EngineClient {
  readonly port: number;
  readonly dropFolder: string;
}

/** Runs `use` with a listening Mailroom and removes its folder afterwards. `script` is the built engine. */
export async function withMailroom<T>(script: string, use: (mailroom: Mailroom) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mailroom-bench-'));
  const dropFolder = join(folder, 'drop');
  const complain = (message: string): void => void process.stderr.write(`engine: ${message}\n`);
  const engine = startEngine({ script, log: { trace() {}, debug() {}, info() {}, warn: complain, error: complain } });
  try {
    await engine.api.openMailbox(mailboxOptions(dropFolder, join(folder, 'index.sqlite')));
    await engine.api.settled();
    const state = await engine.api.startServer(serverOptions(0));
    if (state.kind !== 'listening') throw new Error(`Mailroom does not listen: ${JSON.stringify(state)}`);
    return await use(Object.assign(Object.create(engine) as EngineClient, { port: state.port, dropFolder }));
  } finally {
    engine.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
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
