// What has to be so before a check may begin, and the sentence with its one action where it is not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseServerAddress } from '../../../src/checks/dns/serverAddress.ts';
import { mostRelayTests } from '../../../src/checks/relay/matrix.ts';
import { mostProofs } from '../../../src/checks/relay/proof.ts';
import { type Question, questionKinds } from '../../../src/checks/report.ts';
import { isNearby, splitServer } from '../../../src/checks/servers.ts';
import { createGate, type GateDependencies } from '../../../src/ui/checks/gate.ts';
import { settingIds } from '../../../src/ui/ids.ts';
import { english } from './english.ts';

interface World {
  readonly isTrusted?: boolean;
  readonly dnsServers?: readonly string[];
  readonly blocklists?: readonly string[];
  readonly agrees?: boolean;
}

function gateOf({ isTrusted = true, dnsServers = [], blocklists = [], agrees = false }: World = {}) {
  const told: string[] = [];
  const confirmed: string[] = [];
  const details: string[] = [];
  const opened: string[] = [];
  const memory = new Map<string, unknown>();
  const dependencies: GateDependencies = {
    isTrusted: () => isTrusted,
    settings: () => ({ checksDnsServers: dnsServers, checksBlocklists: blocklists }),
    notify: {
      tell: (severity, text, action) => {
        told.push(`${severity}: ${text}`);
        action?.run();
      },
      confirm: async (text, detail) => {
        confirmed.push(text);
        details.push(detail);
        return agrees;
      },
    },
    manageTrust: { title: 'Manage Trust', run: () => opened.push('trust') },
    openSetting: (id) => ({ title: 'Open Settings', run: () => opened.push(id) }),
    memory: {
      get: <T>(key: string, otherwise: T) => (memory.get(key) as T | undefined) ?? otherwise,
      update: async (key, value) => void memory.set(key, value),
    },
    l10n: english,
    loadRules: async () => ({ isNearby, parseServerAddress, splitServer, mostRelayTests, mostProofs }),
  };
  return { gate: createGate(dependencies), told, confirmed, details, opened };
}

const relay = (subject: string): Question => ({ kind: 'relay', subject, options: {} });

describe('a restricted workspace', () => {
  for (const kind of questionKinds)
    test(`has no checks, and is told so: ${kind}`, async () => {
      const { gate, told, opened, confirmed } = gateOf({ isTrusted: false, blocklists: ['bl.test'] });
      assert.equal(await gate.mayAsk(kind), false);
      assert.equal(await gate.mayRun({ kind, subject: '127.0.0.1:25', options: {} }), false);
      assert.deepEqual(new Set(told), new Set(['information: In a restricted workspace Mailroom does not talk to servers.']));
      assert.deepEqual([opened, confirmed], [['trust', 'trust'], []]);
    });
});

describe('name servers of the settings', () => {
  for (const wrong of ['dns.example.com', '192.0.2.53:0', '192.0.2', '', '5353', '127.0.0.1:5353:1', 'x'.repeat(5000)])
    test(`are refused before anything is asked: "${wrong.slice(0, 30)}"`, async () => {
      const { gate, told, opened } = gateOf({ dnsServers: ['192.0.2.53', wrong] });
      assert.equal(await gate.mayAsk('mx'), false);
      assert.equal(told.length, 1);
      assert.match(told[0]!, /^error: .*is no IP address/);
      assert.ok(told[0]!.includes(`"${wrong.slice(0, 100)}"`) && told[0]!.length < 400);
      assert.deepEqual(opened, [settingIds.checksDnsServers]);
    });

  test('are taken when all are addresses, and when there are none', async () => {
    for (const dnsServers of [[], ['192.0.2.53'], ['127.0.0.1:5353', '[::1]:5353', '2001:db8::53', ' 192.0.2.1 ']]) {
      const { gate, told } = gateOf({ dnsServers });
      assert.equal(await gate.mayAsk('domain'), true);
      assert.deepEqual(told, []);
    }
  });
});

test('blocklists are asked only when some are named', async () => {
  const none = gateOf();
  assert.equal(await none.gate.mayAsk('blocklists'), false);
  assert.match(none.told[0]!, /No blocklist is named/);
  assert.deepEqual(none.opened, [settingIds.checksBlocklists]);
  assert.equal(await none.gate.mayAsk('domain'), true);
  assert.equal(await gateOf({ blocklists: ['bl.test'] }).gate.mayAsk('blocklists'), true);
});

describe('a relay test', () => {
  test('of this machine or a private network asks nothing', async () => {
    const { gate, confirmed } = gateOf();
    for (const subject of ['127.0.0.1:1025', '[::1]:25', 'localhost:25', '192.168.1.4:25', '10.0.0.1:587'])
      assert.equal(await gate.mayRun(relay(subject)), true, subject);
    assert.deepEqual(confirmed, []);
  });

  test('of another host is made when the person agrees, who is asked once a host, whatever the port', async () => {
    const { gate, confirmed, details } = gateOf({ agrees: true });
    for (const subject of ['mx1.example.com:25', 'mx1.example.com:25', 'mx1.example.com:587', 'mx2.example.com:25'])
      assert.equal(await gate.mayRun(relay(subject)), true);
    assert.deepEqual(confirmed, ['Test mx1.example.com:25 for open relay?', 'Test mx2.example.com:25 for open relay?']);
    assert.match(details[0]!, /up to 20 relay tests, each with a sender and a recipient, and two questions .* never sends a mail/);
  });

  test('of an address is agreed to for that address, not for a name', async () => {
    const { gate, confirmed } = gateOf({ agrees: true });
    for (const subject of ['93.184.216.34:25', '[2001:4860::7]:25', '[2001:4860::7]:465', '93.184.216.34:2525'])
      assert.equal(await gate.mayRun(relay(subject)), true);
    assert.deepEqual(confirmed, ['Test 93.184.216.34:25 for open relay?', 'Test [2001:4860::7]:25 for open relay?']);
  });

  test('of another host is not made otherwise, and the person is asked again the next time', async () => {
    const { gate, confirmed } = gateOf({ agrees: false });
    for (let count = 0; count < 2; count++) assert.equal(await gate.mayRun(relay('mx1.example.com:25')), false);
    assert.equal(confirmed.length, 2);
    assert.equal(await gate.mayRun({ kind: 'server', subject: 'mx1.example.com:25', options: {} }), true);
  });
});

describe('proof of relaying by delivery', () => {
  const proof = (subject: string, options: Question['options'] = {}): Question => ({
    kind: 'relayProof',
    subject,
    options: { recipientDomain: 'catch.test', ...options },
  });

  test('is agreed to each time, and says what is sent through whom to where', async () => {
    const { gate, confirmed, details } = gateOf({ agrees: true });
    assert.equal(await gate.mayRun(relay('mx1.example.com:25')), true);
    assert.equal(await gate.mayRun(proof('mx1.example.com:25')), true);
    assert.equal(await gate.mayRun(proof('mx1.example.com:25', { tests: '1,6' })), true);
    assert.deepEqual(confirmed.slice(1), ['Send a message through mx1.example.com:25?', 'Send a message through mx1.example.com:25?']);
    assert.match(details[1]!, /up to 2 short messages .* random users of catch\.test.* 20 relay tests/);
    assert.doesNotMatch(details[2]!, /relay tests/);
  });

  test('through this machine or a private network is agreed to once a host', async () => {
    const { gate, confirmed } = gateOf({ agrees: true });
    for (const subject of ['127.0.0.1:25', '127.0.0.1:2525', 'localhost:25']) assert.equal(await gate.mayRun(proof(subject)), true);
    assert.deepEqual(confirmed, ['Send a message through 127.0.0.1:25?', 'Send a message through localhost:25?']);
  });

  test('is not made without agreement', async () => {
    const { gate, confirmed } = gateOf({ agrees: false });
    for (const subject of ['127.0.0.1:25', '127.0.0.1:25', 'mx1.example.com:25']) assert.equal(await gate.mayRun(proof(subject)), false);
    assert.equal(confirmed.length, 3);
  });
});
