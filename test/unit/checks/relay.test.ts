// The relay tests and their verdict: against servers that answer as they are told, and our own, which takes everything.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mostRelayTests, type RelayNames, relayTests } from '../../../src/checks/relay/matrix.ts';
import { describeProbing } from '../../../src/checks/relay/probing.ts';
import { checkRelay } from '../../../src/checks/relay/relay.ts';
import { startServer } from '../capture/fixture.ts';
import { serve, serveTls } from '../smtp/scriptedServer.ts';
import { answerLines, contextFor, finding, levelsOf, type Replies, serveReplies, usual, withoutPort } from './serverFixture.ts';

const greeting = '220 mx.mailroom.test ESMTP';

const usually = { isStranger: false, isLab: false };
const names: RelayNames = {
  user: 'relaytest',
  foreign: 'elsewhere.test',
  server: 'mx.good.test',
  address: '127.0.0.1',
  domain: null,
  token: 'x',
};

function subject(port: number, domain: string | undefined = 'good.test', implicitTls = false) {
  return { host: 'mx.mailroom.test', address: '127.0.0.1', port, implicitTls, domain, foreignDomain: 'elsewhere.test' };
}

/** usual, but `recipient` decides about what is said to RCPT. */
function toRecipients(recipient: (address: string) => string | null): Replies {
  return (line, count) => (/^RCPT/.test(line) ? recipient(/<(.*)>/.exec(line)?.[1] ?? '') : usual(line, count));
}

async function judge(replies: Replies, options: Parameters<typeof contextFor>[0] = {}) {
  await using server = await serveReplies(greeting, replies);
  const { findings, transcript } = await checkRelay(subject(server.port), contextFor(options));
  return { relay: finding(findings, 'relay'), heard: server.heard, transcript };
}

describe('the relay tests', () => {
  test('are the sixteen of nmap after two controls and before nine others, over several connections, each ended with QUIT, and never with DATA', async () => {
    const { relay, heard } = await judge(usual);
    assert.deepEqual(
      relay.relay?.map(({ id, from, to }) => [id, from, to.replace(/no-such-user-[0-9a-f]{8}/, 'nobody')]),
      [
        ['c1', '<>', '<postmaster@good.test>'],
        ['c2', '<probe@elsewhere.test>', '<nobody@good.test>'],
        ['1', '<>', '<relaytest@elsewhere.test>'],
        ['2', '<probe@elsewhere.test>', '<relaytest@elsewhere.test>'],
        ['3', '<probe@mx.mailroom.test>', '<relaytest@elsewhere.test>'],
        ['4', '<probe@[127.0.0.1]>', '<relaytest@elsewhere.test>'],
        ['5', '<probe@[127.0.0.1]>', '<relaytest%elsewhere.test@[127.0.0.1]>'],
        ['6', '<probe@[127.0.0.1]>', '<relaytest%elsewhere.test@mx.mailroom.test>'],
        ['7', '<probe@[127.0.0.1]>', '<"relaytest@elsewhere.test">'],
        ['8', '<probe@[127.0.0.1]>', '<"relaytest%elsewhere.test">'],
        ['9', '<probe@[127.0.0.1]>', '<relaytest@elsewhere.test@[127.0.0.1]>'],
        ['10', '<probe@[127.0.0.1]>', '<"relaytest@elsewhere.test"@[127.0.0.1]>'],
        ['11', '<probe@[127.0.0.1]>', '<relaytest@elsewhere.test@mx.mailroom.test>'],
        ['12', '<probe@[127.0.0.1]>', '<@[127.0.0.1]:relaytest@elsewhere.test>'],
        ['13', '<probe@[127.0.0.1]>', '<@mx.mailroom.test:relaytest@elsewhere.test>'],
        ['14', '<probe@[127.0.0.1]>', '<elsewhere.test!relaytest>'],
        ['15', '<probe@[127.0.0.1]>', '<elsewhere.test!relaytest@[127.0.0.1]>'],
        ['16', '<probe@[127.0.0.1]>', '<elsewhere.test!relaytest@mx.mailroom.test>'],
        ['x1', '<probe@good.test>', '<relaytest@elsewhere.test>'],
        ['x2', '<probe@localhost>', '<relaytest@elsewhere.test>'],
        ['x3', '<probe>', '<relaytest@elsewhere.test>'],
        ['x4', '<relaytest@elsewhere.test>', '<relaytest@elsewhere.test>'],
        ['x5', '<probe@[127.0.0.1]>', '<relaytest%elsewhere.test@good.test>'],
        ['x6', '<probe@[127.0.0.1]>', '<"relaytest@elsewhere.test"@good.test>'],
        ['x7', '<probe@[127.0.0.1]>', '<elsewhere.test!relaytest@good.test>'],
        ['x8', '<probe@[127.0.0.1]>', '<relaytest%elsewhere.test>'],
        ['x9', '<postmaster@good.test>', '<relaytest@elsewhere.test>'],
      ],
    );
    assert.equal(relay.relay?.length, mostRelayTests(true) + 2);
    assert.deepEqual([mostRelayTests(true), mostRelayTests(false)], [25, 20]);
    assert.equal(new Set(relay.relay?.map(({ what }) => what)).size, 27);
    const count = (verb: string): number => heard.filter((line) => line.startsWith(verb)).length;
    assert.deepEqual(['EHLO', 'MAIL', 'RCPT', 'RSET', 'QUIT', 'DATA', 'BDAT'].map(count), [4, 27, 27, 23, 4, 0, 0]);
  });

  test('leave out what needs the domain of the server where that is not known, and what was asked already', () => {
    const ids = (more: Partial<RelayNames>) =>
      relayTests({ ...names, ...more })
        .slice(18)
        .map(({ id }) => id);
    assert.deepEqual(ids({}), ['x2', 'x3', 'x4', 'x8']);
    assert.deepEqual(ids({ domain: 'mx.good.test' }), ['x2', 'x3', 'x4', 'x6', 'x8', 'x9']);
  });

  test('write IPv6 addresses as the standard does', () => {
    const tests = relayTests({ ...names, address: '2001:db8::1' });
    assert.deepEqual(
      [tests[0]?.to, tests[1]?.to, tests[5]?.from, tests[6]?.to],
      ['postmaster', 'no-such-user-x@mx.good.test', 'probe@[IPv6:2001:db8::1]', 'relaytest%elsewhere.test@[IPv6:2001:db8::1]'],
    );
  });

  test('are kept as .smtp text that runs again', async () => {
    const { transcript } = await judge(usual);
    const lines = transcript.text.split('\n');
    assert.deepEqual(
      lines.filter((line) => line.startsWith('###')),
      [1, 2, 3, 4].map((number) => `### Relay tests, connection ${number}`),
    );
    assert.deepEqual(lines.slice(1, 14), [
      `@connect 127.0.0.1:${transcript.target.port}`,
      '@verify off',
      `S: ${greeting}`,
      'C: EHLO [127.0.0.1]',
      'S: 250-mx.mailroom.test',
      'S: 250-SIZE 1000',
      'S: 250 PIPELINING',
      '@pipeline',
      'C: MAIL FROM:<>',
      'S: 250 2.0.0 Ok',
      'C: RCPT TO:<postmaster@good.test>',
      'S: 250 2.1.5 Ok',
      '@end',
    ]);
  });
});

describe('the relay verdict', () => {
  test('is passed when every test is refused and postmaster is not', async () => {
    const { relay } = await judge(usual);
    assert.deepEqual(
      [relay.level, withoutPort(relay.title), relay.detail],
      ['pass', 'mx.mailroom.test:PORT refuses to relay', '25 of 25 tests, probed from 127.0.0.1'],
    );
    assert.equal(relay.relay?.[2]?.reply, '554 5.7.1 Relay access denied');
  });

  test('is failed when one plain test is accepted, and says what the sender has to be', async () => {
    let sender = '';
    const { relay } = await judge((line, count) => {
      if (line.startsWith('MAIL')) sender = line;
      const isBait = line.startsWith('RCPT') && line.includes('relaytest@elsewhere.test>') && sender.includes('@mx.mailroom.test');
      return isBait ? '250 2.1.5 Ok' : usual(line, count);
    });
    assert.deepEqual([relay.level, withoutPort(relay.title)], ['fail', 'mx.mailroom.test:PORT relays mail for strangers']);
    assert.equal(relay.detail, '1 of 25 tests: only with <probe@mx.mailroom.test> as the sender');
    assert.ok(relay.remedies.length > 1);
  });

  test('is a warning, not a failure, where the server may trust the address that was probed from', async () => {
    const { relay } = await judge(
      toRecipients(() => '250 Ok'),
      { isLab: false },
    );
    assert.deepEqual([relay.level, withoutPort(relay.title)], ['warn', 'mx.mailroom.test:PORT relays mail from 127.0.0.1']);
  });

  test('is not known when a catch-all accepts foreign addresses that are hidden in a user name', async () => {
    const { relay } = await judge(
      toRecipients((to) => (/@(?:good\.test|mx\.mailroom\.test)$/.test(to) && !to.startsWith('@') ? '250 Ok' : '550 No')),
    );
    assert.deepEqual(
      [relay.level, relay.detail],
      [
        'unknown',
        'it accepted a foreign address inside of a user name (%-hack, two @, bang path, quoted address), but it may accept any user name',
      ],
    );
  });

  test('is a warning when such addresses are accepted while unknown users are refused', async () => {
    const { relay } = await judge(toRecipients((to) => (/^postmaster|%.*@mx/.test(to) ? '250 Ok' : '550 No')));
    assert.deepEqual(
      [relay.level, relay.detail],
      ['warn', 'it accepted a foreign address inside of a user name (%-hack); users that do not exist are refused'],
    );
  });

  test('is not known when the server puts tests off', async () => {
    const { relay } = await judge(toRecipients((to) => (to.startsWith('postmaster') ? '250 Ok' : '450 4.7.1 Greylisted')));
    assert.equal(relay.level, 'unknown');
    assert.match(relay.reason, /greylisting/);
    assert.equal(relay.relay?.[3]?.verdict, 'unknown');
  });

  test('is not known when even postmaster is refused', async () => {
    const { relay } = await judge(toRecipients(() => '550 Go away'));
    assert.deepEqual([relay.level, relay.detail], ['unknown', 'it refuses its own postmaster, too']);
  });

  test('is passed when a login is needed', async () => {
    const { relay } = await judge((line, count) => (line.startsWith('MAIL') ? '530 5.7.0 Authentication required' : usual(line, count)));
    assert.deepEqual([relay.level, withoutPort(relay.title)], ['pass', 'mx.mailroom.test:PORT takes mail only after a login']);
    assert.equal(relay.relay?.[2]?.reply, 'MAIL FROM: 530 5.7.0 Authentication required');
  });

  test('is reached also with a server that hangs up after three errors', async () => {
    await using server = await serve((socket) => {
      let errors = 0;
      answerLines(
        socket,
        greeting,
        (line, count) => {
          if (errors >= 3) return null;
          const reply = usual(line, count);
          if (reply?.startsWith('5')) errors++;
          return reply;
        },
        [],
      );
    });
    const { findings } = await checkRelay(subject(server.port), contextFor());
    assert.deepEqual(levelsOf(findings), ['relay pass']);
  });

  test('is a fact about a server for testing: ours takes everything, also what no other server would', async () => {
    await using running = await startServer();
    const { findings, probedFrom } = await checkRelay(subject(running.port), contextFor());
    const relay = finding(findings, 'relay');
    assert.equal(probedFrom, '127.0.0.1');
    assert.equal(relay.relay?.filter(({ verdict, id }) => verdict === 'accepted' && !id.startsWith('c')).length, 25);
    assert.deepEqual([relay.level, withoutPort(relay.title)], ['info', 'mx.mailroom.test:PORT accepts everything']);
  });
});

describe('a server that cannot be asked', () => {
  test('refuses the connection', async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    const { findings } = await checkRelay(subject(server.port), contextFor());
    assert.deepEqual(levelsOf(findings), ['connect-refused fail', 'relay skipped']);
  });

  test('greets with 554', async () => {
    await using server = await serveReplies('554 No SMTP service here', usual);
    const { findings } = await checkRelay(subject(server.port), contextFor());
    assert.deepEqual(levelsOf(findings), ['relay skipped']);
    assert.deepEqual(finding(findings, 'relay').evidence, [{ label: 'Greeting', text: '554 No SMTP service here' }]);
    assert.deepEqual(server.heard, ['QUIT']);
  });

  test('never greets', async () => {
    await using server = await serveReplies(null, usual);
    const { findings } = await checkRelay(subject(server.port), contextFor({ reply: 100 }));
    assert.deepEqual(levelsOf(findings), ['relay skipped']);
  });

  test('answers no recipient: two of them are waited for', async () => {
    await using server = await serveReplies(
      greeting,
      toRecipients(() => ''),
    );
    const { findings } = await checkRelay(subject(server.port), contextFor({ reply: 100 }));
    assert.deepEqual(levelsOf(findings), ['relay unknown']);
    assert.equal(server.heard.filter((line) => line.startsWith('RCPT')).length, 2);
  });

  test('is left when it is cancelled', async () => {
    const controller = new AbortController();
    await using server = await serveReplies(
      greeting,
      toRecipients(() => {
        controller.abort();
        return '250 Ok';
      }),
    );
    const { findings } = await checkRelay(subject(server.port), contextFor({ signal: controller.signal }));
    assert.deepEqual(levelsOf(findings), ['relay skipped']);
  });

  test('is cancelled when it has relayed already: that stays', async () => {
    const controller = new AbortController();
    await using server = await serveReplies(
      greeting,
      toRecipients((to) => {
        if (to.includes('!')) controller.abort();
        return '250 Ok';
      }),
    );
    const { findings } = await checkRelay(subject(server.port), contextFor({ signal: controller.signal }));
    assert.deepEqual(levelsOf(findings), ['relay fail']);
  });

  test('names itself with control characters, a command or HTML: none of it is sent back', async () => {
    await using server = await serveReplies('220 <b>x</b>\u0007> RSET ESMTP', (line, count) =>
      /^EHLO/.test(line) ? '250 a>\u001b[31m' : usual(line, count),
    );
    const { findings, transcript } = await checkRelay(subject(server.port), contextFor());
    assert.equal(finding(findings, 'relay').relay?.[4]?.from, '<probe@mx.mailroom.test>');
    assert.doesNotMatch(transcript.text, /[\u0000-\u0009\u000b-\u001f]/);
  });

  test('speaks TLS from the first octet', async () => {
    await using server = await serveTls('self-signed', (socket) => answerLines(socket, greeting, usual, []));
    const { findings } = await checkRelay(subject(server.port, 'good.test', true), contextFor());
    assert.deepEqual(levelsOf(findings), ['relay pass']);
  });
});

describe('the domain of the foreign recipients', () => {
  const notFound = '550 5.1.2 <relaytest@elsewhere.test>: Recipient address rejected: Domain not found';

  test('is refused because it does not exist: that says nothing about relaying', async () => {
    for (const reply of [notFound, notFound.replace('550', '450').replace('5.1.2', '4.1.2'), '550 Unrouteable mail domain']) {
      const { relay } = await judge(toRecipients((to) => (to.startsWith('postmaster') ? '250 Ok' : reply)));
      assert.deepEqual([relay.level, relay.detail], ['unknown', 'it refused elsewhere.test because it does not find that domain'], reply);
      assert.match(relay.reason, /mailroom\.checks\.foreignDomain/);
    }
  });

  test('is refused as a recipient of strangers, and as a sender because it does not exist: that is a refusal to relay', async () => {
    let sender = '';
    const { relay } = await judge((line, count) => {
      if (line.startsWith('MAIL')) sender = line;
      return line.startsWith('RCPT') && sender.includes('probe@elsewhere') ? notFound : usual(line, count);
    });
    assert.equal(relay.level, 'pass');
  });

  test('is that of the server itself: nothing is asked', async () => {
    await using server = await serveReplies(greeting, usual);
    const { findings, transcript } = await checkRelay({ ...subject(server.port), foreignDomain: 'GOOD.test' }, contextFor());
    assert.deepEqual(levelsOf(findings), ['relay skipped']);
    assert.match(finding(findings, 'relay').detail, /the server's own domain: the setting mailroom\.checks\.foreignDomain/);
    assert.deepEqual([server.heard, transcript.text], [[], '']);
  });

  test('is the one of the settings', async () => {
    await using server = await serveReplies(greeting, usual);
    const { findings } = await checkRelay({ ...subject(server.port), foreignDomain: 'far.example' }, contextFor());
    assert.ok(
      finding(findings, 'relay')
        .relay?.slice(2)
        .every(({ to }) => to.includes('far.example')),
    );
  });
});

describe('from which address a server was asked', () => {
  const cases: readonly (readonly [
    name: string,
    asked: Parameters<typeof describeProbing>[0],
    from: string,
    meaning: RegExp,
    isTrustLikely: boolean,
  ])[] = [
    [
      'this machine',
      { local: '127.0.0.1', address: '127.0.0.1', ...usually },
      '127.0.0.1',
      /^Asked from this machine itself \(127\.0\.0\.1\), which servers often trust/,
      true,
    ],
    ['this machine over IPv6', { local: '::1', address: '::1', ...usually }, '::1', /^Asked from this machine itself \(::1\)/, true],
    [
      'a private network',
      { local: '192.168.1.5', address: '192.168.1.4', ...usually },
      '192.168.1.5',
      /an address of a private network, which servers often trust/,
      true,
    ],
    [
      'a unique local IPv6 address',
      { local: 'fd00::5', address: 'fd00::4', ...usually },
      'fd00::5',
      /an address of a private network/,
      true,
    ],
    [
      'behind a public address',
      { local: '192.168.1.5', address: '93.184.216.34', ...usually },
      '192.168.1.5, seen by the server as the public address of your network',
      /behind the public address of your network/,
      false,
    ],
    [
      'a public address',
      { local: '93.184.216.35', address: '93.184.216.34', ...usually },
      '93.184.216.35',
      /an address of the public internet: strangers are told the same/,
      false,
    ],
    [
      'a public IPv6 address',
      { local: '2606:2800:220:1::35', address: '2606:2800:220:1::34', ...usually },
      '2606:2800:220:1::35',
      /an address of the public internet/,
      false,
    ],
    [
      'a lab',
      { local: '127.0.0.1', address: '127.0.0.1', isStranger: false, isLab: true },
      '127.0.0.1',
      /counts as a stranger because mailroom\.checks\.lab is on/,
      false,
    ],
    [
      'a stranger',
      { local: '127.0.0.1', address: '127.0.0.1', isStranger: true, isLab: false },
      '127.0.0.1, as if from 203.0.113.9 (XCLIENT)',
      /the answers that strangers get/,
      false,
    ],
  ];
  for (const [name, asked, from, meaning, isTrustLikely] of cases)
    test(`is told with what it means: ${name}`, () => {
      const probing = describeProbing(asked);
      assert.deepEqual([probing.from, probing.isTrustLikely], [from, isTrustLikely]);
      assert.match(probing.meaning, meaning);
    });

  test('stands in the finding, whatever came out, with the address that was tested', async () => {
    for (const replies of [usual, toRecipients(() => '250 Ok'), toRecipients(() => '450 Later')]) {
      const { relay } = await judge(replies, { isLab: false });
      assert.match(relay.reason, /Asked from this machine itself \(127\.0\.0\.1\)/);
      assert.deepEqual(relay.evidence, [
        { label: 'Probed from', text: '127.0.0.1' },
        { label: 'Tested address', text: '127.0.0.1 (IPv4)' },
      ]);
    }
  });

  test('names the other addresses of the host, which were not tested', async () => {
    await using server = await serveReplies(greeting, usual);
    const { findings } = await checkRelay({ ...subject(server.port), otherAddresses: ['::1', '127.0.0.2'] }, contextFor());
    const relay = finding(findings, 'relay');
    assert.match(relay.reason, /Only 127\.0\.0\.1 was tested; ::1, 127\.0\.0\.2 may answer differently\.$/);
    assert.deepEqual(relay.evidence.at(-1), { label: 'Not tested', text: '::1\n127.0.0.2' });
  });

  test('is asked over IPv6, too', async (t) => {
    const server = await serveReplies(greeting, usual, '::1').catch((error: unknown) => String(error));
    if (typeof server === 'string') return t.skip(`there is no IPv6 here: ${server}`);
    await using used = server;
    const { findings, probedFrom } = await checkRelay({ ...subject(used.port), address: '::1' }, contextFor({ isLab: false }));
    const relay = finding(findings, 'relay');
    assert.equal(probedFrom, '::1');
    assert.deepEqual(relay.evidence[1], { label: 'Tested address', text: '::1 (IPv6)' });
    assert.equal(relay.relay?.[5]?.from, '<probe@[IPv6:::1]>');
  });
});
