// engine: the two threads as they are shipped, and what happens when one dies.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import type { Log } from '../../../src/base/log.ts';
import { type EngineClient, startEngine } from '../../../src/engine/client.ts';
import type { EngineEvent } from '../../../src/protocol/engine.ts';
import { buildEngine } from '../../peers/builtEngine.ts';
import { mailboxOptions, serverOptions } from '../../peers/engineOptions.ts';
import { everything, sendMail, temporaryFolder, until } from './mailroom.ts';

describe('the engine in its threads', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let script: string;
  const said: string[] = [];
  const keep = (message: string): void => void said.push(message);
  const log: Log = { trace: keep, debug: keep, info: keep, warn: keep, error: keep };

  before(async () => {
    folder = await temporaryFolder();
    script = await buildEngine(join(folder.path, 'dist'));
  });
  after(() => folder.remove());

  async function running(name: string, engine = script): Promise<{ client: EngineClient; port: number; events: EngineEvent[] }> {
    const client = startEngine({ script: engine, log });
    const events: EngineEvent[] = [];
    client.onDidEvent((event) => events.push(event));
    await client.api.openMailbox(mailboxOptions(join(folder.path, name), join(folder.path, `${name}.sqlite`)));
    const state = await client.api.startServer(serverOptions(0));
    assert.ok(state.kind === 'listening', JSON.stringify(state));
    return { client, port: state.port, events };
  }

  test('a mail is announced to the host with its row', async () => {
    const { client, port, events } = await running('announce');
    try {
      await sendMail(port, 'Announced');
      const mail = await until(async () => events.flatMap((event) => (event.type === 'mailbox' ? event.added : [])).at(0), 'the event');
      assert.equal(mail.subject, 'Announced');
      const view = await client.api.view({ key: mail.key });
      assert.equal(view.text?.content.trim(), 'Hello');
      const { heapUsed } = await client.api.memory();
      assert.ok(heapUsed > 0);
    } finally {
      client.dispose();
    }
  });

  test('any file and any octets can be viewed, and octets cross the threads as octets', async () => {
    const { client } = await running('view');
    try {
      const bytes = new TextEncoder().encode(
        'Subject: Loose\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC/w==\r\n--b--\r\n',
      );
      const view = await client.api.view({ bytes });
      assert.equal(view.subject, 'Loose');
      const part = await client.api.part({ bytes }, view.parts[0]?.part ?? -1);
      assert.ok(part.bytes instanceof Uint8Array);
      assert.deepEqual([...part.bytes], [0, 1, 2, 255]);
    } finally {
      client.dispose();
    }
  });

  test('after dispose calls reject and the port is free', async () => {
    const { client, port } = await running('dispose');
    const pending = client.api.settled();
    client.dispose();
    await assert.rejects(Promise.all([pending, client.api.counts()]), (error) => Failure.is(error, 'engineEnded'));
    const again = startEngine({ script, log });
    try {
      await again.api.openMailbox(mailboxOptions(join(folder.path, 'dispose'), join(folder.path, 'dispose.sqlite')));
      await until(async () => ((await again.api.startServer(serverOptions(port))).kind === 'listening' ? true : undefined), 'the port');
    } finally {
      again.dispose();
    }
  });

  test('an engine that dies is started again with the same mailbox and server', async () => {
    // The engine as it is shipped, in a thread that ends itself when a file appears: as a fault of ours would.
    const deathWish = join(folder.path, 'die');
    const mortal = join(folder.path, 'dist', 'mortal.cjs');
    writeFileSync(
      mortal,
      `require('./engine.cjs'); const fs = require('node:fs'); setInterval(() => { if (fs.existsSync(${JSON.stringify(deathWish)})) { fs.rmSync(${JSON.stringify(deathWish)}); process.exit(3); } }, 20);`,
    );
    const { client, events } = await running('death', mortal);
    try {
      const restarted = new Promise<void>((resolve) => client.onDidRestart(resolve));
      writeFileSync(deathWish, '');
      await until(async () => (existsSync(deathWish) ? undefined : true), 'the death');
      await restarted;
      assert.ok(events.some((event) => event.type === 'server' && event.state.kind === 'failed' && event.state.reason === 'engineEnded'));
      const state = await client.api.serverState();
      assert.ok(state.kind === 'listening', JSON.stringify(state));
      await sendMail(state.port, 'After the restart');
      await until(async () => ((await client.api.list(everything)).total === 1 ? true : undefined), 'the mail');
    } finally {
      client.dispose();
    }
  });
});
