// checks: the time that the person allows is kept, whoever is silent; and what is cancelled in the middle leaves a report.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, type Progress, worstLevel } from '../../../src/checks/report.ts';
import { readRig, startRigs } from './domainRigs.ts';
import { questionOf, runWith, startNames } from './domainRun.ts';

const domain = 'enforced.rigs.test';
const rigs = await startRigs([readRig(domain, { hosts: 'silent,hushed,dropping,sound,stalling,silent,gone', sts: 'unfinished' })]);
const { at, stop } = await startNames({ plain: { 'rigs.test': rigs.plain } });
after(() => Promise.all([stop(), rigs.stop()]));
const [bind, silent] = [at.bind, String(at.silent)];
const question = questionOf('domain', domain);

const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();
after(() => delays.disable());

/** Milliseconds by which a timer of this process may be late, because the machine was busy with something else. */
function stalled(): number {
  return (2 * delays.max) / 1e6;
}

const idsOf = (findings: readonly Finding[], ...levels: Finding['level'][]): readonly string[] => [
  ...new Set(findings.filter(({ level }) => levels.includes(level)).map(({ id }) => id)),
];

describe('a domain whose servers are silent, each in its way', { skip: typeof bind === 'string' ? false : bind.skipped }, () => {
  const limits = [1000, 1500, 3000];
  const mixes: readonly (readonly [name: string, dnsServers: readonly string[], reached: string])[] = [
    ['name servers answer', [String(bind)], 'connect'],
    ['the first name server is silent', [silent, String(bind)], 'mx'],
    ['every name server is silent', [silent, silent], ''],
  ];
  // Side by side, to take no longer than the longest of them.
  describe('the check is over in time', { concurrency: true }, () => {
    for (const [name, dnsServers, reached] of mixes)
      for (const limit of limits)
        test(`${name}, ${limit} ms`, async () => {
          const began = performance.now();
          const report = await runWith(question, { dnsServers, limit, labPort: rigs.port });
          const ms = performance.now() - began;
          assert.ok(ms <= limit + stalled(), `${Math.round(ms)} ms`);
          assert.equal(report.isCancelled, false);
          // Silence is never a failure, and what was found before the end is kept.
          assert.deepEqual(idsOf(report.findings, 'fail'), []);
          assert.ok(idsOf(report.findings, 'unknown').length > 0);
          if (reached !== '' && limit === limits.at(-1))
            assert.ok(idsOf(report.findings, 'pass').includes(reached), idsOf(report.findings, 'pass').join());
          assert.match(report.verdict, /Not known: /);
        });
  });

  test('cancelled in the middle it tells what was found until then, at once', async () => {
    const cancelling = new AbortController();
    const heard: Progress[] = [];
    const running = runWith(question, {
      dnsServers: [String(bind)],
      labPort: rigs.port,
      signal: cancelling.signal,
      onProgress: (progress) => heard.push(progress),
    });
    while (!heard.some(({ finding }) => finding?.id === 'connect')) await delay(5);
    await delay(100);
    const began = performance.now();
    cancelling.abort();
    const report = await running;
    assert.ok(performance.now() - began < 500 + stalled(), `${Math.round(performance.now() - began)} ms`);
    assert.equal(report.isCancelled, true);
    assert.ok(idsOf(report.findings, 'pass').includes('mx'));
    assert.deepEqual(idsOf(report.findings, 'fail'), []);
    const cancelled = report.findings.filter(({ detail }) => detail === 'cancelled');
    assert.ok(cancelled.length > 0);
    assert.equal(worstLevel(cancelled), 'skipped');
    assert.ok(report.transcripts.length > 0, 'what was said until then');
    assert.equal(heard.at(-1)?.activities.length, 0);
  });

  test('cancelled before it begins it is a report of what was skipped', async () => {
    const report = await runWith(question, { dnsServers: [String(bind)], signal: AbortSignal.abort() });
    assert.equal(report.isCancelled, true);
    assert.deepEqual(idsOf(report.findings, 'fail', 'warn', 'unknown', 'pass', 'info', 'advice'), []);
  });
});
