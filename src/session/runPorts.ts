// session: what a run asks of its caller: a way to connect, files, the time; and what it tells on the way.
import type { Clock } from '../base/clock.ts';
import type { ConnectOptions } from '../smtp/client.ts';
import type { SessionClient } from './runConnection.ts';
import type { LineResult } from './runResult.ts';
import type { ScriptLine } from './script.ts';
import type { SessionState } from './sessionState.ts';

export interface RunPorts {
  connect(options: ConnectOptions): Promise<SessionClient>;
  /** The path as the script has it; the caller resolves it against the script's folder, and decides what may be read. */
  readFile(path: string): Promise<Uint8Array>;
  readonly clock: Clock;
  /** Names that have a value without @var. With 'host' and 'port' a conversation needs no @connect. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, until an @timeout says otherwise; 30 s when absent. */
  readonly timeout?: number;
  /** A connection that is open and has greeted; it is used until an @connect asks for another, and not closed. */
  readonly open?: { readonly client: SessionClient; readonly state: SessionState } | undefined;
  /** Each line's result as soon as there is one. */
  onStep?(result: LineResult): void;
  /** Waited for before each step, with the line it begins at: for running one line at a time. */
  beforeStep?(line: ScriptLine): Promise<void>;
}
