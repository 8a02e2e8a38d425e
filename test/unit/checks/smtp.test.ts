// What a conversation with a server comes to: good servers, servers that refuse, wait, drop or lie, and what is skipped then.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Finding } from '../../../src/checks/report.ts';
import { portBlockedFinding } from '../../../src/checks/smtp/connecting.ts';
import { teller } from '../../../src/checks/smtp/found.ts';
import { checkServer } from '../../../src/checks/smtp/server.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { startServer } from '../capture/fixture.ts';
import { authority, serve, serveTls } from '../smtp/scriptedServer.ts';
import { answerLines, type ContextOptions, contextFor, finding, levelsOf, type Replies, serveReplies, usual } from './serverFixture.ts';

const greeting = '220 mx.mailroom.test ESMTP';

function subject(port: number) {
  return { host: 'mx.mailroom.test', address: '127.0.0.1', port, implicitTls: false, domain: 'good.test' };
}

async function check(
  replies: Replies = usual,
  { banner = greeting, ...options }: ContextOptions & { readonly banner?: string | null } = {},
) {
  await using server = await serveReplies(banner, replies);
  return { ...(await checkServer(subject(server.port), contextFor(options))), heard: server.heard };
}

/** usual, with some lines answered otherwise: pattern to reply. */
function but(others: Readonly<Record<string, string | null>>): Replies {
  return (line, count) => {
    const key = Object.keys(others).find((pattern) => new RegExp(pattern, 'i').test(line));
    return key === undefined ? usual(line, count) : (others[key] ?? null);
  };
}

const skippedRest = 'checks-skipped skipped';
const allSkipped = [
  'EHLO and extensions',
  'The null sender',
  'postmaster@good.test',
  'Users that do not exist',
  'abuse@good.test',
  'Postmaster without a domain',
  'Postmaster at the address',
  'VRFY',
  'EXPN',
  'STARTTLS',
  'Certificate',
  'TLS 1.0 and 1.1',
  'Commands before the handshake',
];

function skippedOf(findings: readonly Finding[]): { readonly title: string; readonly detail: string; readonly names: readonly string[] } {
  const { title, detail, evidence } = finding(findings, 'checks-skipped');
  return { title, detail, names: evidence[0]?.text.split('\n') ?? [] };
}

describe('a server as it should be', () => {
  test('gives a finding for each question, and nothing is failed', async () => {
    const { findings, probedFrom, names, hasTls, certificate } = await check();
    assert.deepEqual(levelsOf(findings), [
      'connect pass',
      'greeting-name pass',
      'extensions pass',
      'starttls warn',
      'null-sender pass',
      'postmaster pass',
      'catch-all pass',
      'abuse pass',
      'postmaster-plain pass',
      'address-literal info',
      'size info',
      'vrfy pass',
      'expn pass',
      'times info',
      skippedRest,
    ]);
    assert.deepEqual(skippedOf(findings), {
      title: '3 checks were skipped',
      detail: 'needs STARTTLS',
      names: ['Certificate', 'TLS 1.0 and 1.1', 'Commands before the handshake'],
    });
    assert.deepEqual([probedFrom, hasTls, certificate], ['127.0.0.1', false, null]);
    assert.deepEqual(names, { greeting: 'mx.mailroom.test', hello: 'mx.mailroom.test' });
    assert.equal(finding(findings, 'extensions').detail, 'SIZE 1000, PIPELINING');
  });

  test('is asked politely: one conversation, no DATA, QUIT at the end', async () => {
    const { heard } = await check();
    assert.deepEqual(
      heard.map((line) => line.replace(/no-such-user-[0-9a-f]{8}/, 'nobody')),
      [
        'EHLO [127.0.0.1]',
        'MAIL FROM:<>',
        'RCPT TO:<postmaster@good.test>',
        'RCPT TO:<nobody@good.test>',
        'RCPT TO:<abuse@good.test>',
        'RCPT TO:<postmaster>',
        'RCPT TO:<postmaster@[127.0.0.1]>',
        'RSET',
        'MAIL FROM:<> SIZE=1001',
        'RSET',
        'VRFY postmaster',
        'EXPN postmaster',
        'QUIT',
      ],
    );
  });

  test('leaves a transcript that is a .smtp file without mistakes, and the times of each step', async () => {
    const { transcript, findings, heard } = await check();
    const { conversations, diagnostics } = parseScript(transcript.text);
    assert.deepEqual([conversations.length, diagnostics], [1, []]);
    assert.deepEqual(
      transcript.text.split('\n').flatMap((line) => (line.startsWith('C: ') ? [line.slice(3)] : [])),
      heard,
    );
    const steps = finding(findings, 'times').steps ?? [];
    assert.deepEqual(
      steps.slice(0, 5).map(({ name, isAnswered }) => `${name} ${isAnswered}`),
      ['connect true', 'greeting true', 'EHLO true', 'MAIL true', 'RCPT true'],
    );
  });

  test('ours is such a server, but for what a server for testing does on purpose', async () => {
    await using running = await startServer();
    const { findings } = await checkServer(subject(running.port), contextFor());
    const { findings: strict } = await checkServer(subject(running.port), contextFor({ isLab: false }));
    assert.deepEqual(
      findings.filter(({ level }) => level === 'fail' || level === 'unknown'),
      [],
    );
    assert.deepEqual([finding(findings, 'greeting-name').level, finding(strict, 'greeting-name').level], ['info', 'info']);
    assert.deepEqual(levelsOf(strict.filter(({ level }) => level === 'warn')), []);
    assert.deepEqual([finding(strict, 'testing-server').level, finding(strict, 'starttls').level], ['info', 'info']);
    assert.equal(finding(findings, 'catch-all').level, 'info');
    assert.equal(finding(findings, 'software').title, 'Tells its software: Mailroom');
  });
});

describe('a server that does something wrong', () => {
  const cases: readonly [string, Replies, string][] = [
    ['refuses the null sender', but({ '^MAIL': '550 5.1.0 No' }), 'null-sender fail'],
    ['refuses postmaster', but({ '^RCPT.*postmaster@good': '550 5.1.1 No such user' }), 'postmaster fail'],
    ['refuses postmaster without a domain', but({ '^RCPT.*<postmaster>': '550 5.1.1 No' }), 'postmaster-plain warn'],
    ['refuses abuse', but({ '^RCPT.*abuse': '550 5.1.1 No' }), 'abuse warn'],
    ['accepts anybody', but({ '^RCPT': '250 Ok' }), 'catch-all info'],
    ['tells who exists', but({ '^VRFY postmaster': '250 Post Master', '^VRFY': '550 No' }), 'vrfy warn'],
    ['lists members', but({ '^EXPN': '250 Kim <kim@good.test>' }), 'expn warn'],
    ['offers a login in the clear', but({ '^EHLO': '250-mx.mailroom.test\r\n250 AUTH PLAIN LOGIN' }), 'auth-unencrypted warn'],
    ['lets us pretend to be another', but({ '^EHLO': '250-mx.mailroom.test\r\n250 XCLIENT ADDR' }), 'xclient warn'],
    ['knows only HELO', but({ '^EHLO': '502 What', '^HELO': '250 mx.mailroom.test' }), 'ehlo warn'],
    ['has two names', but({ '^EHLO': '250 other.test' }), 'greeting-name info'],
    ['ends without a word', but({ '^QUIT': '250 Ok' }), 'quit info'],
  ];
  for (const [what, replies, expected] of cases) {
    test(what, async () => {
      const { findings } = await check(replies);
      assert.ok(levelsOf(findings).includes(expected), levelsOf(findings).join('\n'));
      const others = findings.filter(({ id, level }) => level === 'fail' && !expected.startsWith(id));
      assert.deepEqual(levelsOf(others), []);
    });
  }

  test('forgets what comes together with other commands: all is asked one after the other, and that is a warning', async () => {
    await using server = await serve((socket) => {
      socket.write(`${greeting}\r\n`);
      socket.on('data', (octets: Buffer) => {
        const [first = ''] = octets.toString('latin1').split('\r\n');
        socket.write(`${usual(first, 0)}\r\n`);
        if (first === 'QUIT') socket.end();
      });
    });
    const { findings } = await checkServer(subject(server.port), contextFor({ reply: 200 }));
    assert.deepEqual(levelsOf(findings.filter(({ level }) => ['fail', 'warn', 'unknown'].includes(level))), [
      'starttls warn',
      'pipelining warn',
    ]);
    assert.equal(finding(findings, 'address-literal').level, 'info');
  });

  test('accepts neither EHLO nor HELO: all else is skipped', async () => {
    const { findings } = await check(but({ '^(?:EHLO|HELO)': '550 Go away' }));
    assert.deepEqual(levelsOf(findings), ['connect pass', 'ehlo fail', 'times info', skippedRest]);
  });

  test('refuses us, not its postmaster: that is not held against it', async () => {
    const { findings } = await check(but({ '^RCPT': '554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using bl.test' }));
    assert.deepEqual(levelsOf(findings.filter(({ id }) => ['postmaster', 'abuse', 'catch-all'].includes(id))), [
      'postmaster unknown',
      'catch-all unknown',
      'abuse unknown',
    ]);
  });

  test('puts recipients off, as with greylisting: that is one thing that is not known', async () => {
    const reply = '450 4.2.0 Greylisted, come back in 300 seconds';
    const { findings } = await check(but({ '^(?:RCPT|VRFY|EXPN)': reply, '^EHLO': '250-mx.mailroom.test\r\n250 PIPELINING' }));
    assert.deepEqual(levelsOf(findings.filter(({ level }) => level === 'unknown')), ['put-off unknown']);
    const { title, detail } = finding(findings, 'put-off');
    assert.deepEqual([title, detail], ['Greylisted: try again in 5 minutes', reply]);
    const folded = findings.find(({ detail: why }) => why.startsWith('put off as well'));
    assert.deepEqual(folded?.evidence[0]?.text.split('\n'), [
      'postmaster@good.test',
      'Users that do not exist',
      'abuse@good.test',
      'Postmaster without a domain',
      'Postmaster at the address',
      'VRFY',
      'EXPN',
    ]);
  });

  test('puts off only who it does not know: what else it said counts', async () => {
    const { findings } = await check(but({ '^RCPT.*no-such-user': '450 4.2.0 Greylisted' }));
    assert.deepEqual(levelsOf(findings.filter(({ level }) => level === 'unknown')), ['catch-all unknown']);
    assert.equal(finding(findings, 'postmaster').level, 'pass');
  });

  for (const offer of ['250-mx.mailroom.test\r\n250 PIPELINING', '250 mx.mailroom.test']) {
    test(`does not take the domain: one failure, and nothing is said of its users, after ${offer.slice(-10)}`, async () => {
      const reply = '554 5.7.1 Relay access denied';
      const { findings } = await check(but({ '^RCPT.*@good': reply, '^EHLO': offer }));
      assert.deepEqual(levelsOf(findings.filter(({ level }) => level === 'fail')), ['domain-refused fail']);
      const { title, detail, remedies, target } = finding(findings, 'domain-refused');
      assert.deepEqual([title, detail], [`mx.mailroom.test:${target.port} takes no mail for good.test`, reply]);
      assert.match(remedies.map(({ text }) => text).join('\n'), /mydestination.*good\.test\nvirtual_mailbox_domains.*\nrelay_domains/);
      const folded = findings.find(({ detail: why }) => why === 'the server takes no mail for good.test');
      assert.equal(folded?.evidence[0]?.text, 'postmaster@good.test\nUsers that do not exist\nabuse@good.test');
      assert.equal(finding(findings, 'postmaster-plain').level, 'pass');
    });
  }

  test('refuses whomever it is asked for, and does not say why: that unknown users are refused is no merit', async () => {
    const { findings } = await check(but({ '^RCPT.*@good': '550 5.1.1 No such user' }));
    assert.deepEqual(levelsOf(findings.filter(({ id }) => ['postmaster', 'abuse', 'catch-all'].includes(id))), [
      'postmaster fail',
      'abuse warn',
      'catch-all skipped',
    ]);
  });

  for (const [said, wanted] of [
    ['Greylisted, come back in 300 seconds', '5 minutes'],
    ['4.7.1 Greylisting in action, please come back in 00:04:30', '5 minutes'],
    ['Try again in 1 min', 'a minute'],
    ['Greylisted for 10 minutes', '10 minutes'],
    ['come back in 99999 minutes', 'some minutes'],
    ['Greylisted', 'some minutes'],
  ] as const) {
    test(`puts recipients off with "${said}": try again in ${wanted}`, async () => {
      const { findings } = await check(but({ '^RCPT': `450 ${said}` }));
      assert.match(finding(findings, 'put-off').title, new RegExp(`: try again in ${wanted}$`));
    });
  }

  test('slows down after errors is told so', async () => {
    let hasFailed = false;
    await using server = await serve((socket) => {
      socket.write(`${greeting}\r\n`);
      socket.on('data', (octets: Buffer) => {
        const line = octets.toString('latin1').trim();
        const reply = line.startsWith('EHLO') ? '250 mx.mailroom.test' : (usual(line, 0) ?? '');
        const wait = hasFailed ? 1050 : 0;
        hasFailed ||= reply.startsWith('5');
        setTimeout(() => socket.write(`${reply}\r\n`), wait);
        if (line === 'QUIT') socket.end();
      });
    });
    const { findings } = await checkServer({ ...subject(server.port), domain: undefined }, contextFor());
    const found = finding(findings, 'tarpit');
    assert.deepEqual([found.level, found.title], ['info', 'Slows down after errors']);
  });

  for (const [reply, title] of [
    ['250 2.1.0 Ok', 'A mail above the size limit is not refused at once'],
    ['552 5.3.4 Too big', 'A mail above the size limit is refused at once'],
  ] as const) {
    test(`says of mails above its limit: ${reply}`, async () => {
      const { findings } = await check(but({ '^MAIL.*SIZE=': reply }));
      assert.deepEqual([finding(findings, 'size').title, finding(findings, 'size').detail], [title, 'limit 1,000 bytes']);
    });
  }

  for (const [reply, expected] of [
    ['250 Ok', 'info kim@good.test is accepted'],
    ['550 No such user', 'info kim@good.test is refused'],
    ['451 Later', 'unknown kim@good.test is put off'],
  ] as const) {
    test(`says of an address that the person wants to know about: ${reply}`, async () => {
      await using server = await serveReplies(greeting, but({ '^RCPT.*kim@': reply }));
      const { findings } = await checkServer({ ...subject(server.port), recipient: 'kim@good.test' }, contextFor());
      const { level, title } = finding(findings, 'recipient');
      assert.equal(`${level} ${title}`, expected);
    });
  }

  test('offers extensions: each is told with what it means', async () => {
    const { findings } = await check(but({ '^EHLO': '250-mx.mailroom.test\r\n250-SIZE 1000\r\n250-LIMITS RCPTMAX=20\r\n250 X-OURS' }));
    assert.equal(
      finding(findings, 'extensions').evidence[0]?.text,
      'SIZE: takes mails up to 1,000 bytes (RFC 1870)\nLIMITS: tells its limits: RCPTMAX=20 (RFC 9422)\nX-OURS: not a registered extension that is known here',
    );
  });

  test('wants a login for everything: recipients are skipped', async () => {
    const { findings } = await check(but({ '^MAIL': '530 5.7.0 Authentication required' }));
    const folded = findings.find(({ detail }) => detail === 'the server wants a login first');
    assert.match(folded?.evidence[0]?.text ?? '', /^The null sender\npostmaster@good\.test\n/);
  });
});

function cancelledAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

describe('a server that one cannot talk to', () => {
  test('refuses the connection', async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    const { findings, probedFrom } = await checkServer(subject(server.port), contextFor());
    assert.deepEqual(levelsOf(findings), ['connect-refused fail', skippedRest]);
    assert.deepEqual(skippedOf(findings), {
      title: '14 checks were skipped',
      detail: 'needs a connection',
      names: ['Greeting', ...allSkipped],
    });
    assert.equal(probedFrom, null);
  });

  test('never greets', async () => {
    const { findings } = await check(usual, { banner: null, reply: 100 });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting unknown', 'times skipped', skippedRest]);
    assert.deepEqual(skippedOf(findings), { title: '13 checks were skipped', detail: 'needs a greeting', names: allSkipped });
    assert.equal(finding(findings, 'times').steps?.[1]?.isAnswered, false);
  });

  test('greets with 554: nothing but QUIT is said', async () => {
    const { findings, heard } = await check(usual, { banner: '554 5.7.1 Not you' });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting fail', 'times info', skippedRest]);
    assert.deepEqual(heard, ['QUIT']);
  });

  test('is busy: that is not known, not failed', async () => {
    const { findings } = await check(usual, { banner: '421 4.3.2 Too many connections' });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting unknown', 'times info', skippedRest]);
  });

  for (const [banner, protocol] of [
    ['HTTP/1.1 400 Bad Request\r\nConnection: close\r\n', 'HTTP'],
    ['SSH-2.0-OpenSSH_9.6', 'SSH'],
    ['+OK Dovecot ready.', 'POP3'],
    ['* OK [CAPABILITY IMAP4rev1] ready', 'IMAP'],
    ['200 news.mailroom.test ready', 'NNTP'],
    ['220 (vsFTPd 3.0.3)', 'FTP'],
    ['\x15\x03\x01\x00\x02\x02\x46', 'TLS'],
  ] as const) {
    test(`is no mail server: it looks like ${protocol}`, async () => {
      const refusing: Replies = (line) => (line.startsWith('QUIT') ? '221 Goodbye' : '530 Please login with USER and PASS.');
      await using server = await serveReplies(banner, refusing);
      const { findings } = await checkServer(subject(server.port), contextFor());
      assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting fail', 'times info', skippedRest]);
      assert.equal(finding(findings, 'greeting').title, `127.0.0.1:${server.port} is no SMTP server: it looks like ${protocol}`);
      assert.equal(skippedOf(findings).detail, 'needs an SMTP server');
    });
  }

  test('is no mail server, and says a thing that nobody knows', async () => {
    const { findings } = await check(usual, { banner: 'What do you want' });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting fail', 'times info', skippedRest]);
    assert.match(finding(findings, 'greeting').title, /^127\.0\.0\.1:\d+ is no SMTP server$/);
  });

  test('waits for TLS before it says anything: it is told so, and all is asked inside of it', async () => {
    await using server = await serveTls('good', (socket) => answerLines(socket, greeting, usual, []));
    const trusting = { ...subject(server.port), authorities: [authority] };
    const { findings, hasTls, transcript } = await checkServer(trusting, contextFor({ reply: 400 }));
    const { level, title } = finding(findings, 'implicit-tls');
    assert.deepEqual([level, title], ['info', `127.0.0.1:${server.port} speaks TLS from the first octet`]);
    assert.deepEqual(levelsOf(findings.filter((one) => ['fail', 'unknown', 'skipped'].includes(one.level))), []);
    assert.equal(finding(findings, 'postmaster').level, 'pass');
    assert.equal(hasTls, true);
    assert.match(transcript.text, /### Check with TLS from the first octet\n@connect 127\.0\.0\.1:\d+\n@verify off\n@tls implicit\n/);
    const { findings: ofDomain } = await checkServer({ ...trusting, isNamedByOthers: true }, contextFor({ reply: 400 }));
    assert.equal(finding(ofDomain, 'implicit-tls').level, 'fail');
  });

  test('greets late, after TLS was tried beside: it is asked on the first connection', async () => {
    let connections = 0;
    await using server = await serve((socket) => {
      connections++;
      setTimeout(() => answerLines(socket, greeting, usual, []), 300);
    });
    const { findings } = await checkServer(subject(server.port), contextFor({ reply: 500 }));
    assert.equal(connections, 2);
    assert.equal(finding(findings, 'postmaster').level, 'pass');
    assert.deepEqual(levelsOf(findings.filter(({ id }) => ['greeting', 'implicit-tls', 'tls-handshake'].includes(id))), []);
  });

  for (const [offer, ending, rest] of [
    ['250 mx.mailroom.test', 'was not is skipped', 'skipped'],
    ['250-mx.mailroom.test\r\n250 PIPELINING', 'went out with it, too', 'unknown'],
  ] as const) {
    test(`hangs up in the middle: what was asked is not known, what ${ending}`, async () => {
      const { findings } = await check(but({ '^RCPT.*abuse': null, '^EHLO': offer }));
      assert.equal(finding(findings, 'postmaster').level, 'pass');
      assert.equal(finding(findings, 'abuse').level, 'unknown');
      const ended = findings.find(({ detail }) => detail === 'the conversation had ended before');
      const late = rest === 'skipped' ? ['Postmaster without a domain', 'Postmaster at the address'] : [];
      assert.deepEqual(ended?.evidence[0]?.text.split('\n'), [...late, 'VRFY', 'EXPN']);
      assert.equal(
        findings.some(({ id, level }) => id === 'address-literal' && level === 'unknown'),
        rest === 'unknown',
      );
    });
  }

  test('leaves a question without an answer: it is waited for once', async () => {
    const { findings } = await check(but({ '^RCPT.*<postmaster>': '', '^EHLO': '250 mx.mailroom.test' }), { reply: 100 });
    assert.equal(finding(findings, 'postmaster-plain').level, 'unknown');
    assert.ok(findings.some(({ evidence }) => evidence[0]?.text === 'Postmaster at the address\nVRFY\nEXPN'));
  });

  test('leaves one of several questions that came together without an answer: no reply is taken for that to another', async () => {
    const { findings, heard, transcript } = await check(but({ '^RCPT.*<postmaster>': '' }), { reply: 100 });
    assert.equal(heard.filter((line) => line === 'RCPT TO:<postmaster>').length, 2);
    assert.deepEqual(
      ['postmaster', 'catch-all', 'abuse', 'postmaster-plain'].map((id) => finding(findings, id).level),
      ['pass', 'pass', 'pass', 'unknown'],
    );
    assert.equal(findings.filter(({ id }) => id === 'null-sender').length, 1);
    assert.ok(!findings.some(({ id }) => id === 'pipelining'));
    assert.deepEqual(parseScript(transcript.text).diagnostics, []);
  });

  test('sends its answer an octet at a time and never ends: it is not waited for longer than told', async () => {
    await using server = await serve((socket) => {
      const timer = setInterval(() => socket.write('2'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const { findings } = await checkServer(subject(server.port), contextFor({ reply: 200 }));
    assert.equal(finding(findings, 'greeting').level, 'unknown');
  });

  test('is left when no time is left: what was asked is not known', async () => {
    const { findings } = await check(but({ '^RCPT': '' }), { signal: AbortSignal.timeout(200) });
    assert.deepEqual([finding(findings, 'postmaster').level, finding(findings, 'postmaster').detail], ['unknown', 'no time was left']);
    assert.deepEqual(levelsOf(findings.filter(({ level }) => level === 'fail')), []);
  });

  test('says 421 in the middle: nothing more is said, and no command is taken for refused', async () => {
    const { findings, heard } = await check(but({ '^VRFY': '421 4.7.0 Too many errors' }));
    assert.deepEqual(levelsOf(findings).slice(-4), ['vrfy unknown', 'times info', 'checks-skipped skipped', 'expn skipped']);
    assert.equal(heard.at(-1), 'VRFY postmaster');
  });

  test('is left when it is cancelled: no finding is failed or not known', async () => {
    const controller = new AbortController();
    const replies: Replies = (line, count) => {
      if (!line.startsWith('RCPT')) return usual(line, count);
      controller.abort();
      return '';
    };
    const { findings } = await check(replies, { signal: controller.signal });
    assert.deepEqual(levelsOf(findings.filter(({ level }) => level === 'fail' || level === 'unknown')), []);
    const cancelled = findings.find(({ detail }) => detail === 'cancelled');
    assert.deepEqual(
      [cancelled?.level, cancelled?.evidence[0]?.text.split('\n')],
      [
        'skipped',
        [
          'postmaster@good.test',
          'Users that do not exist',
          'abuse@good.test',
          'Postmaster without a domain',
          'Postmaster at the address',
          'VRFY',
          'EXPN',
        ],
      ],
    );
  });

  for (const [what, banner, replies, before] of [
    ['the greeting', null, usual, []],
    ['the reply to EHLO', greeting, but({ '^EHLO': '' }), []],
    ['the reply to MAIL', greeting, but({ '^MAIL': '' }), ['checks-skipped']],
  ] as const) {
    test(`is left when it is cancelled while ${what} is awaited: all that is left says so`, async () => {
      const { findings } = await check(replies, { banner, signal: cancelledAfter(100) });
      assert.deepEqual(levelsOf(findings.filter(({ level }) => level === 'fail' || level === 'unknown')), []);
      const skipped = findings.filter(({ level, id }) => level === 'skipped' && id !== 'times');
      assert.deepEqual(
        skipped.map(({ detail }) => detail),
        [...before.map(() => 'needs STARTTLS'), 'cancelled'],
      );
      assert.ok(skipped.every(({ evidence }) => !/did not|accepted|refused/.test(evidence[0]?.text ?? '')));
    });
  }
});

describe('port 25', () => {
  const of = (id: string, address: string) =>
    teller('addresses', { host: 'mx', address, port: 25, implicitTls: false })({ id, level: 'unknown', title: '' });
  const tell = (title: string, detail: string) =>
    teller('addresses', { host: '', address: '', port: 25, implicitTls: false })({ id: 'port-blocked', level: 'unknown', title, detail });

  test('seems to be blocked here when it times out everywhere', () => {
    const found = portBlockedFinding([of('connect-timeout', '192.0.2.1'), of('connect-timeout', '192.0.2.2')], tell);
    assert.equal(found?.detail, '192.0.2.1:25 and 192.0.2.2:25 timed out');
  });

  test('does not when something answers, or when only one server was tried', () => {
    assert.equal(portBlockedFinding([of('connect-timeout', '192.0.2.1'), of('connect', '192.0.2.2')], tell), null);
    assert.equal(portBlockedFinding([of('connect-timeout', '192.0.2.1'), of('connect-refused', '192.0.2.2')], tell), null);
    assert.equal(portBlockedFinding([of('connect-timeout', '192.0.2.1')], tell), null);
  });
});
