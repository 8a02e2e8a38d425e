// bench: every number that Mailroom promises, measured on the machine at hand and held against its target.
// `npm run bench` runs all benchmarks (some six minutes, 3 GB), `npm run bench -- throughput` one or several by name. Runs on Node 24, which npm's
// scripts use by themselves. MailDev comes from npm and Postfix's tools from Debian's package into the user's cache on the first run. Rates
// depend on what else runs and on the disk of the temporary folder, which slows down for minutes after thousands of files were removed from it
// (ext4): compare ratios, and absolute numbers only within one run. TMPDIR=/dev/shm takes the disk out of the question.
// To see what is hot: `node --cpu-prof test/bench/bench.ts throughput` writes one profile for each thread.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEngine } from '../peers/builtEngine.ts';
import { checks } from './checks.ts';
import { largeFolder } from './largeFolder.ts';
import { latency } from './latency.ts';
import { loading } from './loading.ts';
import { loopDelay } from './loopDelay.ts';
import type { Bench } from './mailroom.ts';
import { printTable, progress, type Row } from './report.ts';
import { session } from './session.ts';
import { throughput } from './throughput.ts';

const benchmarks: Readonly<Record<string, { readonly title: string; readonly run: (bench: Bench) => Promise<readonly Row[]> }>> = {
  loading: { title: 'Loading the extension', run: loading },
  throughput: { title: 'Capture, ten sessions of smtp-source, every mail stored with its side file before its 250', run: throughput },
  latency: { title: 'Latency', run: latency },
  loop: { title: "The host's event loop", run: loopDelay },
  folder: { title: 'A large drop folder', run: largeFolder },
  session: { title: 'A .smtp conversation of 1 000 commands with smtp-sink', run: session },
  checks: { title: 'The check of a domain', run: checks },
};

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !Object.hasOwn(benchmarks, name));
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark ${unknown}. There are: ${Object.keys(benchmarks).join(', ')}\n`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'mailroom-bench-'));
try {
  const bench: Bench = { script: await buildEngine(folder), folder };
  process.stdout.write(`Node ${process.version}, ${availableParallelism()} cores\n`);
  for (const [name, { title, run }] of Object.entries(benchmarks)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    progress(name);
    printTable(title, await run(bench));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
