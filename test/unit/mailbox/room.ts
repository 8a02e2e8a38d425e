// A drop folder in memory and a mailbox on a real SQLite file, for the tests of this folder.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { Failure } from '../../../src/base/failure.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import type { MailboxChange } from '../../../src/mailbox/changes.ts';
import { Mailbox, type MailboxPorts } from '../../../src/mailbox/mailbox.ts';
import type { MailReader } from '../../../src/mailbox/source.ts';
import { digestMail } from '../../../src/message/digest.ts';
import type { ListQuery } from '../../../src/protocol/engine.ts';
import type { Delivery, DeliveryOutcome } from '../../../src/smtp/delivery.ts';
import type { FolderEntry } from '../../../src/store/folderState.ts';

export const everything: ListQuery = { text: '', group: null, after: null, limit: 1000 };

/** What a test says of a mail; the rest is made up. */
export interface MailFacts {
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
  readonly mtimeMs?: number;
  readonly delivery?: Delivery;
}

interface StoredMail {
  readonly bytes: Uint8Array;
  readonly entry: FolderEntry;
  readonly delivery: Delivery | null;
}

export class MemoryFolder implements MailReader {
  readonly mails = new Map<string, StoredMail>();
  readonly reads: string[] = [];
  /** Thrown instead of reading. */
  readonly broken = new Map<string, Error>();

  /** Puts a mail there, or other bytes in its place. */
  put(key: string, facts: MailFacts = {}): FolderEntry {
    const { subject = 'Hello', from = 'ann@example.com', to = 'bob@example.org', text = 'Good day' } = facts;
    const head = `Subject: ${subject}\r\nFrom: ${from}\r\nTo: ${to}\r\nContent-Type: text/plain; charset=utf-8\r\n`;
    return this.putBytes(key, Buffer.from(`${head}\r\n${text}\r\n`), facts);
  }

  putBytes(key: string, bytes: Uint8Array, { mtimeMs = 1_700_000_000_000, delivery }: MailFacts = {}): FolderEntry {
    const entry = { key, size: bytes.length, mtimeMs, isCaught: delivery !== undefined };
    this.mails.set(key, { bytes, entry, delivery: delivery ?? null });
    return entry;
  }

  delete(key: string): void {
    this.mails.delete(key);
  }

  entries(): FolderEntry[] {
    return [...this.mails.values()].map(({ entry }) => entry);
  }

  async read(key: string): Promise<Uint8Array> {
    this.reads.push(key);
    const error = this.broken.get(key);
    if (error) throw error;
    const mail = this.mails.get(key);
    if (!mail) throw new Failure('mailNotFound', `There is no mail ${key}`);
    return mail.bytes;
  }

  async delivery(key: string): Promise<Delivery | null> {
    return this.mails.get(key)?.delivery ?? null;
  }
}

/** A folder for one test, a drop folder, and mailboxes that are closed at its end. */
export class Room implements AsyncDisposable {
  readonly path: string;
  readonly folder = new MemoryFolder();
  readonly warnings: string[] = [];
  private readonly mailboxes: Mailbox[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Room> {
    return new Room(await mkdtemp(join(tmpdir(), 'mailroom-mailbox-')));
  }

  get indexFile(): string {
    return join(this.path, 'index.sqlite');
  }

  async open(changes: Partial<MailboxPorts> = {}): Promise<Mailbox> {
    const warn = (message: string) => void this.warnings.push(message);
    const log: Log = { ...silentLog, warn, error: warn };
    const mailbox = await Mailbox.open({
      indexFile: this.indexFile,
      folder: '/drop',
      reader: this.folder,
      digest: digestMail,
      clock: systemClock,
      log,
      utcOffset: 0,
      pollInterval: 10,
      retryDelay: 10,
      ...changes,
    });
    this.mailboxes.push(mailbox);
    return mailbox;
  }

  /** Opens a mailbox and indexes the whole folder. */
  async filled(changes: Partial<MailboxPorts> = {}): Promise<Mailbox> {
    const mailbox = await this.open(changes);
    await this.sync(mailbox);
    return mailbox;
  }

  async sync(mailbox: Mailbox): Promise<void> {
    await mailbox.sync(this.folder.entries());
    await mailbox.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const mailbox of this.mailboxes) mailbox.close();
    await rm(this.path, { recursive: true, force: true });
  }
}

export function keysOf(mailbox: Mailbox, query: Partial<ListQuery> = {}): string[] {
  return mailbox.list({ ...everything, ...query }).mails.map(({ key }) => key);
}

/** Collects the events of a mailbox. */
export function listenTo(mailbox: Mailbox): MailboxChange[] {
  const events: MailboxChange[] = [];
  mailbox.onDidChange((change) => void events.push(change));
  return events;
}

export async function waitFor(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function deliveryOf(changes: {
  readonly outcome?: DeliveryOutcome;
  readonly reply?: string | null;
  readonly receivedAt?: string;
  readonly from?: string;
  readonly to?: readonly string[];
}): Delivery {
  const {
    outcome = 'accepted',
    reply = '250 2.0.0 Ok',
    receivedAt = '2026-11-21T21:12:03.417Z',
    from = 'ann@example.com',
    to = [],
  } = changes;
  return {
    outcome,
    reply,
    receivedAt,
    size: 0,
    octetsReceived: 0,
    envelope: { from: { address: from, parameters: {} }, to: to.map((address) => ({ address, parameters: {} })) },
    tls: null,
    login: null,
    lineEndings: { bareCr: 0, bareLf: 0, firstLine: null },
    dotsUnstuffed: 0,
    conversation: {
      startedAt: receivedAt,
      client: { address: '127.0.0.1', port: 50_000 },
      server: { address: '127.0.0.1', port: 1025 },
      clientName: null,
      lines: [],
      omitted: 0,
    },
  };
}
