// The commands as data, and where replies take a session.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commands, findCommand } from '../../../src/smtp/commands.ts';
import { nextState, type SessionState, sessionStates } from '../../../src/smtp/sessionState.ts';

describe('the commands', () => {
  test('are found by their verb in any case', () => {
    assert.equal(findCommand('mail from:<a@x.test>')?.verb, 'MAIL');
    assert.equal(findCommand('  Data')?.verb, 'DATA');
    for (const line of ['', 'MAILFROM:<a>', 'constructor', '__proto__']) assert.equal(findCommand(line), null);
  });

  test('are each there once, with words, and every state has one that is due but those in which lines are no commands', () => {
    assert.equal(new Set(commands.map(({ verb }) => verb)).size, commands.length);
    for (const { verb, syntax, text, source, parameters } of commands) {
      assert.ok(syntax.startsWith(verb));
      assert.match(text, /^[A-Z<].*\.$/);
      assert.match(source, /^(RFC|the documentation)/);
      for (const parameter of parameters) assert.ok(parameter.syntax.startsWith(parameter.keyword));
    }
    const due = sessionStates.filter((state) => commands.some(({ states }) => states.includes(state)));
    assert.deepEqual(due, ['connected', 'ready', 'mail', 'recipients', 'chunks']);
  });
});

describe('a session', () => {
  const walk = (...steps: readonly (readonly [line: string, code: number | null])[]): SessionState =>
    steps.reduce<SessionState>((state, [line, code]) => nextState(state, line, code), 'connected');
  const mail = [
    ['EHLO x', 250],
    ['MAIL FROM:<a@x.test>', 250],
    ['RCPT TO:<b@y.test>', 250],
  ] as const;

  test('goes through a mail and is ready again', () => {
    assert.equal(walk(mail[0]), 'ready');
    assert.equal(walk(mail[0], mail[1]), 'mail');
    assert.equal(walk(...mail), 'recipients');
    assert.equal(walk(...mail, ['DATA', 354]), 'data');
    assert.equal(walk(...mail, ['DATA', 354], ['.', 554]), 'ready');
  });

  test('stays where it is when refused', () => {
    assert.equal(walk(mail[0], ['MAIL FROM:<a>', 553]), 'ready');
    assert.equal(walk(...mail, ['RCPT TO:<c@z.test>', 550]), 'recipients');
    assert.equal(walk(...mail, ['DATA', 503]), 'recipients');
    assert.equal(walk(...mail, ['NOOP', null]), 'recipients');
  });

  test('begins anew after STARTTLS, and forgets a mail after RSET', () => {
    assert.equal(walk(mail[0], ['STARTTLS', 220]), 'connected');
    assert.equal(walk(...mail, ['RSET', 250]), 'ready');
    assert.equal(walk(['RSET', 250]), 'connected');
  });

  test('logs in step by step', () => {
    assert.equal(walk(mail[0], ['AUTH LOGIN', 334], ['a2lt', 334]), 'login');
    assert.equal(walk(mail[0], ['AUTH LOGIN', 334], ['a2lt', 334], ['eA==', 535]), 'ready');
    assert.equal(walk(mail[0], ['AUTH PLAIN AGEAYg==', 235]), 'ready');
  });

  test('sends chunks until the last', () => {
    assert.equal(walk(...mail, ['BDAT 5', 250]), 'chunks');
    assert.equal(walk(...mail, ['BDAT 5', 250], ['BDAT 0 LAST', 250]), 'ready');
  });
});
