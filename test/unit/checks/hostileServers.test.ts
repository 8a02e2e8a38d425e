// Servers that mean harm: answers without end or an octet at a time, floods, certificates with thousands of names, and words that are control
// characters or markup. What is told of them is bounded and plain text, in findings, transcripts and Markdown, and nothing hangs.
import assert from 'node:assert/strict';
import type net from 'node:net';
import { describe, test } from 'node:test';
import { printMarkdown } from '../../../src/checks/markdown.ts';
import type { Finding } from '../../../src/checks/report.ts';
import { checkServer, type ServerOutcome } from '../../../src/checks/smtp/server.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { serve } from '../smtp/scriptedServer.ts';
import { makeCertificate } from './madeCertificates.ts';
import { answerLines, contextFor, finding, levelsOf, type Replies, serveReplies, usual } from './serverFixture.ts';
import { serveStartTlsReplies } from './tlsFixture.ts';

const greeting = '220 mx.mailroom.test ESMTP';
/** Milliseconds that a reply is waited for. */
const reply = 200;

function subject(port: number) {
  return { host: 'mx.mailroom.test', address: '127.0.0.1', port, implicitTls: false, domain: 'good.test' };
}

async function check(replies: Replies, banner = greeting): Promise<ServerOutcome> {
  await using server = await serveReplies(banner, replies);
  return await checkServer(subject(server.port), contextFor({ reply }));
}

/** As usual, but `text` in answer to lines that begin with `verb`. */
function to(verb: string, text: string): Replies {
  return (line, count) => (line.startsWith(verb) ? text : usual(line, count));
}

function markdownOf(findings: readonly Finding[]): string {
  return printMarkdown({
    version: 1,
    question: { kind: 'server', subject: 'mx.mailroom.test:25', options: {} },
    startedAt: '2026-01-01T00:00:00.000Z',
    ms: 1,
    dnsServers: [],
    probedFrom: [],
    verdict: findings[0]?.title ?? '',
    findings,
    transcripts: [],
    isCancelled: false,
  });
}

/** Whatever a server says: so much is told at most, no line is broken, and nothing is markup. */
function assertHarmless({ findings, transcript }: ServerOutcome): void {
  assert.equal(finding(findings, 'connect').level, 'pass');
  const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  for (const { id, title, detail, reason, evidence, remedies } of findings) {
    for (const text of [title, detail, reason]) {
      assert.ok(text.length <= 500, `${id}: ${text.length}`);
      assert.doesNotMatch(text, /[\n\t]/, id);
      assert.doesNotMatch(text, unseen, id);
    }
    for (const { label, text } of [...evidence, ...remedies]) {
      assert.ok(label.length <= 400 && text.length <= 4096, `${id}: ${label.length} and ${text.length}`);
      assert.doesNotMatch(label, /[\n\t]/, id);
      assert.doesNotMatch(label + text, unseen, id);
    }
  }
  assert.ok(findings.length < 60);
  assert.ok(transcript.text.length < 500_000, `${transcript.text.length}`);
  assert.doesNotMatch(transcript.text, unseen);
  assert.deepEqual(parseScript(transcript.text).diagnostics, []);
  // Outside of fences nothing of what was said is read as markup.
  const markdown = markdownOf(findings);
  assert.doesNotMatch(markdown, unseen);
  const outside = markdown.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '');
  assert.doesNotMatch(outside, /(?<!\\)[<>]/);
}

const stages = ['EHLO', 'MAIL', 'RCPT', 'VRFY', 'EXPN', 'QUIT'];

describe('a reply of a megabyte', () => {
  const line = `x${'y'.repeat(498)}`;
  test('of many lines is cut, as a greeting', async () => {
    assertHarmless(await check(usual, `${`220-${line}\r\n`.repeat(2000)}${greeting}`));
  });
  for (const verb of stages) {
    test(`of many lines is cut, to ${verb}`, async () => {
      const outcome = await check(to(verb, `${`250-${line}\r\n`.repeat(2000)}250 end`));
      assertHarmless(outcome);
      assert.equal(
        finding(outcome.findings, 'greeting-name').title,
        verb === 'EHLO' ? 'Two names for one server' : 'Greeting and EHLO name agree',
      );
    });
    test(`of one line is cut, to ${verb}`, async () => assertHarmless(await check(to(verb, `250 ${'z'.repeat(1024 * 1024)}`))));
  }

  test('with ten thousand extensions, each with parameters, is cut', async () => {
    const extensions = Array.from({ length: 10_000 }, (_, index) => `250-XT${index} ${'A '.repeat(20)}\r\n`).join('');
    const outcome = await check(to('EHLO', `250-mx.mailroom.test\r\n${extensions}250 AUTH ${'LOGIN '.repeat(1000)}`));
    assertHarmless(outcome);
    assert.equal(finding(outcome.findings, 'postmaster').level, 'pass');
  });
});

describe('a reply without end', () => {
  /** Sends `text` again and again after a line that begins with `verb`, as fast as it is taken. */
  function flood(verb: string, text: string): (socket: net.Socket) => void {
    return (socket) => {
      const pour = (): void => {
        while (!socket.destroyed && socket.write(text));
        if (!socket.destroyed) socket.once('drain', pour);
      };
      if (verb === '') return pour();
      const replies: Replies = (line, count) => {
        if (!line.startsWith(verb)) return usual(line, count);
        setImmediate(pour);
        return '';
      };
      answerLines(socket, greeting, replies, []);
    };
  }

  for (const verb of ['', ...stages]) {
    for (const [what, text] of [
      ['one line', 'x'.repeat(64 * 1024)],
      ['more and more lines', `250-${'x'.repeat(60)}\r\n`.repeat(1000)],
      ['replies that nobody asked for', '250 Ok\r\n'.repeat(8000)],
    ] as const) {
      test(`is cut off: ${what} ${verb === '' ? 'as a greeting' : `to ${verb}`}`, { timeout: 20_000 }, async () => {
        await using server = await serve(flood(verb, text));
        assertHarmless(await checkServer(subject(server.port), contextFor({ reply })));
      });
    }
  }

  test('an octet at a time is not waited for longer than told', async () => {
    await using server = await serve((socket) => {
      const timer = setInterval(() => socket.write('2'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const outcome = await checkServer(subject(server.port), contextFor({ reply }));
    assertHarmless(outcome);
    assert.equal(finding(outcome.findings, 'greeting').level, 'unknown');
  });
});

describe('replies an octet at a time', () => {
  test('are understood when they come in time', async () => {
    await using server = await serve((socket) => {
      const octets: string[] = [];
      const timer = setInterval(() => {
        const octet = octets.shift();
        if (octet === '\0') socket.end();
        else if (octet !== undefined) socket.write(octet);
      }, 1);
      socket.on('close', () => clearInterval(timer));
      const say = (text: string): void => void octets.push(...`${text}\r\n`);
      say(greeting);
      let pending = '';
      socket.on('data', (chunk: Buffer) => {
        const lines = (pending + chunk.toString('latin1')).split('\r\n');
        pending = lines.pop() ?? '';
        for (const line of lines) {
          say(usual(line, 0) ?? '');
          if (line === 'QUIT') octets.push('\0');
        }
      });
    });
    const outcome = await checkServer(subject(server.port), contextFor());
    assertHarmless(outcome);
    assert.deepEqual(levelsOf(outcome.findings.filter(({ level }) => ['fail', 'warn', 'unknown'].includes(level))), ['starttls warn']);
  });
});

describe('words of a server', () => {
  const evil =
    '<img src=x onerror=alert(1)> `` ``` **b** [a](http://evil.test) \u001b]0;x\u0007\u0000\u009b31m \u202etxt.exe {{user}} /a*/ | # \u2028 &lt;';

  for (const verb of ['', ...stages]) {
    test(`with control characters and markup are text: ${verb === '' ? 'greeting' : verb}`, async () => {
      const outcome = await check(
        verb === '' ? usual : to(verb, `250-${evil}\r\n250 ${evil} Postfix`),
        verb === '' ? `220 ${evil} Postfix` : greeting,
      );
      assertHarmless(outcome);
      assert.match(outcome.transcript.text, /<img src=x/);
    });
  }

  for (const code of ['421', '450', '530', '554', '999', '25', '']) {
    test(`with control characters and markup are text, whatever the code: ${code || 'none'}`, async () => {
      for (const verb of stages) assertHarmless(await check(to(verb, `${code} ${evil}`)));
      assertHarmless(await check(usual, `${code} ${evil}`));
    });
  }

  test('do not end a line of ours: a recipient with a line break stays one command', async () => {
    await using server = await serveReplies(greeting, usual);
    const outcome = await checkServer({ ...subject(server.port), recipient: 'a@b>\r\nDATA\r\n' }, contextFor());
    assert.ok(!server.heard.includes('DATA'));
    assertHarmless(outcome);
  });
});

describe('a certificate', () => {
  const certificateOf = async (wish: Parameters<typeof makeCertificate>[0], host = 'mx.mailroom.test') => {
    const identity = await makeCertificate(wish);
    await using server = await serveStartTlsReplies({ certificate: 'good', identity });
    const outcome = await checkServer({ ...subject(server.port), host, authorities: [identity.cert] }, contextFor());
    assertHarmless(outcome);
    return outcome;
  };

  test('with thousands of names is read and its names are cut', async () => {
    const names = Array.from({ length: 2500 }, (_, index) => `DNS:n${index}.mailroom.test`);
    const { findings, certificate } = await certificateOf({ names });
    assert.equal(certificate?.names.length, 100);
    assert.match(finding(findings, 'certificate-name').detail, /^it is for n0\.mailroom\.test, .* and 80 more$|…$/);
    const { findings: right } = await certificateOf({ names }, 'n2499.mailroom.test');
    assert.ok(!right.some(({ id }) => id === 'certificate-name'));
  });

  test('that is larger than the runtime takes is no certificate, and all else is asked', async () => {
    const names = Array.from({ length: 9000 }, (_, index) => `DNS:n${index}.mailroom.test`);
    const { findings, certificate } = await certificateOf({ names });
    assert.equal(certificate, null);
    assert.equal(finding(findings, 'tls-handshake').level, 'warn');
    assert.equal(finding(findings, 'postmaster').level, 'pass');
  });

  test('with names that are control characters and markup is told as text', async () => {
    const names = ['DNS:<b>x</b>', 'DNS:a\u001b]0;t\u0007.test', 'DNS:x, DNS:mx.mailroom.test', 'DNS:*', 'DNS:'.padEnd(5000, 'y')];
    const { findings, certificate } = await certificateOf({ commonName: '<script>\u001b[31m\u202e', names });
    assert.equal(certificate?.isNameRight, false);
    assert.ok(findings.some(({ id }) => id === 'certificate-name'));
  });

  test('that never comes: the handshake is given up', async () => {
    await using server = await serve((socket) => {
      answerLines(socket, greeting, (line) => (/^EHLO/.test(line) ? '250-mx\r\n250 STARTTLS' : line === 'STARTTLS' ? '220 go' : ''), []);
    });
    const outcome = await checkServer(subject(server.port), contextFor({ reply }));
    assertHarmless(outcome);
    assert.equal(finding(outcome.findings, 'tls-handshake').level, 'unknown');
  });
});
