// ui/session: what the editor shows of a run, from real runs against a server that answers by its first words.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../../src/base/clock.ts';
import { parseScript } from '../../../../src/session/parse.ts';
import { runConversation } from '../../../../src/session/run.ts';
import { SmtpClient } from '../../../../src/smtp/client.ts';
import { RunHistory } from '../../../../src/ui/session/file/runHistory.ts';
import { type RunSummary, summarize, summarizeSoFar } from '../../../../src/ui/session/file/runSummary.ts';
import { serverVariables } from '../../../../src/ui/session/file/serverVariables.ts';
import { serve } from '../../smtp/scriptedServer.ts';
import { english } from '../english.ts';

const answers: Readonly<Record<string, string>> = {
  EHLO: '250-mx.test\r\n250 SIZE 1000\r\n',
  MAIL: '250 2.1.0 Ok\r\n',
  RCPT: '250 2.1.5 Ok\r\n',
  NOOP: '250 2.0.0 Ok: queued as 4dR2kx0Vz\r\n',
  QUIT: '221 Bye\r\n',
};

async function run(text: string, variables: Readonly<Record<string, string>> = {}): Promise<RunSummary> {
  await using server = await serve((socket) => {
    socket.write('220 mx.test\r\n');
    socket.on('data', (octets) => {
      for (const line of octets.toString('latin1').split('\r\n'))
        if (line !== '') socket.write(answers[line.slice(0, 4)] ?? '500 What?\r\n');
    });
  });
  const [conversation] = parseScript(text).conversations;
  assert.ok(conversation);
  const result = await runConversation(conversation, {
    connect: (options) => SmtpClient.connect(options),
    readFile: () => Promise.reject(new Error('there are no files')),
    clock: systemClock,
    variables: { host: '127.0.0.1', port: String(server.port), ...variables },
    timeout: 10_000,
  });
  return summarize(conversation, result, english);
}

/** Times differ from run to run. */
function timeless(text: string): string {
  return text.replaceAll(/[0-9.]+ m?s\b/g, 'T');
}

const marksOf = ({ marks }: RunSummary): (readonly [number, string])[] => marks.map(({ line, text }) => [line, timeless(text)]);

describe('a run in the editor', () => {
  test('has a tick and the time behind each reply that was as expected', async () => {
    const summary = await run('### Hello\nS: 220\nC: EHLO a.test\nS: 250-SIZE\nS: 250\nC: QUIT\nS: 221\n');
    assert.equal(timeless(summary.text), '4 passed, T');
    assert.deepEqual(marksOf(summary), [
      [1, '✓ T'],
      [3, '✓ T'],
      [4, '✓'],
      [6, '✓ T'],
    ]);
    assert.deepEqual(summary.failures, []);
  });

  test('shows what was captured', async () => {
    const summary = await run('C: NOOP\nS: 250 2.0.0 Ok: queued as {{id}}\n');
    assert.deepEqual(marksOf(summary), [[1, '✓ T · id = 4dR2kx0Vz']]);
    assert.deepEqual({ ...summary.captures }, { id: '4dR2kx0Vz' });
  });

  test('shows the reply behind a command of which nothing is expected', async () => {
    assert.deepEqual(marksOf(await run('C: NOOP\nC: EHLO a.test\n')), [
      [0, '✓ T · 250 2.0.0 Ok: queued as 4dR2kx0Vz'],
      [1, '✓ T · 250-mx.test …'],
    ]);
  });

  test('fails at the line of the reply that was another, and does not reach the rest', async () => {
    const summary = await run('\n\n### Relay\nC: RCPT TO:<b@elsewhere.test>\nS: 550 5.7.1\nC: QUIT\nS: 221\n');
    assert.equal(summary.text, '1 of 2 failed');
    assert.deepEqual(marksOf(summary), [[4, '- not reached']]);
    assert.deepEqual(summary.failures, [
      { line: 2, message: 'got 250 2.1.5 Ok', difference: { expected: '550 5.7.1', actual: '250 2.1.5 Ok' } },
    ]);
  });

  test('says in words why there was no reply to compare', async () => {
    const { text, failures } = await run('@connect {{host}}:{{port}}\n@var port = 1\nC: QUIT\nS: 221\n');
    assert.equal(text, 'no result: line 1');
    assert.deepEqual(failures, [{ line: 0, message: 'Nobody listens there: the connection was refused.', difference: null }]);
    const unknown = await run('C: NOOP {{nobody}}\nS: 250\n');
    assert.deepEqual(unknown.failures, [{ line: 0, message: 'nobody has no value', difference: null }]);
  });

  test('tells at the first line what went wrong above the conversation', async () => {
    const { failures } = await run('@timeout {{soon}}\n\n### One\nC: QUIT\n');
    assert.deepEqual(failures, [{ line: 0, message: 'soon has no value', difference: null }]);
  });

  test('is told as far as it has come while it is stepped through', async () => {
    const { conversation, result } = await run('C: NOOP\nS: 250\nC: QUIT\nS: 221\n');
    const summary = summarizeSoFar(conversation, result!.lines.slice(0, 2), english);
    assert.deepEqual([summary.status, marksOf(summary)], ['running', [[1, '✓ T']]]);
  });
});

describe('the history of runs', () => {
  const text = '### One\nC: QUIT\n\n### Two\nC: NOOP\n';
  const kept = async (): Promise<RunHistory> => {
    const history = new RunHistory();
    const script = parseScript(text);
    history.keep('file:///a.smtp', script, script.conversations[1]!, await run('C: NOOP\n'));
    return history;
  };

  test('finds a run again when its conversation has moved', async () => {
    const history = await kept();
    const moved = parseScript(`# a new line\n${text}`);
    assert.ok(history.of('file:///a.smtp', moved, moved.conversations[1]!));
    assert.equal(history.of('file:///a.smtp', moved, moved.conversations[0]!), undefined);
    assert.equal(history.of('file:///b.smtp', moved, moved.conversations[1]!), undefined);
  });

  test('shows the failures of an older run itself, once', async () => {
    const history = new RunHistory();
    const failing = parseScript('C: NOOP\nS: 550\n');
    const conversation = failing.conversations[0]!;
    history.keep('file:///a.smtp', failing, conversation, await run('C: NOOP\nS: 550\n'));
    assert.deepEqual(history.of('file:///a.smtp', failing, conversation)?.marks, []);
    history.begin();
    history.begin();
    assert.deepEqual(history.of('file:///a.smtp', failing, conversation)?.marks, [
      { line: 1, text: '✗ got 250 2.0.0 Ok: queued as 4dR2kx0Vz' },
    ]);
  });

  test('forgets a run when its conversation is edited, also when the edit is undone', async () => {
    const history = await kept();
    const heard: string[] = [];
    history.onDidChange((file) => heard.push(file));
    history.prune('file:///a.smtp', parseScript(text.replace('NOOP', 'NOO')));
    const script = parseScript(text);
    assert.equal(history.of('file:///a.smtp', script, script.conversations[1]!), undefined);
    assert.deepEqual(heard, ['file:///a.smtp']);
  });
});

describe('the variables of the server', () => {
  test('name an address to which one can connect', () => {
    const listening = (address: string) => ({ kind: 'listening', port: 2525, addresses: [address] }) as const;
    assert.deepEqual(serverVariables(listening('127.0.0.1'), 'localhost', 2525), { host: '127.0.0.1', port: '2525' });
    assert.deepEqual(serverVariables(listening('0.0.0.0'), '0.0.0.0', 2525), { host: '127.0.0.1', port: '2525' });
    assert.deepEqual(serverVariables({ kind: 'shared', port: 1025 }, '::', 1025), { host: '::1', port: '1025' });
    assert.deepEqual(serverVariables({ kind: 'stopped' }, 'localhost', 1025), { host: '127.0.0.1', port: '1025' });
  });
});
