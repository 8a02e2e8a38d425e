// engine tests: a whole mailroom (engine and reader, without threads) on a folder of its own, and what a test wants to ask it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { systemClock } from '../../../src/base/clock.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { ReaderApi } from '../../../src/engine/readerApi.ts';
import { createReader } from '../../../src/engine/readerService.ts';
import type { EngineApi, EngineEvent, ListQuery, MailboxOptions, MailSummary, ServerState } from '../../../src/protocol/engine.ts';
import { mailboxOptions, serverOptions } from '../../peers/engineOptions.ts';

export const everything: ListQuery = { text: '', group: null, after: null, limit: 100 };

export interface Mailroom {
  readonly api: EngineApi;
  readonly events: readonly EngineEvent[];
  readonly options: MailboxOptions;
  /** The port listened on. Fails when the server does not listen. */
  listen(port?: number): Promise<number>;
  /** Waits until the list says so. */
  mails(count: number): Promise<readonly MailSummary[]>;
  state(kind: ServerState['kind']): Promise<ServerState>;
  close(): Promise<void>;
}

/** A temporary folder that `remove` takes away again. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'mailroom-engine-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export async function openMailroom(folder: string, changed: Partial<MailboxOptions> = {}): Promise<Mailroom> {
  const events: EngineEvent[] = [];
  let engine: Engine;
  const reader: ReaderApi = createReader(systemClock, (event) => engine.onReaderEvent(event));
  engine = new Engine({ reader, clock: systemClock, emit: (event) => events.push(event) });
  const { api } = engine;
  const options = { ...mailboxOptions(join(folder, 'drop'), join(folder, 'index.sqlite')), ...changed };
  await api.openMailbox(options);
  return {
    api,
    events,
    options,
    async listen(port = 0) {
      const state = await api.startServer(serverOptions(port));
      assert.equal(state.kind, 'listening', JSON.stringify(state));
      return state.kind === 'listening' ? state.port : 0;
    },
    mails: (count) =>
      until(async () => {
        const { mails } = await api.list(everything);
        return mails.length === count ? mails : undefined;
      }, `${count} mails in the list`),
    state: (kind) =>
      until(async () => {
        const state = await api.serverState();
        return state.kind === kind ? state : undefined;
      }, `the server to be ${kind}`),
    close: () => engine.close(),
  };
}

/** Asks until the answer is not undefined; gives up after 20 seconds. */
export async function until<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const end = Date.now() + 20_000; ; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
    await delay(20);
  }
}

/** Sends one mail with nodemailer and answers the reply to its end of data. */
export async function sendMail(port: number, subject: string, text = 'Hello'): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port, secure: false });
  try {
    const { response } = await transport.sendMail({ from: 'app@shop.test', to: 'kim@example.com', subject, text });
    return response;
  } finally {
    transport.close();
  }
}
