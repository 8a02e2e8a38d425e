// .smtp files in the editor and in the Test Explorer, run against the Mailroom server of this window.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import { expandSnippet } from '../../src/session/expandSnippet.ts';
import { readSnippetFile } from '../../src/session/snippetFile.ts';
import { snippetVariables } from '../../src/session/snippetVariables.ts';
import { commands, languageId, settingIds, transcriptScheme } from '../../src/ui/ids.ts';
import type { RunSummary } from '../../src/ui/session/file/runSummary.ts';
import { activate, answerMessages, createSettings, freePort, rowWith, temporaryFolder, until } from './window.ts';

const hello = [
  '# Two conversations',
  '@connect {{host}}:{{port}}',
  '',
  '### A mail is accepted',
  'S: 220',
  'C: EHLO client.example.com',
  'S: 250',
  'C: MAIL FROM:<orders@shop.example>',
  'S: 250 2.1.0',
  'C: RCPT TO:<kim@customer.example>',
  'S: 250 2.1.5',
  'C: DATA',
  'S: 354',
  'Subject: Sent by a conversation',
  '',
  'Hello.',
  '.',
  'S: 250 2.0.0 Ok: stored as {{id}}',
  'C: QUIT',
  'S: 221',
  '',
  '### Relay is refused',
  'C: EHLO client.example.com',
  'S: 250',
  'C: MAIL FROM:<a@shop.example>',
  'S: 550 5.7.1',
  'C: QUIT',
  'S: 221',
  '',
].join('\n');

suite('.smtp files', () => {
  const settings = createSettings();
  let api: TestApi;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let count = 0;
  const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
  const provided = <T>(kind: string, { uri }: vscode.TextDocument, ...args: unknown[]) =>
    vscode.commands.executeCommand<T>(`vscode.execute${kind}Provider`, uri, ...args);

  /** A file of its own for each test, shown in the editor. */
  const open = async (text: string): Promise<vscode.TextEditor> => {
    const path = join(folder.path, `conversation-${++count}.smtp`);
    await writeFile(path, text);
    return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(path));
  };
  const summaryOf = (document: vscode.TextDocument, index: number): RunSummary | undefined => {
    const script = parseOf(document);
    return api.session.parts().files.history.of(document.uri.toString(), script, script.conversations[index]!);
  };
  const parseOf = (document: vscode.TextDocument) => api.session.parts().files.scriptOf(document);
  const lensTitles = async (document: vscode.TextDocument): Promise<string[][]> => {
    const lenses = await provided<vscode.CodeLens[]>('CodeLens', document, 100);
    const lines = [...new Set(lenses.map((lens) => lens.range.start.line))];
    return lines.map((line) => lenses.filter((lens) => lens.range.start.line === line).map((lens) => lens.command?.title ?? ''));
  };
  const edit = async ({ document }: vscode.TextEditor, range: vscode.Range, text: string): Promise<void> => {
    const change = new vscode.WorkspaceEdit();
    change.replace(document.uri, range, text);
    await vscode.workspace.applyEdit(change);
  };
  const completionsAt = async (text: string): Promise<vscode.CompletionItem[]> => {
    const { document } = await open(text);
    const end = document.positionAt(text.length);
    return (await provided<vscode.CompletionList>('CompletionItem', document, end)).items;
  };
  const labelOf = ({ label }: vscode.CompletionItem): string => (typeof label === 'string' ? label : label.label);

  suiteSetup(async () => {
    api = await activate();
    answerMessages(api, () => undefined);
    folder = await temporaryFolder();
    await settings.set(settingIds.dropFolder, join(folder.path, 'drop'));
    await settings.set(settingIds.port, await freePort());
    await api.room.idle();
    await run(commands.startServer);
    assert.equal(api.room.state.kind, 'listening');
  });
  suiteTeardown(async () => {
    await run('workbench.action.closeAllEditors');
    await run(commands.stopServer);
    await settings.restore();
    await folder.remove();
  });

  test('have their language, comments and brackets', async () => {
    const { document } = await open('C: NOOP\n');
    assert.equal(document.languageId, languageId);
    await run('editor.action.addCommentLine');
    assert.equal(document.lineAt(0).text, '# C: NOOP');
  });

  test('tell what is wrong at its place, and no longer when it is put right', async () => {
    const editor = await open('### One\n@nonsense\nC: QUIT\n');
    const { uri } = editor.document;
    const found = () => vscode.languages.getDiagnostics(uri).filter(({ code }) => code === 'unknownDirective');
    await until(() => found().length === 1, 'the diagnostic');
    assert.deepEqual(found()[0]!.range, new vscode.Range(1, 0, 1, 9));
    await edit(editor, new vscode.Range(1, 0, 1, 9), '@close');
    await until(() => found().length === 0, 'the end of the diagnostic');
  });

  test('have an outline and can be folded', async () => {
    const { document } = await open(hello);
    const symbols = await provided<vscode.DocumentSymbol[]>('DocumentSymbol', document);
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ['A mail is accepted', 'Relay is refused'],
    );
    assert.deepEqual(
      symbols[1]!.children.map(({ name }) => name),
      ['EHLO client.example.com', 'MAIL FROM:<a@shop.example>', 'QUIT'],
    );
    const folds = await provided<vscode.FoldingRange[]>('FoldingRange', document);
    assert.ok(folds.some(({ start, end }) => start === 3 && end === 19));
    assert.ok(folds.some(({ start, end }) => start === 13 && end === 16));
  });

  test('explain commands and replies in hovers', async () => {
    const { document } = await open(hello);
    const textAt = async (line: number, character: number): Promise<string> => {
      const hovers = await provided<vscode.Hover[]>('Hover', document, new vscode.Position(line, character));
      return hovers
        .flatMap(({ contents }) => contents.map((content) => (typeof content === 'string' ? content : content.value)))
        .join('\n')
        .replaceAll('\\', '');
    };
    assert.match(await textAt(9, 4), /RFC 5321 section 4\.1\.1\.3/);
    assert.match(await textAt(25, 6), /5\.7\.1: /);
  });

  test('complete commands, parameters, directives and variables', async () => {
    const due = (await completionsAt('C: EHLO a.example\nS: 250\nC: ')).filter(({ kind }) => kind === vscode.CompletionItemKind.Function);
    assert.equal(labelOf(due.toSorted((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1))[0]!), 'MAIL');
    assert.ok((await completionsAt('C: MAIL FROM:<> ')).some((item) => labelOf(item) === 'SMTPUTF8'));
    assert.ok((await completionsAt('@')).some((item) => labelOf(item) === 'connect'));
    assert.ok((await completionsAt('@var user = kim\nC: VRFY {{')).some((item) => labelOf(item) === 'user'));
    await writeFile(join(folder.path, 'letter.eml'), 'Subject: Hello\r\n\r\nHello\r\n');
    assert.ok((await completionsAt('C: DATA\nS: 354\n@data ')).some((item) => labelOf(item) === 'letter.eml'));
  });

  test('offer the snippets that come with the extension', async () => {
    const { snippets } = await shippedSnippets();
    assert.ok(snippets.length >= 30, `${snippets.length} snippets`);
    const offered = (await completionsAt('')).filter(({ kind }) => kind === vscode.CompletionItemKind.Snippet).map(labelOf);
    const missing = snippets.flatMap(({ prefixes }) => prefixes).filter((prefix) => !offered.includes(prefix));
    assert.deepEqual(missing, []);
  });

  test('get from every snippet the text that the terminal makes of it', async () => {
    const { snippets } = await shippedSnippets();
    const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content: '' });
    const editor = await vscode.window.showTextDocument(document);
    for (const { name, body } of snippets) {
      await editor.insertSnippet(new vscode.SnippetString(body), new vscode.Range(0, 0, document.lineCount, 0));
      assert.equal(steady(document.getText()), steady(expandSnippet(body, snippetVariables(Date.now()))), name);
    }
    await run('workbench.action.revertAndCloseActiveEditor');
  });

  test('have links above each conversation', async () => {
    const { document } = await open(hello);
    assert.deepEqual(await lensTitles(document), [
      ['Run', 'Step', 'Run in Terminal'],
      ['Run', 'Step', 'Run in Terminal'],
    ]);
  });

  test('run from the link, send a real mail and show what came back', async () => {
    const { document } = await open(hello);
    await run(commands.runConversation, document.uri, 0);
    const summary = summaryOf(document, 0);
    assert.equal(summary?.status, 'passed', JSON.stringify(summary?.failures));
    assert.ok(summary.captures['id']);
    const { mail } = await rowWith(api, 'Sent by a conversation');
    assert.equal(mail.isCaught, true);
    assert.match((await lensTitles(document))[0]![3]!, /^7 passed, /);
    assert.equal(summaryOf(document, 1), undefined);
  });

  test('fail at the line of the reply that was another', async () => {
    const { document } = await open(hello);
    await run(commands.runConversation, document.uri, 1);
    assert.deepEqual(summaryOf(document, 1)?.failures, [
      { line: 4, message: 'got 250 2.1.0 Sender OK', difference: { expected: '550 5.7.1', actual: '250 2.1.0 Sender OK' } },
    ]);
    const [diagnostic] = vscode.languages.getDiagnostics(document.uri);
    assert.deepEqual([diagnostic?.range.start.line, diagnostic?.message], [25, 'Expected 550 5.7.1, got 250 2.1.0 Sender OK']);
    assert.equal((await lensTitles(document))[1]![3], '1 of 3 failed');
  });

  test('forget a result when its conversation is edited, and keep it when it only moves', async () => {
    const editor = await open(hello);
    const { document } = editor;
    await run(commands.runConversation, document.uri, 0);
    await run(commands.runConversation, document.uri, 1);
    await edit(editor, new vscode.Range(0, 0, 0, 0), '# above\n');
    assert.ok(summaryOf(document, 0) && summaryOf(document, 1));
    await edit(editor, new vscode.Range(27, 0, 27, 0), 'C: NOOP\n');
    assert.ok(summaryOf(document, 0));
    assert.equal(summaryOf(document, 1), undefined);
    await until(() => vscode.languages.getDiagnostics(document.uri).length === 0, 'the end of the diagnostic');
  });

  test('take over what the server answered, and pass then', async () => {
    const editor = await open(hello);
    const { document } = editor;
    await run(commands.runConversation, document.uri, 1);
    await edit(editor, new vscode.Range(0, 0, 0, 0), '# above\n');
    await run(commands.updateExpectations, document.uri, 1);
    assert.equal(document.lineAt(26).text, 'S: 250 2.1.0');
    await run(commands.runConversation, document.uri, 1);
    assert.equal(summaryOf(document, 1)?.status, 'passed');
  });

  test('open the transcript of the last run as a document that cannot be changed', async () => {
    const { document } = await open(hello);
    await run(commands.runConversation, document.uri, 0);
    await run(commands.openTranscript, document.uri, 0);
    const shown = vscode.window.activeTextEditor!.document;
    assert.deepEqual([shown.uri.scheme, shown.languageId], [transcriptScheme, languageId]);
    assert.match(shown.getText(), /^C: RCPT TO:<kim@customer\.example>\nS: 250 2\.1\.5 /m);
    assert.deepEqual(await lensTitles(shown), []);
  });

  test('wait before each line while they are stepped through, and go on or stop when told to', async () => {
    const { document } = await open(hello);
    const links = async (): Promise<string> => (await lensTitles(document))[0]!.join(' ');
    const stepping = run(commands.stepConversation, document.uri, 0);
    await until(async () => (await links()) === 'Next Step Continue Stop', 'the first step');
    await run(commands.nextStep);
    await until(() => summaryOf(document, 0)?.marks.length === 1, 'the greeting');
    assert.equal(summaryOf(document, 0)?.status, 'running');
    await run(commands.continueSteps);
    await stepping;
    assert.equal(summaryOf(document, 0)?.status, 'passed');

    const stopped = run(commands.stepConversation, document.uri, 0);
    await until(async () => (await links()) === 'Next Step Continue Stop', 'the first step again');
    await run(commands.stopSteps);
    await stopped;
    assert.equal(summaryOf(document, 0)?.status, 'cancelled');
  });

  suite('in the Test Explorer', () => {
    const labels = (): string[][] => {
      const files = [...api.session.controller.items].map(([, item]) => item).filter(({ label }) => label === 'hello.smtp');
      return files.map(({ children }) => [...children].map(([, child]) => child.label));
    };

    test('are the files of the workspace, run as VS Code runs tests', async () => {
      await run('testing.refreshTests');
      await until(() => labels().length === 1, 'the file of the workspace');
      assert.deepEqual(labels(), [['A mail is accepted', 'DATA needs a recipient']]);
      const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, 'hello.smtp');
      const document = await vscode.workspace.openTextDocument(file);
      await run('testing.runAll');
      for (const index of [0, 1]) {
        await until(() => summaryOf(document, index)?.result !== undefined, `the result of conversation ${index}`);
        assert.deepEqual(summaryOf(document, index)!.failures, []);
        assert.equal(summaryOf(document, index)!.status, 'passed');
      }
    });

    test('come and go with their files, and follow the setting', async () => {
      const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, 'later.smtp');
      const isListed = () => api.session.controller.items.get(file.toString()) !== undefined;
      await vscode.workspace.fs.writeFile(file, Buffer.from('### Later\nC: QUIT\n'));
      await until(isListed, 'the new file');
      await settings.set(settingIds.testGlob, 'nowhere/*.smtp');
      await until(() => !isListed(), 'the end of the file in the list');
      await settings.restore([settingIds.testGlob]);
      await until(isListed, 'the file again');
      await vscode.workspace.fs.delete(file);
      await until(() => !isListed(), 'the end of the file');
    });

    test('are no other files, and others only while they are open', async () => {
      const { items } = api.session.controller;
      const readme = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, 'README.md');
      const other = await vscode.workspace.openTextDocument(readme);
      const { document } = await open('### Outside\nC: NOOP\n');
      const isListed = ({ uri }: vscode.TextDocument) => items.get(uri.toString()) !== undefined;
      assert.ok(isListed(document));
      // VS Code keeps a document for minutes after its editor was closed; with another language it is closed and opened anew at once.
      await vscode.languages.setTextDocumentLanguage(document, 'plaintext');
      await until(() => !isListed(document), 'the end of the file outside of the workspace');
      await vscode.languages.setTextDocumentLanguage(other, 'plaintext');
      const own = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(readme, '../hello.smtp'));
      await vscode.languages.setTextDocumentLanguage(own, 'plaintext');
      await vscode.languages.setTextDocumentLanguage(own, languageId);
      assert.deepEqual([isListed(other), isListed(own)], [false, true]);
    });

    test('are run again when they are saved, as long as that is wanted', async () => {
      const editor = await open('### Saved\nC: NOOP\nS: 250\n');
      const { document } = editor;
      const item = api.session.controller.items.get(document.uri.toString())!;
      const cancel = new vscode.CancellationTokenSource();
      const { profile } = api.session;
      await profile.runHandler(new vscode.TestRunRequest([item], undefined, profile, true), cancel.token);
      assert.equal(summaryOf(document, 0), undefined);
      await edit(editor, new vscode.Range(2, 0, 2, 6), 'S: 251');
      await document.save();
      await until(() => summaryOf(document, 0)?.result !== undefined, 'the run');
      assert.equal(summaryOf(document, 0)?.text, '1 of 1 failed');
      cancel.cancel();
    });

    test('stop at once when they are cancelled', async () => {
      const { document } = await open('### Slow\nC: NOOP\nS: 250\n@wait 1h\n'.replace('1h', '60m'));
      const item = api.session.controller.items.get(document.uri.toString())!;
      const cancel = new vscode.CancellationTokenSource();
      const { profile } = api.session;
      const running = profile.runHandler(new vscode.TestRunRequest([item], undefined, profile), cancel.token);
      setTimeout(() => cancel.cancel(), 200);
      await running;
      assert.equal(summaryOf(document, 0)?.status, 'cancelled');
    });
  });
});

async function shippedSnippets() {
  const { extensionPath } = vscode.extensions.getExtension('mailroom.mailroom')!;
  return readSnippetFile(await readFile(join(extensionPath, 'media/snippets/smtp.json'), 'utf8'));
}

/** Without what chance and the clock make. */
function steady(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/\b\d{10}\b/g, 'SECONDS');
}
