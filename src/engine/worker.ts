// engine: the engine's thread, started by client.ts; it starts the reader's thread beside itself and a new one when that dies.
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { type Caller, connect, eventBatcher, serve } from '../base/rpc.ts';
import type { EngineEvent } from '../protocol/engine.ts';
import { Engine } from './engine.ts';
import type { EngineWorkerData, ReaderApi, ReaderEvent } from './readerApi.ts';

if (!parentPort) throw new Error('engine/worker.ts runs in a worker thread');

const { readerScript } = workerData as EngineWorkerData;
/** Heap of the reader: a mail of 50 MiB with all its decoded forms fits. */
const readerHeapMb = 768;
/** See client.ts. */
const readerYoungHeapMb = 16;
const restartDelay = 500;

const emit = eventBatcher<EngineEvent>(parentPort);
let caller: Caller<ReaderApi> = startReader();
// Calls go to whichever reader runs now.
const reader = new Proxy({} as ReaderApi, { get: (_target, name) => Reflect.get(caller.api, name) });
const engine = new Engine({ reader, clock: systemClock, emit });
// Announced before answered: else a state that is already past would be heard after the answer that tells the new one.
serve(parentPort, engine.api, emit.flush);

function startReader(): Caller<ReaderApi> {
  const worker = new Worker(readerScript, {
    name: 'mailroom reader',
    resourceLimits: { maxOldGenerationSizeMb: readerHeapMb, maxYoungGenerationSizeMb: readerYoungHeapMb },
  });
  const started = connect<ReaderApi>(worker, (events) => {
    for (const event of events) engine.onReaderEvent(event as ReaderEvent);
  });
  worker.on('error', (error) => emit({ type: 'log', level: 'error', message: `The reader failed: ${messageOf(error)}` }));
  worker.on('exit', () => {
    started.end(new Failure('readerEnded', 'The reader ended'));
    setTimeout(() => {
      caller = startReader();
      engine
        .readerRestarted()
        .catch((error: unknown) => emit({ type: 'log', level: 'error', message: `The reader did not come back: ${messageOf(error)}` }));
    }, restartDelay);
  });
  return started;
}
