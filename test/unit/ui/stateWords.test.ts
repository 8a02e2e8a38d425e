// ui: the state of the server in words.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerState } from '../../../src/protocol/engine.ts';
import { addressOf, describeCounts, describePlace, describeState } from '../../../src/ui/stateWords.ts';
import { english } from './english.ts';

const words = (state: ServerState, host = 'localhost') => [describePlace(state, host, english), describeState(state, host, english)];

describe('the state of the server', () => {
  test('listening', () =>
    assert.deepEqual(words({ kind: 'listening', port: 1025, addresses: ['127.0.0.1', '::1'] }), [
      '127.0.0.1:1025',
      'listening on 127.0.0.1:1025',
    ]));
  test('another window listens', () =>
    assert.deepEqual(words({ kind: 'shared', port: 1025 }), ['127.0.0.1:1025', 'another window listens on 127.0.0.1:1025']));
  test('starting', () => assert.deepEqual(words({ kind: 'starting', port: 1025 }), ['starting', 'starting on port 1025']));
  test('stopped', () => assert.deepEqual(words({ kind: 'stopped' }), ['stopped', 'stopped']));
  test('the port belongs to somebody else', () => {
    assert.deepEqual(words({ kind: 'portInUse', port: 1025, freePort: 1026, owner: 'program' }), [
      'port 1025 in use',
      'port 1025 is in use by another program',
    ]);
    assert.match(words({ kind: 'portInUse', port: 1025, freePort: 1026, owner: 'mailroom' })[1]!, /another drop folder/);
  });
  test('failed, with the reason in words', () => {
    const failed = (reason: string) => words({ kind: 'failed', port: 25, reason, message: 'EWHAT' }, '192.0.2.1')[1];
    assert.equal(failed('portNotAllowed'), 'this user may not listen on port 25');
    assert.equal(failed('addressNotAvailable'), '192.0.2.1 is no address of this machine');
    assert.equal(failed('dropFolderFailed'), 'the drop folder cannot be used');
    assert.equal(failed('listenFailed'), 'cannot listen on port 25 (EWHAT)');
  });
});

test('an IPv6 address stands in brackets before its port', () => {
  assert.equal(addressOf({ kind: 'listening', port: 25, addresses: ['::1'] }, '::1'), '[::1]:25');
});

test('mails are counted in words', () => {
  const counts = (total: number, unread: number) => describeCounts({ total, unread }, 'en-GB', english);
  assert.deepEqual(
    [counts(0, 0), counts(1, 0), counts(1, 1), counts(1204, 4)],
    ['No mail', '1 mail', '1 mail, 1 unread', '1,204 mails, 4 unread'],
  );
});
