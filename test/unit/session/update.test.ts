// Expectations that follow the server, and conversations that were recorded as scripts that run.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conversationToScript } from '../../../src/session/fromConversation.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { updateExpectations } from '../../../src/session/update.ts';
import type { Conversation, ConversationLine } from '../../../src/smtp/conversation.ts';
import { startServer, until } from '../capture/fixture.ts';
import { conversationOf, runText, soundScript, sum } from './fixture.ts';

const connect = '@connect {{host}}:{{port}}\n';

async function update(text: string): Promise<string> {
  await using server = await startServer();
  const lines = text.split('\n');
  for (const edit of updateExpectations(conversationOf(text), await runText(text, server.port)).reverse()) {
    const before = lines[edit.startLine]?.slice(0, edit.startColumn) ?? '';
    const after = lines[edit.endLine]?.slice(edit.endColumn) ?? '';
    lines.splice(edit.startLine, edit.endLine - edit.startLine + 1, ...`${before}${edit.newText}${after}`.split('\n'));
  }
  const updated = lines.join('\n');
  assert.equal(sum(await runText(updated, server.port)), 'passed');
  return updated.slice(connect.length);
}

describe('updating', () => {
  test('says as much as the old expectation said', async () => {
    assert.equal(
      await update(`${connect}S: 220\nEHLO a.test\nMAIL FROM:<>\n  S: 550 5.7.1\nQUIT`),
      'S: 220\nEHLO a.test\nMAIL FROM:<>\n  S: 250 2.1.0\nQUIT',
    );
    assert.equal(await update(`${connect}S: 554\nQUIT`), 'S: 220\nQUIT');
    assert.equal(await update(`${connect}NOOP\nS: 250 2.0.0 Never mind\nQUIT`), 'NOOP\nS: 250 2.0.0 OK\nQUIT');
  });

  test('replaces a reply of several lines as a whole', async () => {
    const updated = await update(`${connect}EHLO a.test\nS: 250-STARTTLS\nS: 250-SIZE\nQUIT`);
    assert.match(updated, /^EHLO a\.test\nS: 250-localhost greets a\.test\nS: 250-PIPELINING\n(?:S: 250-.*\n)+S: 250 SIZE 1048576\nQUIT$/);
  });

  test('leaves alone what matched', async () => {
    const text = `${connect}S: 2xx\nQUIT\nS: 221`;
    assert.equal(await update(text), text.slice(connect.length));
  });
});

function recorded(...texts: string[]): Conversation {
  const lines = texts.map((text, index): ConversationLine => {
    const who = text.startsWith('C: ') ? 'C' : text.startsWith('S: ') ? 'S' : 'note';
    return { at: index, who, text: who === 'note' ? text : text.slice(3) };
  });
  return {
    startedAt: '2026-11-21T10:00:00.000Z',
    client: { address: '::1', port: 50_000 },
    server: { address: '::1', port: 1025 },
    clientName: 'a.test',
    lines,
    omitted: 0,
  };
}

describe('a recorded conversation', () => {
  test('of our server runs again as it is, with logins and messages', async () => {
    await using server = await startServer();
    const ended: Conversation[] = [];
    server.server.onDidEndConversation(({ conversation }) => void ended.push(conversation));
    const text = `${connect}S: 220\nEHLO a.test\n@auth login kim secret\nMAIL FROM:<a@x.test>\nRCPT TO:<b@y.test>\nDATA\nSubject: x\n\n..\n.\nS: 250\nNONSENSE {*}\nQUIT\nS: 221`;
    assert.equal(sum(await runText(text, server.port)), 'passed');
    await until('the end of the conversation', () => ended.length > 0);
    const script = conversationToScript(ended[0]!, { name: 'Again' });
    assert.deepEqual(soundScript(script).diagnostics, []);
    assert.match(script, /^### Again\n/);
    assert.match(script, /\n@auth login \{\{user\}\} \{\{password\}\}\nS: 235/);
    assert.doesNotMatch(script, /secret|a2lt/);
    assert.equal(sum(await runText(script, server.port)), 'passed');
    const withFile = conversationToScript(ended[0]!, { dataFile: (index) => `${index}.eml` });
    assert.match(withFile, /\nS: 354 .*\n(?:#.*\n)?@data 0\.eml\nS: 250 2\.0\.0 Ok: stored as \*\n/);
    assert.equal(sum(await runText(withFile, server.port, { readFile: async () => Buffer.from('Subject: y\n\ny\n') })), 'passed');
    assert.equal(server.memory.accepted.at(-1)?.octets.toString(), 'Subject: y\r\n\r\ny\r\n');
  });

  test('of a run runs again too', async () => {
    await using server = await startServer();
    const text =
      `${connect}EHLO a.test\nMAIL FROM:<a@x.test>\nRCPT TO:<b@y.test>\nDATA\nSubject: x\n### no\n..\n.\n@bytes NOOP\\r\\n\nS: 250\nQUIT`.replace(
        '### no',
        '\n# no',
      );
    const { transcript } = await runText(text, server.port);
    const script = conversationToScript(transcript);
    assert.match(script, /\nC: Subject: x\nC: \nC: # no\nC: \.\.\nC: \.\n/);
    assert.match(script, /\n@bytes NOOP\\r\\n\nS: 250/);
    assert.equal(sum(await runText(script, server.port)), 'passed');
  });

  test('is sound whatever was said in it', () => {
    const script = conversationToScript(
      recorded(
        'S: 220 {{x}} /y/',
        'C: ### no',
        'C: @connect evil.test:25',
        'C: # {{y}',
        'S: 25',
        'S: /x/',
        'S: hello {{z}}',
        'C: DATA',
        'S: 354 go',
        '12 bytes of data',
        'S: 451 {{n}}',
        'C: DATA',
        'S: 354 go',
        'C: half',
      ),
    );
    const { diagnostics, conversations } = parseScript(script);
    assert.deepEqual(
      diagnostics.map(({ code }) => code).filter((code) => code !== 'noReplyDue'),
      [],
    );
    assert.equal(conversations.length, 1);
    assert.match(script, /\n@connect \[::1\]:1025\n/);
    assert.match(script, /\nC: half\nC: \.\n@close\n$/);
  });
});
