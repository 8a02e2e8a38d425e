// What is offered after which command and reply.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { afterConnect, afterGreeting, afterReply, afterTls, type SessionState } from '../../../src/session/sessionState.ts';
import { readSnippetFile } from '../../../src/session/snippetFile.ts';
import { suggest } from '../../../src/session/suggest.ts';
import type { Reply } from '../../../src/smtp/reply.ts';

const { snippets } = readSnippetFile(readFileSync(join(import.meta.dirname, '../../../media/snippets/smtp.json'), 'utf8'));

function reply(...texts: string[]): Reply {
  const lines = texts.map((text) => ({
    code: text.slice(0, 3),
    separator: (text[3] ?? '') as '-' | ' ' | '',
    text: text.slice(4),
    raw: Buffer.from(text),
    ending: 'CRLF' as const,
  }));
  return { code: Number(lines.at(-1)?.code), enhanced: null, lines, problems: [], ms: 1 };
}

const ehlo = reply('250-mx.test', '250-SIZE 1000', '250-STARTTLS', '250 PIPELINING');
const greeted = afterGreeting(afterConnect(false));
const ready = afterReply(greeted, 'EHLO a.test', ehlo);

function say(state: SessionState, ...commands: string[]): SessionState {
  return commands.reduce((now, command) => afterReply(now, command, reply(command === 'DATA' ? '354 go' : '250 ok')), state);
}

function labels(state: SessionState, typed = ''): string[] {
  return suggest(state, typed, snippets).map(({ label }) => label);
}

describe('the state of a session', () => {
  test('follows a mail from the greeting to its end', () => {
    const phases: string[] = [];
    let state = greeted;
    for (const command of ['EHLO a', 'MAIL FROM:<>', 'RCPT TO:<a>', 'rcpt to:<b>', 'DATA', '.', 'QUIT']) {
      state = say(state, command);
      phases.push(`${state.phase} ${state.acceptedRecipients}`);
    }
    assert.deepEqual(phases, ['ready 0', 'mail 0', 'recipients 1', 'recipients 2', 'data 2', 'ready 0', 'closed 0']);
  });

  test('refused commands change nothing, and 421 ends it', () => {
    const state = say(ready, 'MAIL FROM:<>');
    assert.equal(afterReply(state, 'RCPT TO:<a>', reply('550 no')).acceptedRecipients, 0);
    assert.equal(afterReply(state, 'NOOP', reply('421 bye')).phase, 'closed');
    assert.equal(afterReply(state, 'RSET', reply('250 ok')).phase, 'ready');
  });

  test('a login goes over its challenges', () => {
    const asked = afterReply(ready, 'AUTH LOGIN', reply('334 x'));
    assert.equal(asked.phase, 'login');
    const done = afterReply(asked, 'eA==', reply('235 ok'));
    assert.deepEqual([done.phase, done.isAuthenticated], ['ready', true]);
    assert.equal(afterReply(asked, '*', reply('501 no')).isAuthenticated, false);
  });

  test('TLS makes the server forget', () => {
    const agreed = afterReply(ready, 'STARTTLS', reply('220 go'));
    assert.equal(agreed.isTlsDue, true);
    const state = afterTls(agreed);
    assert.deepEqual(
      [state.phase, state.extensions, state.isHelloDueAgain, state.isEncrypted, state.isTlsDue],
      ['connected', null, true, true, false],
    );
  });
});

describe('suggestions', () => {
  test('begin with what comes next', () => {
    assert.equal(labels(greeted)[0], 'EHLO');
    assert.equal(labels(ready)[0], 'MAIL');
    assert.equal(labels(say(ready, 'MAIL FROM:<>'))[0], 'RCPT');
    assert.equal(labels(say(ready, 'MAIL FROM:<>', 'RCPT TO:<a>'))[0], 'DATA');
  });

  test('after RCPT a D is all the ways of DATA', () => {
    assert.deepEqual(labels(say(ready, 'MAIL FROM:<>', 'RCPT TO:<a>'), 'D'), [
      'DATA',
      'DATA plain message',
      'DATA HTML with text',
      'DATA with attachment',
      'DATA from a file',
    ]);
  });

  test('with nothing typed only what is due and offered; typed, all, with what is not due last', () => {
    assert.ok(!labels(ready).includes('DATA'));
    assert.ok(!labels(ready).includes('BDAT'));
    assert.ok(labels(ready).includes('STARTTLS'));
    assert.ok(!labels(ready).includes('AUTH PLAIN'));
    assert.deepEqual(
      suggest(ready, 'bdat', snippets).map(({ label, standing }) => `${label} ${standing}`),
      ['BDAT notOffered'],
    );
    assert.equal(suggest(ready, 'auth-p', snippets)[0]?.standing, 'notOffered');
  });

  test('after STARTTLS say that EHLO is due again', () => {
    const [first] = suggest(afterTls(afterReply(ready, 'STARTTLS', reply('220 go'))), '', []);
    assert.equal(first?.label, 'EHLO');
    assert.match(first?.detail ?? '', /due again/);
  });

  test('by prefix, name, or text, in any case', () => {
    assert.ok(labels(ready, 'mail-s').includes('MAIL with SIZE'));
    assert.ok(labels(ready, 'relay probe: b').includes('Relay probe: bang path'));
    assert.ok(labels(ready, 'mail from:<s').includes('MAIL'));
    assert.deepEqual(labels(ready, 'xyz'), []);
  });

  test('in a message only its end, in a login only giving up', () => {
    assert.deepEqual(labels(say(ready, 'MAIL FROM:<>', 'RCPT TO:<a>', 'DATA')), ['.']);
    assert.deepEqual(labels(afterReply(ready, 'AUTH LOGIN', reply('334 x'))), ['*']);
  });

  test('parameters that the server offers, each once', () => {
    assert.ok(labels(ready, 'MAIL FROM:<a@x.test> ').includes('SIZE'));
    assert.ok(!labels(ready, 'MAIL FROM:<a@x.test> ').includes('BODY'));
    assert.deepEqual(labels(ready, 'MAIL FROM:<a@x.test> SIZE=1 s'), []);
    assert.equal(suggest(ready, 'mail from:<$a> si', [])[0]?.body, 'mail from:<\\$a> SIZE=$1');
  });
});
