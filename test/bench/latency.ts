// bench: how long after its 250 a mail is announced to the host, at 50 mails a second. The tree item follows in the same turn of the host's loop.
import { setTimeout as delay } from 'node:timers/promises';
import { SmtpConnection } from '../peers/smtpConnection.ts';
import { type Bench, withMailroom } from './mailroom.ts';
import { atMost, quantile, type Row } from './report.ts';

const perSecond = 50;
const warmUpMails = 50;
const mails = 500;
const length = 10 * 1024;

export async function latency(bench: Bench): Promise<readonly Row[]> {
  const announcedAt = new Map<string, number>();
  const acknowledgedAt = new Map<string, number>();
  await withMailroom(bench, async (mailroom) => {
    mailroom.onDidEvent((event) => {
      if (event.type !== 'mailbox') return;
      for (const { subject } of event.added) announcedAt.set(subject ?? '', performance.now());
    });
    const sending: Promise<void>[] = [];
    const startedAt = performance.now();
    for (let number = 0; number < warmUpMails + mails; number++) {
      await delay(Math.max(0, startedAt + (number * 1000) / perSecond - performance.now()));
      sending.push(sendOne(mailroom.port, `mail ${number}`, acknowledgedAt));
    }
    await Promise.all(sending);
    for (const until = Date.now() + 10_000; announcedAt.size < acknowledgedAt.size && Date.now() < until; ) await delay(20);
  });
  const latencies = [...acknowledgedAt]
    .slice(warmUpMails)
    .map(([subject, at]) => (announcedAt.get(subject) ?? Number.POSITIVE_INFINITY) - at);
  const p95 = quantile(latencies, 0.95);
  return [
    {
      what: `from 250 to the host's event, ${perSecond} mails/s, p95`,
      measured: `${p95.toFixed(0)} ms (median ${quantile(latencies, 0.5).toFixed(0)}, longest ${quantile(latencies, 1).toFixed(0)})`,
      target: atMost(p95, 150, 'ms'),
    },
  ];
}

async function sendOne(port: number, subject: string, acknowledgedAt: Map<string, number>): Promise<void> {
  const connection = await SmtpConnection.open(port);
  const body = `${'x'.repeat(70)}\r\n`.repeat(length / 72);
  const message = Buffer.from(`From: a@x.test\r\nTo: b@y.test\r\nSubject: ${subject}\r\n\r\n${body}`);
  await connection.send({ from: 'a@x.test', to: 'b@y.test', message });
  acknowledgedAt.set(subject, performance.now());
  connection.close();
}
