// ui/checks: a run as its page hears of it: a page that comes late gets all, and what is told in between is told once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Finding, Progress, Question, Report } from '../../../src/checks/report.ts';
import type { ReportProgress } from '../../../src/protocol/report.ts';
import { CheckRun } from '../../../src/ui/checks/checkRun.ts';

const question: Question = { kind: 'domain', subject: 'example.com', options: {} };
const report = { version: 1, question } as Report;

function finding(id: string): Finding {
  const empty = { detail: '', reason: '', evidence: [], remedies: [], target: {}, source: '', ms: null };
  return { id, group: 'policy', level: 'pass', title: id, ...empty };
}

function progress(change: Partial<Progress>): Progress {
  return { place: 0, activities: [], done: 0, planned: 2, waitingFor: '', elapsed: 0, dnsServers: [], probedFrom: [], ...change };
}

describe('a run of checks for its page', () => {
  test('tells each finding once, gathered, with its place; a page that comes late gets all', async () => {
    const heard: ReportProgress[] = [];
    let tell: (progress: Progress) => void = () => {};
    let end: (report: Report) => void = () => {};
    const run = new CheckRun(question, '2026-11-22T00:00:00.000Z', (_signal, onProgress) => {
      tell = onProgress;
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    run.onDidProgress((each) => heard.push(each));
    tell(progress({ finding: finding('a'), place: 3, elapsed: 100 }));
    tell(progress({ finding: finding('b'), place: 1, elapsed: 120, probedFrom: ['127.0.0.1'] }));
    await delay(90);
    tell(progress({ finding: finding('c'), place: 2, elapsed: 210 }));
    await delay(90);
    const told = heard.map(({ findings }) => findings.map((each) => [each.finding.id, each.place]));
    assert.deepEqual(told, [
      [
        ['a', 3],
        ['b', 1],
      ],
      [['c', 2]],
    ]);
    assert.deepEqual(heard[0]?.probedFrom, ['127.0.0.1']);
    assert.deepEqual(
      run.progress.findings.map((each) => each.finding.id),
      ['a', 'b', 'c'],
    );
    // Time goes on when nothing is told.
    const { elapsed } = run.progress;
    assert.ok(elapsed >= 210 + 60, `${elapsed}`);
    end(report);
    assert.deepEqual(await run.finished, { report });
    tell(progress({ finding: finding('late'), place: 4 }));
    await delay(80);
    assert.equal(heard.length, 2);
  });

  test('a run that breaks says why, and a cancellation reaches it', async () => {
    const run = new CheckRun(question, '2026-11-22T00:00:00.000Z', (signal) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('of glass'))));
    });
    run.cancel();
    assert.deepEqual(await run.finished, { message: 'of glass' });
  });
});
