// The viewer in a real VS Code: what it shows of a mail, by mouse, by keyboard and to a screen reader, and that it follows its file.
import assert from 'node:assert/strict';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { createTransport } from 'nodemailer';
import type { Frame, Page } from 'playwright-core';
import { root } from '../harness/paths.ts';
import { openVsCode, type Theme, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { runCommand, showSideBar, takePicture, treeRows, waitFor, webviewFrame } from '../harness/workbench.ts';

const tabs = ['HTML', 'Text', 'Headers', 'Attachments', 'Envelope', 'Conversation'];
const subject = 'Everything a viewer shows';

let vscode: VsCode;
let window: VsCodeWindow;
let page: Page;
let viewer: Frame;

before(async () => {
  vscode = await openVsCode();
  window = await vscode.openWindow();
  page = window.page;
  await showSideBar(page, 'Mailroom');
  await window.listening();
  await sendSample(window.workspace.smtpPort);
  await treeRows(page, subject).click();
  viewer = await webviewFrame(page, 'h1', { hasText: subject });
  await mailFrame().getByText('Your order is on its way').waitFor();
});
after(() => vscode.close());
afterEach((context) => vscode.keepPictures(context));

function mailFrame(): Frame {
  const frame = page.frames().find((candidate) => candidate.parentFrame() === viewer);
  assert.ok(frame, 'the page of the viewer has a frame for the mail');
  return frame;
}

async function openTab(name: string): Promise<void> {
  await viewer.getByRole('tab', { name }).click();
  await viewer.getByRole('tabpanel', { name }).waitFor();
}

describe('what a mail shows', () => {
  test('the envelope where it says something else than the header', async () => {
    const summary = viewer.locator('header');
    await summary.getByText('to audit@shop.test Bcc, in no header').waitFor();
    await summary.getByText('from bounce@mail.shop.test differs from From').waitFor();
  });

  test('pictures that the mail carries, in img and in CSS', async () => {
    const picture = mailFrame().getByRole('img', { name: 'Logo' });
    await waitFor(() => picture.evaluate((image) => image.naturalWidth > 0), 'the picture in img');
    const sheet = await mailFrame().locator('style').first().textContent();
    assert.match(sheet ?? '', /background: url\("blob:/);
  });

  test('a dashed box for each remote picture, and the hosts', async () => {
    await viewer.getByRole('status').getByText('1 remote image blocked from cdn.shop.test (1)').waitFor();
    const blocked = mailFrame().getByRole('img', { name: 'Map' });
    assert.match((await blocked.getAttribute('src')) ?? '', /^data:image\/svg\+xml,.*cdn\.shop\.test/);
  });

  test('headers can be filtered, and shown as they were sent', async () => {
    await openTab('Headers');
    await viewer.getByRole('searchbox', { name: 'Filter headers' }).fill('grüße');
    const row = viewer.getByRole('row');
    await waitFor(async () => (await row.count()) === 1, 'one header');
    assert.match((await row.textContent()) ?? '', /X-Greeting.*Grüße.*decoded/);
    await viewer.getByRole('radio', { name: 'As sent' }).click();
    assert.match((await row.textContent()) ?? '', /=\?UTF-8\?/i);
    await viewer.getByRole('radio', { name: 'Decoded' }).click();
    await viewer.getByRole('searchbox', { name: 'Filter headers' }).fill('');
  });

  test('the conversation, from the greeting to the last reply', async () => {
    await openTab('Conversation');
    const lines = await viewer
      .getByRole('list', { name: /^Conversation/ })
      .getByRole('listitem')
      .allTextContents();
    assert.match(lines[0] ?? '', /S:220 /);
    assert.ok(lines.some((line) => /C:RCPT TO:<audit@shop\.test>/.test(line)));
    assert.ok(lines.some((line) => /S:250 2\.0\.0 /.test(line)));
  });

  test('attachments with a tag on what may hold scripts, and pictures of the HTML apart', async () => {
    await openTab('Attachments');
    const panel = viewer.getByRole('tabpanel', { name: 'Attachments' });
    await panel.getByText('2 files').waitFor();
    await panel.getByRole('listitem').filter({ hasText: 'page.html' }).getByText('may hold scripts').waitFor();
    await panel.getByRole('heading', { name: 'Inside the HTML' }).waitFor();
    await panel.getByRole('button', { name: 'Save invoice.pdf...' }).waitFor();
    await openTab('HTML');
  });
});

describe('by keyboard', () => {
  test('the tabs are one stop, and the arrows choose', async () => {
    await viewer.getByRole('tab', { name: 'HTML' }).focus();
    await page.keyboard.press('ArrowRight');
    await viewer.getByRole('tabpanel', { name: 'Text' }).waitFor();
    await page.keyboard.press('End');
    await viewer.getByRole('tabpanel', { name: 'Conversation' }).waitFor();
    await page.keyboard.press('Home');
    await viewer.getByRole('tabpanel', { name: 'HTML' }).waitFor();
    assert.equal(await viewer.locator('[role=tab][tabindex="0"]').count(), 1);
  });

  test('keys of VS Code work while the mail has the focus', async () => {
    await mailFrame().getByText('Your order is on its way').click();
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input').waitFor();
    await page.keyboard.press('Escape');
  });

  test('Ctrl+F finds in the frame and in the text', async () => {
    await mailFrame().getByText('Your order is on its way').click();
    await page.keyboard.press('Control+f');
    const find = viewer.getByRole('search');
    await find.getByRole('textbox', { name: 'Find' }).fill('ORDER');
    await find.getByText('1 of 3').waitFor();
    await page.keyboard.press('Enter');
    await find.getByText('2 of 3').waitFor();
    await openTab('Text');
    await find.getByText('1 of 1').waitFor();
    await find.getByRole('textbox', { name: 'Find' }).fill('no such word');
    await find.getByText('No results').waitFor();
    await page.keyboard.press('Escape');
    await find.waitFor({ state: 'hidden' });
    await openTab('HTML');
  });

  test('Ctrl+F finds mail while the drop folder has the focus, and in the mail while the viewer has it', async () => {
    const findMail = page.locator('.quick-input-widget', { hasText: 'Find Mail' });
    const findInMail = viewer.getByRole('search');
    const inView = async (): Promise<void> => {
      await page.keyboard.press('Control+f');
      await findMail.waitFor();
      assert.equal(await findInMail.isVisible(), false);
      await page.keyboard.press('Escape');
      await findMail.waitFor({ state: 'hidden' });
    };
    const inViewer = async (): Promise<void> => {
      await page.keyboard.press('Control+f');
      await findInMail.waitFor();
      assert.equal(await findMail.isVisible(), false);
      await page.keyboard.press('Escape');
      await findInMail.waitFor({ state: 'hidden' });
    };
    // One click shows the mail and leaves the focus in the list.
    await treeRows(page, subject).click();
    await inView();
    await viewer.getByRole('tab', { name: 'HTML' }).focus();
    await inViewer();
    await mailFrame().getByText('Your order is on its way').click();
    await inViewer();
    await openTab('Text');
    await viewer.getByRole('tabpanel', { name: 'Text' }).click();
    await inViewer();
    await openTab('HTML');

    // A search without result leaves no row that could have the focus.
    await treeRows(page, subject).click();
    await page.keyboard.press('Control+f');
    await findMail.locator('input').fill('no such mail');
    await treeRows(page, subject).waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await findMail.waitFor({ state: 'hidden' });
    await runCommand(page, 'Mailroom: Focus on Drop Folder View');
    await inView();
    await runCommand(page, 'Mailroom: Focus on Drop Folder View');
    await page.keyboard.press('Escape');
    await treeRows(page, subject).waitFor();

    // Elsewhere in the side bar it is neither's.
    await page.locator('.part.sidebar').getByRole('button', { name: 'Checks Section' }).focus();
    await page.keyboard.press('Control+f');
    await page.waitForTimeout(500);
    assert.deepEqual([await findMail.isVisible(), await findInMail.isVisible()], [false, false]);
  });
});

describe('the way the mail is shown', () => {
  test('the width that is chosen is the width of the mail, and is kept while the viewer is hidden', async () => {
    await viewer.getByRole('radio', { name: '375' }).click();
    assert.equal(await viewer.locator('iframe').evaluate((frame) => frame.clientWidth), 375);
    // A double click pins the tab, so that the next mail does not take its place.
    await page.getByRole('tab', { name: subject }).dblclick();
    await copyFile(join(root, 'test/mail/plain-text.eml'), join(window.workspace.dropFolder, 'plain-text.eml'));
    await treeRows(page, 'Plain text').click();
    await webviewFrame(page, 'h1', { hasText: 'Plain text' });
    await page.getByRole('tab', { name: subject }).click();
    viewer = await webviewFrame(page, 'h1', { hasText: subject });
    await viewer.getByRole('radio', { name: '375', checked: true }).waitFor();
    await viewer.getByRole('radio', { name: '600' }).click();
  });

  test('dark rendering gives the frame a dark scheme and dark paper', async () => {
    const scheme = (): Promise<string> => viewer.locator('iframe').evaluate((frame) => frame.style.colorScheme);
    assert.equal(await scheme(), 'light');
    await viewer.getByRole('button', { name: 'Dark rendering' }).click();
    assert.equal(await scheme(), 'dark');
    assert.equal(await viewer.locator('iframe').evaluate((frame) => frame.style.background), 'rgb(30, 30, 30)');
    await viewer.getByRole('button', { name: 'Dark rendering' }).click();
  });

  test('images off shows what the mail says without its pictures', async () => {
    await viewer.getByRole('button', { name: 'Images off' }).click();
    await waitFor(async () => (await mailFrame().locator('img[src]').count()) === 0, 'no picture');
    await viewer.getByRole('button', { name: 'Images off' }).click();
    await waitFor(async () => (await mailFrame().locator('img[src]').count()) === 2, 'the pictures again');
  });
});

describe('axe finds nothing to complain about', () => {
  const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const theme of ['light', 'dark', 'highContrast', 'highContrastLight'] satisfies readonly Theme[]) {
    test(theme, async () => {
      await window.setTheme(theme);
      // Evaluated by the debugger, which no policy of the page forbids.
      await viewer.evaluate(await axe);
      for (const tab of tabs) {
        await openTab(tab);
        const violations = await viewer.evaluate(
          'axe.run(document, { iframes: false }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))',
        );
        assert.deepEqual(violations, [], tab);
        await takePicture(page, `viewer-${tab.toLowerCase()}-${theme}`);
      }
      await openTab('HTML');
    });
  }
});

test('the viewer follows its file: changed, deleted, there again', async () => {
  const file = join(window.workspace.dropFolder, 'followed.eml');
  const mail = (title: string): string => `From: a@b.test\r\nSubject: ${title}\r\n\r\nHello\r\n`;
  await writeFile(file, mail('First version'));
  await treeRows(page, 'First version').click();
  viewer = await webviewFrame(page, 'h1', { hasText: 'First version' });
  await writeFile(file, mail('The second version'));
  await viewer.getByRole('heading', { name: 'The second version' }).waitFor();
  await page.getByRole('tab', { name: 'The second version' }).waitFor();
  await rm(file);
  await viewer.getByText('The file of this mail was deleted.').waitFor();
  await viewer.getByRole('heading', { name: 'The second version' }).waitFor();
  await writeFile(file, mail('Third and last version'));
  await viewer.getByRole('heading', { name: 'Third and last version' }).waitFor();
  await viewer.getByText('The file of this mail was deleted.').waitFor({ state: 'hidden' });
});

async function sendSample(port: number): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  await transport.sendMail({
    envelope: { from: 'bounce@mail.shop.test', to: ['kim@example.com', 'audit@shop.test'] },
    from: 'Example Shop <orders@shop.test>',
    to: 'Kim Example <kim@example.com>',
    subject,
    headers: { 'X-Greeting': 'Grüße' },
    text: 'Your order is on its way.\n\nTrack it: https://shop.test/track/10423\n',
    html: `<style><!-- .logo { background: url(cid:logo) } --></style>
      <h1>Your order is on its way</h1><p class="logo">The order of today, and an <a href="https://shop.test/track">order</a> to come.</p>
      <img src="cid:logo" alt="Logo" width="48" height="48"><img src="https://cdn.shop.test/map.png" alt="Map" width="400" height="90">`,
    attachments: [
      { filename: 'invoice.pdf', content: Buffer.alloc(2000, 'x'), contentType: 'application/pdf' },
      { filename: 'page.html', content: '<p>A page</p>', contentType: 'text/html' },
      {
        filename: 'logo.png',
        cid: 'logo',
        content: await readFile(join(root, 'media/mailroom-icon-256.png')),
      },
    ],
  });
  transport.close();
}
