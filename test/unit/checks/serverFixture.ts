// What the tests of checks on servers share: a context without DNS, and a server that answers each command as a table says.
import type net from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { CheckContext } from '../../../src/checks/context.ts';
import type { Finding } from '../../../src/checks/report.ts';
import { type ScriptedServer, serve } from '../smtp/scriptedServer.ts';

export interface ContextOptions {
  readonly isLab?: boolean;
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly reply?: number;
}

export function contextFor({ isLab = true, signal = new AbortController().signal, reply = 10_000 }: ContextOptions = {}): CheckContext {
  return {
    dns: {
      servers: [],
      lookUp: async (name, type) => ({ outcome: 'failed', name, type, records: [], server: '', ms: 0, isAuthentic: null }),
    },
    clock: systemClock,
    log: silentLog,
    signal,
    isLab,
    timeouts: { dns: 1000, connect: 5000, reply },
    report() {},
    waitFor() {},
    doing: () => {},
    announce: () => ({ run: () => {}, end: () => {} }),
  };
}

/** What is said to each line, with CRLF added; null: the connection is cut; '': nothing. `count` is how many lines came before on this connection. */
export type Replies = (line: string, count: number) => string | null;

export const usual: Replies = (line) => {
  if (/^EHLO/i.test(line)) return '250-mx.mailroom.test\r\n250-SIZE 1000\r\n250 PIPELINING';
  if (/^QUIT/i.test(line)) return '221 2.0.0 Bye';
  if (/^RCPT TO:<(?:postmaster|abuse)(?:@good\.test)?>/i.test(line)) return '250 2.1.5 Ok';
  if (/^RCPT/i.test(line)) return '554 5.7.1 Relay access denied';
  if (/^(?:VRFY|EXPN)/i.test(line)) return '502 5.5.1 Disabled';
  return '250 2.0.0 Ok';
};

export function serveReplies(
  greeting: string | null,
  replies: Replies,
  address?: string,
): Promise<ScriptedServer & { readonly heard: string[] }> {
  const heard: string[] = [];
  return serve((socket) => answerLines(socket, greeting, replies, heard), {}, address).then((server) => Object.assign(server, { heard }));
}

export function answerLines(socket: net.Socket, greeting: string | null, replies: Replies, heard: string[]): void {
  let pending = '';
  let count = 0;
  if (greeting !== null) socket.write(`${greeting}\r\n`);
  socket.on('data', (octets: Buffer) => {
    pending += octets.toString('latin1');
    for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      heard.push(line);
      const reply = replies(line, count++);
      if (reply === null) {
        socket.destroy();
        return;
      }
      if (reply !== '') socket.write(`${reply}\r\n`);
      if (/^QUIT/i.test(line)) socket.end();
    }
  });
}

/** "id level", sorted as they came. */
export function levelsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ id, level }) => `${id} ${level}`);
}

export function finding(findings: readonly Finding[], id: string): Finding {
  const found = findings.find((one) => one.id === id);
  if (!found) throw new Error(`There is no finding ${id}, only ${findings.map((one) => one.id).join(', ')}`);
  return found;
}

/** Of a server that listens on a port of its own each time: ":PORT". */
export function withoutPort(text: string): string {
  return text.replace(/(?<=mailroom\.test):\d+/g, ':PORT');
}
