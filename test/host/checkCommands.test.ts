// Every check from its command to its report, as it is begun from the palette, an editor, a mail and the settings; with a name server and mail
// servers on loopback.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from 'dns-packet';
import * as vscode from 'vscode';
import type { Question, QuestionKind, Report } from '../../src/checks/report.ts';
import type { TestApi } from '../../src/extension.ts';
import { commands, settingIds } from '../../src/ui/ids.ts';
import { type NameServer, respond, startNameServer } from '../unit/checks/nameServer.ts';
import {
  activate,
  answerMessages,
  choose,
  createSettings,
  freePort,
  rowsOf,
  rowWith,
  temporaryFolder,
  until,
  writeMail,
} from './window.ts';

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

function text(name: string, data: string): Answer {
  return { name, type: 'TXT', ttl: 300, data: data.match(/.{1,200}/g) ?? [] };
}

/** One domain with everything, and its look-alikes that have a mail server only. */
const records: readonly Answer[] = [
  ...['shop.test', 'two.test', 'three.test', 'four.test'].map(
    (name): Answer => ({ name, type: 'MX', ttl: 300, data: { preference: 10, exchange: 'mx1.shop.test' } }),
  ),
  { name: 'mx1.shop.test', type: 'A', ttl: 300, data: '127.0.0.1' },
  { name: '1.0.0.127.in-addr.arpa', type: 'PTR', ttl: 300, data: 'mx1.shop.test' },
  { name: '2.0.0.127.bl.test', type: 'A', ttl: 300, data: '127.0.0.2' },
  text('shop.test', 'v=spf1 ip4:192.0.2.0/24 -all'),
  text('k1._domainkey.shop.test', `v=DKIM1; k=rsa; p=${key}`),
  text('_dmarc.shop.test', 'v=DMARC1; p=reject'),
  text('_smtp._tls.shop.test', 'v=TLSRPTv1; rua=mailto:tls@shop.test'),
];

suite('check commands', () => {
  const settings = createSettings();
  let api: TestApi;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let names: NameServer;
  let port = 0;
  let files = 0;
  const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
  const reports = (): readonly Report[] => api.checks.history.all.map(({ report }) => report);
  const forget = async (): Promise<void> => {
    for (const { question } of api.checks.history.all) {
      api.checks.panelOf(question)?.dispose();
      await api.checks.history.remove(question);
    }
  };
  /** The one report that there is. */
  const onlyReport = (): Report => {
    assert.deepEqual(reports().length, 1, JSON.stringify(reports().map(({ question }) => question)));
    return reports()[0]!;
  };
  /** A file, because an editor without one does not close without a question. The cursor stands in `at`. */
  const openText = async (content: string, at: string): Promise<vscode.TextEditor> => {
    const path = join(folder.path, `text-${++files}.txt`);
    await writeFile(path, content);
    const document = await vscode.workspace.openTextDocument(path);
    const position = document.positionAt(content.indexOf(at) + 1);
    const editor = await vscode.window.showTextDocument(document, { selection: new vscode.Range(position, position), preview: false });
    await until(() => vscode.window.activeTextEditor?.document === document, 'the editor');
    return editor;
  };
  /** Runs the command and takes what its boxes hold, one after the other. */
  const acceptAll = async (boxes: number, command: string, ...args: unknown[]): Promise<void> => {
    const running = run(command, ...args);
    for (let box = 0; box < boxes; box++) await choose(0);
    await running;
  };

  suiteSetup(async () => {
    api = await activate();
    folder = await temporaryFolder();
    port = await freePort();
    names = await startNameServer((asked) => {
      const found = records.filter(({ name, type }) => name === asked.name.toLowerCase() && type === asked.type);
      return [respond(asked, found)];
    });
    await settings.set(settingIds.dropFolder, join(folder.path, 'mail'));
    await settings.set(settingIds.port, port);
    await settings.set(settingIds.checksLab, true);
    await settings.set(settingIds.checksLabPort, port);
    await settings.set(settingIds.checksTimeout, 20);
    await settings.set(settingIds.checksBlocklists, ['bl.test']);
    await settings.set(settingIds.checksDnsServers, [`${names.address}:${names.port}`]);
    await api.room.idle();
    await run(commands.startServer);
    await until(() => api.room.state.kind === 'listening', 'the server');
  });
  suiteTeardown(async () => {
    await run(commands.stopServer);
    await settings.restore();
    await folder.remove();
    await names[Symbol.asyncDispose]();
  });
  setup(forget);
  teardown(async () => {
    await run('workbench.action.closeQuickOpen');
    await forget();
    await run('workbench.action.closeAllEditors');
  });

  const kinds: readonly (readonly [QuestionKind, command: string, given: () => unknown, finding: string])[] = [
    ['domain', commands.checkDomain, () => 'shop.test', 'mx'],
    ['server', commands.checkServer, () => `127.0.0.1:${port}`, 'extensions'],
    ['relay', commands.testRelay, () => ({ text: `127.0.0.1:${port}`, options: { domain: 'shop.test' } }), 'relay'],
    ['mx', commands.lookUpMx, () => 'https://Shop.Test/contact', 'mx'],
    ['dns', commands.lookUpDns, () => ({ text: 'shop.test', options: { type: 'TXT' } }), 'record'],
    ['reverseDns', commands.checkReverseDns, () => '127.0.0.1', 'ptr'],
    ['spf', commands.checkSpf, () => ({ text: 'shop.test', options: { ip: '192.0.2.7' } }), 'spf-evaluation'],
    ['dkim', commands.checkDkim, () => ({ text: 'shop.test', options: { selector: 'k1' } }), 'dkim-record'],
    ['dmarc', commands.checkDmarc, () => 'shop.test', 'dmarc-policy'],
    ['mtaSts', commands.checkMtaSts, () => 'shop.test', 'tls-rpt-record'],
    ['blocklists', commands.checkBlocklists, () => '192.0.2.7', 'blocklist'],
  ];
  for (const [kind, command, given, id] of kinds)
    test(`from command to report, ${kind}`, async () => {
      await run(command, given());
      const report = onlyReport();
      assert.equal(report.question.kind, kind);
      assert.equal(report.isCancelled, false);
      assert.deepEqual(report.dnsServers, [`${names.address}:${names.port}`]);
      assert.ok(
        report.findings.some((finding) => finding.id.startsWith(id) && finding.level !== 'unknown' && finding.level !== 'skipped'),
        JSON.stringify(report.findings.map(({ id, level }) => `${id} ${level}`)),
      );
      assert.deepEqual(
        report.findings.filter((finding) => finding.id === 'check-broken' || finding.id === 'not-made'),
        [],
      );
      assert.deepEqual(api.checks.panelOf(report.question)?.report, report);
    });

  test('checks of the own server leave nothing in the drop folder', async () => {
    await run(commands.checkServer, { text: `localhost:${port}`, options: { domain: 'shop.test' } });
    await run(commands.testRelay, { text: `127.0.0.1:${port}`, options: { domain: 'shop.test' } });
    await run(commands.checkDomain, 'shop.test');
    assert.ok(reports().every(({ transcripts }) => transcripts.every((transcript) => transcript.text.includes('\nC: XMAILROOM\n'))));
    await run(commands.refresh);
    const kept = await readdir(join(folder.path, 'mail'), { recursive: true });
    assert.deepEqual(
      kept.filter((file) => /\.(?:eml|json)$/.test(file)),
      [],
    );
    assert.deepEqual(await rowsOf(api), []);
  });

  suite('what is asked', () => {
    test('begins with what stands at the cursor', async () => {
      await openText('SMTP_HOST=mail.elsewhere.test\nMAIL_FROM=orders@shop.test\n', 'shop');
      await acceptAll(1, commands.lookUpMx);
      assert.equal(onlyReport().question.subject, 'shop.test');
    });

    test('begins with what is selected; a menu of the editor hands over its file, which is no answer', async () => {
      const editor = await openText('myhostname = shop.test and three.test', 'shop');
      editor.selection = new vscode.Selection(0, 13, 0, 22);
      await acceptAll(1, commands.checkDmarc, editor.document.uri);
      assert.equal(onlyReport().question.subject, 'shop.test');
    });

    test('goes on with the options of that kind: a record of an address is its PTR, a server may have a domain', async () => {
      await openText('client 127.0.0.1 connected', '127');
      await acceptAll(1, commands.lookUpDns);
      assert.deepEqual(onlyReport().question, { kind: 'dns', subject: '127.0.0.1', options: { type: 'PTR' } });
      await forget();
      await openText(`@connect 127.0.0.1:${port}`, '127');
      await acceptAll(2, commands.checkServer);
      assert.deepEqual(onlyReport().question, { kind: 'server', subject: `127.0.0.1:${port}`, options: {} });
      await forget();
      await openText('record of shop.test', 'shop');
      await acceptAll(2, commands.lookUpDns);
      assert.deepEqual(onlyReport().question, { kind: 'dns', subject: 'shop.test', options: { type: 'A' } });
    });

    test('is not answered by nothing or by a piece of a program: the box stays until it is closed', async () => {
      await openText('console.log(1)', 'log');
      let isDone = false;
      const running = Promise.resolve(run(commands.checkDomain)).then(() => {
        isDone = true;
      });
      await choose(0);
      await delay(200);
      assert.equal(isDone, false);
      await run('workbench.action.closeQuickOpen');
      await running;
      assert.deepEqual(reports(), []);
    });

    test('begins with the sender of the mail that is open', async () => {
      await writeMail(join(folder.path, 'mail'), 'sender.eml', { subject: 'From two', from: 'app@two.test' });
      await run(commands.openMail, await rowWith(api, 'From two'));
      await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.label === 'From two', 'the mail');
      await acceptAll(1, commands.lookUpMx);
      assert.equal(onlyReport().question.subject, 'two.test');
    });

    test('takes domain and selector of DKIM from the mail that is open', async () => {
      const signature = 'DKIM-Signature: v=1; a=rsa-sha256; d=Shop.test;\r\n\ts=k1; h=from; bh=x; b=y\r\n';
      const path = join(folder.path, 'signed.eml');
      await writeFile(path, `${signature}From: a@elsewhere.test\r\nSubject: Signed\r\n\r\nHello\r\n`);
      await run('vscode.open', vscode.Uri.file(path));
      await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.label === 'Signed', 'the mail');
      await acceptAll(2, commands.checkDkim);
      const report = onlyReport();
      assert.deepEqual(report.question, { kind: 'dkim', subject: 'shop.test', options: { selector: 'k1' } });
      assert.ok(report.findings.some(({ level }) => level === 'pass'));
    });
  });

  suite('a mail', () => {
    test('is checked from the explorer, from its editor and as text', async () => {
      const path = join(folder.path, 'one.eml');
      const uri = vscode.Uri.file(path);
      await writeFile(path, 'From: a@shop.test\r\nSubject: One\r\n\r\nHello\r\n');
      await run(commands.checkMessage, uri, [uri]);
      assert.deepEqual(onlyReport().question, { kind: 'message', subject: 'One', options: { uri: uri.toString() } });
      for (const editor of ['mailroom.viewer', 'default']) {
        await forget();
        await run('vscode.openWith', uri, editor);
        await run(commands.checkMessage);
        assert.equal(onlyReport().question.subject, 'One');
      }
    });

    test('leads to the check of the domain of its sender', async () => {
      const path = join(folder.path, 'from.eml');
      await writeFile(path, 'From: Shop <orders@shop.test>\r\nSubject: Orders\r\n\r\nHello\r\n');
      await run('vscode.openWith', vscode.Uri.file(path), 'mailroom.viewer');
      await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.label === 'Orders', 'the mail');
      await api.viewer.activePanel()?.answer({ type: 'checkSender' });
      assert.deepEqual(onlyReport().question, { kind: 'domain', subject: 'shop.test', options: {} });
    });

    test('that is not there, and more than can be looked at, are refused with a sentence', async () => {
      const asked = answerMessages(api, () => undefined);
      await run(commands.checkMessage);
      const path = join(folder.path, 'many.eml');
      await writeFile(path, 'Subject: Many\r\n\r\n');
      const uri = vscode.Uri.file(path);
      await run(commands.checkMessage, uri, new Array(11).fill(uri));
      assert.deepEqual(
        asked.map((each) => each.text),
        ['No mail is open or chosen.', '10 mails can be checked at a time, 11 are chosen.'],
      );
      assert.deepEqual(reports(), []);
    });
  });

  suite('settings', () => {
    teardown(async () => {
      await settings.set(settingIds.checksDnsServers, [`${names.address}:${names.port}`]);
      await settings.set(settingIds.checksBlocklists, ['bl.test']);
      await settings.set(settingIds.checksDomains, []);
    });

    test('a name server that is none is told before anything is asked, and leads to its setting', async () => {
      for (const [written, said] of [
        [['dns.example.com'], '"dns.example.com"'],
        [[5353], '"5353"'],
      ] as const) {
        await settings.set(settingIds.checksDnsServers, written);
        const asked = answerMessages(api, () => undefined);
        await run(commands.lookUpMx, 'shop.test');
        assert.equal(asked.length, 1);
        assert.equal(asked[0]?.severity, 'error');
        assert.ok(asked[0].text.includes(`${said} is no IP address`), asked[0].text);
        assert.deepEqual(asked[0].actions, ['Open Settings']);
      }
      assert.deepEqual(reports(), []);
      assert.equal(vscode.window.tabGroups.activeTabGroup.tabs.length, 0);
    });

    test('one name server may be written without a list', async () => {
      await settings.set(settingIds.checksDnsServers, `${names.address}:${names.port}`);
      await run(commands.lookUpMx, 'shop.test');
      assert.deepEqual(onlyReport().dnsServers, [`${names.address}:${names.port}`]);
    });

    test('without blocklists none is asked, and the person is led to their setting', async () => {
      await settings.set(settingIds.checksBlocklists, []);
      const asked = answerMessages(api, () => undefined);
      await run(commands.checkBlocklists, '192.0.2.7');
      assert.equal(asked.length, 1);
      assert.match(asked[0]?.text ?? '', /No blocklist is named/);
      assert.deepEqual(asked[0]?.actions, ['Open Settings']);
      assert.deepEqual(reports(), []);
    });

    test('all own domains are checked without a tab, and one sentence sums up', async () => {
      await settings.set(settingIds.checksDomains, ['shop.test', 'two.test', 'Two.test.', 'no domain', 'three.test', 'four.test']);
      const editor = await openText('work', 'work');
      const asked = answerMessages(api, () => undefined);
      await run(commands.checkAllDomains);
      const done = reports().map(({ question }) => `${question.kind} ${question.subject}`);
      assert.deepEqual(done.sort(), ['domain four.test', 'domain shop.test', 'domain three.test', 'domain two.test']);
      assert.equal(asked.length, 1);
      assert.match(asked[0]?.text ?? '', /^4 domains checked: .*\. No domain in the settings: "no domain"\.$/);
      assert.deepEqual(asked[0]?.actions, ['Show Checks', 'Open Settings']);
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      assert.equal(tabs.length, 1);
      assert.equal(vscode.window.activeTextEditor, editor);
    });

    test('without own domains the person is led to their setting', async () => {
      const asked = answerMessages(api, () => undefined);
      await run(commands.checkAllDomains);
      assert.match(asked[0]?.text ?? '', /No domains are named/);
      assert.deepEqual(asked[0]?.actions, ['Open Settings']);
    });
  });

  test('a check that is cancelled in the middle keeps what it found, and says what it did not come to', async () => {
    const heard: string[] = [];
    // Silent from the first recipient on.
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 mx.mailroom.test ESMTP\r\n');
      socket.on('data', (data) => {
        for (const line of data.toString('latin1').split('\r\n').slice(0, -1)) {
          heard.push(line);
          if (!/^RCPT/.test(line)) socket.write('250 mx.mailroom.test\r\n');
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const silentPort = typeof address === 'object' && address ? address.port : 0;
    const question: Question = { kind: 'server', subject: `127.0.0.1:${silentPort}`, options: {} };
    const running = run(commands.checkServer, question.subject);
    await until(() => heard.some((line) => line.startsWith('RCPT')), 'the first recipient');
    await api.checks.panelOf(question)?.answer({ type: 'cancel' });
    const before = Date.now();
    await running;
    server.close();
    assert.ok(Date.now() - before < 3000);
    const report = onlyReport();
    assert.equal(report.isCancelled, true);
    assert.ok(report.findings.some(({ id, level }) => id === 'connect' && level === 'pass'));
    assert.ok(report.findings.some(({ level, detail }) => level === 'skipped' && /cancelled|ended/.test(detail)));
    assert.deepEqual(
      report.findings.filter(({ level }) => level === 'fail'),
      [],
    );
  });
});
