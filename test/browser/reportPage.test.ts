// The page of a report by itself, with its real script, sheets and policy, and messages as the extension sends them: what stays where it is while
// checks run.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type Browser, type BrowserServer, chromium, type Page } from 'playwright-core';
import type { Activity, Finding, Level, Report, ReportHead, ReportProgress, ToReport } from '../../src/protocol/report.ts';
import type { ReportStrings } from '../../src/protocol/reportStrings.ts';
import { reportPage } from '../../src/ui/checks/page.ts';
import { root } from '../harness/paths.ts';
import { shared } from '../harness/window.ts';
import { launchBrowser, waitFor } from '../harness/workbench.ts';

/** Stands in for VS Code; what the page posts and remembers can be looked at. */
const host = `
  window.sent = [];
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => window.sent.push(message),
    getState: () => undefined,
    setState: (state) => { window.state = state; },
  });
`;

const origin = 'https://page.test';
const files: Readonly<Record<string, string>> = {
  '/report.js': 'dist/webview/report.js',
  '/base.css': 'media/base.css',
  '/report.css': 'media/report.css',
};
/** What is looked at here. */
const strings: ReportStrings = {
  report: 'Report',
  levels: { fail: 'Failed', warn: 'Warning', advice: 'Advice', info: 'Info', pass: 'Passed', unknown: 'Unknown', skipped: 'Skipped' },
  groups: { routing: 'Routing', addresses: 'Addresses', smtp: 'SMTP', tls: 'TLS', relay: 'Relay', policy: 'Policy', message: 'Message' },
  counts: Object.fromEntries(
    ['fail', 'warn', 'advice', 'info', 'pass', 'unknown', 'skipped', 'running', 'waiting'].map((name) => [
      name,
      { one: `{0} ${name}`, many: `{0} ${name}` },
    ]),
  ) as ReportStrings['counts'],
  running: 'Running',
  waiting: 'Waiting',
  cancel: 'Cancel',
  runAgain: 'Run Again',
  seconds: '{0} s',
  milliseconds: '{0} ms',
  gone: 'gone',
  unfinished: 'unfinished',
  showOnly: 'Show only',
  checksDone: 'Checks done',
  conversations: 'conversations',
  times: 'times',
  progress: 'progress',
  progressWaiting: 'progressWaiting',
  starting: 'starting',
  startedMeta: 'startedMeta',
  finishedMeta: 'finishedMeta',
  dnsMeta: 'dnsMeta',
  probedMeta: 'probedMeta',
  lastRunMeta: 'lastRunMeta',
  probingMeta: 'probingMeta',
  failed: 'failed',
  compare: 'compare',
  copyMarkdown: 'copyMarkdown',
  save: 'save',
  print: 'print',
  copy: 'copy',
  openConversation: 'openConversation',
  proveRelay: 'proveRelay',
  today: 'today',
  yesterday: 'yesterday',
  mailFrom: 'mailFrom',
  rcptTo: 'rcptTo',
  reply: 'reply',
  unknown: 'unknown',
  skipped: 'skipped',
  relayNumber: 'relayNumber',
  noReply: 'noReply',
  accepted: 'accepted',
  refused: 'refused',
  stepTimes: 'stepTimes',
  noAnswer: 'noAnswer',
  nothingFound: 'nothingFound',
};

const head: ReportHead = {
  question: { kind: 'domain', subject: 'example.com', options: {} },
  subject: 'example.com',
  kind: 'Mail domain',
  startedAt: '2026-11-22T02:00:00.000Z',
  limit: 30_000,
};

function finding(id: string, group: Finding['group'], level: Level = 'pass'): Finding {
  return { id, group, level, title: id, detail: '', reason: 'why', evidence: [], remedies: [], target: {}, source: '', ms: 3 };
}

function activity(id: number, title: string, detail = ''): Activity {
  return { id, group: 'smtp', title, target: {}, state: 'running', since: 0, detail };
}

function progress(findings: ReportProgress['findings'], ...activities: readonly Activity[]): ReportProgress {
  return { findings, activities, done: 1, planned: 4, waitingFor: '', elapsed: 500, dnsServers: [], probedFrom: [] };
}

function report(...findings: readonly Finding[]): Report {
  const { question, startedAt } = head;
  const none = { dnsServers: [], probedFrom: [], transcripts: [], isCancelled: false };
  return { version: 1, question, startedAt, ms: 700, verdict: 'A verdict.', findings, ...none };
}

let server: BrowserServer | undefined;
let browser: Browser;
let page: Page;

before(async () => {
  const endpoint = process.env[shared.browser];
  if (endpoint === undefined) server = await launchBrowser();
  browser = await chromium.connect(endpoint ?? server!.wsEndpoint());
});
after(async () => {
  await browser.close();
  await server?.close();
});
afterEach(() => page.close());
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 900, height: 600 } });
  await page.addInitScript({ content: host });
  const styles = [`${origin}/base.css`, `${origin}/report.css`];
  const body = reportPage({ cspSource: origin, nonce: 'n1', script: `${origin}/report.js`, styles, strings, language: 'en' });
  await page.route(`${origin}/**`, async (route) => {
    const file = files[new URL(route.request().url()).pathname];
    if (file === undefined) await route.fulfill({ body, contentType: 'text/html' });
    else
      await route.fulfill({ body: await readFile(join(root, file)), contentType: file.endsWith('.js') ? 'text/javascript' : 'text/css' });
  });
  await page.goto(origin);
  await send({ type: 'begin', head, progress: progress([], activity(1, 'One'), activity(2, 'Two'), activity(3, 'Three')), locale: 'en' });
});

/** Resolves when the page has shown it: messages are events, and the page answers them at once. */
async function send(message: ToReport): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    window.addEventListener('message', () => resolve(), { once: true });
    window.postMessage(${JSON.stringify(message)}, '*');
  })`);
}

const summaries = () => page.locator('.finding > summary');
const titles = () => page.locator('.finding .title').allTextContents();
const focused = async (): Promise<string> => String(await page.evaluate("document.activeElement?.textContent?.trim() ?? ''"));

describe('the page of a report', () => {
  test('a row stays the same element, open and with the focus, while it says something else', async () => {
    await summaries().nth(1).click();
    await page.evaluate('window.kept = document.activeElement, null');
    await send({ type: 'progress', progress: progress([], activity(1, 'One'), activity(2, 'Two', 'further on'), activity(3, 'Three')) });
    assert.equal(await page.evaluate('document.activeElement === window.kept && window.kept.isConnected'), true);
    assert.match(await focused(), /^Running Two further on/);
    assert.notEqual(await page.locator('.finding').nth(1).getAttribute('open'), null);
  });

  test('what is found takes the place, and the focus, of what ran; what stands around it stays', async () => {
    await summaries().nth(1).focus();
    await send({
      type: 'progress',
      progress: progress([{ finding: finding('two', 'smtp'), place: 2 }], activity(1, 'One'), activity(3, 'Three')),
    });
    assert.deepEqual(await titles(), ['One', 'two', 'Three']);
    assert.match(await focused(), /^Passed two/);
  });

  test('a click that begins before something is found and ends after it is a click', async () => {
    const box = await page.getByRole('button', { name: 'Cancel' }).boundingBox();
    await page.mouse.move(box!.x + 5, box!.y + 5);
    await page.mouse.down();
    await send({ type: 'progress', progress: progress([{ finding: finding('mx', 'routing'), place: 0 }], activity(1, 'One')) });
    await page.mouse.up();
    assert.deepEqual(await page.evaluate('window.sent.map(({ type }) => type)'), ['ready', 'cancel']);
  });

  test('text that is selected stays selected while checks run', async () => {
    await page.locator('h1').selectText();
    await send({
      type: 'progress',
      progress: progress([{ finding: finding('mx', 'routing'), place: 0 }], activity(1, 'One'), activity(2, 'Two')),
    });
    assert.equal(await page.evaluate('getSelection().toString()'), 'example.com');
  });

  test('running times go on without a message', async () => {
    const cost = page.locator('.finding .cost').first();
    assert.equal(await cost.getAttribute('aria-hidden'), 'true');
    const before = Number.parseFloat((await cost.textContent()) ?? '');
    await waitFor(async () => Number.parseFloat((await cost.textContent()) ?? '') > before + 0.3, 'a later time');
  });

  test('when all is done what failed stands first and open, and Run Again has the focus that Cancel had', async () => {
    await page.getByRole('button', { name: 'Cancel' }).focus();
    const found = report(finding('mx', 'routing'), finding('spf', 'policy', 'fail'), finding('dmarc', 'policy'));
    await send({ type: 'report', head, report: found, level: 'fail', lastRun: null, locale: 'en' });
    assert.deepEqual(await titles(), ['spf', 'dmarc', 'mx']);
    assert.deepEqual(await page.evaluate("[...document.querySelectorAll('.finding')].map((row) => row.open)"), [true, false, false]);
    assert.equal(await focused(), 'Run Again');
    assert.equal(await page.locator('.progress').isVisible(), false);
  });

  test('what was found twice is shown twice', async () => {
    const twice = report(finding('same', 'policy'), finding('same', 'policy'));
    await send({ type: 'report', head, report: twice, level: 'pass', lastRun: null, locale: 'en' });
    assert.deepEqual(await titles(), ['same', 'same']);
  });

  test('remembers its question and whether it had ended, and says when there is nothing to show', async () => {
    assert.deepEqual(await page.evaluate('window.state'), { filter: [], open: {}, question: head.question, hasEnded: false });
    await send({ type: 'gone', head, hadEnded: false });
    assert.equal(await page.locator('.answer').textContent(), 'unfinished');
    await page.getByRole('button', { name: 'Run Again' }).click();
    assert.deepEqual(await page.evaluate('window.sent.at(-1)'), { type: 'runAgain' });
  });
});
