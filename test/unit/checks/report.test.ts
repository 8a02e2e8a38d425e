// A run of checks becomes a report: what is told while it goes on, how it ends early, and what it reads like as Markdown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { type Check, CheckRun } from '../../../src/checks/checkRun.ts';
import type { Dns } from '../../../src/checks/dns/port.ts';
import { printMarkdown } from '../../../src/checks/markdown.ts';
import type { Finding, Progress, Question, Report } from '../../../src/checks/report.ts';
import { verdictOf } from '../../../src/checks/verdict.ts';

function made(change: Partial<Finding>): Finding {
  const empty = { detail: '', reason: '', evidence: [], remedies: [], target: {}, source: '', ms: null };
  return { id: 'a-rule', group: 'policy', level: 'pass', title: 'A title', ...empty, ...change };
}

const noNames: Dns = { servers: [], lookUp: () => Promise.reject(new Error('no names here')) };

function newRun(onProgress: (progress: Progress) => void = () => {}): { run: CheckRun; cancel: () => void; timeOut: () => void } {
  const cancelled = new AbortController();
  const over = new AbortController();
  const run = new CheckRun({
    dns: noNames,
    clock: systemClock,
    log: silentLog,
    isLab: true,
    timeouts: { dns: 1000, connect: 1000, reply: 1000 },
    cancelled: cancelled.signal,
    ending: AbortSignal.any([cancelled.signal, over.signal]),
    onProgress,
  });
  return { run, cancel: () => cancelled.abort(), timeOut: () => over.abort() };
}

function check(title: string, run: Check['run']): Check {
  return { group: 'smtp', title, target: {}, run };
}

describe('a run of checks', () => {
  test('tells each finding once, with how many checks are done', async () => {
    const heard: Progress[] = [];
    const { run } = newRun((progress) => heard.push(progress));
    const early = made({ id: 'early' });
    await run.all([
      check('one', async (context) => {
        context.report(early);
        return [early, made({ id: 'late' })];
      }),
      check('two', async () => [made({ id: 'other' })]),
    ]);
    const told = heard.flatMap(({ finding }) => (finding ? [finding.id] : []));
    assert.deepEqual(told.toSorted(), ['early', 'late', 'other']);
    assert.deepEqual([heard.at(-1)?.done, heard.at(-1)?.planned], [2, 2]);
  });

  test('a check that breaks is unknown, and the others go on', async () => {
    const { run } = newRun();
    await run.all([check('broken', () => Promise.reject(new Error('of glass'))), check('whole', async () => [made({})])]);
    assert.deepEqual(run.findings.map(({ title, level }) => [title, level]).toSorted(), [
      ['A title', 'pass'],
      ['broken', 'unknown'],
    ]);
  });

  test('after a cancellation what was not done is skipped, also a check that does not listen', async () => {
    const { run, cancel } = newRun();
    const running = run.all([check('deaf', () => new Promise(() => {})), check('quick', async () => [made({})])]);
    await delay(1);
    cancel();
    await running;
    await run.all([check('never begun', async () => [made({ level: 'fail' })])]);
    assert.equal(run.isCancelled, true);
    assert.deepEqual(
      run.findings.map(({ title, level, detail }) => [title, level, detail]),
      [
        ['A title', 'pass', ''],
        ['deaf', 'skipped', 'cancelled'],
        ['never begun', 'skipped', 'cancelled'],
      ],
    );
  });

  test('after the time of the run what was not done is unknown', async () => {
    const { run, timeOut } = newRun();
    timeOut();
    await run.all([check('too late', async () => [made({ level: 'fail' })])]);
    assert.deepEqual(
      run.findings.map(({ level }) => level),
      ['unknown'],
    );
    assert.equal(run.isCancelled, false);
  });
});

describe('the verdict', () => {
  const ask = (kind: Question['kind'], ...findings: Finding[]): string => verdictOf({ kind, subject: 'x', options: {} }, findings);

  test('names what failed', () => {
    assert.equal(ask('domain', made({ level: 'fail', title: 'Two SPF records' }), made({})), 'Failed: Two SPF records.');
  });
  test('says that a server that nobody reached was not tested', () => {
    const connection = made({ id: 'connect-timeout', level: 'unknown' });
    assert.match(ask('server', connection, made({ level: 'skipped' })), /^Not known: the server could not be reached/);
  });
  test('does not say that it works while something is not known, nor of what takes no mail', () => {
    const warning = made({ level: 'warn', title: 'A is an alias' });
    const open = made({ level: 'unknown', title: 'Where mail goes could not be looked up' });
    assert.equal(ask('mx', warning), 'It works, with a warning: A is an alias.');
    assert.equal(ask('mx', warning, open), 'A warning: A is an alias. Not known: Where mail goes could not be looked up.');
    assert.equal(ask('spf', warning, { ...warning, title: 'B' }), '2 warnings: A is an alias; B.');
  });
  test('is the advice, or why nothing was asked, where there is nothing else', () => {
    const advice = made({ level: 'advice', title: 'The DKIM key has 1024 bits', detail: '2048 are recommended' });
    assert.equal(ask('dkim', advice), 'The DKIM key has 1024 bits: 2048 are recommended.');
    assert.equal(ask('spf', made({ level: 'skipped', title: 'No SPF to look at' })), 'No SPF to look at.');
    assert.equal(ask('spf', made({ level: 'skipped', title: 'SPF', detail: 'cancelled' })), 'Nothing was found out.');
  });
  test('answers a look-up with what was found', () => {
    assert.equal(
      ask('mx', made({ level: 'info', title: '2 MX hosts', detail: '10 a.test, 20 b.test' })),
      '2 MX hosts: 10 a.test, 20 b.test.',
    );
  });
  test('of nothing is nothing', () => {
    assert.equal(ask('dns'), 'Nothing was found out.');
  });
});

describe('a report as Markdown', () => {
  const report = (change: Partial<Report>): Report => ({
    version: 1,
    question: { kind: 'server', subject: 'mx1.example.com:25', options: {} },
    startedAt: '2026-11-21T20:10:00.000Z',
    ms: 3200,
    dnsServers: ['192.0.2.53:53'],
    probedFrom: ['203.0.113.9'],
    verdict: 'Nothing is wrong.',
    findings: [],
    transcripts: [],
    isCancelled: false,
    ...change,
  });

  test('nothing that a server said becomes markup', () => {
    const hostile = '<img src=x onerror=1> [a](http://b.test) `c`\u001b[31m\n# not a heading';
    const evidence = [{ label: 'Greeting', text: '220 ```\n# not a heading\n<b>' }];
    const text = printMarkdown(report({ findings: [made({ title: hostile, detail: hostile, evidence })] }));
    assert.doesNotMatch(text.replace(/````text[\s\S]*?````/g, ''), /(?<!\\)<|(?<!\\)\[a\]|http:\/\/|\u001b|^# not/m);
    assert.match(text, /^````text\n220 ```\n# not a heading\n<b>\n````$/m);
  });

  test('two runs that found the same in another order read the same without times', () => {
    const asked = (token: string): string => `RCPT TO:<no-such-user-${token}@a.test>`;
    const findings = [made({ id: 'b', ms: 12, detail: asked('0123abcd') }), made({ id: 'a', level: 'fail', ms: 7 })];
    const later = findings.toReversed().map((finding) => ({ ...finding, ms: 99, detail: finding.detail && asked('fedc9876') }));
    const options = { hasTimes: false };
    const [one, two] = [report({ findings }), report({ findings: later, startedAt: '2026-11-22T00:00:00.000Z', ms: 1 })];
    assert.equal(printMarkdown(one, options), printMarkdown(two, options));
    assert.notEqual(printMarkdown(one), printMarkdown(two));
  });

  test('the relay matrix is a table whose cells cannot end early', () => {
    const relay = [{ id: '1', from: '<>', to: '<a|b@elsewhere.test>', reply: '550 no | way', verdict: 'refused' as const }];
    const text = printMarkdown(report({ findings: [made({ relay })] }));
    assert.match(text, /^\| 1 \| \\<\\> \| \\<a\\\|b@elsewhere\.test\\> \| refused \| 550 no \\\| way \|$/m);
  });
});
