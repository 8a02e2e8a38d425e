// ui/session: what the editor offers, folds, lists and explains in a .smtp file.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseScript } from '../../../../src/session/parse.ts';
import { completeCommand, stateBefore } from '../../../../src/ui/session/file/commandCompletions.ts';
import { type Completion, completeNotation } from '../../../../src/ui/session/file/completions.ts';
import { hoverTargetAt } from '../../../../src/ui/session/file/hoverTarget.ts';
import { explainTarget } from '../../../../src/ui/session/file/hoverText.ts';
import { conversationAt, foldsOf, stepsOf } from '../../../../src/ui/session/file/outline.ts';
import { testRowsOf } from '../../../../src/ui/session/file/testRows.ts';
import { english } from '../english.ts';

/** What is offered at the place of the bar. */
function complete(marked: string): Completion[] | null {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  const text = marked.replace('|', '');
  const [line, column] = [before.length - 1, before.at(-1)!.length];
  const script = parseScript(text);
  const lineText = text.split('\n')[line]!;
  return completeNotation(script, lineText, line, column, english) ?? completeCommand(script, lineText, line, column);
}
const labels = (marked: string): string[] => (complete(marked) ?? []).map(({ label }) => label);

/** What the hover at the bar says. */
function hover(marked: string): string | null {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  const script = parseScript(marked.replace('|', ''));
  const target = hoverTargetAt(script, before.length - 1, before.at(-1)!.length);
  const words = target && explainTarget(target, script, () => ({ id: '4dR2' }), english);
  return words && [words.title, ...words.texts].join(' / ');
}

describe('completion', () => {
  test('after @ offers every directive, and its values after it', () => {
    assert.ok(labels('@|').includes('connect'));
    assert.ok(labels('C: NOOP\n@ti|').includes('timeout'));
    assert.deepEqual(labels('@tls |'), ['none', 'starttls', 'implicit']);
    assert.deepEqual(labels('@verify o|'), ['on', 'off']);
    assert.deepEqual(labels('@pipeline |'), []);
  });

  test('inside of braces offers variables, and closes the braces once', () => {
    const offered = complete('@var user = kim\nC: MAIL FROM:<{{u|')!;
    assert.deepEqual(
      offered.filter(({ label }) => ['host', 'port', 'user', '$date'].includes(label)).map(({ insert }) => insert),
      ['host\\}\\}', 'port\\}\\}', '\\$date\\}\\}', 'user\\}\\}'],
    );
    const closed = complete('C: NOOP {{us|er}}')!;
    assert.equal(closed.find(({ label }) => label === 'host')?.insert, 'host');
    assert.deepEqual(closed[0]?.range, { line: 0, start: 10, end: 14 });
  });

  test('puts the command that is due first', () => {
    const first = (marked: string): string | undefined => labels(marked)[0];
    assert.equal(first('### One\nC: |'), 'EHLO');
    assert.equal(first('C: EHLO a.test\nS: 250\nC: |'), 'MAIL');
    assert.equal(first('C: EHLO a.test\nC: MAIL FROM:<a@x.test>\nS: 250\nC: |'), 'RCPT');
    assert.equal(first('C: EHLO a.test\nC: MAIL FROM:<a@x.test>\nS: 550\nC: |'), 'MAIL');
    assert.ok(labels('C: EHLO a.test\nC: MAIL FROM:<a@x.test>\nC: RCPT TO:<b@y.test>\nC: |').slice(0, 3).includes('DATA'));
  });

  test('begins a line without a mark with it', () => {
    const offered = complete('C: EHLO a.test\nMA|')!;
    assert.match(offered.find(({ label }) => label === 'MAIL')!.insert, /^C: MAIL FROM:</);
    assert.match(complete('C: MA|')!.find(({ label }) => label === 'MAIL')!.insert, /^MAIL FROM:</);
  });

  test('after an address offers the parameters that are not given yet, and their values', () => {
    const offered = labels('C: MAIL FROM:<a@x.test> SIZE=100 |');
    assert.ok(offered.includes('BODY') && offered.includes('SMTPUTF8'));
    assert.ok(!offered.includes('SIZE') && !offered.includes('NOTIFY'));
    assert.ok(labels('C: RCPT TO:<a@x.test> |').includes('NOTIFY'));
    assert.deepEqual(labels('C: MAIL FROM:<> BODY=8|'), ['7BIT', '8BITMIME', 'BINARYMIME']);
    assert.equal(complete('C: MAIL FROM:<a|'), null);
  });

  test('offers nothing inside of a message', () => {
    assert.equal(complete('C: DATA\nS: 354\nSubject: |\n.\n'), null);
  });

  test('follows STARTTLS and the end of a message', () => {
    const stateAfter = (text: string): string => {
      const script = parseScript(text);
      return stateBefore(script.conversations[0], script.lines.length).state;
    };
    assert.equal(stateAfter('C: EHLO a.test\nC: STARTTLS\nS: 220\n'), 'connected');
    assert.equal(stateAfter('C: EHLO a.test\nC: MAIL FROM:<>\nC: RCPT TO:<b@y.test>\nC: DATA\nS: 354\nHello\n.\nS: 250\n'), 'ready');
  });
});

describe('hovers', () => {
  test('explain commands, parameters and where they are written', () => {
    assert.match(hover('C: R|CPT TO:<a@x.test>')!, /^RCPT TO:<address> .*RFC 5321 section 4\.1\.1\.3/);
    assert.match(hover('mail from:<a@x.test> bo|dy=8bitmime')!, /RFC 6152/);
    assert.equal(hover('C: XYZ|ZY'), null);
  });
  test('explain reply codes and enhanced codes in words', () => {
    assert.match(hover('C: NOOP\nS: 55|0 5.7.1')!, /5\.7\.1/);
    assert.match(hover('C: NOOP\nS: 5|xx')!, /refused for good/);
    assert.equal(hover('C: NOOP\nS: 250 2.0.0 Ok: que|ued'), null);
  });
  test('explain directives and variables', () => {
    assert.match(hover('@veri|fy off')!, /^@verify on\|off/);
    assert.equal(hover('@var name = kim\nC: VRFY {{na|me}}'), '{{name}} / kim');
    assert.equal(hover('C: NOOP\nS: 250 queued as {{i|d}}'), '{{id}} / In the last run: 4dR2');
    assert.equal(hover('C: NOOP {{$env.SECR|ET}}'), '{{$env.SECRET}} / A variable of the environment');
  });
});

describe('the structure of a file', () => {
  const script = parseScript('# a\n# b\n### One\nC: DATA\nS: 354\nHello\n.\n\n### Two\n@auth plain a b\nC: QUIT\n');
  test('folds conversations, messages and blocks of comments', () => {
    assert.deepEqual(foldsOf(script), [
      { first: 2, last: 6, kind: 'conversation' },
      { first: 8, last: 10, kind: 'conversation' },
      { first: 0, last: 1, kind: 'comment' },
      { first: 5, last: 6, kind: 'message' },
    ]);
  });
  test('lists what is said in a conversation', () => {
    assert.deepEqual(
      script.conversations.map((conversation) => stepsOf(conversation).map(({ text }) => text)),
      [['DATA'], ['@auth', 'QUIT']],
    );
  });
  test('finds the conversation at the cursor', () => {
    assert.deepEqual(
      [0, 4, 7, 9].map((line) => conversationAt(script, line)?.name),
      ['One', 'One', 'One', 'Two'],
    );
    assert.equal(conversationAt(parseScript('# nothing'), 0), undefined);
  });
});

describe('tests', () => {
  test('keep their identity while they move, and are told apart when names are the same', () => {
    const rows = testRowsOf(parseScript('C: NOOP\n### Same\nC: NOOP\n### Same\nC: QUIT\n'), english);
    assert.deepEqual(
      rows.map(({ id, label, index }) => [id, label, index]),
      [
        ['#1', 'Conversation at line 1', 0],
        ['Same#1', 'Same', 1],
        ['Same#2', 'Same', 2],
      ],
    );
  });
});
