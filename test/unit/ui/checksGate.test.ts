// What has to be so before a check may begin, and the sentence with its one action where it is not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseServerAddress } from '../../../src/checks/dns/serverAddress.ts';
import { type Question, questionKinds } from '../../../src/checks/report.ts';
import { isNearby } from '../../../src/checks/servers.ts';
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
      confirm: async (text) => {
        confirmed.push(text);
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
    loadRules: async () => ({ isNearby, parseServerAddress }),
  };
  return { gate: createGate(dependencies), told, confirmed, opened };
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

  test('of another host is made when the person agrees, who is asked once a host', async () => {
    const { gate, confirmed } = gateOf({ agrees: true });
    assert.equal(await gate.mayRun(relay('mx1.example.com:25')), true);
    assert.equal(await gate.mayRun(relay('mx1.example.com:25')), true);
    assert.equal(await gate.mayRun(relay('mx2.example.com:25')), true);
    assert.deepEqual(confirmed, ['Test mx1.example.com:25 for open relay?', 'Test mx2.example.com:25 for open relay?']);
  });

  test('of another host is not made otherwise, and the person is asked again the next time', async () => {
    const { gate, confirmed } = gateOf({ agrees: false });
    for (let count = 0; count < 2; count++) assert.equal(await gate.mayRun(relay('mx1.example.com:25')), false);
    assert.equal(confirmed.length, 2);
    assert.equal(await gate.mayRun({ kind: 'server', subject: 'mx1.example.com:25', options: {} }), true);
  });
});
