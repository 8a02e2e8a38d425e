// session: a session that a person leads line by line, over one connection after the other. Pure of any display: it tells events, and ui/session shows them.
import { type Clock, systemClock } from '../base/clock.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import type { ConnectOptions } from '../smtp/client.ts';
import type { Login } from './authenticate.ts';
import { InteractiveConnection, toFailure } from './interactiveConnection.ts';
import type { SessionClient } from './runConnection.ts';
import type { SessionEvent, SessionMode, SessionTarget } from './sessionEvents.ts';
import { SessionRecord } from './sessionRecord.ts';
import { initialState, type SessionState } from './sessionState.ts';
import { Waiting } from './waiting.ts';

export interface SessionPorts {
  readonly connect: (options: ConnectOptions) => Promise<SessionClient>;
  readonly clock?: Clock;
}

/** Milliseconds. */
const connectTimeout = 30_000;

export class InteractiveSession implements Disposable {
  readonly onDidHappen: Event<SessionEvent>;
  readonly record = new SessionRecord();
  private readonly owned = new DisposableStore();
  private readonly events = this.owned.add(new Emitter<SessionEvent>());
  private readonly ports: SessionPorts;
  private readonly clock: Clock;
  private readonly waiting: Waiting;
  /** The last one: it may have ended. */
  private connection: InteractiveConnection | undefined;
  private current: SessionTarget | undefined;

  constructor(ports: SessionPorts) {
    this.ports = ports;
    this.clock = ports.clock ?? systemClock;
    this.onDidHappen = this.events.event;
    this.waiting = new Waiting(this.clock, (event) => this.tell(event));
  }

  get mode(): SessionMode {
    return this.connection?.mode ?? { kind: 'closed' };
  }

  get state(): SessionState {
    return this.connection?.state ?? initialState;
  }

  /** What it is or was last connected to. */
  get target(): SessionTarget | undefined {
    return this.current;
  }

  /** Connects and reads the greeting; closes what was open before. Never rejects: what went wrong is an event. */
  async connect(target: SessionTarget): Promise<void> {
    this.close();
    const isFirst = this.record.isEmpty;
    this.current = target;
    this.tell({ kind: 'connecting', target });
    const before = this.clock.monotonic();
    const { signal, end } = this.waiting.begin();
    try {
      const { host, port, tls } = target;
      const client = await this.ports.connect({ host, port, tls, verify: false, connectTimeout, signal });
      if (signal.aborted || this.owned.isDisposed) {
        client.close();
        throw new Failure('cancelled', 'The connection was no longer wanted');
      }
      this.record.connect(target, tls, isFirst);
      const { clock, record, waiting } = this;
      this.connection = new InteractiveConnection(client, target, { clock, record, waiting, tell: (event) => this.tell(event) });
      this.tell({ kind: 'connected', ms: client.connectMs, tls: client.tls });
      await this.connection.greeting(signal);
    } catch (error) {
      const ms = this.clock.monotonic() - before;
      this.tell(
        Failure.is(error, 'cancelled') ? { kind: 'cancelled', what: 'connect', ms } : { kind: 'failed', failure: toFailure(error), ms },
      );
    } finally {
      end();
    }
  }

  /** One line as it was typed, without its line end. Resolves when the next may be typed; never rejects. */
  async enter(line: string, isTyped = true): Promise<void> {
    await this.connection?.enter(line, isTyped);
  }

  /** Does the whole exchange. Rejects with Failure 'badChallenge', or 'cancelled' when the person stopped waiting or the connection ended. */
  async logIn(login: Login): Promise<void> {
    await this.connection?.logIn(login);
  }

  /** The message, ready for the wire but for the last dot: with CR LF and stuffed dots. Says DATA before it, where that was not done. */
  async sendMessage(octets: Uint8Array, path: string): Promise<void> {
    await this.connection?.sendMessage(octets, path);
  }

  /** Any octets. Whether the server answers them nobody knows: a reply is told when it comes. */
  async sendOctets(octets: Uint8Array, escaped: string): Promise<void> {
    await this.connection?.sendOctets(octets, escaped);
  }

  /** Ends waiting for what runs now; false: nothing runs. A reply that comes later is told all the same. */
  cancel(): boolean {
    return this.waiting.cancel();
  }

  /** Closes the connection at once. */
  close(): void {
    this.connection?.close();
  }

  dispose(): void {
    this.waiting.cancel();
    this.connection?.drop();
    this.owned.dispose();
  }

  private tell(event: SessionEvent): void {
    this.events.fire(event);
  }
}
