// A run of checks becomes a report: what is told while it goes on, how it ends early, and what it reads like as Markdown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { type Check, CheckRun } from '../../../src/checks/checkRun.ts';
import type { Dns } from '../../../src/checks/dns/port.ts';
import { printHtml } from '../../../src/checks/html.ts';
import { printMarkdown } from '../../../src/checks/markdown.ts';
import type { Finding, Progress, Question, Report } from '../../../src/checks/report.ts';
import { cancelledVerdict, levelOf, verdictOf } from '../../../src/checks/verdict.ts';

function made(change: Partial<Finding>): Finding {
  const empty = { detail: '', reason: '', evidence: [], remedies: [], target: {}, source: '', ms: null };
  return { id: 'a-rule', group: 'policy', level: 'pass', title: 'A title', ...empty, ...change };
}

const noNames: Dns = { servers: [], lookUp: () => Promise.reject(new Error('no names here')) };

function newRun(
  onProgress: (progress: Progress) => void = () => {},
  clock: Clock = systemClock,
): { run: CheckRun; cancel: () => void; timeOut: () => void } {
  const cancelled = new AbortController();
  const over = new AbortController();
  const run = new CheckRun({
    dns: noNames,
    clock,
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
    assert.deepEqual([run.done, run.planned], [1, 3]);
    assert.deepEqual(
      run.findings.map(({ title, level, detail }) => [title, level, detail]),
      [
        ['deaf', 'skipped', 'cancelled'],
        ['A title', 'pass', ''],
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

describe('what waits and what runs', () => {
  test('is told with the time since which it runs, and goes with its check', async () => {
    let now = 1000;
    const heard: Progress[] = [];
    const { run } = newRun((progress) => heard.push(progress), { now: () => 0, monotonic: () => now });
    await run.all([
      check('whole', async (context) => {
        const part = context.announce({ group: 'smtp', title: 'Greeting', target: {}, detail: 'after the connection' });
        now = 1700;
        part.run('connected, nothing heard yet');
        context.doing('still here');
        return [];
      }),
    ]);
    const waiting = heard.find(({ activities }) => activities.length === 2)?.activities[1];
    assert.deepEqual([waiting?.state, waiting?.since, waiting?.detail], ['waiting', null, 'after the connection']);
    const running = heard.findLast(({ activities }) => activities.length === 2);
    assert.deepEqual(
      running?.activities.map(({ title, state, since, detail }) => [title, state, since, detail]),
      [
        ['whole', 'running', 0, 'still here'],
        ['Greeting', 'running', 700, 'connected, nothing heard yet'],
      ],
    );
    assert.equal(running?.elapsed, 700);
    assert.deepEqual(heard.at(-1)?.activities, []);
  });

  test('what is found takes the place of the part of its group that runs; the report keeps that order, whatever answered first', async () => {
    const heard: Progress[] = [];
    const { run } = newRun((progress) => heard.push(progress));
    let letFirstEnd = (): void => {};
    const secondIsDone = new Promise<void>((resolve) => {
      letFirstEnd = resolve;
    });
    await run.all([
      check('first', async (context) => {
        const greeting = context.announce({ group: 'smtp', title: 'Greeting', target: {}, detail: '' });
        const tls = context.announce({ group: 'tls', title: 'TLS', target: {}, detail: '' });
        greeting.run();
        await secondIsDone;
        context.report(made({ id: 'greeted', group: 'smtp' }));
        greeting.end();
        context.report(made({ id: 'encrypted', group: 'tls' }));
        tls.end();
        return [made({ id: 'of-the-check', group: 'policy' })];
      }),
      check('second', async () => {
        setImmediate(letFirstEnd);
        return [made({ id: 'quick', group: 'smtp' })];
      }),
    ]);
    const titles = new Map(heard.flatMap(({ activities }) => activities.map(({ id, title }) => [id, title])));
    const places = heard.flatMap(({ finding, place }) => (finding ? [[finding.id, titles.get(place)]] : []));
    assert.deepEqual(places, [
      ['quick', 'second'],
      ['greeted', 'Greeting'],
      ['encrypted', 'TLS'],
      ['of-the-check', 'first'],
    ]);
    assert.deepEqual(
      run.findings.map(({ id }) => id),
      places.map(([id]) => id).toSorted((a, b) => placeOf(heard, a!) - placeOf(heard, b!)),
    );
  });

  function placeOf(heard: readonly Progress[], id: string): number {
    return heard.find(({ finding }) => finding?.id === id)?.place ?? -1;
  }
});

describe('the verdict', () => {
  const ask = (kind: Question['kind'], ...findings: Finding[]): string => verdictOf({ kind, subject: 'x', options: {} }, findings);

  test('names what failed', () => {
    assert.equal(ask('domain', made({ level: 'fail', title: 'Two SPF records' }), made({})), 'Failed: two SPF records.');
  });
  test('says that a server that nobody reached was not tested', () => {
    const connection = made({ id: 'connect-timeout', level: 'unknown' });
    assert.match(ask('server', connection, made({ level: 'skipped' })), /^Not known: the server could not be reached/);
  });
  test('does not say that it works while something is not known, nor of what takes no mail', () => {
    const warning = made({ level: 'warn', title: 'A is an alias' });
    const open = made({ level: 'unknown', title: 'Where mail goes could not be looked up' });
    assert.equal(ask('mx', warning), 'It works, with a warning: a is an alias.');
    assert.equal(ask('mx', warning, open), 'A warning: a is an alias. Not known: where mail goes could not be looked up.');
    assert.equal(ask('spf', warning, { ...warning, title: 'B' }), '2 warnings: a is an alias; B.');
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
  test('of a cancelled run says how far it came, and what passed until then is no answer', () => {
    assert.equal(cancelledVerdict(2140, 13, 19), 'Cancelled after 2.1 s: 13 of 19 checks done.');
    const [passed, failed] = [made({}), made({ level: 'fail' })];
    assert.equal(levelOf({ findings: [passed], isCancelled: true }), 'skipped');
    assert.equal(levelOf({ findings: [passed, failed], isCancelled: true }), 'fail');
    assert.equal(levelOf({ findings: [passed], isCancelled: false }), 'pass');
  });
  test('a blocklist of no use says nothing about a domain', () => {
    const findings = [
      made({ level: 'pass' }),
      made({ level: 'pass' }),
      made({ id: 'blocklist-unusable', level: 'unknown', title: 'x cannot be used' }),
    ];
    assert.equal(ask('domain', ...findings), 'Nothing is wrong: 2 checks passed.');
    assert.equal(levelOf({ findings, isCancelled: false }), 'pass');
    assert.equal(ask('blocklists', ...findings), 'Not known: x cannot be used.');
    assert.equal(levelOf({ findings: findings.slice(2), isCancelled: false }), 'unknown');
  });
  test('names what loses mail first, and one cause of many open rows once', () => {
    const late = made({ id: 'mx-missing', level: 'fail', title: 'a.test cannot receive mail' });
    assert.equal(
      ask('domain', made({ level: 'fail', title: 'Two SPF records' }), late),
      'Failed: a.test cannot receive mail; two SPF records.',
    );
    const open = ['A', 'B', 'C'].map((title) => made({ level: 'unknown', title, detail: '450 again in 300 s' }));
    assert.equal(ask('spf', ...open), 'Not known: 3 checks have no answer, all for one reason: 450 again in 300 s.');
    assert.equal(ask('spf', made({ level: 'unknown', title: 'Not known whether it holds' })), 'Not known: whether it holds.');
  });
  test('of nothing is nothing', () => {
    assert.equal(ask('dns'), 'Nothing was found out.');
  });
});

function report(change: Partial<Report>): Report {
  return {
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
  };
}

describe('a report as Markdown', () => {
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

describe('two runs compared', () => {
  const compared = (...findings: Finding[]): string => printMarkdown(report({ findings }), { hasTimes: false });
  const answer = (text: string): Finding => made({ evidence: [{ label: 'Answer of 192.0.2.53', text }] });
  const replied = (text: string): Finding => made({ group: 'smtp', evidence: [{ label: 'Reply to RCPT TO', text }] });

  const same: readonly (readonly [what: string, one: Finding, two: Finding])[] = [
    [
      'a time to live that counted down',
      answer('example.com.  300  MX  10 mx1.example.com.'),
      answer('example.com.  17  MX  10 mx1.example.com.'),
    ],
    ['the order of records', answer('a.  5  A  192.0.2.1\na.  5  A  192.0.2.2'), answer('a.  5  A  192.0.2.2\na.  5  A  192.0.2.1')],
    [
      'the rest of a time in a cache',
      made({ id: 'mx-ttl', level: 'info', title: 'MX records may be kept for 300 s' }),
      made({ id: 'mx-ttl', level: 'info', title: 'MX records may be kept for 17 s', detail: 'short: …' }),
    ],
    [
      'a measured time',
      made({ id: 'greeting-time', title: 'Greets after 1.7 s' }),
      made({ id: 'greeting-time', title: 'Greets after 980 ms' }),
    ],
    [
      'days that went by',
      made({ id: 'certificate-dates', detail: 'in 13 days, on 5 Dec 2026' }),
      made({ id: 'certificate-dates', detail: 'in 12 days, on 5 Dec 2026' }),
    ],
    [
      'the date of a greeting',
      replied('220 mx.example.com ESMTP Exim 4.96 Sun, 22 Nov 2026 02:00:00 +0000'),
      replied('220 mx.example.com ESMTP Exim 4.96 Mon, 23 Nov 2026 14:03:59 +0100'),
    ],
    [
      'the number of a connection',
      replied('250 2.1.5 OK d75a77b69052e-4ee2b0d6e5asi3012345.12 - gsmtp'),
      replied('250 2.1.5 OK 5b1f17b1804b1-47788ab22easi7654321.9 - gsmtp'),
    ],
  ];
  for (const [what, one, two] of same)
    test(`do not differ by ${what}`, () => {
      assert.equal(compared(one), compared(two));
      assert.notEqual(printMarkdown(report({ findings: [one] })), printMarkdown(report({ findings: [two] })));
    });

  const different: readonly (readonly [what: string, one: Finding, two: Finding])[] = [
    ['a record', answer('example.com.  300  MX  10 mx1.example.com.'), answer('example.com.  300  MX  20 mx1.example.com.')],
    [
      'a time to live that is complained of',
      made({ id: 'mx-ttl', level: 'advice', title: 'MX records may be kept for 90000 s' }),
      made({ id: 'mx-ttl', level: 'info', title: 'MX records may be kept for 3600 s' }),
    ],
    ['a limit that the server tells', replied('250 SIZE 26214400'), replied('250 SIZE 10485760')],
    ['a reply', replied('550 5.7.1 Unable to relay'), replied('250 2.1.5 Ok')],
    [
      'the version of a program',
      replied('220 mx ESMTP Exim 4.96 Sun, 22 Nov 2026 02:00:00 +0000'),
      replied('220 mx ESMTP Exim 4.98 Sun, 22 Nov 2026 02:00:00 +0000'),
    ],
    ['the name of a host', replied('220 ec2-203-0-113-9.example.com ESMTP'), replied('220 ec2-203-0-113-7.example.com ESMTP')],
    [
      'the end of a certificate',
      made({ id: 'certificate-dates', detail: 'in 13 days, on 5 Dec 2026' }),
      made({ id: 'certificate-dates', detail: 'in 13 days, on 6 Dec 2026' }),
    ],
    [
      'a key',
      answer('k1.example.com.  60  TXT  "v=DKIM1; p=MIIBIjANBgkq1234"'),
      answer('k1.example.com.  60  TXT  "v=DKIM1; p=MIIBIjANBgkq9999"'),
    ],
    ['a level', made({ level: 'warn' }), made({ level: 'fail' })],
  ];
  for (const [what, one, two] of different) test(`differ by ${what}`, () => assert.notEqual(compared(one), compared(two)));

  test('of a look-up the time that a cache has left makes no difference', () => {
    const one = (ttl: number) => {
      const detail = `10 mx.a.test. (${ttl} s)`;
      const findings = [made({ id: 'record', level: 'info', title: 'a.test has one MX record', detail })];
      const question = { kind: 'dns', subject: 'a.test', options: { type: 'MX' } } as const;
      return printMarkdown(report({ question, verdict: `a.test has one MX record: ${detail}.`, findings }), { hasTimes: false });
    };
    assert.equal(one(3600), one(17));
  });

  test('the verdict does not differ where its finding does not', () => {
    const slow = (time: string): Report =>
      report({
        verdict: `It works, with a warning: Greets after ${time}.`,
        findings: [made({ id: 'greeting-time', level: 'warn', title: `Greets after ${time}` })],
      });
    assert.equal(printMarkdown(slow('6.2 s'), { hasTimes: false }), printMarkdown(slow('7 s'), { hasTimes: false }));
  });
});

describe('a report as HTML', () => {
  const hostile = '</style><script>alert(1)</script><img src=x onerror=alert(1)>"\u0007&';
  const page = printHtml(
    report({
      question: { kind: 'domain', subject: hostile, options: {} },
      verdict: hostile,
      findings: [
        made({
          id: 'bad',
          level: 'fail',
          title: hostile,
          detail: hostile,
          reason: hostile,
          evidence: [{ label: hostile, text: hostile, marks: [[0, 8]] }],
          remedies: [{ label: hostile, text: hostile }],
          relay: [{ id: '1', from: hostile, to: hostile, reply: hostile, verdict: 'refused' }],
          steps: [{ name: hostile, at: 0, ms: 12, isAnswered: true }],
        }),
        made({ id: 'good', title: 'Two MX hosts' }),
      ],
    }),
  );

  test('nothing that a server said becomes markup, and a policy lets no script in', () => {
    assert.doesNotMatch(page, /<script|<img|\u0007/);
    assert.equal(page.match(/<\/style>/g)?.length, 1);
    assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
    assert.doesNotMatch(page, /<[^>]*\s(src|href|on\w+)=/);
  });

  test('what is wrong is folded out, marks and all', () => {
    assert.match(page, /<details class="fail" open>/);
    assert.match(page, /<mark>&lt;\/style&gt;<\/mark>/);
    assert.match(page, /<details class="pass">\n<summary><b>Passed<\/b> Two MX hosts<\/summary>/);
    assert.match(page, /1 failed, 1 passed/);
  });
});
