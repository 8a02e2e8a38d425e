// The tree of the drop folder and every command on mails.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { silentLog } from '../../src/base/log.ts';
import type { TestApi } from '../../src/extension.ts';
import { realDialogs } from '../../src/ui/dialogs.ts';
import { commands, settingIds } from '../../src/ui/ids.ts';
import { createDragAndDrop } from '../../src/ui/inbox/dragAndDrop.ts';
import { sourceOf, uriOf } from '../../src/ui/inbox/mailUris.ts';
import type { ListNode, MailNode } from '../../src/ui/inbox/nodes.ts';
import { Notify } from '../../src/ui/notify.ts';
import { activate, answerMessages, createSettings, messageOf, rowsOf, rowWith, temporaryFolder, until, writeMail } from './window.ts';

suite('inbox', () => {
  const settings = createSettings();
  let api: TestApi;
  let scratch: Awaited<ReturnType<typeof temporaryFolder>>;
  let folder: string;
  const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
  const subjects = async () => (await rowsOf(api)).map((row) => row.mail.subject).sort();
  const hasRows = (count: number) => until(async () => (await rowsOf(api)).length === count, `${count} rows`);
  const itemOf = (node: MailNode | ListNode) => api.inbox.tree.getTreeItem(node);
  const labels = async () => (await api.inbox.tree.getChildren()).map((node) => api.inbox.tree.getTreeItem(node).label);

  setup(async () => {
    api = await activate();
    answerMessages(api, () => undefined);
    scratch = await temporaryFolder();
    folder = join(scratch.path, 'drop');
    await mkdir(folder);
    await settings.set(settingIds.groupBy, 'none');
    await settings.set(settingIds.dropFolder, folder);
    await until(() => api.room.dropFolder === folder, 'the drop folder');
    await api.room.idle();
    await api.engine.api.settled();
  });
  teardown(async () => {
    await run('workbench.action.closeAllEditors');
    await run(commands.stopFind);
    await scratch.remove();
  });
  suiteTeardown(() => settings.restore());

  suite('rows', () => {
    test('say subject, time, sender and files, and open the mail', async () => {
      const files =
        'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n--b--\r\n';
      await writeFile(
        join(folder, 'a.eml'),
        `From: App <app@sender.test>\r\nTo: you@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n${files}`,
      );
      const node = await rowWith(api, 'Grüße');
      const item = itemOf(node);
      assert.deepEqual(item.label, { label: 'Grüße', highlights: [] });
      assert.equal(item.description, 'now · app@sender.test · 1 file');
      assert.equal((item.iconPath as vscode.ThemeIcon).id, 'circle-filled');
      assert.equal(item.contextValue, 'mail.unread');
      assert.equal(item.accessibilityInformation?.label, 'Unread, Grüße, from app@sender.test, just now, 1 file');
      assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.None);
      assert.equal(item.command?.command, commands.openMail);
      assert.match(
        String(api.inbox.tree.resolveTreeItem(item, node).tooltip),
        /^Grüße\nFrom App <app@sender\.test>\nTo you@example\.test\n/,
      );
    });

    test('mark what has no subject and what cannot be read', async () => {
      await writeMail(folder, 'a.eml', {});
      await writeFile(join(folder, 'b.eml'), Buffer.from([0, 1, 2, 255]));
      await hasRows(2);
      const items = (await rowsOf(api)).map(itemOf);
      const labelled = (label: string) => items.find((item) => (item.label as vscode.TreeItemLabel).label === label);
      assert.ok(labelled('(no subject)'));
      assert.equal((labelled('b.eml')?.iconPath as vscode.ThemeIcon | undefined)?.id, 'warning');
    });

    test('come in pages, newest first, with a row for more', async () => {
      const count = 205;
      for (let index = 0; index < count; index++) await writeMail(folder, `${index}.eml`, { subject: `Mail ${index}` });
      await until(() => api.room.counts.total === count, `${count} mails`);
      const first = await api.inbox.tree.getChildren();
      assert.equal(first.length, 201);
      const more = first.at(-1)!;
      assert.equal(more.kind, 'more');
      const item = api.inbox.tree.getTreeItem(more);
      assert.equal(item.label, 'Show More');
      assert.equal(item.description, '5 older mails');
      const times = first.flatMap((node) => (node.kind === 'mail' ? [node.mail.arrivedAt] : []));
      assert.deepEqual(
        times,
        [...times].sort((a, b) => b - a),
      );
      await run(item.command!.command, ...item.command!.arguments!);
      assert.equal((await api.inbox.tree.getChildren()).length, count);
    });

    test('go when their file goes', async () => {
      await writeMail(folder, 'a.eml', { subject: 'Here' });
      await hasRows(1);
      await rm(join(folder, 'a.eml'));
      await hasRows(0);
    });

    test('tell VS Code that something changed when mail comes, and only while the view is seen', async () => {
      let fired = 0;
      const listener = api.inbox.tree.onDidChangeTreeData(() => fired++);
      await run('mailroom.dropFolder.focus');
      await until(() => api.inbox.view.visible, 'the view');
      fired = 0;
      await writeMail(folder, 'a.eml', { subject: 'One' });
      await until(() => fired > 0, 'the event');
      listener.dispose();
    });
  });

  suite('groups', () => {
    setup(async () => {
      await writeMail(folder, 'a.eml', { subject: 'A', from: 'shop@app.test', to: 'ada@example.test' });
      await writeMail(folder, 'b.eml', { subject: 'B', from: 'bank@app.test', to: 'ada@example.test, bob@example.test' });
      await hasRows(2);
    });
    test('by day name the day and count what is unread', async () => {
      await run(commands.groupByDay);
      const [today] = await api.inbox.tree.getChildren();
      const item = api.inbox.tree.getTreeItem(today!);
      assert.equal(item.label, 'Today');
      assert.equal(item.description, '2 unread');
      assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.Expanded);
      assert.deepEqual(await subjects(), ['A', 'B']);
    });
    test('by sender and by recipient', async () => {
      await run(commands.groupBySender);
      assert.deepEqual((await labels()).sort(), ['bank@app.test', 'shop@app.test']);
      await run(commands.groupByRecipient);
      assert.deepEqual((await labels()).sort(), ['ada@example.test', 'bob@example.test']);
      assert.deepEqual(await subjects(), ['A', 'B', 'B']);
      await run(commands.groupByNone);
      assert.equal((await rowsOf(api)).length, 2);
      assert.equal(vscode.workspace.getConfiguration().get(settingIds.groupBy), 'none');
    });
    test('are chosen for the user, not for the project', async () => {
      await settings.set(settingIds.groupBy, undefined);
      await run(commands.groupBySender);
      const written = vscode.workspace.getConfiguration().inspect(settingIds.groupBy);
      assert.equal(written?.globalValue, 'sender');
      assert.equal(written?.workspaceValue, undefined);
    });
  });

  suite('view', () => {
    test('has the unread count as a badge', async () => {
      await writeMail(folder, 'a.eml', { subject: 'A' });
      await writeMail(folder, 'b.eml', { subject: 'B' });
      await until(() => api.inbox.view.badge?.value === 2, 'the badge');
      assert.equal(api.inbox.view.badge?.tooltip, '2 unread mails');
      await run(commands.markAllRead);
      await until(() => api.inbox.view.badge === undefined, 'no badge');
    });

    test('says that the folder is gone, for as long as it is', async () => {
      await run('mailroom.dropFolder.focus');
      await writeMail(folder, 'a.eml', { subject: 'A' });
      await hasRows(1);
      const asked = answerMessages(api, () => undefined);
      await rm(folder, { recursive: true });
      await until(() => api.inbox.view.message === 'The drop folder is gone. The next mail makes it anew.', 'the message');
      await hasRows(0);
      await mkdir(folder);
      await until(() => (api.inbox.view.message ?? '') === '', 'the end of the message');
      await writeMail(folder, 'b.eml', { subject: 'B' });
      await hasRows(1);
      assert.deepEqual(asked, []);
    });

    test('finds by words of subject and text, says so, and shows all again', async () => {
      await writeMail(folder, 'a.eml', { subject: 'Invoice 7' });
      await writeMail(folder, 'b.eml', { subject: 'Reminder', text: 'About your invoice' });
      await writeMail(folder, 'c.eml', { subject: 'Welcome' });
      await hasRows(3);
      api.inbox.tree.filter('invoice');
      assert.deepEqual(await subjects(), ['Invoice 7', 'Reminder']);
      // How many there are in all comes with the next announcement, a moment after the rows.
      await until(() => api.inbox.view.message === '2 of 3 mails match "invoice"', 'the message of Find');
      const marked = itemOf(await rowWith(api, 'Invoice 7')).label as vscode.TreeItemLabel;
      assert.deepEqual(marked.highlights, [[0, 7]]);
      let isClosed = false;
      const finding = Promise.resolve(run(commands.find)).then(() => {
        isClosed = true;
      });
      // Before the box is open there is nothing to close.
      await until(async () => {
        await run('workbench.action.closeQuickOpen');
        return isClosed;
      }, 'the end of Find');
      await finding;
      assert.equal(api.inbox.tree.text, 'invoice', 'Escape leaves what was');
      api.inbox.tree.filter('nothing of that kind');
      assert.deepEqual(await subjects(), []);
      await until(() => api.inbox.view.message === 'None of 3 mails matches "nothing of that kind"', 'the message of Find');
      await run(commands.stopFind);
      assert.equal((await rowsOf(api)).length, 3);
      assert.equal(api.inbox.view.message, '');
    });
  });

  suite('commands', () => {
    let a: MailNode;
    let b: MailNode;
    setup(async () => {
      await writeMail(folder, 'a.eml', { subject: 'A' });
      await writeMail(folder, 'b.eml', { subject: 'B' });
      a = await rowWith(api, 'A');
      b = await rowWith(api, 'B');
    });
    const isRead = async (key: string) => (await api.engine.api.summaries([key]))[0]?.isRead;

    test('open shows the mail in the viewer and marks it read', async () => {
      await run(commands.openMail, a);
      const tab = () => vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      await until(() => tab() instanceof vscode.TabInputCustom, 'the viewer');
      assert.equal((tab() as vscode.TabInputCustom).uri.fsPath, join(folder, 'a.eml'));
      await until(async () => (await isRead('a.eml')) === true, 'the read mark');
      assert.equal(itemOf(await rowWith(api, 'A')).contextValue, 'mail.read');
    });

    test('open keeps the editor on the second of two quick clicks', async () => {
      await run(commands.openMail, b);
      assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.isPreview, true);
      await Promise.all([run(commands.openMail, a), run(commands.openMail, a)]);
      await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.isPreview === false, 'a tab that stays');
    });

    test('open source shows the text', async () => {
      await run(commands.openSource, a);
      await until(() => vscode.window.activeTextEditor?.document.uri.fsPath === join(folder, 'a.eml'), 'the text editor');
      assert.match(vscode.window.activeTextEditor!.document.getText(), /^From: app@sender\.test/);
    });

    test('mark read and unread, one or all', async () => {
      await run(commands.markRead, a, [a, b]);
      assert.deepEqual([await isRead('a.eml'), await isRead('b.eml')], [true, true]);
      await run(commands.markUnread, b);
      assert.deepEqual([await isRead('a.eml'), await isRead('b.eml')], [true, false]);
      await run(commands.markAllRead);
      assert.equal(await isRead('b.eml'), true);
    });

    test('delete removes the files of all selected rows, without a question', async () => {
      const asked = answerMessages(api, () => undefined);
      await run(commands.deleteMail, a, [a, b]);
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.endsWith('.eml')),
        [],
      );
      await hasRows(0);
      assert.deepEqual(asked, []);
    });

    test('delete all asks once and takes no for an answer', async () => {
      let answer: string | undefined;
      const asked = answerMessages(api, () => answer);
      await run(commands.deleteAll);
      assert.equal(asked.length, 1);
      assert.equal(asked[0]?.isModal, true);
      assert.equal(asked[0]?.text, 'Delete all 2 mails in the drop folder?');
      assert.equal((await rowsOf(api)).length, 2);
      answer = 'Delete All';
      await run(commands.deleteAll);
      await hasRows(0);
      assert.equal(asked.length, 2);
      await run(commands.deleteAll);
      assert.equal(asked.length, 2, 'an empty folder is no question');
    });

    test('copy path', async () => {
      await run(commands.copyPath, a, [a, b]);
      assert.equal(await vscode.env.clipboard.readText(), `${join(folder, 'a.eml')}\n${join(folder, 'b.eml')}`);
    });

    test('reveal tells where the file lies when the window is on another machine', async function () {
      if (vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined) this.skip();
      const asked = answerMessages(api, () => 'Copy Path');
      await run(commands.revealFile, a);
      assert.equal(asked[0]?.text, `The file lies on the remote machine, in ${folder}.`);
      await until(async () => (await vscode.env.clipboard.readText()) === join(folder, 'a.eml'), 'the path in the clipboard');
    });

    test('save as offers a name from the subject and writes the same octets', async () => {
      await writeMail(folder, 'c.eml', { subject: '../..\\evil/Über: "x" <y>' });
      const c = await rowWith(api, '../..\\evil/Über: "x" <y>');
      let offered: vscode.Uri | undefined;
      const target = vscode.Uri.file(join(scratch.path, 'saved.eml'));
      api.answer({
        save: async ({ defaultUri }) => {
          offered = defaultUri;
          return target;
        },
      });
      await run(commands.saveAs, c);
      const name = offered?.path.split('/').at(-1) ?? '';
      assert.match(name, /^[^/\\:"<>]*evil Über x y\.eml$/);
      assert.deepEqual(await readFile(target.fsPath), await readFile(join(folder, 'c.eml')));
    });

    test('save as writes several into a folder under names that are free', async () => {
      await writeMail(folder, 'c.eml', { subject: 'A' });
      await hasRows(3);
      const target = join(scratch.path, 'target');
      await mkdir(target);
      await writeFile(join(target, 'a.eml'), 'old');
      api.answer({ open: async () => [vscode.Uri.file(target)] });
      await run(commands.saveAs, a, await rowsOf(api));
      assert.deepEqual((await readdir(target)).sort(), ['A (2).eml', 'A (3).eml', 'B.eml', 'a.eml']);
      assert.equal(await readFile(join(target, 'a.eml'), 'utf8'), 'old');
    });

    test('import copies files into the folder', async () => {
      const from = join(scratch.path, 'from.eml');
      await writeFile(from, messageOf({ subject: 'Imported' }));
      api.answer({ open: async () => [vscode.Uri.file(from)] });
      await run(commands.importFiles);
      await rowWith(api, 'Imported');
      await readFile(from);
    });

    test('refresh asks for everything again', async () => {
      await run('mailroom.dropFolder.focus');
      await until(() => api.inbox.view.visible, 'the view');
      const fired = new Promise((resolve) => {
        const listener = api.inbox.tree.onDidChangeTreeData((nodes) => {
          listener.dispose();
          resolve(nodes);
        });
      });
      await run(commands.refresh);
      assert.equal(await fired, undefined);
    });
  });

  suite('drag and drop', () => {
    const controller = () => createDragAndDrop(api.room, new Notify(realDialogs, silentLog));
    const cancel = new vscode.CancellationTokenSource();

    test('hands out the addresses of the files', async () => {
      await writeMail(folder, 'a b.eml', { subject: 'A' });
      const row = await rowWith(api, 'A');
      const data = new vscode.DataTransfer();
      await controller().handleDrag?.([row], data, cancel.token);
      assert.equal(await data.get('text/uri-list')?.asString(), vscode.Uri.file(join(folder, 'a b.eml')).toString());
    });

    test('takes .eml files and nothing else, and none of its own', async () => {
      await writeMail(folder, 'own.eml', { subject: 'Own' });
      await rowWith(api, 'Own');
      await writeMail(scratch.path, 'new.EML', { subject: 'New' });
      await writeMail(scratch.path, 'note.txt', { subject: 'Note' });
      const uris = [join(folder, 'own.eml'), join(scratch.path, 'new.EML'), join(scratch.path, 'note.txt')].map((path) =>
        vscode.Uri.file(path).toString(),
      );
      const data = new vscode.DataTransfer();
      data.set('text/uri-list', new vscode.DataTransferItem(['# from a test', ...uris].join('\r\n')));
      await controller().handleDrop?.(undefined, data, cancel.token);
      await rowWith(api, 'New');
      assert.deepEqual(await subjects(), ['New', 'Own']);
    });
  });

  test('mails of one file of Django open as files of their own that nobody can write', async () => {
    const line = '-'.repeat(79);
    await writeFile(
      join(folder, '20261121-211203-140.log'),
      `${messageOf({ subject: 'First' })}\r\n${line}\r\n${messageOf({ subject: 'Second' })}\r\n${line}\r\n`,
    );
    const second = await rowWith(api, 'Second');
    const uri = uriOf(second.mail.key, api.room);
    assert.equal(uri.scheme, 'mailroom');
    assert.deepEqual(sourceOf(vscode.Uri.parse(uri.toString()), api.room), { key: second.mail.key });
    const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
    assert.match(text, /Subject: Second/);
    assert.doesNotMatch(text, /Subject: First/);
    assert.equal((await vscode.workspace.fs.stat(uri)).permissions, vscode.FilePermission.Readonly);
    await assert.rejects(async () => vscode.workspace.fs.writeFile(uri, new Uint8Array()));
    const gone = uri.with({ query: `key=${encodeURIComponent('nothing.log#0123456789abcdef')}` });
    await assert.rejects(async () => vscode.workspace.fs.readFile(gone), /not ?found|nonexistent|FileNotFound/i);
  });

  test('only files inside of the drop folder are mails of it', () => {
    assert.deepEqual(sourceOf(vscode.Uri.file(join(folder, 'refused', 'x.eml')), api.room), { key: 'refused/x.eml' });
    assert.equal(sourceOf(vscode.Uri.file(join(scratch.path, 'x.eml')), api.room), undefined);
    assert.equal(sourceOf(vscode.Uri.file(join(folder, 'x.txt')), api.room), undefined);
    assert.equal(sourceOf(vscode.Uri.parse('untitled:x.eml'), api.room), undefined);
  });

  test('settings and log open by command', async () => {
    await run(commands.openSettings, settingIds.port);
    await run(commands.showLog);
  });
});
