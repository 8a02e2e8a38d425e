// webview: the order of a report's rows while checks run, and when they are done.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Activity, Finding, Level } from '../../../src/protocol/report.ts';
import { questionIn } from '../../../src/ui/checks/pageState.ts';
import { bySeverity, type Entry, inPlaces, joinFindings } from '../../../src/webview/report/levels.ts';

function finding(id: string, group: Finding['group'], level: Level = 'pass', detail = ''): Finding {
  return { id, group, level, title: id, detail, reason: '', evidence: [], remedies: [], target: {}, source: '', ms: null };
}

function activity(id: number, group: Activity['group'], title: string): Activity {
  return { id, group, title, target: {}, state: 'running', since: 0, detail: '' };
}

function nameOf(entry: Entry): string {
  return 'finding' in entry ? entry.finding.id : `… ${entry.activity.title}`;
}

describe('rows of a report', () => {
  test('while checks run groups keep their order, and what is found stands where its check ran', () => {
    const running = [activity(2, 'smtp', 'Greeting'), activity(3, 'smtp', 'Extensions'), activity(5, 'policy', 'DMARC')];
    const before = inPlaces([], [activity(1, 'policy', 'SPF'), ...running]);
    const after = inPlaces(
      [
        { finding: finding('spf', 'policy', 'fail'), place: 1 },
        { finding: finding('extensions', 'smtp'), place: 3 },
        { finding: finding('mx', 'routing'), place: 4 },
      ],
      running.slice(0, 1).concat(running.slice(2)),
    );
    const names = (groups: typeof before): unknown => groups.map(({ group, entries }) => [group, ...entries.map(nameOf)]);
    assert.deepEqual(names(before), [
      ['smtp', '… Greeting', '… Extensions'],
      ['policy', '… SPF', '… DMARC'],
    ]);
    assert.deepEqual(names(after), [
      ['routing', 'mx'],
      ['smtp', '… Greeting', 'extensions'],
      ['policy', 'spf', '… DMARC'],
    ]);
  });

  test('what is said again, better, keeps its place', () => {
    const first = joinFindings(
      [],
      [
        { finding: finding('a', 'smtp', 'unknown'), place: 1 },
        { finding: finding('b', 'smtp'), place: 2 },
      ],
    );
    const again = joinFindings(first, [{ finding: finding('a', 'smtp', 'pass', 'now known'), place: 7 }]);
    assert.deepEqual(
      again.map(({ finding: { id, detail }, place }) => [id, detail, place]),
      [
        ['a', 'now known', 1],
        ['b', '', 2],
      ],
    );
  });

  test('when all is done, groups with what is wrong come first, and in each the worst', () => {
    const groups = bySeverity([
      finding('mx', 'routing'),
      finding('slow', 'smtp', 'warn'),
      finding('dkim', 'policy'),
      finding('spf', 'policy', 'fail'),
      finding('bimi', 'policy', 'skipped'),
    ]);
    assert.deepEqual(
      groups.map(({ entries }) => entries.map(nameOf)),
      [['spf', 'dkim', 'bimi'], ['slow'], ['mx']],
    );
  });
});

describe('what a page remembers', () => {
  test('names its question', () => {
    const question = { kind: 'dkim', subject: 'example.com', options: { selector: 'k1' } };
    assert.deepEqual(questionIn({ filter: [], question, hasEnded: true }), question);
  });

  test('is not believed when it is none', () => {
    for (const state of [undefined, null, 'x', {}, { question: null }, { question: { kind: 'eval', subject: 'x', options: {} } }])
      assert.equal(questionIn(state), undefined);
    assert.equal(questionIn({ question: { kind: 'mx', subject: 7, options: {} } }), undefined);
    assert.deepEqual(questionIn({ question: { kind: 'mx', subject: 'x', options: { a: 1, b: 'c' } } })?.options, { b: 'c' });
  });
});
