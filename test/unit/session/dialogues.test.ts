// The examples of the RFCs, written as .smtp files, against real servers: our own where it answers as they do, one that plays their replies where not.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseScript } from '../../../src/session/parse.ts';
import { runConversation } from '../../../src/session/run.ts';
import type { ScriptConversation } from '../../../src/session/script.ts';
import { startServer } from '../capture/fixture.ts';
import { ports, soundScript, sum } from './fixture.ts';
import { startPeer } from './peer.ts';
import { play } from './playback.ts';

const folder = join(import.meta.dirname, '../../dialogues');
const files = readdirSync(folder).filter((name) => name.endsWith('.smtp'));

/** Our server takes every recipient, does not say whether a user exists, and has neither CHUNKING nor STARTTLS. */
const notOurs = /^D\.1|^D\.2|^D\.4|refused|^4\.[12]/;

function conversations(file: string): readonly ScriptConversation[] {
  return soundScript(readFileSync(join(folder, file), 'utf8')).conversations;
}

async function runAt(conversation: ScriptConversation, port: number): Promise<string> {
  return sum(await runConversation(conversation, ports({ host: '127.0.0.1', port: String(port) })));
}

describe('dialogues', () => {
  test('there are those of five RFCs', () => {
    assert.deepEqual(files, ['rfc2920.smtp', 'rfc3030.smtp', 'rfc3207.smtp', 'rfc4954.smtp', 'rfc5321.smtp']);
  });

  for (const file of files.filter((name) => name !== 'rfc3207.smtp')) {
    for (const conversation of conversations(file)) {
      const isOurs = !notOurs.test(conversation.name ?? '');
      test(`${file}: ${conversation.name}, at ${isOurs ? 'our server' : 'a server that plays it'}`, async () => {
        if (isOurs) {
          await using server = await startServer();
          assert.equal(await runAt(conversation, server.port), 'passed');
          return;
        }
        await using server = await play(conversation);
        assert.equal(await runAt(conversation, server.port), 'passed');
      });
    }
  }

  for (const conversation of conversations('rfc3207.smtp')) {
    test(`rfc3207.smtp: ${conversation.name}, at a server with STARTTLS`, async () => {
      await using peer = await startPeer();
      assert.equal(await runAt(conversation, peer.port), 'passed');
    });
  }

  test('our server is not said to do what it does not do', async () => {
    await using server = await startServer();
    const all = ['rfc5321.smtp', 'rfc2920.smtp', 'rfc3030.smtp'].flatMap((file) => [...conversations(file)]);
    for (const conversation of all.filter(({ name }) => notOurs.test(name ?? ''))) {
      assert.match(await runAt(conversation, server.port), /^failed/, conversation.name ?? '');
    }
  });

  test('a file without @connect talks to the host and port that the caller names', async () => {
    await using server = await startServer();
    const [conversation] = parseScript('S: 220\nC: QUIT\nS: 221').conversations;
    assert.ok(conversation);
    assert.equal(await runAt(conversation, server.port), 'passed');
  });
});
