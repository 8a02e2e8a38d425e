// Checks in a real extension host, against servers on loopback: from command to report, in the history, and away again.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Question, Report } from '../../src/checks/report.ts';
import type { TestApi } from '../../src/extension.ts';
import { commands, languageId, reportScheme, settingIds } from '../../src/ui/ids.ts';
import {
  activate,
  answerMessages,
  createSettings,
  freePort,
  listenAsStranger,
  rowWith,
  temporaryFolder,
  until,
  writeMail,
} from './window.ts';

suite('checks', () => {
  const settings = createSettings();
  let api: TestApi;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let port = 0;
  const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
  const relayQuestion = (): Question => ({ kind: 'relay', subject: `127.0.0.1:${port}`, options: {} });
  const reportOf = (question: Question): Report => {
    const found = api.checks.history.find(question);
    assert.ok(found, `a report about ${question.subject}`);
    return found.report;
  };

  suiteSetup(async () => {
    api = await activate();
    folder = await temporaryFolder();
    port = await freePort();
    await settings.set(settingIds.dropFolder, join(folder.path, 'mail'));
    await settings.set(settingIds.port, port);
    await settings.set(settingIds.checksLab, true);
    await api.room.idle();
    await run(commands.startServer);
    await until(() => api.room.state.kind === 'listening', 'the server');
  });
  suiteTeardown(async () => {
    for (const { question } of api.checks.history.all) {
      api.checks.panelOf(question)?.dispose();
      await api.checks.history.remove(question);
    }
    await run('workbench.action.closeAllEditors');
    await run(commands.stopServer);
    await settings.restore();
    await folder.remove();
  });

  test('the relay test of the own server says that it takes mail for everyone, with every row, and asks nothing on loopback', async () => {
    const asked = answerMessages(api, () => undefined);
    await run(commands.testRelay, `127.0.0.1:${port}`);
    assert.deepEqual(asked, []);
    const report = reportOf(relayQuestion());
    const relay = report.findings.find((finding) => finding.id === 'relay');
    assert.ok(relay?.relay && relay.relay.length > 16, JSON.stringify(report.findings));
    assert.ok(relay.relay.filter((row) => row.verdict === 'accepted').length > 2);
    assert.deepEqual(report.probedFrom, ['127.0.0.1']);
    assert.deepEqual(api.checks.panelOf(relayQuestion())?.report, report);
  });

  test('a host elsewhere is probed only when the person agrees', async () => {
    const asked = answerMessages(api, () => undefined);
    await run(commands.testRelay, 'mx1.example.com:25');
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.isModal, true);
    assert.match(asked[0].text, /mx1\.example\.com:25/);
    assert.equal(api.checks.history.find({ kind: 'relay', subject: 'mx1.example.com:25', options: {} }), undefined);
  });

  test('run again keeps the run before, and both are compared as Markdown', async () => {
    const first = reportOf(relayQuestion());
    const panel = api.checks.panelOf(relayQuestion());
    assert.ok(panel);
    await panel.answer({ type: 'runAgain' });
    const entry = api.checks.history.find(relayQuestion());
    assert.deepEqual(entry?.previous, first);
    await panel.answer({ type: 'compare' });
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    assert.ok(tab?.input instanceof vscode.TabInputTextDiff);
    assert.equal(tab.input.original.scheme, reportScheme);
    const text = (await vscode.workspace.openTextDocument(tab.input.modified)).getText();
    assert.match(text, /^# 127\.0\.0\.1:\d+$/m);
    assert.doesNotMatch(text, /Begun/);
  });

  test('a report is copied as Markdown, saved as JSON, and its conversation opens as .smtp', async () => {
    const panel = api.checks.panelOf(relayQuestion());
    assert.ok(panel);
    await panel.answer({ type: 'copyMarkdown' });
    assert.match(await vscode.env.clipboard.readText(), /\| # \| MAIL FROM \| RCPT TO \|/);
    const target = join(folder.path, 'report.json');
    api.answer({ save: async () => vscode.Uri.file(target) });
    await panel.answer({ type: 'save' });
    assert.deepEqual(JSON.parse(await readFile(target, 'utf8')), JSON.parse(JSON.stringify(panel.report)));
    await panel.answer({ type: 'openTranscript', index: 0 });
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.languageId, languageId);
    assert.match(document?.getText() ?? '', /^C: EHLO /m);
  });

  test('a run that is cancelled reports what it found until then', async () => {
    // Greets never, so the run would last until its time is up.
    const silent = await listenAsStranger();
    silent.removeAllListeners('connection');
    const question: Question = { kind: 'relay', subject: `127.0.0.1:${silent.port}`, options: {} };
    try {
      const running = run(commands.testRelay, question.subject);
      await until(() => api.checks.panelOf(question) !== undefined, 'the page');
      await api.checks.panelOf(question)?.answer({ type: 'cancel' });
      await running;
      const report = reportOf(question);
      assert.equal(report.isCancelled, true);
      assert.match(report.verdict, /^Cancelled after \d+\.\d s: 0 of 1 checks done\.$/);
      assert.ok(report.findings.every((finding) => finding.level !== 'fail' && finding.level !== 'pass'));
    } finally {
      api.checks.panelOf(question)?.dispose();
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  test('a mail is checked from its row, with its own octets', async () => {
    await writeMail(join(folder.path, 'mail'), 'checked.eml', { subject: 'Is this forged?' });
    const row = await rowWith(api, 'Is this forged?');
    await run(commands.checkMessage, row);
    const entry = api.checks.history.all.find(({ question }) => question.kind === 'message');
    assert.equal(entry?.question.subject, 'Is this forged?');
    assert.ok(entry.report.findings.length > 0);
    assert.ok(entry.report.findings.every((finding) => finding.group === 'message' && finding.id !== 'check-broken'));
  });

  test('what cannot be understood is refused with a sentence', async () => {
    const asked = answerMessages(api, () => undefined);
    await run(commands.testRelay, 'not a server');
    assert.equal(asked.length, 1);
    assert.equal(api.checks.history.find({ kind: 'relay', subject: 'not a server', options: {} }), undefined);
  });

  test('a report is saved as a page that prints, under its own name', async () => {
    const panel = api.checks.panelOf(relayQuestion());
    assert.ok(panel);
    const asked: vscode.SaveDialogOptions[] = [];
    const target = join(folder.path, 'report.html');
    api.answer({
      save: async (options) => {
        asked.push(options);
        return vscode.Uri.file(target);
      },
    });
    const told = answerMessages(api, () => undefined);
    // Where VS Code runs in a browser there is no other to open it in.
    await panel.answer({ type: 'print' });
    if (vscode.env.uiKind === vscode.UIKind.Web) {
      assert.match(asked[0]?.defaultUri?.path ?? '', /\/127\.0\.0\.1-\d+\.html$/);
      assert.match(told[0]?.text ?? '', /^report\.html is saved\. /);
    } else await panel.answer({ type: 'save' });
    const page = await readFile(target, 'utf8');
    assert.match(page, /^<!doctype html>/);
    assert.match(page, /<th>MAIL FROM<\/th>/);
    assert.doesNotMatch(page, /<script/);
  });

  test('a report opens from the history, its conversations run again, and it can be removed', async () => {
    const entry = api.checks.history.find(relayQuestion());
    assert.ok(entry);
    api.checks.panelOf(relayQuestion())?.dispose();
    await run(commands.openReport, entry);
    const panel = api.checks.panelOf(relayQuestion());
    assert.deepEqual(panel?.report, entry.report);
    await panel?.answer({ type: 'openTranscript', index: 0 });
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document);
    assert.equal(document.getText(), entry.report.transcripts[0]?.text);
    const { files } = api.session.parts();
    const script = files.scriptOf(document);
    assert.ok(script.conversations.length > 0);
    for (const [index, conversation] of script.conversations.entries()) {
      await run(commands.runConversation, document.uri, index);
      const summary = files.history.of(document.uri.toString(), script, conversation);
      assert.equal(summary?.status, 'passed', JSON.stringify(summary?.failures));
    }
    await run(commands.removeReport, entry);
    assert.equal(api.checks.history.find(relayQuestion()), undefined);
  });
});
