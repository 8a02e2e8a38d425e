// How the relay tests are put to a server: together or one by one, over how many connections, and what happens when it hangs up.
import assert from 'node:assert/strict';
import type net from 'node:net';
import { describe, test } from 'node:test';
import { mostRelayTests } from '../../../src/checks/relay/matrix.ts';
import { checkRelay } from '../../../src/checks/relay/relay.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { runConversation } from '../../../src/session/run.ts';
import { ports } from '../session/fixture.ts';
import { serve } from '../smtp/scriptedServer.ts';
import { contextFor, finding, type Replies, serveReplies, usual } from './serverFixture.ts';

const greeting = '220 mx.mailroom.test ESMTP';
const withoutPipelining: Replies = (line, count) => (/^EHLO/.test(line) ? '250 mx.mailroom.test' : usual(line, count));

function subject(port: number) {
  return { host: 'mx.mailroom.test', address: '127.0.0.1', port, implicitTls: false, domain: 'good.test', foreignDomain: 'elsewhere.test' };
}

interface Pace {
  /** Milliseconds to each reply. */
  readonly ms: number;
  /** away: the server is far, but quick. busy: it works on one command after the other. */
  readonly why: 'away' | 'busy';
}

/** What came of all the connections. */
class Traffic {
  total = 0;
  open = 0;
  most = 0;
  /** The lines of each piece that arrived, of all connections. */
  readonly pieces: string[][] = [];
}

/** `replies` is made anew for each connection; the number of it is from 1. */
function serveSlowly({ ms, why }: Pace, replies: (connection: number) => Replies) {
  const traffic = new Traffic();
  return serve((socket) => {
    const answer = replies(++traffic.total);
    traffic.most = Math.max(traffic.most, ++traffic.open);
    socket.on('close', () => traffic.open--);
    let free = 0;
    const say = (text: string | null): void => {
      const now = performance.now();
      free = why === 'away' ? Math.max(now + ms, free) : Math.max(now, free) + ms;
      setTimeout(() => write(socket, text), Math.ceil(free - now));
    };
    say(answer('', 0));
    let pending = '';
    let count = 1;
    socket.on('data', (octets: Buffer) => {
      const lines = (pending + octets.toString('latin1')).split('\r\n');
      pending = lines.pop() ?? '';
      traffic.pieces.push(lines);
      for (const line of lines) say(answer(line, count++));
    });
  }).then((server) => Object.assign(server, { traffic }));
}

/** null cuts the connection. */
function write(socket: net.Socket, text: string | null): void {
  if (text === null) socket.destroy();
  else if (!socket.destroyed) socket.write(`${text}\r\n`);
  if (text?.startsWith('221') || text?.startsWith('421')) socket.end();
}

/** The greeting is the answer to ''. */
function polite(rest: Replies = usual): Replies {
  return (line, count) => (line === '' ? greeting : rest(line, count));
}

async function ask(port: number, options: Parameters<typeof contextFor>[0] = {}) {
  const doing: string[] = [];
  const startedAt = performance.now();
  const outcome = await checkRelay(subject(port), { ...contextFor(options), doing: (detail) => void doing.push(detail) });
  const relay = finding(outcome.findings, 'relay');
  return { relay, transcript: outcome.transcript.text, doing, ms: performance.now() - startedAt };
}

function verdicts(relay: Awaited<ReturnType<typeof ask>>['relay']): string {
  return (relay.relay ?? []).map(({ verdict }) => ({ accepted: '+', refused: '-', unknown: '?', skipped: 's' })[verdict]).join('');
}

const allRefused = `+${'-'.repeat(mostRelayTests(true) + 1)}`;

describe('a server that offers PIPELINING', () => {
  test('gets a test in one piece, and its replies are read one by one', async () => {
    await using server = await serveSlowly({ ms: 0, why: 'away' }, () => polite());
    const { relay } = await ask(server.port);
    assert.equal(verdicts(relay), allRefused);
    const pieces = server.traffic.pieces.map((lines) => lines.map((line) => line.slice(0, 4).trim()).join(' '));
    assert.deepEqual(new Set(pieces), new Set(['EHLO', 'MAIL RCPT', 'RSET MAIL RCPT', 'QUIT']));
    assert.equal(server.traffic.most, 1);
  });

  test('but loses what comes together, is asked again line by line', async () => {
    await using server = await serve((socket) => {
      let pending = '';
      write(socket, greeting);
      socket.on('data', (octets: Buffer) => {
        pending += octets.toString('latin1');
        // As some firewalls did: what stands behind the first line of a piece is thrown away.
        const [first = ''] = pending.split('\r\n');
        pending = '';
        write(socket, usual(first, 0));
      });
    });
    const { relay } = await ask(server.port, { reply: 200 });
    assert.equal(verdicts(relay), allRefused);
    assert.equal(relay.level, 'pass');
  });

  test('is hung up on nobody: what it said before it hung up counts', async () => {
    let connections = 0;
    await using server = await serveSlowly({ ms: 0, why: 'away' }, () => {
      const number = ++connections;
      return polite((line, count) => (number === 1 && count > 6 ? null : usual(line, count)));
    });
    const { relay } = await ask(server.port);
    assert.equal(verdicts(relay), allRefused);
  });
});

describe('a slow server', () => {
  for (const [why, replies, ms] of [
    ['away', usual, 100],
    ['busy', usual, 40],
    ['busy', withoutPipelining, 40],
  ] as const)
    test(`that is ${why}, ${replies === usual ? 'with' : 'without'} PIPELINING, is asked over three connections at most, and all is known sooner`, async () => {
      await using server = await serveSlowly({ ms, why }, () => polite(replies));
      const { relay, transcript, ms: passed } = await ask(server.port);
      assert.equal(verdicts(relay), allRefused);
      assert.equal(server.traffic.most, 3);
      const replyCount = transcript.split('\n').filter((line) => /^S: \d{3}(?: |$)/.test(line)).length;
      assert.ok(passed < 0.75 * replyCount * ms, `${passed} ms for ${replyCount} replies of ${ms} ms`);
    });

  test('leaves a transcript of every connection that runs again, in the order in which they were begun', async () => {
    await using server = await serveSlowly({ ms: 40, why: 'away' }, () => polite());
    const { transcript } = await ask(server.port);
    const { conversations, diagnostics } = parseScript(transcript);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      conversations.map(({ name }) => name),
      conversations.map((_, index) => `Relay tests, connection ${index + 1}`),
    );
    for (const conversation of conversations.slice(0, 2)) {
      const { status, failure } = await runConversation(conversation, ports({}));
      assert.deepEqual([status, failure], ['passed', null]);
    }
  });

  test('that takes one connection a client is asked over that one', async () => {
    let open = 0;
    await using server = await serve((socket) => {
      const isFirst = open++ === 0;
      socket.on('close', () => open--);
      const say = (text: string): void => void setTimeout(() => write(socket, text), 40);
      say(isFirst ? greeting : '421 Too many connections');
      socket.on('data', (octets: Buffer) => {
        if (isFirst) for (const line of octets.toString('latin1').split('\r\n').slice(0, -1)) say(withoutPipelining(line, 0) ?? '');
      });
    });
    const { relay, transcript } = await ask(server.port);
    assert.equal(verdicts(relay), allRefused);
    const refused = transcript.split('\n').filter((line) => line.startsWith('S: 421')).length;
    assert.ok(refused > 0 && refused <= 4, `${refused} connections were refused`);
  });

  test('that hangs up is asked over one connection at a time from then on', async () => {
    let isCut = false;
    let after = 0;
    await using server = await serveSlowly({ ms: 40, why: 'away' }, (connection) => {
      if (isCut) after++;
      return polite((line, count) => {
        if (connection === 2 && count > 6) {
          isCut = true;
          return null;
        }
        return withoutPipelining(line, count);
      });
    });
    let most = 0;
    const { traffic } = server;
    const watch = setInterval(() => {
      if (isCut && after > 0) most = Math.max(most, traffic.open);
    }, 5);
    const { relay } = await ask(server.port);
    clearInterval(watch);
    assert.equal(verdicts(relay), allRefused);
    assert.equal(traffic.most, 3);
    assert.ok(after > 0, 'there were connections after that');
    assert.equal(most, 1);
  });
});

describe('a server that hangs up', () => {
  test('after four errors is asked three at a time before it does', async () => {
    const ends: string[] = [];
    await using server = await serveSlowly({ ms: 0, why: 'away' }, () => {
      let errors = 0;
      return polite((line, count) => {
        if (/^RSET|^MAIL/.test(line) && errors >= 4) return '421 4.7.0 Too many errors';
        const reply = usual(line, count);
        if (reply?.startsWith('5')) errors++;
        if (line === 'QUIT') ends.push(line);
        return reply;
      });
    });
    const { relay, transcript } = await ask(server.port);
    assert.equal(verdicts(relay), allRefused);
    assert.ok(transcript.split('\n').filter((line) => line.startsWith('S: 421')).length <= 2, 'it was not provoked again and again');
    assert.ok(ends.length >= 5);
  });

  test('each time at once is left after some connections, and nothing is known', async () => {
    await using server = await serveSlowly({ ms: 0, why: 'away' }, () =>
      polite((line, count) => (/^MAIL/.test(line) ? null : usual(line, count))),
    );
    const { relay } = await ask(server.port);
    assert.ok(server.traffic.total <= 14, `${server.traffic.total} connections`);
    assert.equal(relay.level, 'unknown');
  });
});

describe('while the tests go on', () => {
  test('it is told how many are answered, and how', async () => {
    await using server = await serveReplies(greeting, usual);
    const { doing } = await ask(server.port);
    assert.deepEqual(
      [doing[0], doing.find((detail) => detail.startsWith('9 ')), doing.at(-1)],
      ['0 of 25 tests', '9 of 25 tests, all refused so far', '25 of 25 tests, all refused so far'],
    );
  });

  test('it is told how many were accepted, or were not answered for good', async () => {
    await using open = await serveReplies(greeting, (line, count) => (/^RCPT/.test(line) ? '250 Ok' : usual(line, count)));
    assert.equal((await ask(open.port)).doing.at(-1), '25 of 25 tests, 25 accepted so far');
    await using busy = await serveReplies(greeting, (line, count) => (/^RCPT/.test(line) ? '450 Later' : usual(line, count)));
    assert.equal((await ask(busy.port)).doing.at(-1), '25 of 25 tests, none accepted so far');
  });

  test('the time of the run may end: what is known until then is told, and that the rest is not', async () => {
    await using server = await serveSlowly({ ms: 100, why: 'busy' }, () => polite());
    const { relay } = await ask(server.port, { signal: AbortSignal.timeout(900) });
    assert.equal(relay.level, 'unknown');
    assert.match(relay.detail, /^no time was left: \d+ of 27 tests were answered$/);
    assert.equal(relay.relay?.length, 27);
  });
});
