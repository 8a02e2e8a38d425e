// engine: joins the rooms. Octets come in through capture, lie in the store, are read and indexed by the reader, and every change is announced.
// It knows no thread and no VS Code: worker.ts gives it a thread, a command line could run it as it is.
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { DisposableStore } from '../base/disposable.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { EngineApi, EngineEvent, MailboxOptions, MailCounts, ServerOptions, ServerState } from '../protocol/engine.ts';
import { DropFolder, type FolderChange } from '../store/dropFolder.ts';
import { keepJournal } from './journal.ts';
import { Listening } from './listening.ts';
import type { ReaderApi, ReaderEvent } from './readerApi.ts';

/** How often retention runs while mail arrives. Milliseconds. */
const retentionInterval = 1000;
/** How often retention runs for age alone. Milliseconds. */
const ageInterval = 60_000;

export interface EnginePorts {
  readonly reader: ReaderApi;
  readonly clock: Clock;
  readonly emit: (event: EngineEvent) => void;
}

interface OpenMailbox {
  options: MailboxOptions;
  readonly folder: DropFolder;
  readonly identity: string;
  readonly owned: DisposableStore;
  /** Resolves when the first comparison of folder and index is done and indexed. */
  compared: Promise<void>;
}

export class Engine {
  private readonly reader: ReaderApi;
  private readonly clock: Clock;
  private readonly emit: (event: EngineEvent) => void;
  private readonly log: Log;
  private readonly listening: Listening;
  private mailbox: OpenMailbox | undefined;
  /** Where mail goes: that of the mailbox, or of the last one while there is none, because a connection may outlive a mailbox. */
  private receiving: DropFolder | undefined;
  private wanted: ServerOptions | undefined;
  private opening: Promise<unknown> = Promise.resolve();
  private retentionTimer: NodeJS.Timeout | undefined;

  constructor(ports: EnginePorts) {
    this.reader = ports.reader;
    this.clock = ports.clock;
    this.emit = ports.emit;
    const say = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string) => this.emit({ type: 'log', level, message });
    this.log = { trace: say('trace'), debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
    const inJournal = keepJournal({
      log: this.log,
      clock: this.clock,
      onDidFail: ({ reason, message }) => this.emit({ type: 'problem', reason, message }),
    });
    this.listening = new Listening({
      intake: () => inJournal((this.receiving ?? this.open().folder).begin()),
      clock: this.clock,
      log: this.log,
      onDidChange: (state) => {
        this.logState(state);
        this.emit({ type: 'server', state });
      },
    });
  }

  /** Events of the reader come in here, whichever thread it lives in. */
  onReaderEvent(event: ReaderEvent): void {
    if (event.type === 'needSync') void this.compare(this.mailbox);
    else this.emit(event);
  }

  /** After the reader's thread died and a new one runs: it knows nothing. */
  async readerRestarted(): Promise<void> {
    const mailbox = this.mailbox;
    if (!mailbox) return;
    const { counts } = await this.reader.open(mailbox.options);
    this.emit({ type: 'mailbox', added: [], changed: [], removed: [], reset: true, counts });
    await this.compare(mailbox);
  }

  /** The calls of protocol/engine.ts. */
  readonly api: EngineApi = {
    openMailbox: (options) => {
      const run = this.opening.then(() => this.openMailbox(options));
      this.opening = run.catch(() => {});
      return run;
    },
    settled: async () => {
      await this.open().compared;
      await this.reader.settled();
    },
    startServer: async (options) => {
      await this.opening;
      this.wanted = options;
      return this.listening.start(options, this.open().identity);
    },
    stopServer: () => {
      this.wanted = undefined;
      return this.listening.stop();
    },
    serverState: async () => this.listening.state,
    list: (query) => this.reader.list(query),
    groups: (by, text) => this.reader.groups(by, text),
    counts: () => this.reader.counts(),
    summaries: (keys) => this.reader.summaries(keys),
    markRead: (keys, isRead) => this.reader.markRead(keys, isRead),
    remove: (keys) => this.open().folder.remove(keys),
    removeAll: async () => {
      const { folder } = this.open();
      const entries = await folder.scan();
      await folder.remove(entries.map((entry) => entry.key));
    },
    importFiles: (paths) => this.open().folder.importFiles(paths),
    pathOf: async (key) => this.open().folder.pathOf(key),
    read: (key) => this.open().folder.read(key),
    view: (source) => this.reader.view(source),
    part: (source, part) => this.reader.part(source, part),
    memory: async () => {
      const { heapUsed, external } = process.memoryUsage();
      const reader = await this.reader.memory();
      return { heapUsed: heapUsed + reader.heapUsed, external: external + reader.external };
    },
  };

  /** Frees the port first. */
  async close(): Promise<void> {
    await this.listening.stop();
    await this.closeMailbox();
    await this.reader.close();
  }

  private open(): OpenMailbox {
    if (!this.mailbox) throw new Failure('noMailbox', 'No drop folder is open');
    return this.mailbox;
  }

  private async openMailbox(options: MailboxOptions): Promise<MailCounts> {
    const before = this.mailbox;
    if (before && before.options.dropFolder === options.dropFolder && before.options.indexFile === options.indexFile) {
      before.options = options;
      this.retainSoon();
      return this.reader.counts();
    }
    await this.closeMailbox();
    const folder = await DropFolder.open(options.dropFolder, { clock: this.clock, log: this.log });
    // Two spellings of one folder are one drop folder (links, case): the real path is its identity.
    const identity = createHash('sha256')
      .update(await realpath(options.dropFolder))
      .digest('hex')
      .slice(0, 12);
    const { counts, wasRebuilt } = await this.reader.open(options);
    this.log.info(`The drop folder is ${folder.path}: ${counts.total} mails in the index, ${counts.unread} unread`);
    if (wasRebuilt) this.tell('indexRebuilt', 'The index was damaged and is made anew from the drop folder');
    const owned = new DisposableStore();
    const mailbox: OpenMailbox = { options, folder, identity, owned, compared: Promise.resolve() };
    this.mailbox = mailbox;
    this.receiving = folder;
    owned.add(folder.onDidChange((change) => this.changed(mailbox, change)));
    owned.add(folder.onDidFail(({ reason, message }) => this.tell(reason, message)));
    owned.add(folder.onDidReturn(() => this.emit({ type: 'solved', reason: 'dropFolderGone' })));
    const ageTimer = setInterval(() => this.retainSoon(), ageInterval);
    ageTimer.unref();
    owned.add({ dispose: () => clearInterval(ageTimer) });
    this.emit({ type: 'mailbox', added: [], changed: [], removed: [], reset: true, counts });
    mailbox.compared = this.compare(mailbox).then(() => folder.start());
    // A server that runs for another folder must say the new identity and fill the new folder.
    if (this.wanted && before) await this.listening.start(this.wanted, identity);
    return counts;
  }

  private async closeMailbox(): Promise<void> {
    clearTimeout(this.retentionTimer);
    this.retentionTimer = undefined;
    const mailbox = this.mailbox;
    this.mailbox = undefined;
    mailbox?.owned.dispose();
    await mailbox?.folder.dispose();
  }

  private async compare(mailbox: OpenMailbox | undefined): Promise<void> {
    if (!mailbox) return;
    try {
      await this.reader.sync(await mailbox.folder.scan());
    } catch (error) {
      if (mailbox !== this.mailbox) return;
      this.log.error(`The drop folder could not be compared with the index: ${messageOf(error)}`);
      this.emit({ type: 'problem', reason: 'dropFolderFailed', message: messageOf(error) });
    }
    this.retainSoon();
  }

  private tell(reason: string, message: string): void {
    this.log.error(message);
    this.emit({ type: 'problem', reason, message });
  }

  private logState(state: ServerState): void {
    if (state.kind === 'listening') this.log.info(`Listening on ${state.addresses.join(' and ')}, port ${state.port}`);
    else if (state.kind === 'shared') this.log.info(`Port ${state.port}: another window listens for the same drop folder`);
    else if (state.kind === 'stopped') this.log.info('Not listening');
    else if (state.kind === 'portInUse') {
      const owner = state.owner === 'mailroom' ? 'a mailroom with another drop folder' : 'another program';
      this.log.error(`Cannot listen: port ${state.port} is in use by ${owner}; port ${state.freePort} is free`);
    } else if (state.kind === 'failed') this.log.error(`Cannot listen: ${state.message}`);
  }

  private changed(mailbox: OpenMailbox, change: FolderChange): void {
    if (mailbox !== this.mailbox) return;
    this.reader.apply(change).catch((error: unknown) => this.log.warn(`The index did not take a change: ${messageOf(error)}`));
    if (change.added.length > 0) this.retainSoon();
  }

  private retainSoon(): void {
    if (this.retentionTimer) return;
    this.retentionTimer = setTimeout(() => {
      this.retentionTimer = undefined;
      const mailbox = this.mailbox;
      if (!mailbox) return;
      const { maxMessages, maxAge } = mailbox.options;
      mailbox.folder
        .retain({ maxMessages, maxAge })
        .then((removed) => {
          if (removed.length > 0) this.log.info(`Retention removed ${removed.length} mails`);
        })
        .catch((error: unknown) => this.log.warn(`Retention failed: ${messageOf(error)}`));
    }, retentionInterval);
    this.retentionTimer.unref();
  }
}
