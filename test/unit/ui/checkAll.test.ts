// Check All My Domains: which domains, how many at a time, and what is said at the end.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { understand } from '../../../src/checks/question.ts';
import type { Finding, Level, Question, Report } from '../../../src/checks/report.ts';
import { checkAll, describeAll, readDomains } from '../../../src/ui/checks/checkAll.ts';
import { english } from './english.ts';

function reportOf(question: Question, level: Level, isCancelled = false): Report {
  const finding: Finding = {
    id: 'x',
    group: 'routing',
    level,
    title: 'x',
    detail: '',
    reason: '',
    evidence: [],
    remedies: [],
    target: {},
    source: '',
    ms: null,
  };
  const rest = { version: 1, startedAt: '', ms: 0, dnsServers: [], probedFrom: [], verdict: '', transcripts: [] } as const;
  return { ...rest, question, findings: [finding], isCancelled };
}

function questionsOf(...domains: string[]): readonly Question[] {
  return readDomains(domains, understand).questions;
}

const never = new AbortController().signal;

test('domains are read as what is typed is: each once, and what is none apart', () => {
  const { questions, wrong } = readDomains(['Shop.test', 'shop.test.', 'https://two.test/', 'no domain', '192.0.2.1', ''], understand);
  assert.deepEqual(
    questions.map(({ kind, subject }) => `${kind} ${subject}`),
    ['domain shop.test', 'domain two.test'],
  );
  assert.deepEqual(wrong, ['no domain', '192.0.2.1', '']);
});

describe('all domains', () => {
  test('are checked a few at a time, and every one of them', async () => {
    const questions = questionsOf(...Array.from({ length: 10 }, (_, index) => `d${index}.test`));
    let now = 0;
    let most = 0;
    const progress: number[] = [];
    const reports = await checkAll(questions, {
      run: async (question) => {
        most = Math.max(most, ++now);
        await delay(2);
        now--;
        return reportOf(question, 'pass');
      },
      signal: never,
      onProgress: (done, running) => {
        progress.push(done);
        assert.ok(running.length <= 3);
      },
    });
    assert.equal(most, 3);
    assert.deepEqual(reports.map(({ question }) => question.subject).sort(), questions.map(({ subject }) => subject).sort());
    assert.equal(progress.at(-1), 10);
  });

  test('that come to nothing do not hold up the others', async () => {
    const reports = await checkAll(questionsOf('a.test', 'b.test', 'c.test', 'd.test'), {
      run: async (question) => (question.subject === 'b.test' ? null : reportOf(question, 'pass')),
      signal: never,
      onProgress() {},
    });
    assert.equal(reports.length, 3);
  });

  test('end when the person cancels: no other is begun, and half a report does not count', async () => {
    const ending = new AbortController();
    const begun: string[] = [];
    const reports = await checkAll(questionsOf('a.test', 'b.test', 'c.test', 'd.test', 'e.test'), {
      run: async (question, signal) => {
        begun.push(question.subject);
        if (question.subject === 'a.test') return reportOf(question, 'pass');
        if (begun.length === 4) ending.abort();
        else await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return reportOf(question, 'skipped', true);
      },
      signal: ending.signal,
      onProgress() {},
    });
    assert.deepEqual(begun, ['a.test', 'b.test', 'c.test', 'd.test']);
    assert.deepEqual(
      reports.map(({ question }) => question.subject),
      ['a.test'],
    );
  });
});

test('the end is told in one sentence', () => {
  const questions = questionsOf('a.test', 'b.test', 'c.test', 'd.test', 'e.test');
  const reports = (...levels: Level[]) => levels.map((level, index) => reportOf(questions[index]!, level));
  const asked = { questions, wrong: [] };
  assert.deepEqual(describeAll(reports('fail', 'warn', 'unknown', 'pass', 'advice'), asked, english), {
    text: '5 domains checked: 1 with failures, 1 with warnings, 1 not wholly known, 2 without either.',
    isBad: true,
  });
  assert.deepEqual(describeAll(reports('pass'), { questions: questions.slice(0, 1), wrong: ['two words', 'x'.repeat(99)] }, english), {
    text: `1 domain checked: no failures, no warnings. No domain in the settings: "two words", "${'x'.repeat(60)}".`,
    isBad: false,
  });
  assert.equal(describeAll(reports('warn', 'pass'), asked, english).text, '2 of 5 domains checked: 1 with warnings, 1 without either.');
  assert.equal(describeAll([], asked, english).text, '0 of 5 domains checked.');
});
