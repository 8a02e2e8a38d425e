// Proof of relaying by delivery: through servers that answer as they are told, and through a Postfix that really passes mail on, into our own server.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Deliveries, receivedFields } from '../../../src/checks/relay/deliveries.ts';
import { type ProofSubject, proveRelay } from '../../../src/checks/relay/proof.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { isSkipped } from '../../peers/cache.ts';
import { startPostfix } from '../../peers/postfixServer.ts';
import { type Running, startServer } from '../capture/fixture.ts';
import { contextFor, finding, levelsOf, type Replies, serveReplies, usual, withoutPort } from './serverFixture.ts';

const greeting = '220 mx.mailroom.test ESMTP';

function subject(port: number, more: Partial<ProofSubject> = {}): ProofSubject {
  return { host: 'mx.mailroom.test', address: '127.0.0.1', port, implicitTls: false, foreignDomain: 'catch.test', ...more };
}

/** The drop folder of a server that runs in this process. */
function deliveriesOf({ memory }: Running): Deliveries {
  return {
    isListening: true,
    async waitFor(token, signal) {
      for (;;) {
        signal.throwIfAborted();
        const found = memory.accepted.find(({ octets }) => new RegExp(`^Subject: .*${token}`, 'm').test(octets.toString('latin1')));
        if (found) return { bytes: found.octets, delivery: found.delivery };
        await delay(10, undefined, { signal });
      }
    },
  };
}

/** Nothing ever arrives. */
const nothing: Deliveries = {
  isListening: true,
  waitFor: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
};

/** usual, but recipients and messages are taken. */
function taking(more: Replies = () => ''): Replies {
  let isData = false;
  return (line, count) => {
    const own = more(line, count);
    if (own !== '') return own;
    if (isData && line !== '.') return '';
    if (/^DATA|^\.$/.test(line)) isData = line === 'DATA';
    if (line === 'DATA') return '354 Go on';
    if (line === '.') return '250 2.0.0 Queued as 1';
    return /^RCPT/.test(line) ? '250 2.1.5 Ok' : usual(line, count);
  };
}

function count(heard: readonly string[], verb: string): number {
  return heard.filter((line) => line.startsWith(verb)).length;
}

describe('the message', () => {
  test('is three lines to a random user, whose name stands in recipient, subject and Message-ID, through the first plain and the first hidden way', async () => {
    await using server = await serveReplies(greeting, taking());
    const signal = AbortSignal.timeout(300);
    const outcome = await proveRelay(subject(server.port, { tests: ['3', '4', '6', '9', '99'] }), nothing, contextFor({ signal }));
    assert.deepEqual(
      ['MAIL', 'RCPT', 'DATA', '.', 'RSET'].map((verb) => count(server.heard, verb)),
      [2, 2, 2, 2, 0],
    );
    const tokens = [...server.heard.join('\n').matchAll(/^RCPT TO:<(mailroom-[0-9a-f]{12})/gm)].map((match) => match[1]!);
    assert.equal(new Set(tokens).size, 2);
    const [token] = tokens;
    const message = server.heard.slice(server.heard.indexOf('DATA') + 1, server.heard.indexOf('.'));
    assert.deepEqual(message.slice(1), [
      'From: Mailroom relay proof <probe@catch.test>',
      `To: <${token}@catch.test>`,
      `Subject: Mailroom relay proof ${token}`,
      `Message-ID: <${token}@catch.test>`,
      '',
      `This message was sent through mx.mailroom.test:${server.port} to see whether it passes on mail for strangers.`,
      'A person who tests that server has asked for it. There is nothing to do about it.',
      `Token: ${token}`,
    ]);
    assert.match(message[0]!, /^Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/);
    assert.deepEqual(
      server.heard.filter((line) => /^MAIL|^RCPT/.test(line)).map((line) => line.replace(/mailroom-\w+/, 'T')),
      [
        'MAIL FROM:<probe@mx.mailroom.test>',
        'RCPT TO:<T@catch.test>',
        'MAIL FROM:<probe@[127.0.0.1]>',
        'RCPT TO:<T%catch.test@mx.mailroom.test>',
      ],
    );
    assert.deepEqual(parseScript(outcome.transcript.text).diagnostics, []);
  });

  test('is sent only after all tests were asked where none is named, and never when none was accepted', async () => {
    await using server = await serveReplies(greeting, usual);
    const { findings } = await proveRelay(subject(server.port, { domain: 'good.test' }), nothing, contextFor());
    assert.deepEqual(levelsOf(findings), ['relay pass', 'relay-proof skipped']);
    assert.equal(finding(findings, 'relay-proof').detail, 'no test was accepted, so nothing was sent');
    assert.equal(count(server.heard, 'RCPT'), 27);
    assert.equal(count(server.heard, 'DATA'), 0);
  });

  test('is sent inside of TLS where the server says so, which it never is when it cannot be', async () => {
    await using server = await serveReplies(
      greeting,
      taking((line) =>
        /^MAIL/.test(line) ? '530 5.7.0 Must issue a STARTTLS command first' : /^STARTTLS/.test(line) ? '454 Not now' : '',
      ),
    );
    const { findings } = await proveRelay(subject(server.port, { tests: ['1'] }), nothing, contextFor());
    assert.deepEqual(levelsOf(findings), ['relay-proof skipped']);
    assert.equal(count(server.heard, 'DATA'), 0);
  });
});

describe('nothing is sent', () => {
  test('when our own server does not run: nobody could see a delivery', async () => {
    await using server = await serveReplies(greeting, taking());
    for (const deliveries of [null, { ...nothing, isListening: false }]) {
      const { findings } = await proveRelay(subject(server.port, { tests: ['1'] }), deliveries, contextFor());
      assert.deepEqual(levelsOf(findings), ['relay-proof skipped']);
      assert.match(finding(findings, 'relay-proof').detail, /does not run/);
    }
    assert.deepEqual(server.heard, []);
  });

  test("to the server's own domain, where taking it is no relaying", async () => {
    await using server = await serveReplies(greeting, taking());
    const { findings } = await proveRelay(subject(server.port, { domain: 'Catch.test', tests: ['1'] }), nothing, contextFor());
    assert.match(finding(findings, 'relay-proof').detail, /own domain/);
    assert.deepEqual(server.heard, []);
  });

  test('to a server that does not greet', async () => {
    await using server = await serveReplies('554 No', taking());
    const { findings } = await proveRelay(subject(server.port, { tests: ['1'] }), nothing, contextFor());
    assert.deepEqual(levelsOf(findings), ['relay-proof skipped']);
    assert.deepEqual(server.heard, ['QUIT']);
  });
});

describe('the outcome', () => {
  const judge = async (replies: Replies, deliveries: Deliveries = nothing, signal = AbortSignal.timeout(400), reply = 10_000) => {
    await using server = await serveReplies(greeting, replies);
    const doing: string[] = [];
    const context = { ...contextFor({ signal, reply }), doing: (detail: string) => void doing.push(detail) };
    const { findings } = await proveRelay(subject(server.port, { tests: ['1'] }), deliveries, context);
    return { proof: finding(findings, 'relay-proof'), doing };
  };

  test('is not known when the message does not arrive in time, and it says where it would lie', async () => {
    const { proof, doing } = await judge(taking());
    assert.deepEqual([proof.level, withoutPort(proof.title)], ['unknown', 'mx.mailroom.test:PORT took the message, and it did not arrive']);
    assert.match(proof.detail, /^test 1 \(the null sender\), within \d+ ms$/);
    assert.match(proof.reason, /"Mailroom relay proof mailroom-[0-9a-f]{12}"/);
    assert.deepEqual(proof.evidence[0], { label: 'Reply to the message', text: '250 2.0.0 Queued as 1' });
    assert.equal(doing.at(-1), 'sent as in test 1 (the null sender); waiting for it in the drop folder');
  });

  test('is not known when the person cancels while it is waited for', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const { proof } = await judge(taking(), nothing, controller.signal);
    assert.deepEqual(
      [proof.level, withoutPort(proof.title)],
      ['unknown', 'mx.mailroom.test:PORT took the message, and it did not arrive until cancelled'],
    );
  });

  test('is looked for also when the server says nothing after the message', async () => {
    const postOffice = taking();
    let message = '';
    const replies: Replies = (line, count) => {
      message += `${line}\r\n`;
      return line === '.' ? '' : postOffice(line, count);
    };
    const { proof } = await judge(replies, nothing, AbortSignal.timeout(600), 200);
    assert.equal(withoutPort(proof.title), 'mx.mailroom.test:PORT did not say that it took the message, which did not arrive');
    assert.match(message, /\r\n\.\r\n$/);
  });

  test('is told once where the server does not talk to us, although there were two ways', async () => {
    await using server = await serveReplies('554 No', usual);
    const { findings } = await proveRelay(subject(server.port, { tests: ['1', '5'] }), nothing, contextFor());
    assert.deepEqual(levelsOf(findings), ['relay-proof skipped']);
  });

  test('is not known when the drop folder cannot be watched', async () => {
    const broken = { isListening: true, waitFor: () => Promise.reject(new Error('The engine ended')) };
    assert.equal((await judge(taking(), broken)).proof.level, 'unknown');
  });

  for (const [where, reply, level] of [
    ['MAIL', '550 5.7.1 Go away', 'pass'],
    ['RCPT', '554 5.7.1 Relay access denied', 'pass'],
    ['RCPT', '450 4.7.1 Greylisted', 'unknown'],
    ['DATA', '554 5.5.1 No valid recipients', 'pass'],
    ['.', '554 5.7.1 Not through me', 'pass'],
    ['.', '451 4.3.0 Try later', 'unknown'],
  ] as const)
    test(`of "${reply}" after ${where} is ${level}`, async () => {
      const { proof } = await judge(taking((line) => (line.startsWith(where) && line !== '.' ? reply : line === where ? reply : '')));
      assert.equal(proof.level, level);
      assert.equal(proof.evidence[0]?.text, reply);
      assert.equal(proof.detail, `test 1 (the null sender): ${reply}`);
    });

  test('of a server that takes mail for the drop folder itself is not relaying', async () => {
    await using own = await startServer();
    const { findings } = await proveRelay(subject(own.port, { tests: ['1'] }), deliveriesOf(own), contextFor());
    assert.deepEqual(levelsOf(findings), ['relay-proof unknown']);
    assert.match(finding(findings, 'relay-proof').reason, /no Received field/);
    assert.equal(own.memory.accepted.length, 1);
  });
});

describe('Postfix that sends on into our own server', () => {
  test('is proven to relay when it is open, by the mail itself, and refuses when it is closed', async (t) => {
    await using own = await startServer();
    const postfix = await startPostfix({ nextPort: own.port });
    if (isSkipped(postfix)) return t.skip(postfix.skipped);
    try {
      const ask = (port: number, more: Partial<ProofSubject> = {}) =>
        proveRelay(subject(port, { domain: 'good.test', ...more }), deliveriesOf(own), contextFor({ signal: AbortSignal.timeout(60_000) }));
      const { findings } = await ask(postfix.ports.open);
      assert.deepEqual(levelsOf(findings), ['relay fail', 'relay-proof fail', 'relay-proof fail']);
      const [, plain, hidden] = findings;
      assert.ok(plain);
      assert.equal(withoutPort(plain.title), 'mx.mailroom.test:PORT relays mail for strangers: the message arrived');
      const [received, sent, delivered] = plain.evidence;
      assert.match(received!.text, /^Received: from .*\n.*by mx1\.good\.test \(Postfix\) with ESMTP/);
      assert.match(sent!.text, /^MAIL FROM:<>\nRCPT TO:<mailroom-[0-9a-f]{12}@catch\.test>$/);
      assert.match(delivered!.text, /^by 127\.0\.0\.1, as mx1\.good\.test\nto mailroom-[0-9a-f]{12}@catch\.test$/);
      assert.match(
        hidden!.evidence[1]!.text,
        /^MAIL FROM:<probe@\[127\.0\.0\.1\]>\nRCPT TO:<mailroom-[0-9a-f]{12}%catch\.test@\[127\.0\.0\.1\]>$/,
      );
      assert.equal(own.memory.accepted.length, 2);
      // Named ones only, where the tests were asked before.
      const again = await ask(postfix.ports.open, { tests: ['2'] });
      assert.deepEqual(levelsOf(again.findings), ['relay-proof fail']);
      assert.equal(own.memory.accepted.length, 3);
      // Open from this machine, closed to strangers: the stranger is refused.
      const trusting = await ask(postfix.ports.trusting, { tests: ['1'] });
      assert.deepEqual(levelsOf(trusting.findings), ['relay-proof pass']);
      const closed = await ask(postfix.ports.smtp);
      assert.deepEqual(levelsOf(closed.findings), ['relay pass', 'relay-proof skipped']);
      assert.equal(own.memory.accepted.length, 3);
    } finally {
      await postfix.stop();
    }
  });
});

test('Received fields are found in any header, and only there', () => {
  const of = (text: string): readonly string[] => receivedFields(Buffer.from(text, 'latin1'));
  assert.deepEqual(of('Received: by a\r\n\tfor b\r\nSubject: x\r\nRECEIVED : c\r\n\r\nReceived: no\r\n'), [
    'Received: by a\n\tfor b',
    'RECEIVED : c',
  ]);
  assert.deepEqual(of('\r\nReceived: no'), []);
  assert.deepEqual(of('Received: a\n\nReceived: b'), ['Received: a']);
  assert.deepEqual(of('Received: only'), ['Received: only']);
  assert.deepEqual(of(''), []);
});
