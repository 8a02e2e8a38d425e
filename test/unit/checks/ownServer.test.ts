// Checks of our own server: it is told at once that we only look, so that no check leaves anything in the drop folder.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkRelay } from '../../../src/checks/relay/relay.ts';
import { checkServer } from '../../../src/checks/smtp/server.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { runConversation } from '../../../src/session/run.ts';
import { startServer, until } from '../capture/fixture.ts';
import { ports } from '../session/fixture.ts';
import { contextFor, finding, serveReplies, usual } from './serverFixture.ts';

const checks = { server: checkServer, relay: checkRelay };

function subject(port: number) {
  return { host: 'localhost', address: '127.0.0.1', port, implicitTls: false, domain: 'good.test', foreignDomain: 'elsewhere.test' };
}

/** Lines of the client in the transcript, connection by connection. */
function saidIn(transcript: string): string[][] {
  const connections = transcript.split(/^### .*$/m).slice(1);
  return connections.map((text) => [...text.matchAll(/^C: (.*)$/gm)].map((match) => match[1]!));
}

for (const [name, check] of Object.entries(checks)) {
  describe(`the ${name} check of our own server`, () => {
    test('says on each connection, before anything else, that it only looks, and leaves nothing behind', async () => {
      await using running = await startServer();
      const ended: unknown[] = [];
      running.server.onDidEndConversation((conversation) => ended.push(conversation));
      const { transcript } = await check(subject(running.port), contextFor());
      await until('the end of all connections', () => running.server.activeConnections === 0);
      await running.server.close();
      const connections = saidIn(transcript.text);
      assert.ok(connections.flat().some((line) => line.startsWith('RCPT TO:')));
      assert.deepEqual(
        connections.map(([first]) => first),
        connections.map(() => 'XMAILROOM'),
      );
      const { accepted, refused, discarded } = running.memory;
      assert.deepEqual([accepted, refused, discarded, ended], [[], [], [], []]);
    });

    test('leaves a transcript that runs again, which leaves nothing behind either', async () => {
      await using running = await startServer();
      const { transcript } = await check(subject(running.port), contextFor());
      for (const conversation of parseScript(transcript.text).conversations) {
        const { status, failure } = await runConversation(conversation, ports({}));
        assert.deepEqual([conversation.name, status, failure], [conversation.name, 'passed', null]);
      }
      await until('the end of all connections', () => running.server.activeConnections === 0);
      await running.server.close();
      assert.deepEqual([running.memory.accepted, running.memory.refused], [[], []]);
    });

    test('says nothing of that to another server', async () => {
      await using server = await serveReplies('220 mx.mailroom.test ESMTP', usual);
      await check(subject(server.port), contextFor());
      assert.ok(server.heard.length > 5);
      assert.ok(!server.heard.includes('XMAILROOM'));
    });

    test('goes on with a server that greets as ours does and is another', async () => {
      await using server = await serveReplies('220 mx.mailroom.test ESMTP Mailroom ready', (line, count) =>
        line === 'XMAILROOM' ? '500 5.5.1 What?' : usual(line, count),
      );
      const { findings } = await check(subject(server.port), contextFor());
      assert.ok(server.heard.includes('XMAILROOM'));
      assert.equal(finding(findings, name === 'relay' ? 'relay' : 'postmaster').level, 'pass');
    });
  });
}

test('a conversation of a file or a terminal is no check: what is refused of it is kept', async () => {
  await using running = await startServer();
  const script = `### Session\n@connect 127.0.0.1:${running.port}\nS: 220\nC: EHLO me.test\nS: 250\nC: MAIL FROM:<a@x.test>\nS: 250\nC: QUIT\nS: 221\n`;
  const [conversation] = parseScript(script).conversations;
  await runConversation(conversation!, ports({}));
  await until('the end of the connection', () => running.server.activeConnections === 0);
  await running.server.close();
  assert.equal(running.memory.refused.length, 1);
});
