// engine: who listens. Binds the port, or finds out who has it: a mailroom of another window with the same drop folder (shared: take over when it
// goes) or somebody else. The bound socket is the lock, so nothing can go stale.

import type { Clock } from '../base/clock.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Intake } from '../capture/intake.ts';
import { findFreePort, probeMailroom } from '../capture/probe.ts';
import { CaptureServer } from '../capture/server.ts';
import type { ServerOptions, ServerState } from '../protocol/engine.ts';

/** How often a window that shares tries to bind; a take-over is noticed within this time. Milliseconds. */
const takeOverInterval = 500;
/** How long an owner may take to answer the probe. Milliseconds. */
const probeTimeout = 2000;
/** Every so many failed take-overs the owner is asked again who it is. */
const askEvery = 20;

export interface ListeningPorts {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDidChange: (state: ServerState) => void;
}

/** One at a time: start() while running stops first. All methods may be called at any moment; they are done in order. */
export class Listening {
  private readonly ports: ListeningPorts;
  private server: CaptureServer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private current: ServerState = { kind: 'stopped' };
  private queue: Promise<unknown> = Promise.resolve();

  constructor(ports: ListeningPorts) {
    this.ports = ports;
  }

  get state(): ServerState {
    return this.current;
  }

  /** `identity` names the drop folder: only a mailroom with the same one is shared. Never rejects: what went wrong is the state. */
  start(options: ServerOptions, identity: string): Promise<ServerState> {
    return this.inOrder(async () => {
      await this.end();
      this.change({ kind: 'starting', port: options.port });
      await this.bind(options, identity);
      return this.current;
    });
  }

  stop(): Promise<ServerState> {
    return this.inOrder(async () => {
      await this.end();
      this.change({ kind: 'stopped' });
      return this.current;
    });
  }

  private inOrder<T>(task: () => Promise<T>): Promise<T> {
    const run = this.queue.then(task);
    this.queue = run.catch(() => {});
    return run;
  }

  private async end(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const server = this.server;
    this.server = undefined;
    await server?.close();
  }

  private async bind(options: ServerOptions, identity: string): Promise<void> {
    const failure = await this.tryListen(options, identity);
    if (!failure) return;
    if (failure.reason !== 'portInUse') {
      this.change({ kind: 'failed', port: options.port, reason: failure.reason, message: failure.message });
      return;
    }
    const owner = await probeMailroom(options.host, options.port, probeTimeout);
    if (owner.kind === 'mailroom' && owner.identity === identity) {
      this.change({ kind: 'shared', port: options.port });
      this.waitForOwner(options, identity, 1);
      return;
    }
    if (owner.kind === 'nobody') {
      // It went between our two questions; a second failure is then what it says.
      const again = await this.tryListen(options, identity);
      if (!again) return;
    }
    const freePort = await findFreePort(options.host, options.port + 1);
    this.change({ kind: 'portInUse', port: options.port, freePort, owner: owner.kind === 'mailroom' ? 'mailroom' : 'program' });
  }

  /** Undefined: listening. */
  private async tryListen(options: ServerOptions, identity: string): Promise<Failure | undefined> {
    const { intake, clock, log } = this.ports;
    const server = new CaptureServer({ ...options, identity }, intake, clock, log);
    try {
      const { port, addresses } = await server.listen();
      this.server = server;
      this.change({ kind: 'listening', port, addresses });
      return undefined;
    } catch (error) {
      await server.close();
      return error instanceof Failure ? error : new Failure('listenFailed', messageOf(error));
    }
  }

  private waitForOwner(options: ServerOptions, identity: string, tries: number): void {
    this.timer = setTimeout(() => {
      void this.inOrder(async () => {
        if (this.current.kind !== 'shared') return;
        if (tries % askEvery === 0) return this.bind(options, identity);
        const failure = await this.tryListen(options, identity);
        if (!failure) this.ports.log.info(`Took over port ${options.port}: the window that listened has gone`);
        else if (failure.reason === 'portInUse') this.waitForOwner(options, identity, tries + 1);
        else await this.bind(options, identity);
      });
    }, takeOverInterval);
    this.timer.unref();
  }

  private change(state: ServerState): void {
    const before = this.current;
    this.current = state;
    // A renewed "shared" is no news.
    if (before.kind === 'shared' && state.kind === 'shared' && before.port === state.port) return;
    this.ports.onDidChange(state);
  }
}
