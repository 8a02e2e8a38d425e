// ui: the mailroom of this window: a port and its drop folder, as the settings say. Opens both in the engine, keeps them in step with the settings, and
// remembers what the engine announced. Every feature asks here.
import { isIP } from 'node:net';
import type { Disposable } from '../base/disposable.ts';
import { DisposableStore } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import type { EngineClient } from '../engine/client.ts';
import type { EngineApi, EngineEvent, MailboxOptions, MailCounts, ServerOptions, ServerState } from '../protocol/engine.ts';
import { indexFileOf, type Places, resolveDropFolder } from './dropFolder.ts';
import type { Notify } from './notify.ts';
import type { Settings, SettingsSource } from './settings.ts';

export type MailChange = Extract<EngineEvent, { type: 'mailbox' }>;

export interface RoomDependencies {
  readonly engine: EngineClient;
  readonly settings: SettingsSource;
  /** Asked each time: a workspace folder can be added later. */
  readonly places: () => Places;
  readonly notify: Notify;
}

export class Room implements Disposable {
  readonly engine: EngineApi;
  private readonly settings: SettingsSource;
  private readonly places: () => Places;
  private readonly notify: Notify;
  private readonly owned = new DisposableStore();
  private readonly states = this.owned.add(new Emitter<ServerState>());
  private readonly changes = this.owned.add(new Emitter<MailChange>());
  private readonly folders = this.owned.add(new Emitter<string>());
  private readonly goings = this.owned.add(new Emitter<void>());
  private queue: Promise<unknown> = Promise.resolve();
  private mailbox: MailboxOptions | undefined;
  private isReady = false;
  /** What the server was started with, while somebody wants it to run. */
  private wanted: ServerOptions | undefined;
  private currentState: ServerState = { kind: 'stopped' };
  private currentCounts: MailCounts = { total: 0, unread: 0 };
  private isGone = false;

  readonly onDidChangeState: Event<ServerState> = this.states.event;
  readonly onDidChangeMail: Event<MailChange> = this.changes.event;
  readonly onDidChangeDropFolder: Event<string> = this.folders.event;
  readonly onDidChangeFolderGone: Event<void> = this.goings.event;

  constructor({ engine, settings, places, notify }: RoomDependencies) {
    this.engine = engine.api;
    this.settings = settings;
    this.places = places;
    this.notify = notify;
    this.owned.add(engine.onDidEvent((event) => this.heard(event)));
    this.owned.add(engine.onDidRestart(() => void this.recover()));
    this.owned.add(settings.onDidChange(() => void this.apply()));
  }

  get state(): ServerState {
    return this.currentState;
  }

  get counts(): MailCounts {
    return this.currentCounts;
  }

  /** Absolute path; undefined until it is known. */
  get dropFolder(): string | undefined {
    return this.mailbox?.dropFolder;
  }

  /** It was there and is not any more; the engine looks for it. */
  get isFolderGone(): boolean {
    return this.isGone;
  }

  /** Lists can be asked for. */
  get isOpen(): boolean {
    return this.isReady;
  }

  /** The port of the running server, else of the settings. */
  get port(): number {
    return 'port' in this.currentState && this.currentState.port !== 0 ? this.currentState.port : this.settings.current.port;
  }

  /** Opens drop folder and index. Call once; never rejects. */
  open(): Promise<void> {
    return this.inOrder(() => this.openMailbox());
  }

  /** Starts, or starts anew, with the settings of now. What went wrong is the state; never rejects. */
  start(): Promise<ServerState> {
    return this.inOrder(() => this.startServer());
  }

  stop(): Promise<ServerState> {
    return this.inOrder(async () => {
      this.wanted = undefined;
      // A server that never came to the engine (see startServer) is not known there.
      this.changeState(await this.giveUpPort());
      return this.currentState;
    });
  }

  /** Resolves when everything that was asked for before is done. */
  idle(): Promise<void> {
    return this.inOrder(async () => {});
  }

  dispose(): void {
    this.owned.dispose();
  }

  private inOrder<T>(task: () => Promise<T>): Promise<T> {
    const run = this.queue.then(task);
    this.queue = run.catch(() => {});
    return run;
  }

  private heard(event: EngineEvent): void {
    if (event.type === 'server') this.changeState(event.state);
    else if (event.type === 'problem' && event.reason === 'dropFolderGone') this.setGone(true);
    else if (event.type === 'problem') this.notify.problem(event.reason, event.message);
    else if (event.type === 'solved') this.setGone(false);
    else if (event.type === 'mailbox') {
      this.currentCounts = event.counts;
      this.changes.fire(event);
    }
  }

  private setGone(isGone: boolean): void {
    if (isGone === this.isGone) return;
    this.isGone = isGone;
    this.goings.fire();
  }

  private changeState(state: ServerState): void {
    if (JSON.stringify(state) === JSON.stringify(this.currentState)) return;
    this.currentState = state;
    this.states.fire(state);
  }

  private async openMailbox(): Promise<void> {
    try {
      const options = mailboxOptions(this.settings.current, this.places());
      const before = this.mailbox;
      if (JSON.stringify(options) === JSON.stringify(before)) return;
      this.mailbox = options;
      if (options.dropFolder !== before?.dropFolder) this.folders.fire(options.dropFolder);
      this.currentCounts = await this.engine.openMailbox(options);
      this.isReady = true;
      // Another folder is made when it is opened; one that goes in this moment is missed a second later.
      if (options.dropFolder !== before?.dropFolder) this.setGone(false);
      // The engine announces a new folder itself; this is for a folder that is the same to it.
      this.changes.fire({ type: 'mailbox', added: [], changed: [], removed: [], reset: true, counts: this.currentCounts });
    } catch (error) {
      // The next change of the settings tries again, and so does an engine that is back.
      this.mailbox = undefined;
      this.isReady = false;
      this.currentCounts = { total: 0, unread: 0 };
      this.changes.fire({ type: 'mailbox', added: [], changed: [], removed: [], reset: true, counts: this.currentCounts });
      this.notify.failure(error);
    }
  }

  private async startServer(): Promise<ServerState> {
    if (!this.mailbox) await this.openMailbox();
    return this.listen();
  }

  private async listen(): Promise<ServerState> {
    const options = serverOptions(this.settings.current);
    this.wanted = options;
    const { host, port } = options;
    if (!this.mailbox) return this.fail('dropFolderFailed', 'There is no drop folder');
    // Anything else would be looked up in DNS.
    if (host !== 'localhost' && isIP(host) === 0) return this.fail('addressNotAvailable', `${host} is not an IP address`);
    try {
      this.changeState(await this.engine.startServer(options));
    } catch (error) {
      this.changeState({ kind: 'failed', port, reason: 'listenFailed', message: error instanceof Error ? error.message : String(error) });
    }
    return this.currentState;
  }

  /** An engine that has ended listens no more, and does not begin again by itself. */
  private giveUpPort(): Promise<ServerState> {
    return this.engine.stopServer().catch((error: unknown) => {
      if (Failure.is(error, 'engineEnded')) return { kind: 'stopped' };
      throw error;
    });
  }

  /** Nobody listens, for a reason that the engine does not know. */
  private async fail(reason: string, message: string): Promise<ServerState> {
    await this.giveUpPort();
    this.changeState({ kind: 'failed', port: this.settings.current.port, reason, message });
    return this.currentState;
  }

  /** The engine that died has the mailbox and server of before, but for what it was being asked when it died. */
  private recover(): Promise<void> {
    return this.inOrder(async () => {
      // Opening it makes a folder that was gone.
      this.setGone(false);
      if (this.mailbox) return;
      await this.openMailbox();
      if (this.wanted && this.mailbox) await this.listen();
    });
  }

  /** After a change of the settings. */
  private apply(): Promise<void> {
    return this.inOrder(async () => {
      const { wanted } = this;
      const isMoved = wanted && (!this.mailbox || JSON.stringify(serverOptions(this.settings.current)) !== JSON.stringify(wanted));
      // First of all the port is given up: between two folders no mail may fall into the wrong one.
      if (isMoved) await this.giveUpPort();
      await this.openMailbox();
      // Without a drop folder every mail would be refused: better nobody listens, and the state says so.
      if (isMoved || (wanted && !this.mailbox)) await this.listen();
    });
  }
}

function mailboxOptions(settings: Settings, places: Places): MailboxOptions {
  const dropFolder = resolveDropFolder(settings.dropFolder, settings.port, places);
  return {
    dropFolder,
    indexFile: indexFileOf(dropFolder, places),
    maxMessages: settings.maxMessages,
    maxAge: settings.maxAge,
    utcOffset: -new Date().getTimezoneOffset(),
  };
}

function serverOptions({ host, port, maxMessageSize, maxRecipients, maxConnections, idleTimeout }: Settings): ServerOptions {
  return { host, port, maxMessageSize, maxRecipients, maxConnections, idleTimeout };
}
