// checks/dns: the resolver against name servers on loopback: honest, silent, failing and hostile ones.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, AUTHENTIC_DATA, AUTHORITATIVE_ANSWER, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import { systemClock } from '../../../src/base/clock.ts';
import { type DnsAnswer, type QueryType, valuesOf } from '../../../src/checks/dns/port.ts';
import { presentRecord } from '../../../src/checks/dns/present.ts';
import { createResolver } from '../../../src/checks/dns/resolver.ts';
import { parseServerAddress, portInLab, printServerAddress, type ServerAddress } from '../../../src/checks/dns/serverAddress.ts';
import { answerEvidence } from '../../../src/checks/finding.ts';
import { type NameServer, type Reply, respond, startNameServer } from './nameServer.ts';

const generous = 20_000;

function ask(servers: readonly ServerAddress[], timeout = generous, signal = new AbortController().signal) {
  return createResolver({ servers, timeout, clock: systemClock, signal });
}

async function answerOf(reply: Reply, name: string, type: QueryType, timeout = generous): Promise<DnsAnswer> {
  await using server = await startNameServer(reply);
  return await ask([server], timeout).lookUp(name, type);
}

const one = (name: string, type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'NS', data: string): Answer => ({ name, type, data, ttl: 300 });

describe('answers', () => {
  test('an answer has its records typed and as in a zone file, the server and the AD flag', async () => {
    await using server = await startNameServer((asked) => [
      respond(asked, [{ name: 'Example.test', type: 'MX', ttl: 60, data: { preference: 10, exchange: 'MX1.example.test' } }], {
        flags: AUTHENTIC_DATA,
      }),
    ]);
    const answer = await ask([server]).lookUp('example.test.', 'MX');
    assert.equal(answer.outcome, 'found');
    assert.equal(answer.server, `127.0.0.1:${server.port}`);
    assert.equal(answer.isAuthentic, true);
    assert.deepEqual(answer.records.map(presentRecord), ['example.test.  60  MX  10 mx1.example.test.']);
    assert.deepEqual(valuesOf(answer, 'MX'), [{ kind: 'MX', preference: 10, exchange: 'mx1.example.test' }]);
    assert.equal(server.asked[0]?.query.flag_ad, true, 'AD asks for AD');
  });

  test('a null MX has an empty exchange', async () => {
    const answer = await answerOf(
      (asked) => [respond(asked, [{ name: 'a.test', type: 'MX', data: { preference: 0, exchange: '.' } }])],
      'a.test',
      'MX',
    );
    assert.deepEqual(valuesOf(answer, 'MX'), [{ kind: 'MX', preference: 0, exchange: '' }]);
    assert.equal(answer.records[0]?.data, '0 .');
  });

  test('every type that is asked for is read', async () => {
    const certificate = Buffer.from('abcdef', 'hex');
    const records: readonly Answer[] = [
      one('a.test', 'A', '192.0.2.1'),
      one('a.test', 'AAAA', '2001:db8::1'),
      one('a.test', 'PTR', 'b.test'),
      one('a.test', 'NS', 'ns.test'),
      { name: 'a.test', type: 'TXT', ttl: 1, data: [Buffer.from('two '), Buffer.from('"strings"\n\xff', 'latin1')] },
      { name: 'a.test', type: 'SRV', ttl: 1, data: { priority: 1, weight: 2, port: 587, target: 'm.test' } },
      { name: 'a.test', type: 'TLSA', ttl: 1, data: { usage: 3, selector: 1, matchingType: 1, certificate } },
      { name: 'a.test', type: 'CAA', ttl: 1, data: { flags: 0, tag: 'issue', value: 'ca.test' } },
      {
        name: 'a.test',
        type: 'SOA',
        ttl: 1,
        data: { mname: 'ns.test', rname: 'h.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
    ];
    await using server = await startNameServer((asked) => [
      respond(
        asked,
        records.filter((record) => record.type === asked.type),
      ),
    ]);
    const dns = ask([server]);
    const types = ['A', 'AAAA', 'PTR', 'NS', 'TXT', 'SRV', 'TLSA', 'CAA', 'SOA'] as const;
    const answers = await Promise.all(types.map((type) => dns.lookUp('a.test', type)));
    assert.deepEqual(
      answers.map(({ records: [record] }) => record?.data),
      [
        '192.0.2.1',
        '2001:db8::1',
        'b.test.',
        'ns.test.',
        '"two " "\\"strings\\"\\010\\255"',
        '1 2 587 m.test.',
        '3 1 1 abcdef',
        '0 issue "ca.test"',
        'ns.test. h.test. 1 2 3 4 5',
      ],
    );
  });

  test('a name without such a record, a name that is not there, a failing and a refusing server are told apart', async () => {
    const rcodes = { 'nodata.test': 0, 'nx.test': 3, 'fail.test': 2, 'refused.test': 5, 'odd.test': 4 };
    await using server = await startNameServer((asked) => [respond(asked, [], { rcode: rcodes[asked.name as keyof typeof rcodes] })]);
    const dns = ask([server]);
    const outcomes = await Promise.all(Object.keys(rcodes).map(async (name) => (await dns.lookUp(name, 'MX')).outcome));
    assert.deepEqual(outcomes, ['noData', 'nxDomain', 'servFail', 'refused', 'failed']);
  });

  test('a server that knows no EDNS is asked without it', async () => {
    const answer = await answerOf(
      (asked) => [
        (asked.query.additionals?.length ?? 0) > 0 ? respond(asked, [], { rcode: 1 }) : respond(asked, [one('a.test', 'A', '192.0.2.1')]),
      ],
      'a.test',
      'A',
    );
    assert.equal(answer.outcome, 'found');
  });

  test('the given up type of SPF is read', async () => {
    // Two strings with their lengths; dns-packet writes such data as it is.
    const octets = Buffer.concat([Buffer.from([7]), Buffer.from('v=spf1 '), Buffer.from([4]), Buffer.from('-all')]);
    const answer = await answerOf((asked) => [respond(asked, [{ name: 'a.test', type: 'SPF' as 'NULL', data: octets }])], 'a.test', 'SPF');
    assert.equal(answer.records[0]?.data, '"v=spf1 " "-all"');
    const cut = await answerOf(
      (asked) => [respond(asked, [{ name: 'a.test', type: 'SPF' as 'NULL', data: Buffer.from([200, 65]) }])],
      'a.test',
      'SPF',
    );
    assert.equal(cut.records[0]?.data, '"A"');
  });

  test('a server that a zone names is asked for what it holds, at the port that is told', async () => {
    await using recursive = await startNameServer(() => []);
    await using holder = await startNameServer((asked) => [
      respond(asked, [one('a.test', 'CNAME', 'b.test')], { flags: AUTHORITATIVE_ANSWER }),
    ]);
    const ports: string[] = [];
    const portOf = (address: string): number => {
      ports.push(address);
      return holder.port;
    };
    const dns = createResolver({
      servers: [recursive],
      timeout: generous,
      clock: systemClock,
      signal: new AbortController().signal,
      portOf,
    });
    const answer = await dns.askServer?.('127.0.0.1', 'A.test.', 'MX');
    await dns.askServer?.('127.0.0.1', 'a.test', 'MX');
    assert.deepEqual(ports.slice(0, 1), ['127.0.0.1']);
    assert.equal(answer?.server, `127.0.0.1:${holder.port}`);
    assert.equal(answer?.isAuthoritative, true);
    assert.deepEqual(
      answer?.records.map(({ data }) => data),
      ['b.test.'],
      'the alias is told, not followed',
    );
    assert.equal(holder.asked.length, 1);
    assert.equal((holder.asked[0]?.query.flags ?? 0) & RECURSION_DESIRED, 0);
    assert.equal(recursive.asked.length, 0);
  });

  test('a silent server that a zone names is asked twice and then left alone', async () => {
    await using silent = await startNameServer(() => []);
    const dns = createResolver({
      servers: [],
      timeout: 200,
      clock: systemClock,
      signal: new AbortController().signal,
      portOf: () => silent.port,
    });
    const answer = await dns.askServer?.('127.0.0.1', 'a.test', 'MX');
    assert.equal(answer?.outcome, 'timeout');
    assert.equal(answer?.server, `127.0.0.1:${silent.port}`);
    assert.equal(silent.asked.length, 2);
  });

  test('the same question is asked once', async () => {
    await using server = await startNameServer((asked) => [respond(asked, [one('a.test', 'A', '192.0.2.1')])]);
    const dns = ask([server]);
    await Promise.all([dns.lookUp('a.test', 'A'), dns.lookUp('A.test.', 'A')]);
    await dns.lookUp('a.test', 'A');
    assert.equal(server.asked.length, 1);
    await dns.lookUpUnvalidated?.('a.test', 'A');
    assert.deepEqual(
      server.asked.map(({ query }) => query.flag_cd),
      [false, true],
    );
  });
});

describe('aliases', () => {
  test('a chain that the server leaves half way is followed', async () => {
    const zone: Record<string, Answer> = {
      'a.test': one('a.test', 'CNAME', 'b.test'),
      'b.test': one('b.test', 'CNAME', 'c.test'),
      'c.test': one('c.test', 'A', '192.0.2.7'),
    };
    const answer = await answerOf((asked) => [respond(asked, [zone[asked.name]!])], 'a.test', 'A');
    assert.equal(answer.outcome, 'found');
    assert.deepEqual(
      answer.records.map(({ type, data }) => `${type} ${data}`),
      ['CNAME b.test.', 'CNAME c.test.', 'A 192.0.2.7'],
    );
  });

  test('an alias to a name without the record is noData, to no name at all nxDomain', async () => {
    const reply =
      (rcode: number): Reply =>
      (asked) => [asked.name === 'a.test' ? respond(asked, [one('a.test', 'CNAME', 'b.test')]) : respond(asked, [], { rcode })];
    assert.equal((await answerOf(reply(0), 'a.test', 'A')).outcome, 'noData');
    assert.equal((await answerOf(reply(3), 'a.test', 'A')).outcome, 'nxDomain');
  });

  test('circles and endless chains end', async () => {
    const circle = await answerOf(
      (asked) => [respond(asked, [one('a.test', 'CNAME', 'b.test'), one('b.test', 'CNAME', 'a.test')])],
      'a.test',
      'A',
    );
    assert.equal(circle.outcome, 'failed');
    assert.match(circle.problem ?? '', /circle/);
    const endless = await answerOf((asked) => [respond(asked, [one(asked.name, 'CNAME', `x${asked.name}`)])], 'a.test', 'A');
    assert.equal(endless.outcome, 'failed');
    assert.match(endless.problem ?? '', /more than 8/);
  });
});

describe('time', () => {
  test('a silent server is a timeout, and another one is asked', async () => {
    await using silent = await startNameServer(() => []);
    await using honest = await startNameServer((asked) => [respond(asked, [one('a.test', 'A', '192.0.2.1')])]);
    const alone = await ask([silent], 100).lookUp('a.test', 'A');
    assert.equal(alone.outcome, 'timeout');
    assert.equal(alone.server, `127.0.0.1:${silent.port}`);
    const both = await ask([silent, honest], 400).lookUp('a.test', 'A');
    assert.equal(both.outcome, 'found');
    assert.equal(both.server, `127.0.0.1:${honest.port}`);
  });

  test('a server that was silent is asked last from then on', async () => {
    await using silent = await startNameServer(() => []);
    await using honest = await startNameServer((asked) => [respond(asked, [one('a.test', 'A', '192.0.2.1')])]);
    const dns = ask([silent, honest], 1000);
    await dns.lookUp('a.test', 'A');
    const late = await dns.lookUp('A.test.', 'AAAA');
    assert.equal(late.outcome, 'noData');
    assert.ok(late.ms < 300, `${late.ms} ms`);
    assert.equal(silent.asked.length, 1);
  });

  test('a server that fails or that nobody serves gives the next one a chance', async () => {
    await using failing = await startNameServer((asked) => [respond(asked, [], { rcode: 2 })]);
    await using honest = await startNameServer((asked) => [respond(asked, [one('a.test', 'A', '192.0.2.1')])]);
    const gone = await startNameServer(() => []);
    await gone[Symbol.asyncDispose]();
    assert.equal((await ask([failing, gone, honest]).lookUp('a.test', 'A')).outcome, 'found');
    const none = await ask([gone]).lookUp('a.test', 'A');
    assert.equal(none.outcome, 'failed');
    assert.match(none.problem ?? '', /cannot be reached/);
  });

  test('an answer is taken from the first server that has one, be it that there is nothing', async () => {
    await using first = await startNameServer((asked) => [respond(asked, [], { rcode: asked.name === 'gone.test' ? 3 : 0 })]);
    await using second = await startNameServer((asked) => [respond(asked, [one(asked.name, 'A', '192.0.2.1')])]);
    const dns = ask([first, second]);
    assert.equal((await dns.lookUp('a.test', 'A')).outcome, 'noData');
    assert.equal((await dns.lookUp('gone.test', 'A')).outcome, 'nxDomain');
    assert.equal(second.asked.length, 0);
  });

  test('the end of the run ends every look-up, one that gives up ends its own', async () => {
    const run = new AbortController();
    const own = new AbortController();
    await using silent: NameServer = await startNameServer(() => {
      run.abort();
      return [];
    });
    const dns = ask([silent], generous, run.signal);
    own.abort();
    const mine = dns.lookUp('a.test', 'A', own.signal);
    const others = dns.lookUp('a.test', 'A');
    assert.equal((await mine).outcome, 'cancelled');
    assert.equal((await others).outcome, 'cancelled');
    assert.equal((await ask([silent], generous, run.signal).lookUp('b.test', 'A')).outcome, 'cancelled', 'after the end');
  });

  test('one whose own time is over got no answer in time', async () => {
    await using silent = await startNameServer(() => []);
    const run = new AbortController();
    const answer = await ask([silent], generous, run.signal).lookUp('a.test', 'A', AbortSignal.timeout(50));
    run.abort();
    assert.equal(answer.outcome, 'timeout');
    assert.equal(answer.server, `127.0.0.1:${silent.port}`);
  });

  test('many questions at a time are all answered', async () => {
    await using server = await startNameServer((asked) => [respond(asked, [one(asked.name, 'A', '192.0.2.1')])]);
    const dns = ask([server]);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => dns.lookUp(`n${index}.test`, 'A')));
    assert.deepEqual(new Set(answers.map(({ outcome }) => outcome)), new Set(['found']));
  });
});

describe('hostile answers', () => {
  test('what does not fit comes over TCP, up to 64 KiB, and is shown bounded', async () => {
    const strings = Array.from({ length: 240 }, () => Buffer.alloc(250, 'x'));
    const answer = await answerOf(
      (asked) => [
        asked.transport === 'udp'
          ? respond(asked, [], { flags: TRUNCATED_RESPONSE })
          : respond(asked, [{ name: 'a.test', type: 'TXT', data: strings }]),
      ],
      'a.test',
      'TXT',
    );
    assert.equal(valuesOf(answer, 'TXT')[0]?.strings.join('').length, 60_000);
    assert.ok((answer.records[0]?.data.length ?? 0) <= 4096);
    assert.ok(answerEvidence(answer).text.length <= 4096);
  });

  test('500 MX records are read, 1 500 records are not, and evidence stays small', async () => {
    const many = (count: number): Reply => {
      const records = Array.from(
        { length: count },
        (_, index): Answer => ({ name: 'a.test', type: 'MX', data: { preference: index, exchange: `m${index}.a.test` } }),
      );
      return (asked) => [asked.transport === 'udp' ? respond(asked, [], { flags: TRUNCATED_RESPONSE }) : respond(asked, records)];
    };
    const answer = await answerOf(many(500), 'a.test', 'MX');
    assert.equal(answer.records.length, 500);
    const evidence = answerEvidence(answer);
    assert.ok(evidence.text.length <= 4096);
    assert.match(evidence.text, /; and 450 more$/);
    const refused = await answerOf(many(1500), 'a.test', 'MX');
    assert.equal(refused.outcome, 'failed');
    assert.match(refused.problem ?? '', /1500 records/);
  });

  test('answers with another id or to another question are not taken', async () => {
    const answer = await answerOf(
      (asked) => {
        const forgedId = respond(asked, [one('a.test', 'A', '203.0.113.1')]);
        forgedId.writeUInt16BE((forgedId.readUInt16BE(0) + 1) & 0xffff, 0);
        const forgedName = respond({ ...asked, query: { ...asked.query, questions: [{ name: 'b.test', type: 'A' }] } }, [
          one('a.test', 'A', '203.0.113.2'),
        ]);
        return [Buffer.from('no dns at all'), forgedId, forgedName, respond(asked, [one('a.test', 'A', '192.0.2.1')])];
      },
      'a.test',
      'A',
    );
    assert.deepEqual(valuesOf(answer, 'A'), [{ kind: 'A', address: '192.0.2.1' }]);
  });

  test('a malformed answer is a failure, not a crash', async () => {
    const answer = await answerOf((asked) => [respond(asked, [one('a.test', 'A', '192.0.2.1')]).subarray(0, -2)], 'a.test', 'A');
    assert.equal(answer.outcome, 'failed');
    assert.match(answer.problem ?? '', /malformed/);
  });

  test('control characters and markup in names stay text on one line', async () => {
    const answer = await answerOf((asked) => [respond(asked, [one('a.test', 'PTR', '<b>x\n\u202e\u0000 y')])], 'a.test', 'PTR');
    assert.match(answer.records[0]?.data ?? '', /^<b>x\\010(\\\d{3})+y\.$/);
    assert.match(answerEvidence(answer).text, /^[\x20-\x7e]*$/);
  });

  test('names that cannot be asked for are not sent', async () => {
    await using server = await startNameServer(() => []);
    const dns = ask([server]);
    for (const name of ['a..test', `${'x'.repeat(64)}.test`, `${'abc.'.repeat(70)}test`, 'a b.test', 'x\\032.test', 'münchen.test'])
      assert.equal((await dns.lookUp(name, 'A')).outcome, 'failed', name);
    assert.equal(server.asked.length, 0);
  });
});

test('name servers are understood with and without a port, in both families', () => {
  const read = (text: string): string | undefined => {
    const server = parseServerAddress(text);
    return server && printServerAddress(server);
  };
  assert.equal(read('192.0.2.53'), '192.0.2.53:53');
  assert.equal(read(' 127.0.0.1:5353 '), '127.0.0.1:5353');
  assert.equal(read('2001:db8::53'), '[2001:db8::53]:53');
  assert.equal(read('[::1]:5353'), '[::1]:5353');
  for (const wrong of ['', 'localhost', '192.0.2.53:0', '192.0.2.53:70000', '[192.0.2.1]:53', '1.2.3:53'])
    assert.equal(read(wrong), undefined, wrong);
});

test('in a lab a name server listens where the setting says, or at the port of the others', () => {
  const configured = [
    { address: '127.0.0.1', port: 5353 },
    { address: '127.0.0.2', port: 5354 },
  ];
  assert.deepEqual(
    ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((address) => portInLab(configured, address)),
    [5353, 5354, 5353],
  );
  assert.equal(portInLab([], '127.0.0.1'), 53);
});
