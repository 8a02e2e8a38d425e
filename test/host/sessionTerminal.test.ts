// SMTP sessions as VS Code sees them: terminals with a name, a profile, a quick pick of servers, a script to save, and their end.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Question } from '../../src/checks/report.ts';
import type { TestApi } from '../../src/extension.ts';
import { commands, languageId, settingIds, terminalProfileId } from '../../src/ui/ids.ts';
import type { SessionTerminal } from '../../src/ui/session/terminal/sessionTerminal.ts';
import { activate, answerMessages, choose, createSettings, freePort, temporaryFolder, until } from './window.ts';

suite('session terminal', () => {
  const settings = createSettings();
  let api: TestApi;
  let port: number;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);

  setup(async () => {
    api = await activate();
    answerMessages(api, () => undefined);
    folder = await temporaryFolder();
    port = await freePort();
    await settings.set(settingIds.dropFolder, folder.path);
    await settings.set(settingIds.port, port);
    await api.room.idle();
    await run(commands.startServer);
  });
  teardown(async () => {
    for (const terminal of vscode.window.terminals) terminal.dispose();
    await until(() => vscode.window.terminals.length === 0 && api.session.parts().terminals.open.length === 0, 'the end of the terminals');
    await run('workbench.action.revertAndCloseActiveEditor');
    await run(commands.stopServer);
    await settings.restore();
    await api.room.idle();
    await folder.remove();
  });

  async function opened(): Promise<SessionTerminal> {
    await until(() => api.session.parts().terminals.open[0]?.shell.session.state.phase === 'connected', 'the greeting');
    const [session] = api.session.parts().terminals.open;
    assert.ok(session);
    return session;
  }

  test('talks to the server of this window', async () => {
    await run(commands.talkToServer);
    const session = await opened();
    assert.equal(session.name, `127.0.0.1:${port}`);
    await until(() => vscode.window.activeTerminal?.name === session.name, 'the terminal');
    const options = vscode.window.activeTerminal?.creationOptions;
    assert.ok(options && 'pty' in options && options.pty === session);
    vscode.window.activeTerminal?.sendText('EHLO host.test');
    await until(() => session.shell.session.state.phase === 'ready', 'EHLO');
  });

  test('offers the server of this window first', async () => {
    const asked = run(commands.newSession);
    await choose(0);
    await asked;
    assert.equal((await opened()).name, `127.0.0.1:${port}`);
  });

  test('has a profile', async () => {
    const { id } = vscode.extensions.getExtension('mailroom.mailroom') ?? { id: '' };
    const asked = run('workbench.action.terminal.newWithProfile', {
      config: { extensionIdentifier: id, id: terminalProfileId, title: 'SMTP Session', icon: 'mail' },
    });
    await choose(0);
    await asked;
    assert.equal((await opened()).name, `127.0.0.1:${port}`);
  });

  test('completes from the snippets that VS Code has for files', async () => {
    await run(commands.talkToServer);
    const session = await opened();
    vscode.window.activeTerminal?.sendText('EHLO host.test');
    await until(() => session.shell.session.state.phase === 'ready', 'EHLO');
    let written = '';
    const listening = session.onDidWrite((text) => {
      written += text;
    });
    session.handleInput('VRFY');
    session.handleInput('\t');
    await until(() => /VRFY/.test(written) && /\[|Tab next/.test(written), 'the completion');
    listening.dispose();
  });

  test('remembers a mail that it sent, to open it', async () => {
    await run(commands.talkToServer);
    const session = await opened();
    for (const line of ['EHLO host.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA', 'Subject: by the host', '', '.']) {
      session.handleInput(`${line}\r`);
    }
    await until(() => session.mails.has('by the host'), 'the mail');
    assert.match(session.mails.get('by the host') ?? '', /^\d{8}T\d{9}Z-\w+\.eml$/);
  });

  test('saves what was said as a script', async () => {
    await run(commands.talkToServer);
    const session = await opened();
    await until(() => vscode.window.activeTerminal?.name === session.name, 'the terminal');
    session.handleInput('NOOP\r');
    await until(() => session.shell.session.record.print('').includes('C: NOOP\nS: 250'), 'the reply');
    await run(commands.saveSession);
    const { document } = vscode.window.activeTextEditor ?? {};
    assert.equal(document?.languageId, languageId);
    assert.match(document?.getText() ?? '', new RegExp(`@connect 127\\.0\\.0\\.1:${port}\nS: 220 `));
  });

  test('says so where there is no session to save', async () => {
    const asked = answerMessages(api, () => undefined);
    await run(commands.saveSession);
    assert.equal(asked[0]?.text, 'There is no SMTP session in the active terminal.');
  });

  test('has the server of the terminal that was clicked checked', async () => {
    await run(commands.talkToServer);
    const session = await opened();
    await until(() => vscode.window.activeTerminal?.name === session.name, 'the terminal');
    const question: Question = { kind: 'server', subject: `127.0.0.1:${port}`, options: {} };
    await run(commands.checkSessionServer, vscode.window.activeTerminal);
    await until(() => api.checks.panelOf(question) !== undefined, 'the report');
    api.checks.panelOf(question)?.dispose();
    session.handleInput('/relay\r');
    await until(() => api.checks.panelOf({ ...question, kind: 'relay' }) !== undefined, 'the report of the relay test');
    api.checks.panelOf({ ...question, kind: 'relay' })?.dispose();
    assert.equal(session.shell.session.state.phase, 'connected');
  });

  test('checks no server of a terminal that is no session', async () => {
    const asked = answerMessages(api, () => undefined);
    const silent = { onDidWrite: new vscode.EventEmitter<string>().event, open: () => {}, close: () => {} };
    await run(commands.testSessionRelay, vscode.window.createTerminal({ name: 'Something else', pty: silent }));
    assert.equal(asked[0]?.text, 'That terminal is no SMTP session.');
  });

  test('closing the terminal closes the connection', async () => {
    await run(commands.talkToServer);
    const session = await opened();
    vscode.window.activeTerminal?.dispose();
    await until(() => api.session.parts().terminals.open.length === 0, 'the end');
    assert.equal(session.shell.session.cancel(), false);
  });

  test('/quit says QUIT and closes the terminal', async () => {
    await run(commands.talkToServer);
    const session = await opened();
    session.handleInput('/quit\r');
    await until(() => vscode.window.terminals.length === 0, 'the end of the terminal');
    assert.match(session.shell.session.record.print(''), /C: QUIT\nS: 221/);
  });
});
