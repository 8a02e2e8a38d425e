// The server's commands, conflicts over its port, its status bar item, and settings that take effect.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { silentLog } from '../../src/base/log.ts';
import { type EngineClient, startEngine } from '../../src/engine/client.ts';
import type { TestApi } from '../../src/extension.ts';
import type { ServerState } from '../../src/protocol/engine.ts';
import { commands, settingIds } from '../../src/ui/ids.ts';
import { testKinds } from '../../src/ui/server/testMessages.ts';
import {
  activate,
  answerMessages,
  choose,
  createSettings,
  freePort,
  greetingOf,
  listenAsStranger,
  rowWith,
  temporaryFolder,
  until,
} from './window.ts';

suite('server', () => {
  const settings = createSettings();
  let api: TestApi;
  let port: number;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
  const stateIs = (kind: ServerState['kind']) =>
    until(() => api.room.state.kind === kind, `the state ${kind}, not ${JSON.stringify(api.room.state)}`);
  const closed = async (server: Server) => {
    server.close();
    await once(server, 'close');
  };

  setup(async () => {
    api = await activate();
    answerMessages(api, () => undefined);
    folder = await temporaryFolder();
    port = await freePort();
    await settings.set(settingIds.dropFolder, folder.path);
    await settings.set(settingIds.port, port);
    await api.room.idle();
  });
  teardown(async () => {
    await run(commands.stopServer);
    // What Use Port N has written. After the server: it would move back to the port that is taken, and be moved again.
    await vscode.workspace.getConfiguration().update(settingIds.port, undefined, vscode.ConfigurationTarget.Workspace);
    await settings.restore([settingIds.host, settingIds.maxMessageSize, settingIds.autoStart]);
    await api.room.idle();
    await folder.remove();
  });
  suiteTeardown(() => settings.restore());

  test('starts, stops and starts anew by command', async () => {
    await run(commands.startServer);
    assert.equal(api.room.state.kind, 'listening');
    assert.match((await greetingOf(port)) ?? '', /^220 /);
    await run(commands.restartServer);
    assert.equal(api.room.state.kind, 'listening');
    assert.match((await greetingOf(port)) ?? '', /^220 /);
    await run(commands.stopServer);
    assert.equal(api.room.state.kind, 'stopped');
    assert.equal(await greetingOf(port), null);
  });

  test('shows its state in the status bar', async () => {
    const { item } = api.server.statusBar;
    await run(commands.startServer);
    assert.equal(item.text, `$(mail) ${port}`);
    assert.equal(item.backgroundColor, undefined);
    assert.equal(item.accessibilityInformation?.label, `Mailroom, listening on port ${port}, 0 unread`);
    assert.ok(api.server.statusBar.isShown);
    await run(commands.stopServer);
    assert.equal(item.text, '$(mail) Off');
    assert.ok(api.server.statusBar.isShown, 'the item stays once the server was used');
  });

  test('says that another program has the port, and uses the next free one when asked to', async () => {
    const stranger = await listenAsStranger(port);
    try {
      const asked = answerMessages(api, ({ actions }) => actions.find((action) => action.startsWith('Use Port')));
      await run(commands.startServer);
      await until(() => asked.length > 0, 'the message');
      assert.equal(asked[0]?.text, `Mailroom cannot receive mail: port ${port} is in use by another program.`);
      assert.equal(asked[0]?.isModal, false);
      assert.deepEqual(asked[0]?.actions.slice(1), ['Retry', 'Open Settings']);
      await stateIs('listening');
      assert.notEqual(api.room.port, port);
      assert.equal(asked[0]?.actions[0], `Use Port ${api.room.port}`);
      const written = vscode.workspace.getConfiguration().inspect(settingIds.port);
      assert.deepEqual(
        [written?.workspaceValue, written?.globalValue],
        [api.room.port, port],
        'the user settings hold for other windows, too',
      );
      await until(() => asked.length > 1, 'what was changed');
      assert.equal(asked[1]?.text, `The settings of this workspace now say port ${api.room.port}. Other workspaces keep theirs.`);
      assert.deepEqual(asked[1]?.actions, ['Open Settings']);
    } finally {
      await closed(stranger);
    }
  });

  test('marks a port that is taken in the status bar, and listens when it is tried again', async () => {
    const stranger = await listenAsStranger(port);
    const asked = answerMessages(api, () => undefined);
    await run(commands.startServer);
    assert.equal(api.room.state.kind, 'portInUse');
    assert.equal(asked.length, 1);
    const { item } = api.server.statusBar;
    assert.equal(item.text, `$(error) Port ${port} in use`);
    assert.equal((item.backgroundColor as vscode.ThemeColor | undefined)?.id, 'statusBarItem.errorBackground');
    await closed(stranger);
    await run(commands.startServer);
    assert.equal(api.room.state.kind, 'listening');
  });

  suite('and a second engine', () => {
    let other: EngineClient;
    setup(() => {
      const { extensionPath } = vscode.extensions.getExtension('mailroom.mailroom')!;
      other = startEngine({ script: join(extensionPath, 'dist/engine.cjs'), log: silentLog });
    });
    teardown(() => other.dispose());
    const listen = async (dropFolder: string) => {
      await mkdir(dropFolder, { recursive: true });
      const indexFile = join(dropFolder, '../other.sqlite');
      await other.api.openMailbox({ dropFolder, indexFile, maxMessages: 0, maxAge: 0, utcOffset: 0 });
      const limits = { maxMessageSize: 1e6, maxRecipients: 10, maxConnections: 10, idleTimeout: 60_000 };
      assert.equal((await other.api.startServer({ host: 'localhost', port, ...limits })).kind, 'listening');
    };

    test('share a port and its folder, and the window takes over when the other goes', async () => {
      await listen(folder.path);
      const asked = answerMessages(api, () => undefined);
      await run(commands.startServer);
      assert.deepEqual(api.room.state, { kind: 'shared', port });
      assert.equal(api.server.statusBar.item.text, `$(mail) ${port} $(multiple-windows)`);
      assert.deepEqual(asked, []);
      other.dispose();
      await stateIs('listening');
      assert.match((await greetingOf(port)) ?? '', /^220 /);
    });

    test('with another folder are in conflict', async () => {
      await listen(join(folder.path, 'other'));
      const asked = answerMessages(api, () => undefined);
      await run(commands.startServer);
      assert.equal(api.room.state.kind, 'portInUse');
      assert.equal(asked[0]?.text, `Mailroom cannot receive mail: port ${port} belongs to a mailroom with another drop folder.`);
    });
  });

  test('moves to another port while it runs, with a folder of that port', async () => {
    await settings.set(settingIds.dropFolder, '');
    await run(commands.startServer);
    assert.ok(api.room.dropFolder?.endsWith(join('drop', String(port))), api.room.dropFolder);
    const next = await freePort();
    await settings.set(settingIds.port, next);
    await until(() => api.room.port === next && api.room.state.kind === 'listening', 'the new port');
    assert.equal(await greetingOf(port), null);
    assert.match((await greetingOf(next)) ?? '', /^220 /);
    assert.ok(api.room.dropFolder?.endsWith(join('drop', String(next))), api.room.dropFolder);
  });

  test('writes into another folder as soon as the setting names it', async () => {
    await run(commands.startServer);
    const other = join(folder.path, 'other');
    await settings.set(settingIds.dropFolder, other);
    await until(() => api.room.dropFolder === other && api.room.isOpen && api.room.state.kind === 'listening', 'the new folder');
    await api.room.idle();
    const sending = run(commands.sendTestMessage);
    await choose(0);
    await sending;
    assert.equal((await readdir(other)).filter((name) => name.endsWith('.eml')).length, 1);
  });

  test('does not listen without a drop folder, and listens again when there is one', async () => {
    await run(commands.startServer);
    const asked = answerMessages(api, () => undefined);
    await writeFile(join(folder.path, 'file'), '');
    await settings.set(settingIds.dropFolder, join(folder.path, 'file/below'));
    await stateIs('failed');
    assert.equal(await greetingOf(port), null);
    assert.equal(api.server.statusBar.item.accessibilityInformation?.label, 'Mailroom, the drop folder cannot be used, 0 unread');
    assert.equal(asked.length, 1);
    assert.match(asked[0]?.text ?? '', /^The drop folder cannot be used: .*ENOTDIR/);
    assert.deepEqual(await api.inbox.tree.getChildren(), []);
    await settings.set(settingIds.dropFolder, join(folder.path, 'other'));
    await stateIs('listening');
    assert.match((await greetingOf(port)) ?? '', /^220 /);
  });

  test('takes a new limit at once', async () => {
    await run(commands.startServer);
    await settings.set(settingIds.maxMessageSize, 0.01);
    await until(async () => {
      await api.room.idle();
      const reply = await sayHello(port);
      return reply.includes(`SIZE ${Math.round(0.01 * 1024 * 1024)}`);
    }, 'the new SIZE');
  });

  test('starts by itself as the setting says', async () => {
    const autoStart = async (mode: string): Promise<string> => {
      await settings.set(settingIds.autoStart, mode);
      await api.server.autoStart();
      return api.room.state.kind;
    };
    await run(commands.stopServer);
    assert.equal(await autoStart('never'), 'stopped');
    assert.equal(await autoStart('remember'), 'stopped');
    assert.equal(await autoStart('always'), 'listening');
    // As a window that is closed: the server goes, nobody said so.
    await api.room.stop();
    assert.equal(await autoStart('never'), 'stopped');
    assert.equal(await autoStart('remember'), 'listening');
    await run(commands.stopServer);
    assert.equal(await autoStart('remember'), 'stopped');
  });

  test('asks before it lets other machines in, and does not listen without consent', async () => {
    await settings.set(settingIds.host, '0.0.0.0');
    const asked = answerMessages(api, () => 'Cancel');
    await run(commands.startServer);
    assert.equal(api.room.state.kind, 'stopped');
    assert.match(asked[0]?.text ?? '', /Other machines that reach 0\.0\.0\.0/);
    assert.deepEqual(asked[0]?.actions, ['Listen', 'Cancel']);
  });

  test('looks nothing up in DNS: a host is an address', async () => {
    await settings.set(settingIds.host, 'mail.example.test');
    const asked = answerMessages(api, ({ actions }) => actions.find((action) => action === 'Listen'));
    await run(commands.startServer);
    assert.equal(api.room.state.kind, 'failed');
    assert.match(asked.at(-1)?.text ?? '', /mail\.example\.test is no address of this machine/);
  });

  suite('test messages', () => {
    const subjects = [
      'A plain test message',
      'HTML with an inline image',
      'Two attachments',
      'Grüße, Привет, こんにちは, 🌍 — UTF-8 in everything',
    ];
    for (const [index, kind] of testKinds.entries()) {
      test(`of the kind ${kind} come through SMTP into the tree`, async () => {
        await run(commands.startServer);
        const sending = run(commands.sendTestMessage);
        await choose(index);
        await sending;
        const { mail } = await rowWith(api, subjects[index]!);
        assert.equal(mail.isCaught, true);
        assert.equal(mail.attachments, { plain: 0, html: 0, attachment: 2, utf8: 1 }[kind]);
      });
    }
  });

  test('copies settings for a framework, with the port of now', async () => {
    await vscode.env.clipboard.writeText('');
    const asked = answerMessages(api, () => undefined);
    const copying = run(commands.copySettings);
    await choose(0);
    await copying;
    assert.match(await vscode.env.clipboard.readText(), new RegExp(`createTransport\\(\\{\\n {2}host: 'localhost',\\n {2}port: ${port},`));
    assert.equal(asked[0]?.text, 'Settings for nodemailer copied.');
  });

  test('has a menu whose first entry for a taken port is the free one', async () => {
    const stranger = await listenAsStranger(port);
    try {
      await run(commands.startServer);
      assert.equal(api.room.state.kind, 'portInUse');
      const menu = run(commands.showServerMenu);
      await choose(0);
      await menu;
      await stateIs('listening');
      assert.notEqual(api.room.port, port);
    } finally {
      await closed(stranger);
    }
  });
});

/** The answer to EHLO, or '' when nobody listens. */
function sayHello(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('EHLO test\r\n'));
    socket.setEncoding('latin1').on('data', (data: string) => {
      answer += data;
      if (/^250 /m.test(answer)) socket.destroy();
    });
    socket.on('close', () => resolve(answer)).on('error', () => resolve(''));
  });
}
