// The line editor of a session, given the octets that a terminal sends.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { LineEditor } from '../../../../src/ui/session/terminal/lineEditor.ts';
import type { LineAnswer, LineQuestion } from '../../../../src/ui/session/terminal/lineQuestion.ts';
import type { MenuEntry } from '../../../../src/ui/session/terminal/menu.ts';
import { secretMark } from '../../../../src/ui/session/terminal/secretLine.ts';

interface Fixture extends Disposable {
  readonly editor: LineEditor;
  readonly interrupts: { count: number };
  history: readonly string[];
  /** Everything written so far, without escape sequences. */
  text(): string;
  /** Asks, types, and answers what came. */
  answer(question: Partial<LineQuestion>, ...typed: readonly string[]): Promise<LineAnswer>;
}

function open(history: readonly string[] = []): Fixture {
  let written = '';
  const interrupts = { count: 0 };
  const editor = new LineEditor({
    write: (text) => {
      written += text;
    },
    history,
    onDidChangeHistory: (lines) => {
      fixture.history = lines;
    },
    onInterrupt: () => interrupts.count++,
    hints: { complete: 'Tab next', search: 'Ctrl+R next' },
  });
  const fixture: Fixture = {
    editor,
    interrupts,
    history,
    text: () => stripVTControlCharacters(written),
    answer(question, ...typed) {
      const asked = editor.ask({ prompt: '> ', kind: 'line', ...question });
      for (const keys of typed) editor.type(keys);
      return asked;
    },
    [Symbol.dispose]: () => editor.dispose(),
  };
  return fixture;
}

const entry = (label: string, text: string | null = label): MenuEntry => ({ label, detail: `about ${label}`, text });
const line = (text: string): LineAnswer => ({ kind: 'line', text });

describe('the line editor', () => {
  test('edits within the line', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({}, 'NOP', '\x1b[D', 'O', '\x1b[F', '!', '\x7f', '\r'), line('NOOP'));
  });

  test('gives wide characters back as they were typed', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({}, 'Grüße 日本語 📬', '\x7f', '\r'), line('Grüße 日本語 '));
  });

  test('goes back in the history by prefix', async () => {
    using fixture = open(['RSET', 'MAIL FROM:<a@x.test>']);
    assert.deepEqual(await fixture.answer({}, 'MA', '\x1b[A', '\r'), line('MAIL FROM:<a@x.test>'));
  });

  test('finds a line of the history by any part of it', async () => {
    using fixture = open(['RSET', 'RCPT TO:<a@x.test>', 'MAIL FROM:<a@x.test>']);
    assert.deepEqual(await fixture.answer({}, '\x12', 'a', '@', '\x12', '\r', '\r'), line('MAIL FROM:<a@x.test>'));
  });

  test('remembers lines newest first, and none that must not be', async () => {
    using fixture = open(['old']);
    const isRemembered = (text: string): boolean => !text.startsWith('AUTH');
    await fixture.answer({ isRemembered }, 'EHLO x\r');
    await fixture.answer({ isRemembered }, 'AUTH PLAIN c2VjcmV0\r');
    await fixture.answer({ kind: 'answer' }, 'kim\r');
    await fixture.answer({ kind: 'secret' }, 'hunter2\r');
    await fixture.answer({ isRemembered }, 'NOOP\r');
    assert.deepEqual(fixture.history, ['NOOP', 'EHLO x', 'old']);
    assert.deepEqual(await fixture.answer({}, '\x1b[A', '\x1b[A', '\r'), line('EHLO x'));
  });

  test('shows nothing of a secret, not even its length', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({ kind: 'secret' }, 'hunter', '3', '\x7f', '2', '\r'), line('hunter2'));
    assert.doesNotMatch(fixture.text(), /hunter/);
    assert.ok(fixture.text().includes(`> ${secretMark}\r\n`));
  });

  test('a secret can be given up', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({ kind: 'secret' }, 'hun', '\x03'), { kind: 'interrupt' });
    assert.deepEqual(await fixture.answer({ kind: 'secret' }, 'x', '\r'), line('x'));
  });

  test('takes pasted lines one at a time, each at its own prompt, and presses no keys of them', async () => {
    using fixture = open();
    const pasted = '\x1b[200~one\ttab\r\ntwo\x03\nthree\x1b[201~';
    const complete = (): readonly MenuEntry[] => [entry('never')];
    assert.deepEqual(await fixture.answer({ complete }, pasted), line('one\ttab'));
    assert.deepEqual(await fixture.answer({ complete }), line('two'));
    assert.deepEqual(await fixture.answer({ complete }, '!\r'), line('three!'));
    assert.equal(fixture.interrupts.count, 0);
    assert.ok(fixture.text().includes('> two\r\n'));
  });

  test('keeps what is typed while nothing is asked for', async () => {
    using fixture = open();
    fixture.editor.type('NOOP\rRSET\r');
    assert.equal(fixture.text(), '');
    assert.deepEqual(await fixture.answer({}), line('NOOP'));
    assert.deepEqual(await fixture.answer({}), line('RSET'));
  });

  test('Ctrl+C while nothing is asked for interrupts, and drops what was typed ahead', async () => {
    using fixture = open();
    fixture.editor.type('NOOP\r');
    fixture.editor.type('\x03');
    assert.equal(fixture.interrupts.count, 1);
    assert.deepEqual(await fixture.answer({}, 'RSET\r'), line('RSET'));
  });

  test('Ctrl+C clears a line, and in an empty one says so', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({}, 'wrong', '\x03', 'right\r'), line('right'));
    assert.deepEqual(await fixture.answer({}, '\x03'), { kind: 'interrupt' });
  });

  test('Ctrl+D ends in an empty line only', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({}, 'ab', '\x1b[D', '\x04', '\r'), line('a'));
    assert.deepEqual(await fixture.answer({}, '\x04'), { kind: 'end' });
  });

  test('prints above what is being typed', async () => {
    using fixture = open();
    const asked = fixture.answer({}, 'MAIL');
    fixture.editor.say('S: 421 too late');
    fixture.editor.type(' FROM:<>\r');
    assert.deepEqual(await asked, line('MAIL FROM:<>'));
    assert.match(fixture.text(), /> MAILS: 421 too late\r\n> MAIL FROM:<>\r\n$/);
  });

  test('Tab puts the only entry into the line', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({ complete: () => [entry('NOOP')] }, 'N', '\t', ' x\r'), line('NOOP x'));
  });

  test('Tab opens a list, goes on in it, and Enter takes what is chosen', async () => {
    using fixture = open();
    const complete = (): readonly MenuEntry[] => [entry('DATA'), entry('DATA plain', null), entry('DATA HTML', null)];
    const answer = await fixture.answer({ complete }, 'D', '\t', '\t', '\x1b[B', '\x1b[Z', '\r');
    assert.deepEqual(answer, { kind: 'entry', entry: entry('DATA plain', null) });
    assert.match(fixture.text(), /Tab next/);
  });

  test('typing narrows the list, Esc closes it', async () => {
    using fixture = open();
    const all = [entry('RCPT TO:'), entry('RSET'), entry('HELP')];
    const complete = (text: string): readonly MenuEntry[] => all.filter(({ label }) => label.startsWith(text));
    assert.deepEqual(await fixture.answer({ complete }, 'R', '\t', 'S', '\r', '\r'), line('RSET'));
    assert.deepEqual(await fixture.answer({ complete }, 'R', '\t', '\x1b', '!', '\r'), line('R!'));
  });

  test('Tab goes on to the next placeholder, and is a character in a message', async () => {
    using fixture = open();
    assert.deepEqual(await fixture.answer({ kind: 'answer' }, 'kim', '\t'), line('kim'));
    assert.deepEqual(await fixture.answer({}, 'a', '\t', 'b\r'), line('a\tb'));
  });

  test('hides the line that was entered, and forgets it', async () => {
    using fixture = open();
    await fixture.answer({}, 'AUTH PLAIN c2VjcmV0\r');
    assert.deepEqual(fixture.history, ['AUTH PLAIN c2VjcmV0']);
    fixture.editor.hideLast('> AUTH PLAIN ****');
    assert.deepEqual(fixture.history, []);
    assert.ok(fixture.text().endsWith('> AUTH PLAIN ****\r\n'));
  });

  test('the end of the terminal ends the question', async () => {
    using fixture = open();
    const asked = fixture.answer({}, 'half');
    fixture.editor.dispose();
    assert.deepEqual(await asked, { kind: 'end' });
    assert.deepEqual(await fixture.answer({}), { kind: 'end' });
  });

  test('a resize while nothing is asked for draws no prompt', async () => {
    using fixture = open();
    await fixture.answer({}, 'NOOP\r');
    const before = fixture.text();
    fixture.editor.resize(40, 10);
    assert.equal(fixture.text(), before);
    assert.equal(fixture.editor.columns, 40);
  });
});
