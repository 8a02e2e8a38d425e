// bench: what the extension host pays before activate() is called: reading and running dist/extension.cjs. (Activation itself is measured in the
// host ring, where there is a VS Code to activate in.)
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBundle } from '../peers/builtEngine.ts';
import { run } from '../peers/process.ts';
import type { Bench } from './mailroom.ts';
import { atMost, median, type Row } from './report.ts';

const runs = 7;

export async function loading({ folder }: Bench): Promise<readonly Row[]> {
  const bundle = await buildBundle('extension', folder);
  const program = join(import.meta.dirname, 'loadExtension.ts');
  const times: number[] = [];
  for (let number = 0; number < runs; number++) {
    const { stdout } = await run(process.execPath, [program, bundle]);
    times.push(Number(stdout));
  }
  const { size } = await stat(bundle);
  const time = median(times);
  return [
    {
      what: 'extension.cjs loaded, without activate()',
      measured: `${time.toFixed(0)} ms (${Math.round(size / 1024)} KiB)`,
      target: atMost(time, 60, 'ms'),
    },
  ];
}
