// What a conversation with a server comes to: good servers, servers that refuse, wait, drop or lie, and what is skipped then.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { portBlockedFinding } from '../../../src/checks/smtp/connecting.ts';
import { teller } from '../../../src/checks/smtp/found.ts';
import { checkServer } from '../../../src/checks/smtp/server.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { startServer } from '../capture/fixture.ts';
import { serve } from '../smtp/scriptedServer.ts';
import { type ContextOptions, contextFor, finding, levelsOf, type Replies, serveReplies, usual } from './serverFixture.ts';

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

const skippedTls = ['certificate skipped', 'old-protocols skipped', 'starttls-injection skipped'];
const skippedUsers = ['null-sender', 'postmaster', 'postmaster-plain', 'abuse', 'catch-all', 'address-literal'].map(
  (id) => `${id} skipped`,
);
const skippedRest = ['extensions skipped', ...skippedUsers, 'vrfy skipped', 'expn skipped', 'starttls skipped', ...skippedTls];

describe('a server as it should be', () => {
  test('gives a finding for each question, and nothing is failed', async () => {
    const { findings, probedFrom, names, hasTls, certificate } = await check();
    assert.deepEqual(levelsOf(findings), [
      'connect pass',
      'greeting-name pass',
      'extensions pass',
      'starttls warn',
      ...skippedTls,
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
    ]);
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
    assert.deepEqual([finding(findings, 'greeting-name').level, finding(strict, 'greeting-name').level], ['info', 'warn']);
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
    assert.deepEqual(levelsOf(findings), ['connect pass', 'ehlo fail', ...skippedRest, 'times info']);
  });

  test('refuses us, not its postmaster: that is not held against it', async () => {
    const { findings } = await check(but({ '^RCPT': '554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using bl.test' }));
    assert.deepEqual(levelsOf(findings.filter(({ id }) => ['postmaster', 'abuse', 'catch-all'].includes(id))), [
      'postmaster unknown',
      'catch-all unknown',
      'abuse unknown',
    ]);
  });

  test('puts recipients off, as with greylisting: nothing is known of them', async () => {
    const { findings } = await check(but({ '^RCPT': '450 4.2.0 Greylisted, come back in 300 seconds' }));
    assert.deepEqual(
      levelsOf(findings.filter(({ level }) => level === 'unknown')),
      ['postmaster', 'catch-all', 'abuse', 'postmaster-plain', 'address-literal'].map((id) => `${id} unknown`),
    );
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
      assert.match(finding(findings, 'postmaster').reason, new RegExp(`Try again in ${wanted}\\.$`));
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
    assert.equal(finding(findings, 'postmaster').level, 'skipped');
    assert.equal(finding(findings, 'postmaster').detail, 'the server wants a login first');
  });
});

describe('a server that one cannot talk to', () => {
  test('refuses the connection', async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    const { findings, probedFrom } = await checkServer(subject(server.port), contextFor());
    assert.deepEqual(levelsOf(findings), ['connect-refused fail', 'greeting skipped', ...skippedRest]);
    assert.ok(findings.slice(1).every(({ detail }) => detail === 'needs a connection'));
    assert.equal(probedFrom, null);
  });

  test('never greets', async () => {
    const { findings } = await check(usual, { banner: null, reply: 100 });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting unknown', ...skippedRest, 'times info']);
    assert.equal(finding(findings, 'times').steps?.[1]?.isAnswered, false);
  });

  test('greets with 554: nothing but QUIT is said', async () => {
    const { findings, heard } = await check(usual, { banner: '554 5.7.1 Not you' });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting fail', ...skippedRest, 'times info']);
    assert.deepEqual(heard, ['QUIT']);
  });

  test('is busy: that is not known, not failed', async () => {
    const { findings } = await check(usual, { banner: '421 4.3.2 Too many connections' });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting unknown', ...skippedRest, 'times info']);
  });

  test('is no mail server', async () => {
    const { findings } = await check(usual, { banner: 'SSH-2.0-OpenSSH_9.6' });
    assert.deepEqual(levelsOf(findings), ['connect pass', 'greeting warn', ...skippedRest, 'times info']);
  });

  for (const [offer, ending, rest] of [
    ['250 mx.mailroom.test', 'was not is skipped', 'skipped'],
    ['250-mx.mailroom.test\r\n250 PIPELINING', 'went out with it, too', 'unknown'],
  ] as const) {
    test(`hangs up in the middle: what was asked is not known, what ${ending}`, async () => {
      const { findings } = await check(but({ '^RCPT.*abuse': null, '^EHLO': offer }));
      assert.equal(finding(findings, 'postmaster').level, 'pass');
      assert.equal(finding(findings, 'abuse').level, 'unknown');
      assert.deepEqual(levelsOf(findings).slice(-5), [
        `postmaster-plain ${rest}`,
        `address-literal ${rest}`,
        'vrfy skipped',
        'expn skipped',
        'times info',
      ]);
    });
  }

  test('leaves a question without an answer: it is waited for once', async () => {
    const { findings } = await check(but({ '^RCPT.*<postmaster>': '', '^EHLO': '250 mx.mailroom.test' }), { reply: 100 });
    assert.equal(finding(findings, 'postmaster-plain').level, 'unknown');
    assert.equal(finding(findings, 'vrfy').level, 'skipped');
  });

  test('leaves one of several questions that came together without an answer: no reply is taken for that to another', async () => {
    const { findings, heard, transcript } = await check(but({ '^RCPT.*<postmaster>': '' }), { reply: 100 });
    assert.equal(heard.filter((line) => line === 'RCPT TO:<postmaster>').length, 2);
    assert.deepEqual(
      ['postmaster', 'catch-all', 'abuse', 'postmaster-plain', 'address-literal'].map((id) => finding(findings, id).level),
      ['pass', 'pass', 'pass', 'unknown', 'skipped'],
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
    assert.deepEqual(levelsOf(findings).slice(-3), ['vrfy unknown', 'expn skipped', 'times info']);
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
    assert.equal(finding(findings, 'postmaster').detail, 'cancelled');
  });
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
