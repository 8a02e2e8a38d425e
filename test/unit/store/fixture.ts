// store: what every test of this room needs: a real folder that is removed again, a delivery, and patience.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Delivery } from '../../../src/smtp/delivery.ts';
import { DropFolder, type DropFolderPorts, type FolderEntry } from '../../../src/store/dropFolder.ts';

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mailroom-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opened, and disposed at the end of the test. */
export async function openFolder(t: TestContext, path = temporaryFolder(t), ports: Partial<DropFolderPorts> = {}): Promise<DropFolder> {
  const folder = await DropFolder.open(path, { clock: systemClock, log: silentLog, ...ports });
  t.after(() => folder.dispose());
  return folder;
}

/** What the announcements so far add up to, and each of them in order. */
export interface Heard {
  readonly entries: Map<string, FolderEntry>;
  /** "+key", "*key", "-key". */
  readonly said: string[];
}

export function listen(folder: DropFolder): Heard {
  const heard: Heard = { entries: new Map(), said: [] };
  folder.onDidChange(({ added, changed, removed }) => {
    for (const entry of added) heard.said.push(`+${entry.key}`);
    for (const entry of changed) heard.said.push(`*${entry.key}`);
    for (const entry of [...added, ...changed]) heard.entries.set(entry.key, entry);
    for (const key of removed) {
      heard.said.push(`-${key}`);
      heard.entries.delete(key);
    }
  });
  return heard;
}

/** Waits until the condition holds, at most `limit` milliseconds. */
export async function until(what: string, condition: () => boolean, limit = 20_000): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await delay(10);
  }
}

/** Writes a mail and answers its key. */
export async function deliver(folder: DropFolder, octets: string | Uint8Array): Promise<string> {
  const draft = folder.begin();
  draft.write(Buffer.from(octets));
  await draft.accept(makeDelivery());
  return `${draft.id}.eml`;
}

/** The key of a mail in a file of Django's. */
export function logKeyOf(name: string, mail: string): string {
  return `${name}#${createHash('sha256').update(mail).digest('hex').slice(0, 16)}`;
}

export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}

export function makeDelivery(overrides: Partial<Delivery> = {}): Delivery {
  return {
    outcome: 'accepted',
    reply: '250 2.0.0 Ok',
    receivedAt: '2026-11-21T21:12:03.417Z',
    size: 5,
    octetsReceived: 5,
    envelope: {
      from: { address: 'a@x.test', parameters: { SIZE: '5', SMTPUTF8: true } },
      to: [{ address: 'b@y.test', parameters: {} }],
    },
    tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
    login: { method: 'PLAIN', username: 'joe' },
    lineEndings: { bareCr: 0, bareLf: 1, firstLine: 3 },
    dotsUnstuffed: 2,
    conversation: {
      startedAt: '2026-11-21T21:12:03.000Z',
      client: { address: '127.0.0.1', port: 50000 },
      server: { address: '127.0.0.1', port: 1025 },
      clientName: 'client.test',
      lines: [
        { at: 0.1, who: 'S', text: '220 mailroom' },
        { at: 0.5, who: 'C', text: 'EHLO client.test' },
        { at: 0.9, who: 'note', text: '5 bytes of data' },
      ],
      omitted: 0,
    },
    ...overrides,
  };
}
