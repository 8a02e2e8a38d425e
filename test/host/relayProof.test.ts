// Proof of relaying by delivery in a real extension host: a real Postfix sends a message on into the drop folder of this window.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import type { Question, Report } from '../../src/checks/report.ts';
import type { TestApi } from '../../src/extension.ts';
import { commands, settingIds } from '../../src/ui/ids.ts';
import { activate, answerMessages, createSettings, freePort, rowsOf, temporaryFolder, until } from './window.ts';

suite('proof of relaying by delivery', () => {
  const settings = createSettings();
  let api: TestApi;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let postfix: ChildProcess | undefined;
  let ports: { readonly open: number; readonly smtp: number } | undefined;
  let port = 0;
  const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
  const relay = (to: number): Question => ({ kind: 'relay', subject: `127.0.0.1:${to}`, options: { domain: 'good.test' } });
  const given = (to: number, options: Question['options'] = {}) => ({ text: `127.0.0.1:${to}`, options });
  const reportOf = (kind: Question['kind'], to: number): Report => {
    const found = api.checks.history.all.find(({ question }) => question.kind === kind && question.subject === `127.0.0.1:${to}`);
    assert.ok(found, `a report of kind ${kind} about port ${to}`);
    return found.report;
  };

  suiteSetup(async function () {
    this.timeout(120_000);
    api = await activate();
    folder = await temporaryFolder();
    port = await freePort();
    const root = vscode.extensions.getExtension('mailroom.mailroom')?.extensionPath;
    assert.ok(root);
    // This window has a home and a folder for temporary files of its own, which the users of Postfix may not enter.
    const { TMPDIR: _tmp, HOME: _home, ...env } = process.env;
    postfix = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'test/peers/relayingPostfix.ts'), String(port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...env, HOME: userInfo().homedir },
    });
    assert.ok(postfix.stdout);
    const [line] = (await once(createInterface(postfix.stdout), 'line')) as [string];
    const told = JSON.parse(line) as { readonly open: number; readonly smtp: number } | { readonly skipped: string };
    if ('open' in told) ports = told;
    await settings.set(settingIds.dropFolder, join(folder.path, 'mail'));
    await settings.set(settingIds.port, port);
    await settings.set(settingIds.checksLab, true);
    await api.room.idle();
    await run(commands.stopServer);
  });
  setup(function () {
    if (!ports) this.skip();
  });
  suiteTeardown(async () => {
    if (postfix && postfix.exitCode === null) {
      const closed = once(postfix, 'close');
      postfix.stdin?.end();
      await closed;
    }
    for (const { question } of api.checks.history.all) {
      api.checks.panelOf(question)?.dispose();
      await api.checks.history.remove(question);
    }
    await run('workbench.action.closeAllEditors');
    await run(commands.stopServer);
    await settings.restore();
    await folder.remove();
  });

  test('needs our own server, and says so', async () => {
    const asked = answerMessages(api, () => undefined);
    await run(commands.proveRelay, given(ports!.open, { recipientDomain: 'catch.test' }));
    assert.deepEqual(
      asked.map(({ text, actions }) => [text, actions]),
      [['The Mailroom server does not run, so a message that another server passes on could not arrive.', ['Start Server']]],
    );
    assert.equal(api.checks.history.all.length, 0);
  });

  test('is not begun when the person does not agree', async () => {
    const asked = answerMessages(api, ({ actions }) => actions.find((action) => action === 'Start Server'));
    await run(commands.proveRelay, given(ports!.open, { recipientDomain: 'catch.test' }));
    await until(() => api.room.state.kind === 'listening', 'the server');
    const consent = asked.find(({ isModal }) => isModal);
    assert.equal(consent?.text, `Send a message through 127.0.0.1:${ports!.open}?`);
    assert.deepEqual(consent.actions, ['Send']);
    assert.equal(api.checks.history.all.length, 0);
    assert.deepEqual(await rowsOf(api), []);
  });

  test('is made from the report of the relay test, through what was accepted there, and the mail lies in the drop folder', async function () {
    this.timeout(60_000);
    const asked = answerMessages(api, ({ actions }) => actions.find((action) => action === 'Send'));
    await run(commands.testRelay, given(ports!.open, { domain: 'good.test' }));
    assert.equal(reportOf('relay', ports!.open).findings.find(({ id }) => id === 'relay')?.level, 'fail');
    const panel = api.checks.panelOf(relay(ports!.open));
    assert.ok(panel);
    const proving = panel.answer({ type: 'proveRelay' });
    // The domain is asked for in an input box, which has that of the last time.
    await until(async () => {
      await run('workbench.action.acceptSelectedQuickOpenItem');
      return api.checks.history.all.some(({ question }) => question.kind === 'relayProof');
    }, 'the report of the proof');
    await proving;
    assert.deepEqual(
      asked.filter(({ isModal }) => isModal).map(({ text }) => text),
      [`Send a message through 127.0.0.1:${ports!.open}?`],
    );
    const report = reportOf('relayProof', ports!.open);
    assert.equal(report.question.options['recipientDomain'], 'catch.test');
    assert.deepEqual(
      report.findings.map(({ id, level }) => [id, level]),
      [
        ['relay-proof', 'fail'],
        ['relay-proof', 'fail'],
      ],
    );
    assert.match(report.findings[0]!.evidence[0]!.text, /^Received: .*\n.*by mx1\.good\.test \(Postfix\)/);
    assert.match(report.verdict, /relays mail for strangers: the message arrived/);
    const subjects = (await rowsOf(api)).map(({ mail }) => mail.subject);
    assert.equal(subjects.length, 2);
    for (const subject of subjects) assert.match(subject ?? '', /^Mailroom relay proof mailroom-[0-9a-f]{12}$/);
  });

  test('sends nothing through a server that refuses, and does not ask again for this machine', async function () {
    this.timeout(60_000);
    const asked = answerMessages(api, () => undefined);
    await run(commands.proveRelay, given(ports!.smtp, { recipientDomain: 'catch.test', domain: 'good.test' }));
    assert.deepEqual(asked, []);
    const { findings } = reportOf('relayProof', ports!.smtp);
    assert.deepEqual(
      findings.map(({ id, level }) => [id, level]),
      [
        ['relay', 'pass'],
        ['relay-proof', 'skipped'],
      ],
    );
    assert.equal((await rowsOf(api)).length, 2);
  });
});
