// Runs .smtp files with Postfix, Exim and OpenSMTPD as they are in Debian, and with Postfix's smtp-sink where a server is to be slow or rude.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseScript } from '../../../src/session/parse.ts';
import { runConversation } from '../../../src/session/run.ts';
import { isSkipped, type Skipped } from '../../peers/cache.ts';
import { eximLogin, startExim } from '../../peers/exim.ts';
import { startOpenSmtpd } from '../../peers/opensmtpd.ts';
import { getPostfix, startSmtpSink } from '../../peers/postfix.ts';
import { startPostfix } from '../../peers/postfixServer.ts';
import { ports, sum } from './fixture.ts';

const folder = join(import.meta.dirname, '../../dialogues/servers');

/** Where a file finds its server: the ports by name, `smtp` as {{port}}. */
interface Server {
  readonly ports: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** How the runs end that do not pass; by the names of their conversations. */
type Endings = Readonly<Record<string, RegExp>>;

function runFile(file: string, names: readonly string[], start: () => Promise<Server | Skipped>, endings: Endings = {}): void {
  const script = parseScript(readFileSync(join(folder, file), 'utf8'), { variables: ['host', ...names] });
  let server: Server | Skipped = { skipped: 'it was not started' };
  before(async () => {
    server = await start();
  });
  after(async () => {
    if (!isSkipped(server)) await server.stop();
  });
  test(`${file} has nothing wrong in it`, () => {
    assert.deepEqual(script.diagnostics, []);
    const known = new Set(script.conversations.map(({ name }) => name));
    for (const name of Object.keys(endings)) assert.ok(known.has(name), name);
  });
  for (const conversation of script.conversations) {
    const { name } = conversation;
    test(name ?? 'without a name', async (context) => {
      if (isSkipped(server)) return context.skip(server.skipped);
      const { smtp, ...others } = server.ports;
      const numbers = Object.entries({ port: smtp, ...others }).map(([key, value]) => [key, String(value)]);
      const variables = { host: '127.0.0.1', ...eximLogin, ...Object.fromEntries(numbers) };
      const ended = sum(await runConversation(conversation, ports(variables)));
      const ending = endings[name ?? ''];
      if (ending) assert.match(ended, ending);
      else assert.equal(ended, 'passed');
    });
  }
}

describe('Postfix', () => {
  runFile('postfix.smtp', ['port', 'implicitTls', 'mustEncrypt', 'deferring', 'unwelcoming', 'impatient'], startPostfix, {
    'does not relay, and the file thinks it does': /^failed: expected 2xx, got 554 5\.7\.1 .*Relay access denied$/,
    'has a certificate that is not trusted': /^error in line \d+: certificateRefused: /,
    'hangs up after three errors': /^error in line \d+: connectionClosed: /,
  });
});

describe('Exim', () => {
  runFile('exim.smtp', ['port', 'implicitTls', 'user', 'password'], startExim);
});

describe('OpenSMTPD', () => {
  runFile('opensmtpd.smtp', ['port'], startOpenSmtpd);
});

describe('a slow and rude server', () => {
  const start = async (): Promise<Server | Skipped> => {
    const tools = await getPostfix();
    if (isSkipped(tools)) return tools;
    const sink = await startSmtpSink(tools, ['-W', 'noop:1', '-q', 'vrfy']);
    return { ports: { smtp: sink.port }, stop: () => sink.stop() };
  };
  runFile('sink.smtp', ['port'], start, {
    'takes more time than it is given': /^error in line \d+: replyTimeout: /,
    'hangs up': /^error in line \d+: connectionClosed: /,
  });
});
