// A whole session as a person leads it: keys in, what the terminal shows out, against our own server.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { readSnippets, type SnippetDefinition } from '../../../../src/session/snippetFile.ts';
import { SmtpClient } from '../../../../src/smtp/client.ts';
import { completeConversation } from '../../../../src/ui/session/terminal/completion.ts';
import { explainForHelp, explainInSession } from '../../../../src/ui/session/terminal/explainWords.ts';
import { SessionShell } from '../../../../src/ui/session/terminal/shell.ts';
import { startServer, until } from '../../capture/fixture.ts';
import { english } from '../english.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the placeholders of VS Code's snippets.
const { snippets } = readSnippets({
  Mail: { prefix: 'mail', body: 'MAIL FROM:<${1:a@x.test}>' },
  Message: { prefix: 'data', body: ['DATA', 'Subject: ${1:default}', 'Date: {{\\$date}}', '', '${2:text}', '.', 'S: 250'] },
  Pipelined: { prefix: 'pipe', body: ['@pipeline', 'NOOP', 'RSET', '@end'] },
  Login: { prefix: 'auth', body: '@auth plain ${1:user} ${2:password}' },
  Template: { prefix: 'template', body: ['### name', '@connect x:25', 'NOOP'] },
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the placeholders of VS Code's snippets.

class Person implements AsyncDisposable {
  readonly shell: SessionShell;
  readonly saved: string[] = [];
  readonly checked: string[] = [];
  history: readonly string[] = [];
  isOver = false;
  private written = '';

  constructor(known: readonly SnippetDefinition[] = snippets) {
    this.shell = new SessionShell({
      connect: (options) => SmtpClient.connect(options),
      l10n: english,
      write: (text) => {
        this.written += text;
      },
      history: {
        read: () => [],
        write: (lines) => {
          this.history = lines;
        },
      },
      completer: (line, state) => completeConversation(line, state, known, 0),
      explain: (event) => explainInSession(event, { server: 'localhost', isEncrypted: false }, english),
      explainCode: explainForHelp,
      chooseFile: async () => undefined,
      resolvePath: (path) => path,
      save: async (script) => void this.saved.push(script),
      check: (kind, { host, port }) => void this.checked.push(`${kind} ${host}:${port}`),
      onDidConnectTo: () => {},
      onDidSend: async () => [],
      onDidEnd: () => {
        this.isOver = true;
      },
    });
  }

  static async talkTo(port: number): Promise<Person> {
    const person = new Person();
    void person.shell.run({ host: '127.0.0.1', port, tls: 'none' });
    await person.sees(/S: 220 .*\r\nC: $/);
    return person;
  }

  /** Without escape sequences. */
  get screen(): string {
    return stripVTControlCharacters(this.written);
  }

  sees(what: RegExp): Promise<void> {
    return until(`${what} in\n${this.screen}`, () => what.test(this.screen));
  }

  async types(keys: string, what: RegExp): Promise<void> {
    this.written = '';
    this.shell.type(keys);
    await this.sees(what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shell.dispose();
  }
}

describe('a session in the terminal', () => {
  test('shows each reply with its time, and explains what is refused', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('EHLO me.test\r', /The server is ready\.[\s\S]*C: $/);
    assert.match(person.screen, /^EHLO me\.test\r\nS: 250-/);
    assert.match(person.screen, /^S: 250 .{53}\d+(\.\d)? ms\r$/m, 'the time stands in column 60');
    await person.types('NONSENSE\r', /S: 500[\s\S]*5xx: refused for good[\s\S]*C: $/);
  });

  test('sends a mail that is pasted whole', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    const lines = ['EHLO me.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA', 'Subject: pasted', '', '/help', '.'];
    await person.types(`\x1b[200~${lines.join('\n')}\n\x1b[201~`, /stored as[\s\S]*C: $/);
    assert.match(person.screen, /DATA 1> Subject: pasted\r\nDATA 2> \r\nDATA 3> \/help\r\nDATA 4> \.\r\nS: 250/);
    assert.equal(running.memory.accepted[0]?.octets.toString(), 'Subject: pasted\r\n\r\n/help\r\n');
  });

  test('fills a snippet in and sends its lines', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('EHLO me.test\rMAIL FROM:<a@x.test>\rRCPT TO:<b@y.test>\r', /2\.1\.5[\s\S]*C: $/);
    await person.types('Mess\t', /Subject: ‹› \[default\] $/);
    await person.types('\t', /‹› \[text\] $/);
    await person.types('words\r', /stored as[\s\S]*C: $/);
    assert.match(running.memory.accepted[0]?.octets.toString() ?? '', /^Subject: default\r\nDate: \w{3}, [^\r]+\r\n\r\nwords\r\n$/);
  });

  test('does not send a message that the server does not want', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('Mess\t\t\t', /S: 503[\s\S]*Not sent: 5 more lines\.[\s\S]*C: $/);
    assert.equal(person.shell.session.mode.kind, 'command');
  });

  test('puts a snippet of one line into the prompt, to be changed before it is sent', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('EHLO me.test\r', /C: $/);
    await person.types('Mai\t', /Tab next/);
    await person.types('\t\r', /‹›> /);
    await person.types('k@x.test\r', /C: MAIL FROM:<k@x\.test>$/);
    await person.types(' SIZE=1\r', /S: 250 2\.1\.0[\s\S]*C: $/);
  });

  test('sends a group at once', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('Pipe\t', /NOOP\\r\\nRSET\\r\\n[\s\S]*S: 250[\s\S]*S: 250/);
    assert.doesNotMatch(person.screen, /Nobody asked/);
  });

  test('offers no file templates, and no password in the clear', () => {
    const labels = (line: string): (string | null)[] =>
      completeConversation(line, new Person().shell.session.state, snippets, 0).map(({ text, label }) => text ?? label);
    assert.deepEqual(labels('templ'), []);
    assert.ok(labels('login').includes('/auth plain '));
  });

  test('logs in without showing or keeping the password', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('EHLO me.test\r', /C: $/);
    await person.types('/auth cram-md5\r', /User: $/);
    await person.types('kim\r', /Password: $/);
    await person.types('hunter2\r', /S: 235[\s\S]*C: $/);
    assert.doesNotMatch(person.screen, /hunter2/);
    await person.types(`AUTH PLAIN ${btoa('\0kim\0hunter2')}\r`, /C: AUTH PLAIN \*\*\*\*\r\n[\s\S]*C: $/);
    // What a login leaves behind when the server is not in it any more.
    await person.types(`${btoa('hunter2')}\r`, /C: \*\*\*\*\r\n[\s\S]*C: $/);
    assert.deepEqual(person.history, ['/auth cram-md5', 'EHLO me.test']);
    await person.types('/save\r', /C: $/);
    await until('the script', () => person.saved.length === 1);
    assert.match(person.saved[0] ?? '', /@auth cram-md5 kim \{\{password\}\}/);
    assert.doesNotMatch(person.saved[0] ?? '', /hunter2|aHVudGVyMg|AGtpbQ/);
  });

  test('sends a file, and says when it cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailroom-shell-'));
    try {
      const path = join(folder, 'a mail.eml');
      await writeFile(path, 'Subject: file\n\n.dot\n');
      await using running = await startServer();
      await using person = await Person.talkTo(running.port);
      await person.types('EHLO me.test\rMAIL FROM:<a@x.test>\rRCPT TO:<b@y.test>\r', /2\.1\.5[\s\S]*C: $/);
      await person.types(`/data ${join(folder, 'none.eml')}\r`, /cannot be read[\s\S]*C: $/);
      await person.types(`/data ${path}\r`, /stored as[\s\S]*C: $/);
      assert.equal(running.memory.accepted[0]?.octets.toString(), 'Subject: file\r\n\r\n.dot\r\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('replays a file and shows where it was not as expected', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailroom-shell-'));
    try {
      const path = join(folder, 'two.smtp');
      await writeFile(path, '### good\nNOOP\nS: 250\n### bad\nNOOP\nS: 550\n');
      await using running = await startServer();
      await using person = await Person.talkTo(running.port);
      await person.types(
        `/replay ${path}\r`,
        /good\r\n[\s\S]*✓ As expected[\s\S]*bad\r\n[\s\S]*✗ expected 550[\s\S]*✗ Not as expected[\s\S]*C: $/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('says what is wrong with a command of ours', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('/nonsense\r', /There is no command \/nonsense/);
    await person.types('/auth plain kim hunter2\r', /Write no password here/);
    await person.types('/raw \\q\r', /\\q is no escape/);
    await person.types('/explain 4.7.1\r', /4\.7\.1: [\s\S]*C: $/);
    await person.types('/help\r', /\/replay file\.smtp[\s\S]*C: $/);
  });

  test('has the server checked that it is connected to, or was', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('/check\r', /The check of 127\.0\.0\.1:\d+ has\s+connections of its own[\s\S]*C: $/);
    await person.types('/relay now\r', /Write it so: \/relay\.[\s\S]*C: $/);
    await person.types('QUIT\r', /Closed by the server[\s\S]*> $/);
    await person.types('/rel\t', /\/relay$/);
    await person.types('\r', /The test of 127\.0\.0\.1:\d+ for open relay[\s\S]*> $/);
    assert.deepEqual(person.checked, [`server 127.0.0.1:${running.port}`, `relay 127.0.0.1:${running.port}`]);
    await person.types('/help\r', /\/check +checks this server[\s\S]*\/relay +tests this server for open relay/);
  });

  test('goes on after the server has hung up', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('QUIT\r', /S: 221[\s\S]*Closed by the server after [\s\S]*0 mails sent\.[\s\S]*> $/);
    await person.types('NOOP\r', /Not connected/);
    await person.types('/connect\r', /S: 220 [\s\S]*C: $/);
  });

  test('ends with Ctrl+C twice in an empty line, not in between', async () => {
    await using running = await startServer();
    await using person = await Person.talkTo(running.port);
    await person.types('\x03', /once more ends[\s\S]*C: $/);
    await person.types('NOOP\r', /S: 250[\s\S]*C: $/);
    await person.types('\x03', /once more ends[\s\S]*C: $/);
    assert.equal(person.isOver, false);
    person.shell.type('\x03');
    await until('the end', () => person.isOver);
  });
});
