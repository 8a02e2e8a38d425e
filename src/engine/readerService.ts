// engine: the reader itself, without a thread: index (mailbox) and parser (message) behind one API.
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { DisposableStore } from '../base/disposable.ts';
import { Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { Mailbox } from '../mailbox/mailbox.ts';
import { digestMail } from '../message/digest.ts';
import { readPart, viewMail } from '../message/view.ts';
import type { MailboxOptions, MailKey, MailSource } from '../protocol/engine.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { readDelivery, readMail } from '../store/readMail.ts';
import type { ReaderApi, ReaderEvent } from './readerApi.ts';

/** The largest file that is opened on request; larger ones are refused with a Failure('tooLarge'). Octets. */
const maxViewSize = 256 * 1024 * 1024;

interface Loaded {
  readonly bytes: Uint8Array;
  readonly fileName: string;
  readonly arrivedAt: number | null;
  readonly delivery: Delivery | null;
}

export function createReader(clock: Clock, emit: (event: ReaderEvent) => void): ReaderApi {
  const say = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string) => emit({ type: 'log', level, message });
  const log: Log = { trace: say('trace'), debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  let current: { readonly mailbox: Mailbox; readonly folder: string; readonly owned: DisposableStore } | undefined;

  const open = (): { readonly mailbox: Mailbox; readonly folder: string } => {
    if (!current) throw new Failure('noMailbox', 'No drop folder is open');
    return current;
  };

  const close = (): void => {
    current?.owned.dispose();
    current?.mailbox.close();
    current = undefined;
  };

  const load = async (source: MailSource): Promise<Loaded> => {
    if ('bytes' in source) return { bytes: source.bytes, fileName: '', arrivedAt: null, delivery: null };
    if ('path' in source) {
      const { size, mtimeMs } = await stat(source.path);
      if (size > maxViewSize)
        throw new Failure('tooLarge', `The file has ${size} octets, more than ${maxViewSize}`, { size, limit: maxViewSize });
      return { bytes: await readFile(source.path), fileName: basename(source.path), arrivedAt: mtimeMs, delivery: null };
    }
    return loadKey(source.key);
  };

  const loadKey = async (key: MailKey): Promise<Loaded> => {
    const { mailbox, folder } = open();
    const [bytes, delivery] = await Promise.all([readMail(folder, key), readDelivery(folder, key)]);
    const arrivedAt = mailbox.summaries([key])[0]?.arrivedAt ?? null;
    return { bytes, fileName: key.slice(key.lastIndexOf('/') + 1), arrivedAt, delivery };
  };

  return {
    async open(options: MailboxOptions) {
      close();
      const { dropFolder: folder, indexFile, utcOffset } = options;
      const reader = { read: (key: MailKey) => readMail(folder, key), delivery: (key: MailKey) => readDelivery(folder, key) };
      const mailbox = await Mailbox.open({ indexFile, folder, reader, digest: digestMail, clock, log, utcOffset });
      const owned = new DisposableStore();
      owned.add(mailbox.onDidChange((change) => emit({ type: 'mailbox', ...change })));
      owned.add(mailbox.onDidNeedSync(() => emit({ type: 'needSync' })));
      current = { mailbox, folder, owned };
      return { counts: mailbox.counts(), wasRebuilt: mailbox.wasRebuilt };
    },
    sync: (entries) => open().mailbox.sync(entries),
    apply: async (change) => open().mailbox.apply(change),
    settled: () => open().mailbox.settled(),
    list: async (query) => open().mailbox.list(query),
    groups: async (by, text) => open().mailbox.groups(by, text),
    counts: async () => open().mailbox.counts(),
    summaries: async (keys) => open().mailbox.summaries(keys),
    markRead: async (keys, isRead) => open().mailbox.markRead(keys, isRead),
    async view(source) {
      const { bytes, ...facts } = await load(source);
      return viewMail(bytes, facts);
    },
    async part(source, part) {
      return readPart((await load(source)).bytes, part);
    },
    memory: async () => {
      const { heapUsed, external } = process.memoryUsage();
      return { heapUsed, external };
    },
    close: async () => close(),
  };
}
