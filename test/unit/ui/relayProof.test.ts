// Proof of relaying by delivery: how a message is seen to come into the drop folder, with the engine as it is shipped, and what a report is proven by.
import assert from 'node:assert/strict';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Emitter } from '../../../src/base/event.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Deliveries } from '../../../src/checks/relay/deliveries.ts';
import type { Finding, RelayRow, Report } from '../../../src/checks/report.ts';
import { type EngineClient, startEngine } from '../../../src/engine/client.ts';
import { createDeliveries, ensureListening, proofOf } from '../../../src/ui/checks/relayProof.ts';
import type { Notify } from '../../../src/ui/notify.ts';
import { Room } from '../../../src/ui/room.ts';
import type { Settings, SettingsSource } from '../../../src/ui/settings.ts';
import { buildEngine } from '../../peers/builtEngine.ts';
import { serverOptions } from '../../peers/engineOptions.ts';
import { freePort } from '../../peers/process.ts';
import { sendMail, temporaryFolder } from '../engine/mailroom.ts';
import { english } from './english.ts';

describe('a delivery', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let dropFolder: string;
  let client: EngineClient;
  let room: Room;
  let deliveries: Deliveries;
  let port: number;

  before(async () => {
    folder = await temporaryFolder();
    dropFolder = join(folder.path, 'drop');
    await mkdir(dropFolder);
    port = await freePort();
    client = startEngine({ script: await buildEngine(join(folder.path, 'dist')), log: silentLog });
    const current = { ...serverOptions(port), maxMessages: 0, maxAge: 0, dropFolder } as unknown as Settings;
    const onDidChange = new Emitter<Settings>().event;
    const settings = { current, onDidChange } as unknown as SettingsSource;
    const places = () => ({ storage: folder.path, home: folder.path, workspaceFolder: undefined });
    room = new Room({ engine: client, settings, places, notify: {} as Notify });
    deliveries = createDeliveries(room);
    await room.open();
  });
  after(async () => {
    room.dispose();
    client.dispose();
    await folder.remove();
  });

  async function drop(name: string, text: string): Promise<void> {
    await writeFile(join(dropFolder, `.${name}.part`), text.replaceAll('\n', '\r\n'));
    await rename(join(dropFolder, `.${name}.part`), join(dropFolder, `${name}.eml`));
  }

  test('can be seen only while our own server runs, which is started when the person wants it', async () => {
    assert.equal(deliveries.isListening, false);
    const asked: string[] = [];
    const startServer = () => room.start();
    const choose =
      (answer: string | undefined) =>
      async (_severity: unknown, text: string, ...titles: string[]) => {
        asked.push(`${text} [${titles.join(', ')}]`);
        return answer;
      };
    assert.equal(await ensureListening({ room, notify: { choose: choose(undefined) }, l10n: english, startServer }), false);
    assert.equal(await ensureListening({ room, notify: { choose: choose('Start Server') }, l10n: english, startServer }), true);
    assert.equal(deliveries.isListening, true);
    assert.equal(await ensureListening({ room, notify: { choose: choose(undefined) }, l10n: english, startServer }), true);
    assert.equal(asked.length, 2);
    assert.match(asked[0]!, /could not arrive\. \[Start Server\]$/);
  });

  test('is seen when it comes, with its octets and who delivered it', async () => {
    const waiting = deliveries.waitFor('mailroom-0a0a', AbortSignal.timeout(20_000));
    await sendMail(port, 'Mailroom relay proof mailroom-0a0a');
    const { bytes, delivery } = await waiting;
    assert.match(Buffer.from(bytes).toString('latin1'), /^Subject: Mailroom relay proof mailroom-0a0a\r$/m);
    assert.equal(delivery?.conversation.client.address, '127.0.0.1');
  });

  test('is seen when it lies there already, also without an envelope', async () => {
    await drop('first', 'Received: by x\nSubject: Mailroom relay proof mailroom-0b0b\n\nHello\n');
    await delay(300);
    const { bytes, delivery } = await deliveries.waitFor('mailroom-0b0b', AbortSignal.timeout(20_000));
    assert.match(Buffer.from(bytes).toString('latin1'), /^Received: by x\r\nSubject/);
    assert.equal(delivery, null);
  });

  test('is not a mail that speaks of it, such as a report that it could not be delivered', async () => {
    const waiting = deliveries.waitFor('mailroom-0c0c', AbortSignal.timeout(700));
    await drop('bounce', 'Subject: Undelivered Mail Returned to Sender\n\nSubject: Mailroom relay proof mailroom-0c0c\n');
    await assert.rejects(waiting, (error) => error instanceof Error && error.name === 'TimeoutError');
  });

  test('is waited for no longer when nobody wants to know', async () => {
    await assert.rejects(deliveries.waitFor('mailroom-0d0d', AbortSignal.abort(new Error('enough'))), /enough/);
  });
});

describe('what a report is proven by', () => {
  const rows = (...ids: string[]): RelayRow[] =>
    ['c1', '1', '6', 'x2'].map((id) => ({
      id,
      from: '<>',
      to: '<a@b.test>',
      reply: '250',
      verdict: ids.includes(id) ? 'accepted' : 'refused',
    }));
  const report = (relay: readonly RelayRow[], more: Partial<Finding> = {}): Report => {
    const finding = {
      id: 'relay',
      level: 'fail',
      target: { host: 'mx.test', address: '192.0.2.1', port: 2525 },
      relay,
      ...more,
    } as Finding;
    return {
      question: { kind: 'relay', subject: 'mx.test:2525', options: { domain: 'good.test' } },
      findings: [finding],
    } as unknown as Report;
  };

  test('are the tests that were accepted, without the controls', () => {
    assert.deepEqual(proofOf(report(rows('c1', '1', 'x2'))), { text: 'mx.test:2525', options: { tests: '1,x2', domain: 'good.test' } });
    assert.equal(proofOf(report(rows('1'), { target: { host: '::1', address: '::1', port: 25 } }))?.text, '[::1]:25');
  });

  test('is nothing where none was, or the server is one for testing', () => {
    assert.equal(proofOf(report(rows('c1'))), undefined);
    assert.equal(proofOf(report(rows('1'), { level: 'info' })), undefined);
  });
});
