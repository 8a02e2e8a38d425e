// bench: what the extension host pays when the extension starts: reading and running dist/extension.cjs and activate(), in a real VS Code, where
// nothing is in the way but an empty extension; and the bundle alone in plain Node. What else the machine does is in the first numbers and not in
// those of the processor.
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildBundle } from '../peers/builtEngine.ts';
import { run } from '../peers/process.ts';
import { measureStarts, type Start } from './activation.ts';
import type { Bench } from './mailroom.ts';
import { atMost, median, progress, type Row } from './report.ts';

const runs = 9;

export async function loading({ script, folder }: Bench): Promise<readonly Row[]> {
  const bundle = await buildBundle('extension', folder);
  const program = join(import.meta.dirname, 'loadExtension.ts');
  const times: number[] = [];
  for (let number = 0; number < runs; number++) {
    const { stdout } = await run(process.execPath, [program, bundle]);
    times.push(Number(stdout));
  }
  const { size } = await stat(bundle);
  progress(`${runs} windows of VS Code`);
  const starts = await measureStarts(dirname(script), runs, folder);
  const spread = (of: (start: Start) => number): string => between(starts.map(({ mailroom }) => of(mailroom)));
  const middle = (of: (start: Start) => number): number => median(starts.map(({ mailroom }) => of(mailroom)));
  return [
    {
      what: 'extension.cjs loaded and activated',
      measured: spread(({ load, activate }) => load + activate),
      target: atMost(
        middle(({ load, activate }) => load + activate),
        60,
        'ms',
      ),
    },
    { what: '  loaded', measured: spread(({ load }) => load) },
    { what: '  activate()', measured: spread(({ activate }) => activate) },
    {
      what: '  of the processor, in that thread',
      measured: spread(({ processor }) => processor),
      target: atMost(
        middle(({ processor }) => processor),
        30,
        'ms',
      ),
    },
    { what: 'an empty extension in the same windows', measured: between(starts.map(({ empty }) => empty.load + empty.activate)) },
    { what: 'extension.cjs loaded in plain Node', measured: `${between(times)}, ${Math.round(size / 1024)} KiB` },
  ];
}

/** "23.1 ms (19.0 to 41.2)": the middle one, the least and the most. */
function between(milliseconds: readonly number[]): string {
  return `${median(milliseconds).toFixed(1)} ms (${Math.min(...milliseconds).toFixed(1)} to ${Math.max(...milliseconds).toFixed(1)})`;
}
