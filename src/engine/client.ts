// engine: the host's side. Starts the engine's thread, calls it, hears it, and starts it again when it dies: with the same mailbox and server.
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Disposable } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { type Caller, connect } from '../base/rpc.ts';
import type { EngineApi, EngineEvent, MailboxOptions, ServerOptions } from '../protocol/engine.ts';
import type { EngineWorkerData } from './readerApi.ts';

/** Heap limit of the engine's thread; octets of mail are Buffers and not counted in it. */
const heapMb = 512;
/** Of new objects: without a limit the young generation keeps some 25 MB that a drop folder of 100 000 mails does not need. */
const youngHeapMb = 16;
/** Waits before a new start, by how many have failed in a row. Milliseconds. */
const restartDelays = [200, 1000, 5000, 15_000] as const;
/** After so long without dying, a new death counts as the first again. Milliseconds. */
const healthyAfter = 60_000;

export interface EngineClient extends Disposable {
  /** Calls reject with a Failure('engineEnded') when the engine dies before it answered, or after dispose(). */
  readonly api: EngineApi;
  readonly onDidEvent: Event<EngineEvent>;
  /** The engine died; a new one runs with the mailbox and server of before. */
  readonly onDidRestart: Event<void>;
}

/** `script` is the absolute path of the built dist/engine.cjs; dist/reader.cjs lies beside it. The thread starts at once, in the background. */
export function startEngine({ script, log }: { readonly script: string; readonly log: Log }): EngineClient {
  const events = new Emitter<EngineEvent>((error) => log.error(`A listener failed: ${messageOf(error)}`));
  const restarts = new Emitter<void>();
  let mailbox: MailboxOptions | undefined;
  let server: ServerOptions | undefined;
  let isDisposed = false;
  let deaths = 0;
  let restartTimer: NodeJS.Timeout | undefined;
  let running = start();

  function start(): { readonly worker: Worker; readonly caller: Caller<EngineApi> } {
    const startedAt = performance.now();
    const workerData: EngineWorkerData = { readerScript: join(dirname(script), 'reader.cjs') };
    const worker = new Worker(script, {
      name: 'mailroom engine',
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngHeapMb },
    });
    const caller = connect<EngineApi>(worker, (batch) => {
      for (const event of batch) {
        const known = event as EngineEvent;
        if (known.type === 'log') log[known.level](known.message);
        events.fire(known);
      }
    });
    worker.on('error', (error) => log.error(`The engine failed: ${messageOf(error)}`));
    worker.on('exit', (code) => {
      const failure = new Failure('engineEnded', `The engine ended with exit code ${code}`, { code });
      caller.end(failure);
      if (isDisposed) return;
      deaths = performance.now() - startedAt > healthyAfter ? 1 : deaths + 1;
      if (server)
        events.fire({ type: 'server', state: { kind: 'failed', port: server.port, reason: failure.reason, message: failure.message } });
      restartTimer = setTimeout(restart, restartDelays[Math.min(deaths, restartDelays.length) - 1]);
    });
    return { worker, caller };
  }

  function restart(): void {
    running = start();
    log.warn('The engine was started again');
    const { api } = running.caller;
    const resume = async (): Promise<void> => {
      if (mailbox) await api.openMailbox(mailbox);
      if (server) await api.startServer(server);
      restarts.fire();
    };
    resume().catch((error: unknown) => {
      log.error(`The engine did not come back: ${messageOf(error)}`);
      // When it died again, the next start tries again and says so by itself.
      if (!server || Failure.is(error, 'engineEnded')) return;
      const reason = Failure.is(error) ? error.reason : 'listenFailed';
      events.fire({ type: 'server', state: { kind: 'failed', port: server.port, reason, message: messageOf(error) } });
    });
  }

  const remember: Partial<EngineApi> = {
    openMailbox: (options) => {
      mailbox = options;
      return running.caller.api.openMailbox(options);
    },
    startServer: (options) => {
      server = options;
      return running.caller.api.startServer(options);
    },
    stopServer: () => {
      server = undefined;
      return running.caller.api.stopServer();
    },
  };

  return {
    api: new Proxy({} as EngineApi, { get: (_target, name) => Reflect.get(remember, name) ?? Reflect.get(running.caller.api, name) }),
    onDidEvent: events.event,
    onDidRestart: restarts.event,
    dispose() {
      isDisposed = true;
      clearTimeout(restartTimer);
      events.dispose();
      restarts.dispose();
      // Ends the thread and with it the listening socket within milliseconds; nothing unanswered was promised to a client.
      void running.worker.terminate();
    },
  };
}
