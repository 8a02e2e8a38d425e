// bench: what a .smtp conversation costs beyond the wire: 1 000 commands, each sent when the reply to the one before is here, over the real client
// to Postfix's smtp-sink, next to a socket that does the same without understanding any of it. Both take turns within each round.
import { once } from 'node:events';
import net from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import { parseScript } from '../../src/session/parse.ts';
import { runConversation } from '../../src/session/run.ts';
import type { ScriptConversation } from '../../src/session/script.ts';
import { SmtpClient } from '../../src/smtp/client.ts';
import { isSkipped } from '../peers/cache.ts';
import { getPostfix, startSmtpSink } from '../peers/postfix.ts';
import { atMost, median, progress, type Row } from './report.ts';

const commands = 1000;
const rounds = 61;
/** Until the compiler knows both loops. */
const uncounted = 30;
/** Times the bare loop. */
const target = 1.5;
const lf = 10;

export async function session(): Promise<readonly Row[]> {
  const tools = await getPostfix();
  if (isSkipped(tools)) return [{ what: 'session', measured: `skipped: ${tools.skipped}` }];
  const sink = await startSmtpSink(tools);
  try {
    const conversation = scriptOf(commands);
    const bare: number[] = [];
    const ours: number[] = [];
    for (let round = 0; round < uncounted + rounds; round++) {
      bare.push(await bareLoop(sink.port));
      ours.push(await runScript(conversation, sink.port));
    }
    return rowsOf(bare.slice(uncounted), ours.slice(uncounted));
  } finally {
    await sink.stop();
  }
}

function rowsOf(bare: readonly number[], ours: readonly number[]): readonly Row[] {
  progress(`rounds: ${ours.map((time, index) => `${inMicroseconds(time)}/${inMicroseconds(bare[index] ?? 0)}`).join(' ')}`);
  const ratio = median(ours) / median(bare);
  const times = `${inMicroseconds(median(ours))} µs, bare ${inMicroseconds(median(bare))} µs`;
  return [
    {
      what: 'A command and its reply: a run ÷ a bare socket',
      measured: `${ratio.toFixed(2)} (${times})`,
      target: atMost(ratio, target, '×'),
    },
  ];
}

function inMicroseconds(ms: number): string {
  return (ms * 1000).toFixed(0);
}

function scriptOf(count: number): ScriptConversation {
  const [conversation] = parseScript(`@connect {{host}}:{{port}}\nS: 220\n${'C: NOOP\nS: 250\n'.repeat(count)}`).conversations;
  if (!conversation) throw new Error('The script has no conversation');
  return conversation;
}

/** Milliseconds for each command. */
async function runScript(conversation: ScriptConversation, port: number): Promise<number> {
  const startedAt = performance.now();
  const { status, lines } = await runConversation(conversation, {
    connect: (options) => SmtpClient.connect(options),
    readFile: () => Promise.reject(new Error('There is no file')),
    clock: systemClock,
    variables: { host: '127.0.0.1', port: `${port}` },
    // As in the editor, where every run can be cancelled.
    signal: new AbortController().signal,
  });
  const ms = performance.now() - startedAt;
  if (status !== 'passed' || lines.length !== 2 + 2 * commands) throw new Error(`The run ${status}`);
  return ms / commands;
}

/** The same octets to and fro, from the first to the last of them in milliseconds for each command. */
async function bareLoop(port: number): Promise<number> {
  const startedAt = performance.now();
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  const octets = Buffer.from('NOOP\r\n');
  let sent = 0;
  socket.on('data', (chunk) => {
    if (chunk[chunk.length - 1] !== lf) return;
    if (sent++ < commands) socket.write(octets);
    else socket.destroy();
  });
  await once(socket, 'close');
  if (sent !== commands + 1) throw new Error(`The connection ended after ${sent} commands`);
  return (performance.now() - startedAt) / commands;
}
