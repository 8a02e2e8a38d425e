// engine: the reader's thread. Started by worker.ts.
import { parentPort } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { eventBatcher, serve } from '../base/rpc.ts';
import type { ReaderEvent } from './readerApi.ts';
import { createReader } from './readerService.ts';

if (!parentPort) throw new Error('engine/reader.ts runs in a worker thread');
serve(parentPort, createReader(systemClock, eventBatcher<ReaderEvent>(parentPort)));
