// bench: how much the host's event loop, which all extensions share, is held up while mails arrive at full speed.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { isSkipped } from '../peers/cache.ts';
import { getPostfix, smtpSource } from '../peers/postfix.ts';
import { type Bench, indexLag, type Mailroom, withMailroom } from './mailroom.ts';
import { atMost, type Row } from './report.ts';

/** Between two looks at the loop. Milliseconds. */
const resolution = 5;
const warmUpMails = 500;
const mails = 8000;

interface Delay {
  readonly p99: number;
  readonly longest: number;
}

export async function loopDelay(bench: Bench): Promise<readonly Row[]> {
  const tools = await getPostfix();
  if (isSkipped(tools)) return [{ what: "delay of the host's loop", measured: `skipped: ${tools.skipped}` }];
  const rows: Row[] = [];
  for (const keep of [false, true])
    await withMailroom(bench, async (mailroom: Mailroom) => {
      const load = { port: mailroom.port, sessions: 10, length: 10 * 1024, keep };
      // As the tree does: every announced row is looked at.
      let announced = 0;
      mailroom.onDidEvent((event) => {
        if (event.type === 'mailbox') announced += event.added.length;
      });
      await smtpSource(tools, { ...load, messages: warmUpMails });
      await indexLag(mailroom, warmUpMails);
      const idle = await measure(() => delay(2000));
      const busy = await measure(async () => {
        await smtpSource(tools, { ...load, messages: mails });
        await indexLag(mailroom, warmUpMails + mails);
      });
      rows.push({
        what: `delay of the host's loop at full speed, ${keep ? 'kept connections' : 'one per connection'}, p99`,
        measured: `${busy.p99.toFixed(1)} ms (longest ${busy.longest.toFixed(0)}; idle p99 ${idle.p99.toFixed(1)}; ${announced} rows announced)`,
        target: atMost(busy.p99, 20, 'ms'),
      });
    });
  return rows;
}

async function measure(activity: () => Promise<unknown>): Promise<Delay> {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  await activity();
  histogram.disable();
  // The histogram holds the time between two looks, in nanoseconds; what exceeds the resolution is delay.
  const delayOf = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
  return { p99: delayOf(histogram.percentile(99)), longest: delayOf(histogram.max) };
}
