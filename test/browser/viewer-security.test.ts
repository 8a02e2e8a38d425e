// The hostile mail in a real VS Code: nothing of it runs, nothing leaves, whatever is clicked; and after Load Once only pictures, sheets and fonts do.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { Frame, Locator, Page } from 'playwright-core';
import { root } from '../harness/paths.ts';
import { openVsCode, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { showSideBar, takePicture, treeRows, waitFor, webviewFrame } from '../harness/workbench.ts';

/** All that opens a link, a tab, a window or a download in a browser. */
const clicks: readonly Parameters<Locator['click']>[0][] = [
  {},
  { button: 'middle' },
  { modifiers: ['Control'] },
  { modifiers: ['Shift'] },
  { modifiers: ['Alt'] },
];

let vscode: VsCode;
let window: VsCodeWindow;
let page: Page;
let viewer: Frame;
let trap: Server;
let trapPort: number;
/** Paths that were asked of the trap. */
const caught: string[] = [];
/** Addresses that the browser asked for, in any frame, whether or not they were answered. */
const requested: string[] = [];

before(async () => {
  trap = createServer((request, response) => {
    caught.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*').end('caught');
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  trapPort = (trap.address() as AddressInfo).port;
  vscode = await openVsCode();
  window = await vscode.openWindow();
  page = window.page;
  page.context().on('request', (request) => {
    if (request.url().includes(`:${trapPort}`)) requested.push(request.url());
  });
  await showSideBar(page, 'Mailroom');
  await window.listening();
  const mail = (await readFile(join(root, 'test/mail/hostile-html.eml'), 'latin1'))
    // VS Code opens links to the machine itself without asking.
    .replace(/(<(?:a|area)\b[^>]*?\bhref=")http:\/\/127\.0\.0\.1/g, '$1http://evil.test')
    .replaceAll('TRAPPORT', String(trapPort));
  await writeFile(join(window.workspace.dropFolder, 'hostile.eml'), mail, 'latin1');
  await treeRows(page, /Hostile HTML/).click();
  viewer = await webviewFrame(page, 'h1', { hasText: 'Hostile HTML' });
  await mailFrame().locator('#end').waitFor();
});
after(async () => {
  await vscode.close();
  trap.closeAllConnections();
  trap.close();
});
afterEach((context) => vscode.keepPictures(context));

/** The innermost frame: the one that holds the mail. */
function mailFrame(): Frame {
  const frame = page.frames().find((candidate) => candidate.parentFrame() === viewer);
  assert.ok(frame, 'the page of the viewer has a frame for the mail');
  return frame;
}

async function scriptsThatRan(): Promise<readonly unknown[]> {
  const answers = await Promise.all(page.frames().map((frame) => frame.evaluate(() => Reflect.get(globalThis, 'mailScriptRan'))));
  return answers.filter((answer) => answer !== undefined);
}

test('the trap and the listener catch what does leave', async () => {
  const other = await page.context().newPage();
  await other.goto(`http://127.0.0.1:${trapPort}/proof`);
  await other.close();
  assert.ok(caught.includes('/proof'));
  assert.ok(requested.length > 0);
  caught.length = 0;
  requested.length = 0;
});

test('nothing runs and nothing is asked for, in any tab', async () => {
  for (const tab of ['Text', 'Headers', 'Attachments', 'Envelope', 'Conversation', 'HTML']) {
    await viewer.getByRole('tab', { name: tab }).click();
    await viewer.getByRole('tabpanel', { name: tab }).waitFor();
  }
  await mailFrame().getByText('hover and click me').click();
  await takePicture(page, 'viewer-hostile');
  assert.deepEqual(await scriptsThatRan(), []);
  assert.deepEqual(caught, []);
  assert.deepEqual(requested, []);
});

test('nothing that could run, send or load is left in the frame', async () => {
  const frame = mailFrame();
  const forbidden = 'script, iframe, frame, object, embed, form, input, button, video, audio, link, base, template, portal';
  assert.deepEqual(await frame.locator(forbidden).evaluateAll((elements) => elements.map((element) => element.outerHTML)), []);
  const attributes = await frame
    .locator('*')
    .evaluateAll((elements) => elements.flatMap((element) => element.getAttributeNames() as string[]));
  assert.ok(attributes.includes('href'));
  assert.deepEqual(
    attributes.filter((name) => name.startsWith('on')),
    [],
  );
  // A data: picture may name what it likes: a picture loads nothing.
  const address = new RegExp(`(?:src|srcset|poster|background)="(?!data:)[^"]*//127\\.0\\.0\\.1:${trapPort}`);
  assert.doesNotMatch(await frame.content(), address);
  for (const sheet of await frame.locator('style').allTextContents()) assert.ok(!sheet.includes(`127.0.0.1:${trapPort}`), sheet);
  assert.equal(await viewer.locator('iframe').getAttribute('sandbox'), 'allow-same-origin');
});

test('the number of blocked items and their host are shown', async () => {
  await viewer
    .getByRole('status')
    .filter({ hasText: new RegExp(`^\\d+ remote items blocked from 127\\.0\\.0\\.1:${trapPort} \\(\\d+\\)`) })
    .waitFor();
});

test('a click on a link, with any button, asks first and opens nothing by itself', async () => {
  const links = mailFrame().locator('a[href*="evil.test"]');
  const count = await links.count();
  assert.ok(count >= 7, `${count} links`);
  for (let index = 0; index < count; index++) {
    const link = links.nth(index);
    const href = (await link.getAttribute('href')) ?? '';
    for (const how of clicks) {
      await link.click(how);
      const dialog = page.getByRole('dialog').filter({ hasText: href });
      await dialog.waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
  }
  assert.equal(page.context().pages().length, 1, 'no tab or window was opened');
  assert.deepEqual(await scriptsThatRan(), []);
  assert.deepEqual(caught, []);
  assert.deepEqual(requested, []);
});

test('a click on every other link does nothing either', async () => {
  const links = mailFrame().locator('a:not([href*="evil.test"])');
  const count = await links.count();
  assert.ok(count >= 5, `${count} links`);
  for (let index = 0; index < count; index++) {
    const link = links.nth(index);
    if (!(await link.isVisible())) continue;
    for (const how of clicks) await link.click(how);
  }
  assert.ok(await mailFrame().locator('#end').isVisible(), 'the mail is still there');
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.equal(page.context().pages().length, 1);
  assert.deepEqual(await scriptsThatRan(), []);
  assert.deepEqual(caught, []);
});

test('Load Once loads pictures, sheets and fonts, and still runs nothing', async () => {
  await viewer.getByRole('button', { name: 'Load Once' }).click();
  viewer = await waitFor(async () => {
    const frame = await webviewFrame(page, 'h1', { hasText: 'Hostile HTML' });
    return (await frame.getByText('remote items were loaded').isVisible()) ? frame : null;
  }, 'the page that loads remote content');
  await waitFor(() => caught.includes('/img-src.png') && caught.includes('/style-import-url.css'), 'a picture and a sheet to be loaded');
  await takePicture(page, 'viewer-hostile-loaded');
  const allowed =
    /^\/(?:img-|image-tag|picture-|svg-(?:image|feimage|style-import)|style-|font-face|body-background|table-background|td-background|template)/;
  assert.deepEqual(
    caught.filter((path) => !allowed.test(path)),
    [],
  );
  assert.deepEqual(await scriptsThatRan(), []);
  assert.equal(page.context().pages().length, 1);
});
