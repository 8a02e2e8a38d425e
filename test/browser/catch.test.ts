// The main job, in a real VS Code: a program sends mail, it lies byte for byte in the drop folder, is in the tree and opens in the viewer.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { openVsCode, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { runCommand, showSideBar, takePicture, treeRows, waitFor, webviewFrame } from '../harness/workbench.ts';
import { isSkipped } from '../peers/cache.ts';
import { clientNames, getClient } from '../peers/clients.ts';

let vscode: VsCode;
let window: VsCodeWindow;

before(async () => {
  vscode = await openVsCode();
  window = await vscode.openWindow();
  await showSideBar(window.page, 'Mailroom');
  await window.listening();
});
after(() => vscode.close());
afterEach((context) => vscode.keepPictures(context));

describe('a mail is in the tree, in the viewer and in the drop folder as it was sent, by', () => {
  for (const name of clientNames) {
    test(name, async (context) => {
      const client = await getClient(name);
      if (isSkipped(client)) return context.skip(client.skipped);
      const subject = `Sent with ${name}`;
      const sent = await client.send({
        port: window.workspace.smtpPort,
        from: 'shop@app.test',
        to: 'ada@example.test',
        message: makeMessage(subject),
      });

      const row = treeRows(window.page, subject);
      await row.waitFor();
      assert.match((await row.getAttribute('aria-label')) ?? '', /^Unread, .*from shop@app\.test/);

      await row.click();
      const viewer = await webviewFrame(window.page, 'h1', { hasText: subject });
      await viewer.frameLocator('iframe').getByText('Grüße – 日本語').waitFor();
      await treeRows(window.page, new RegExp(`^Read, ${subject}`)).waitFor();
      await takePicture(window.page, `catch-${name}`);

      const files = await readFiles(window.workspace.dropFolder, subject);
      assert.equal(files.length, 1, `one file holds "${subject}"`);
      assert.deepEqual(files[0], Buffer.from(sent));
    });
  }
});

test('the log that Show Log opens says where mail is taken, where it lies, and what came', async () => {
  const { page, workspace } = window;
  await runCommand(page, 'Mailroom: Show Log');
  const lines = page.locator('.part.panel .view-lines');
  // VS Code draws only the lines in sight, and spaces as no-break spaces.
  const log = async (): Promise<string> => (await lines.allTextContents()).join('\n').replaceAll('\u00a0', ' ');
  await waitFor(async () => (await log()).includes('Stored '), 'a line for a mail');
  await page.getByRole('button', { name: 'Maximize Panel' }).click();
  for (const said of [
    `The drop folder is ${workspace.dropFolder}: `,
    new RegExp(`\\[info\\] Listening on 127\\.0\\.0\\.1.*, port ${workspace.smtpPort}`),
    /\[info\] Stored \S+\.eml, \d+ octets, from <shop@app\.test> to <ada@example\.test>, client 127\.0\.0\.1/,
  ]) {
    await waitFor(async () => (typeof said === 'string' ? (await log()).includes(said) : said.test(await log())), `${said} in the log`);
  }
  await takePicture(page, 'log');
});

/** Every octet that could get lost on the way: 8-bit text, lines that begin with dots, trailing white space, empty lines at the end. */
function makeMessage(subject: string): Uint8Array {
  const lines = [
    'From: Shop <shop@app.test>',
    'To: Ada <ada@example.test>',
    `Subject: ${subject}`,
    'X-Padding: \t folded',
    '\tand trailing  ',
    'MIME-Version: 1.0',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    '<p>Grüße – 日本語</p>',
    '.',
    '..two dots',
    '.one dot',
    '%SUBJECT% \\n $HOME',
    'x'.repeat(900),
    '',
    '',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

async function readFiles(folder: string, subject: string): Promise<readonly Buffer[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return contents.filter((content) => content.includes(`Subject: ${subject}\r\n`));
}
