// bench: a process that does nothing but open a drop folder with the engine, as an activation does, and prints what that took:
// `node openFolder.ts <engine.cjs> <drop folder> <index file>`.
import { silentLog } from '../../src/base/log.ts';
import { startEngine } from '../../src/engine/client.ts';
import { mailboxOptions } from '../peers/engineOptions.ts';

/** Times in milliseconds since the engine was started, sizes in octets. */
export interface Opened {
  readonly firstPage: number;
  readonly settled: number;
  readonly total: number;
  /** Of the process's resident memory, from before the engine's start until its folder was compared. */
  readonly residentGrowth: number;
  /** The same with the highest value in between. */
  readonly residentPeak: number;
  readonly heapUsed: number;
  readonly external: number;
}

const [script, dropFolder, indexFile] = process.argv.slice(2);
if (!script || !dropFolder || !indexFile) throw new Error('Usage: node openFolder.ts <engine.cjs> <drop folder> <index file>');

const residentBefore = process.memoryUsage.rss();
const startedAt = performance.now();
const engine = startEngine({ script, log: silentLog });
await engine.api.openMailbox(mailboxOptions(dropFolder, indexFile));
await engine.api.list({ text: '', group: null, after: null, limit: 100 });
const firstPage = performance.now() - startedAt;
await engine.api.settled();
const settled = performance.now() - startedAt;
const residentAfter = process.memoryUsage.rss();
const memory = await engine.api.memory();
const { total } = await engine.api.counts();
const opened: Opened = {
  firstPage,
  settled,
  total,
  residentGrowth: residentAfter - residentBefore,
  residentPeak: process.resourceUsage().maxRSS * 1024 - residentBefore,
  heapUsed: memory.heapUsed,
  external: memory.external,
};
process.stdout.write(JSON.stringify(opened));
engine.dispose();
