// bench: how many mails a second are captured, next to MailDev 3 (the peer to beat) and to two limits: Postfix's smtp-sink (which takes mail and
// keeps nothing) and the disk alone (which is given the same two files a mail, without SMTP). All take turns within each round, so that
// whatever else the machine does hits all of them; the median of the rounds counts.
import { isSkipped } from '../peers/cache.ts';
import { getMailDev, type MailDev, startMailDev } from '../peers/maildev.ts';
import { getPostfix, type PostfixTools, smtpSource, startSmtpSink } from '../peers/postfix.ts';
import { diskWriter } from './disk.ts';
import { assertStored, type Bench, indexLag, withMailroom } from './mailroom.ts';
import { atLeast, atMost, median, progress, type Row } from './report.ts';

const rounds = 5;
const sessions = 10;
/** The first turn finds out how many mails fill a turn, the second warms the server up; neither counts. */
const uncounted = 2;
const firstTurnMails = 50;
/** How long one turn of one server shall take. Milliseconds. */
const turnTime = 1500;
/** Octets that one turn may send at most: MailDev keeps them all in memory, Mailroom on the disk. */
const maxTurnSize = 64 * 1024 * 1024;
/** The disk alone would write many more files in a turn than it takes to know its rate. */
const maxDiskMails = 2000;
/** Milliseconds after the last 250 until the index has every mail. */
const maxIndexLag = 3000;

interface Kind {
  readonly name: string;
  /** Octets of the body. */
  readonly length: number;
  readonly keep: boolean;
  /** Times MailDev's rate. */
  readonly target?: number;
}
const kinds: readonly Kind[] = [
  { name: '1 KiB, one per connection', length: 1024, keep: false },
  { name: '1 KiB, kept connections', length: 1024, keep: true },
  { name: '10 KiB, one per connection', length: 10 * 1024, keep: false, target: 10 },
  { name: '10 KiB, kept connections', length: 10 * 1024, keep: true, target: 1.2 },
  { name: '1 MiB, one per connection', length: 1024 * 1024, keep: false },
  { name: '1 MiB, kept connections', length: 1024 * 1024, keep: true },
];

export async function throughput(bench: Bench): Promise<readonly Row[]> {
  const tools = await getPostfix();
  if (isSkipped(tools)) return [{ what: 'capture', measured: `skipped: ${tools.skipped}` }];
  const maildev = await getMailDev();
  if (isSkipped(maildev)) return [{ what: 'capture', measured: `skipped: ${maildev.skipped}` }];
  const rows: Row[] = [];
  for (const kind of kinds) rows.push(...(await compare(kind, bench, tools, maildev)));
  return rows;
}

/** One kind of load against freshly started servers. */
async function compare(kind: Kind, bench: Bench, tools: PostfixTools, maildev: MailDev): Promise<readonly Row[]> {
  const peers = [await startMailDev(maildev), await startSmtpSink(tools)] as const;
  try {
    return await withMailroom(bench, async (mailroom) => {
      let total = 0;
      const lags: number[] = [];
      const sendTo = (port: number) => async (messages: number) => {
        const { ms } = await smtpSource(tools, { port, sessions, messages, length: kind.length, keep: kind.keep });
        return ms;
      };
      const capture = sendTo(mailroom.port);
      const captureAndCheck = async (messages: number): Promise<number> => {
        const ms = await capture(messages);
        total += messages;
        await assertStored(mailroom, total);
        lags.push(await indexLag(mailroom, total));
        return ms;
      };
      const writeToDisk = await diskWriter(bench, kind.length);
      const runners = [
        ...[captureAndCheck, ...peers.map(({ port }) => sendTo(port))].map((turn) => createRunner(turn, maxTurnSize / kind.length)),
        createRunner(writeToDisk, Math.min(maxDiskMails, maxTurnSize / kind.length)),
      ];
      for (let round = 0; round < uncounted + rounds; round++) for (const runner of runners) await runner.run();
      const [ours = 0, maildevs = 0, sinks = 0, disks = 0] = runners.map((runner) => median(runner.rates));
      progress(`${kind.name}: ${runners.map(({ rates }) => rates.map(Math.round).join(' ')).join(' | ')}`);
      return rowsOf(kind, { ours, maildevs, sinks, disks, lag: Math.max(...lags) });
    });
  } finally {
    for (const peer of peers) await peer.stop();
  }
}

interface Runner {
  /** One turn of the server. */
  run(): Promise<void>;
  /** Mails a second, of each turn that counts. */
  readonly rates: readonly number[];
}

/** `turn` lets the server take so many mails, at most `maxMessages`, and answers the milliseconds. */
function createRunner(turn: (messages: number) => Promise<number>, maxMessages: number): Runner {
  const all: number[] = [];
  let messages = firstTurnMails;
  return {
    get rates() {
      return all.slice(uncounted);
    },
    async run() {
      const rate = messages / ((await turn(messages)) / 1000);
      all.push(rate);
      messages = Math.ceil(Math.min(Math.max(firstTurnMails, (rate * turnTime) / 1000), maxMessages));
    },
  };
}

/** Mails a second, the longest lag in milliseconds. */
interface Measured {
  readonly ours: number;
  readonly maildevs: number;
  readonly sinks: number;
  readonly disks: number;
  readonly lag: number;
}

function rowsOf({ name, target }: Kind, { ours, maildevs, sinks, disks, lag }: Measured): readonly Row[] {
  const ratio = ours / maildevs;
  const rates = `${Math.round(ours)}/s, MailDev ${Math.round(maildevs)}/s, smtp-sink ${Math.round(sinks)}/s, disk ${Math.round(disks)}/s`;
  return [
    {
      what: `${name}: Mailroom ÷ MailDev`,
      measured: `${ratio.toFixed(2)} (${rates})`,
      ...(target === undefined ? {} : { target: atLeast(ratio, target, '×') }),
    },
    { what: `${name}: index has all, longest`, measured: `${Math.round(lag)} ms`, target: atMost(lag, maxIndexLag, 'ms') },
  ];
}
