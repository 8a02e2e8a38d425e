// bench: how long a whole check of a domain takes beside the longest of its conversations: five MX hosts with two addresses each, all on port 25 of
// loopback, with STARTTLS and 200 milliseconds before every reply. What could be done side by side and is not, shows.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { Answer } from 'dns-packet';
import { systemClock } from '../../src/base/clock.ts';
import { codeOf } from '../../src/base/failure.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Report } from '../../src/checks/report.ts';
import { runQuestion } from '../../src/checks/run.ts';
import { type Asked, respond, startNameServer } from '../unit/checks/nameServer.ts';
import { serverIdentity } from '../unit/smtp/scriptedServer.ts';
import { atMost, progress, type Row } from './report.ts';

const domain = 'bench.test';
const hosts = 5;
/** Milliseconds before every reply, of name servers, too. */
const wait = 200;
/** Times the longest conversation. */
const target = 1.5;
const rounds = 3;
const nxDomain = 3;

/** busy: works so long for each command, one after the other. far: so long is the way there and back; commands that come together are answered together. */
type Slowness = 'busy' | 'far';

export async function checks(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const slowness of ['busy', 'far'] as const) {
    const servers: SlowServer[] = [];
    try {
      for (const address of addresses()) servers.push(await serveSlowly(address, slowness));
      rows.push(await measure(servers, slowness));
    } catch (error) {
      if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EADDRINUSE' && codeOf(error) !== 'EADDRNOTAVAIL') throw error;
      return [{ what: 'checks', measured: `skipped: port 25 of 127.0.1.x is not free to listen on (${codeOf(error)})` }];
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  }
  return rows;
}

async function measure(servers: readonly SlowServer[], slowness: Slowness): Promise<Row> {
  await using names = await startNameServer((asked) => [answer(asked)], wait);
  const results: { readonly ratio: number; readonly text: string }[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) server.conversations.length = 0;
    const report = await ask(`${names.address}:${names.port}`);
    verify(report);
    const conversations = servers.flatMap((server) => server.conversations);
    const longest = Math.max(...conversations);
    const ratio = report.ms / longest;
    const text = `${report.ms} ms, the longest of ${conversations.length} conversations ${longest.toFixed(0)} ms`;
    progress(`${slowness}: ${text}`);
    results.push({ ratio, text });
  }
  const [, middle = { ratio: Number.NaN, text: '' }] = results.toSorted((a, b) => a.ratio - b.ratio);
  const what = slowness === 'busy' ? 'servers that work 200 ms for each reply' : 'servers that are 200 ms away';
  return {
    what: `5 MX with 2 addresses, ${what}: the check ÷ its longest conversation`,
    measured: `${middle.ratio.toFixed(2)} (${middle.text})`,
    target: atMost(middle.ratio, target, '×'),
  };
}

function ask(nameServer: string): Promise<Report> {
  return runQuestion(
    { kind: 'domain', subject: domain, options: {} },
    {
      dnsServers: [nameServer],
      isLab: true,
      limit: 60_000,
      blocklists: [],
      foreignDomain: 'elsewhere.test',
      message: null,
      clock: systemClock,
      log: silentLog,
      signal: new AbortController().signal,
      onProgress: () => {},
    },
  );
}

/** A check that asks nothing is fast, too. */
function verify({ findings }: Report): void {
  for (const id of ['postmaster', 'abuse', 'catch-all', 'vrfy', 'expn', 'old-protocols', 'starttls-injection', 'times']) {
    const count = findings.filter((finding) => finding.id === id && finding.level !== 'unknown' && finding.level !== 'skipped').length;
    if (count !== addresses().length) throw new Error(`${id} was found out of ${count} servers`);
  }
}

function addresses(): readonly string[] {
  return Array.from({ length: hosts * 2 }, (_, index) => `127.0.1.${index + 1}`);
}

function answer(asked: Asked): Buffer {
  const records = recordsOf(asked);
  return respond(asked, records, { rcode: records.length > 0 ? 0 : nxDomain });
}

function recordsOf({ name, type }: Asked): Answer[] {
  const ttl = 300;
  if (name === domain && type === 'MX') {
    return Array.from({ length: hosts }, (_, index) => ({
      name,
      type: 'MX' as const,
      ttl,
      data: { preference: 10 * index, exchange: `mx${index}.${domain}` },
    }));
  }
  const host = /^mx(\d)\./.exec(name);
  if (!host || type !== 'A') return [];
  const own = addresses().slice(2 * Number(host[1]), 2 * Number(host[1]) + 2);
  return own.map((data) => ({ name, type: 'A' as const, ttl, data }));
}

interface SlowServer {
  /** Of each connection that is over: from its beginning to its end. Milliseconds. */
  readonly conversations: number[];
  stop(): Promise<void>;
}

async function serveSlowly(address: string, slowness: Slowness): Promise<SlowServer> {
  const conversations: number[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    const startedAt = performance.now();
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      conversations.push(performance.now() - startedAt);
    });
    talk(socket, slowness);
  });
  server.listen(25, address);
  await once(server, 'listening');
  return {
    conversations,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function talk(plain: net.Socket, slowness: Slowness): void {
  let socket = plain;
  let pending = '';
  let last = performance.now();
  const say = (text: string, after = (): void => {}): void => {
    const now = performance.now();
    last = (slowness === 'busy' ? Math.max(now, last) : now) + wait;
    setTimeout(() => {
      socket.write(`${text}\r\n`);
      after();
    }, last - now);
  };
  const onData = (octets: Buffer): void => {
    pending += octets.toString('latin1');
    for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (line === 'STARTTLS') {
        pending = '';
        plain.off('data', onData);
        say('220 2.0.0 Ready', () => {
          const secure = new tls.TLSSocket(plain, { isServer: true, ...serverIdentity('good') });
          secure.on('error', () => {}).on('data', onData);
          socket = secure;
        });
        return;
      }
      say(replyTo(line, socket !== plain), () => {
        if (line === 'QUIT') socket.end();
      });
    }
  };
  plain.on('data', onData);
  say(`220 mx.${domain} ESMTP`);
}

function replyTo(line: string, isEncrypted: boolean): string {
  if (line.startsWith('EHLO')) return `250-mx.${domain}\r\n250-PIPELINING\r\n250 ${isEncrypted ? 'SIZE 1000000' : 'STARTTLS'}`;
  if (line === 'QUIT') return '221 2.0.0 Bye';
  if (line.startsWith('RCPT') && !/(?:postmaster|abuse)/.test(line)) return '550 5.1.1 No such user';
  return /^(?:VRFY|EXPN)/.test(line) ? '502 5.5.1 Disabled' : '250 2.0.0 Ok';
}
