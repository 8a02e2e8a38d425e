// A person's session in a real terminal: completion fills a snippet in, a mail is sent by hand and appears in the tree, and what was said becomes a file.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { openVsCode, type Theme, type VsCode, type VsCodeWindow } from '../harness/window.ts';
import { runCommand, showSideBar, takePicture, treeRows, waitFor, webviewFrame } from '../harness/workbench.ts';

const themes: readonly Theme[] = ['dark', 'highContrast', 'highContrastLight', 'light'];
let vscode: VsCode;
let window: VsCodeWindow;

before(async () => {
  vscode = await openVsCode();
  // Without it the text of a terminal is a picture, which a test cannot read.
  window = await vscode.openWindow({ settings: { 'terminal.integrated.gpuAcceleration': 'off' } });
  await showSideBar(window.page, 'Mailroom');
  await window.listening();
});
after(() => vscode.close());
afterEach((context) => vscode.keepPictures(context));

/** What the terminal shows, row by row. */
async function rows(): Promise<string[]> {
  const found = await window.page.locator('.terminal-wrapper.active .xterm-rows > div').allTextContents();
  return found.map((row) => row.replaceAll('\u00a0', ' ').trimEnd());
}

async function shows(what: string | RegExp): Promise<string> {
  const matches = (row: string): boolean => (typeof what === 'string' ? row.includes(what) : what.test(row));
  return waitFor(async () => (await rows()).find(matches) ?? null, `${what} in the terminal`);
}

/** The row of the prompt, when nothing runs. */
const prompt = (text = ''): Promise<string> => shows(new RegExp(`^${`C: ${text}`.trim()}$`));

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await window.page.keyboard.press(key);
}

async function type(text: string): Promise<void> {
  await window.page.keyboard.type(text);
}

describe('a session in the terminal', () => {
  test('begins with what the server says, and explains it', async () => {
    await runCommand(window.page, 'Mailroom: Talk to This Server');
    await shows('Mailroom SMTP session');
    await shows(/^S: 220 .*\d ms$/);
    await window.page.locator('.terminal-wrapper.active .xterm').click();
    await prompt();
    await type('EHLO client.example.com');
    await press('Enter');
    await shows('The server is ready.');
    await prompt();
  });

  test('completes a command and asks for its placeholder', async () => {
    await type('mai');
    await press('Tab');
    await shows('Tab next, Enter take, Esc close');
    await takePicture(window.page, 'terminal-completion-dark');
    await press('Enter');
    await shows('sender@example.com');
    await type('orders@shop.test');
    await press('Tab');
    await prompt('MAIL FROM:<orders@shop\\.test>');
    await press('Enter');
    await shows(/^S: 250 2\.1\.0/);
  });

  test('sends a mail by a snippet of several lines; it appears in the tree', async () => {
    await prompt();
    await type('RCPT TO:<kim@example.com>');
    await press('Enter');
    await shows(/^S: 250 2\.1\.5/);
    await prompt();
    await type('D');
    await press('Tab');
    await shows(/> DATA/);
    await takePicture(window.page, 'terminal-list-dark');
    await press('Tab');
    await shows(/> DATA plain message/);
    await press('Enter');
    await shows('From:');
    await press('Enter');
    await shows('To:');
    await press('Tab');
    await shows('Subject:');
    await type('Sent by hand');
    await press('Enter', 'Enter');
    await shows(/^DATA 1> From: /);
    await shows('250 2.0.0 Ok: stored as');
    await shows('The mail is in the drop folder. Open: Sent by hand');
    await treeRows(window.page, /^Unread, Sent by hand/).waitFor();
    await prompt();
    await takePicture(window.page, 'terminal-session-dark');
  });

  test('opens the mail by its link', async () => {
    // The subject is underlined, and therefore an element of its own.
    const subject = window.page.locator('.terminal-wrapper.active .xterm-rows span', { hasText: /^Sent\sby\shand\s*$/ });
    const box = await subject.last().boundingBox();
    assert.ok(box);
    const position = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await window.page.mouse.move(position.x - 3, position.y);
    await window.page.mouse.move(position.x, position.y);
    await window.page.locator('.xterm-cursor-pointer, .xterm-hover').first().waitFor({ state: 'attached' });
    await window.page.keyboard.down('Control');
    await window.page.mouse.click(position.x, position.y);
    await window.page.keyboard.up('Control');
    await webviewFrame(window.page, 'h1', { hasText: 'Sent by hand' });
    await treeRows(window.page, /^Read, Sent by hand/).waitFor();
    await window.page.locator('.terminal-wrapper.active .xterm').click();
  });

  test('explains what is refused, and hides a password', async () => {
    await type('RCPT TO:<nobody>');
    await press('Enter');
    await shows(/5xx: refused for good/);
    await prompt();
    await type('/auth plain kim@example.com');
    await press('Enter');
    await shows('Password:');
    await type('hunter2');
    await press('Enter');
    await shows(/^S: 235/);
    assert.ok(!(await rows()).some((row) => /hunter2|aHVudGVyMg/.test(row)));
    await prompt();
    for (const theme of themes) {
      await window.setTheme(theme);
      await takePicture(window.page, `terminal-session-${theme}`);
    }
  });

  test('shows its list in every theme', async () => {
    await type('R');
    await press('Tab');
    await shows(/> R/);
    for (const theme of themes) {
      await window.setTheme(theme);
      await takePicture(window.page, `terminal-list-${theme}`);
    }
    await window.setTheme('light');
    await press('Escape', 'Backspace');
  });

  test('becomes a file without the password', async () => {
    await prompt();
    await type('/save');
    await press('Enter');
    const editor = window.page.locator('.editor-instance .view-lines');
    await editor.getByText('MAIL FROM:<orders@shop.test>').waitFor();
    await takePicture(window.page, 'terminal-saved-light');
    await press('Control+End');
    await editor.getByText('@auth plain kim@example.com {{password}}').waitFor();
  });

  test('has its server checked by a command of its own', async () => {
    const server = `127.0.0.1:${window.workspace.smtpPort}`;
    await window.page.locator('.terminal-wrapper.active .xterm').click();
    await prompt();
    await type('/che');
    await press('Tab', 'Enter');
    await shows(`The check of ${server} has connections of its own`);
    await window.page.getByRole('tab', { name: new RegExp(`^${server}`) }).waitFor();
    await takePicture(window.page, 'terminal-check-light');
  });

  test('ends with Ctrl+C twice on an empty line', async () => {
    await window.page.locator('.terminal-wrapper.active .xterm').click();
    await type('never sent');
    await press('Control+c', 'Control+c');
    await shows('Ctrl+C once more ends the session.');
    await press('Control+c');
    await window.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
  });
});
