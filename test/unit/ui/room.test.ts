// ui: the mailroom of a window when its engine or its drop folder goes away, with the engine as it is shipped.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Emitter } from '../../../src/base/event.ts';
import { messageOf } from '../../../src/base/failure.ts';
import { silentLog } from '../../../src/base/log.ts';
import { type EngineClient, startEngine } from '../../../src/engine/client.ts';
import type { Notify } from '../../../src/ui/notify.ts';
import { Room } from '../../../src/ui/room.ts';
import type { Settings, SettingsSource } from '../../../src/ui/settings.ts';
import { buildEngine } from '../../peers/builtEngine.ts';
import { serverOptions } from '../../peers/engineOptions.ts';
import { freePort } from '../../peers/process.ts';
import { sendMail, temporaryFolder, until } from '../engine/mailroom.ts';

describe('the mailroom of a window', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let script: string;
  let dropFolder: string;
  let told: string[];
  let client: EngineClient;
  let room: Room;

  before(async () => {
    folder = await temporaryFolder();
    script = await buildEngine(join(folder.path, 'dist'));
  });
  after(() => folder.remove());
  beforeEach(async (context) => {
    dropFolder = join(folder.path, context.name.replaceAll(/\W+/g, '-'));
    await mkdir(dropFolder);
    await writeFile(join(dropFolder, 'a.eml'), 'Subject: Waiting\r\n\r\nHello\r\n');
    told = [];
  });
  afterEach(() => {
    room.dispose();
    client.dispose();
  });

  async function openRoom(engine: string): Promise<void> {
    client = startEngine({ script: engine, log: silentLog });
    const limits = { maxMessages: 0, maxAge: 0 };
    const current = { ...serverOptions(await freePort()), ...limits, dropFolder } as unknown as Settings;
    const settings: SettingsSource = {
      current,
      onDidChange: new Emitter<Settings>().event,
      placeOf: () => 'user',
      write: () => Promise.reject(new Error('not here')),
      dispose() {},
    };
    const notify = {
      failure: (error: unknown) => void told.push(messageOf(error)),
      problem: (reason: string) => void told.push(reason),
    } as unknown as Notify;
    const places = () => ({ storage: folder.path, home: folder.path, workspaceFolder: undefined });
    room = new Room({ engine: client, settings, places, notify });
  }

  /** An engine that dies of the first call that reaches it, and is sound when it is started again. */
  async function frailEngine(): Promise<string> {
    const frail = join(folder.path, 'frail.cjs');
    const mark = join(dropFolder, '.died');
    const lines = [
      `const { existsSync, writeFileSync } = require('node:fs');`,
      `const { parentPort, workerData } = require('node:worker_threads');`,
      `workerData.readerScript = ${JSON.stringify(join(folder.path, 'dist/reader.cjs'))};`,
      `const mark = ${JSON.stringify(mark)};`,
      `if (existsSync(mark)) require(${JSON.stringify(script)});`,
      `else parentPort.once('message', () => { writeFileSync(mark, ''); process.exit(1); });`,
    ];
    await writeFile(frail, lines.join('\n'));
    return frail;
  }

  const total = (count: number) => until(async () => (room.counts.total === count ? true : undefined), `${count} mails`);

  test('shows its mail when the engine dies while the folder is being opened', async () => {
    await openRoom(await frailEngine());
    await room.open();
    assert.equal(room.isOpen, false);
    assert.deepEqual(told, ['The engine ended with exit code 1']);
    await total(1);
    assert.equal(room.isOpen, true);
    assert.equal(room.dropFolder, dropFolder);
  });

  test('listens when the engine dies while the server is being started', async () => {
    await openRoom(await frailEngine());
    await room.start();
    await until(
      async () => (room.state.kind === 'listening' ? true : undefined),
      `the server to listen, not ${JSON.stringify(room.state)}`,
    );
    await sendMail(room.port, 'After all');
    await total(2);
  });

  test('does not listen when it was stopped while the engine came back', async () => {
    await openRoom(await frailEngine());
    await room.start();
    await room.stop();
    await total(1);
    await room.idle();
    assert.equal(room.state.kind, 'stopped');
    assert.equal((await client.api.serverState()).kind, 'stopped');
  });

  test('knows that its folder is gone, tells it by no message of its own, and knows when it is back', async () => {
    await openRoom(script);
    await room.open();
    await client.api.settled();
    const said: boolean[] = [];
    room.onDidChangeFolderGone(() => said.push(room.isFolderGone));
    await rm(dropFolder, { recursive: true });
    await until(async () => (room.isFolderGone ? true : undefined), 'the folder to be missed');
    await mkdir(dropFolder);
    await until(async () => (room.isFolderGone ? undefined : true), 'the folder to be found');
    assert.deepEqual([said, told], [[true, false], []]);
  });
});
