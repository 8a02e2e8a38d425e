// Many waits on one connection: each ends in its own time and by its own signal, although they share a timer and listeners.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../../src/base/failure.ts';
import { WaitingLine } from '../../../src/smtp/waitingLine.ts';

const patience = 20_000;

function createLine(): WaitingLine<string> {
  return new WaitingLine((timeout) => new Failure('replyTimeout', `${timeout} ms`));
}

/** "served x", or the reason and message of the failure. */
function outcome(waiting: Promise<string>): Promise<string> {
  return waiting.then(
    (value) => `served ${value}`,
    (error: unknown) => (Failure.is(error) ? `${error.reason} ${error.message}` : String(error)),
  );
}

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('a waiting line', () => {
  test('serves in the order of arrival, and says when nobody waits', async () => {
    const line = createLine();
    assert.equal(line.serve('too early'), false);
    const waits = [1, 2].map(() => outcome(line.wait({ timeout: patience })));
    assert.ok(line.serve('a') && line.serve('b'));
    assert.deepEqual(await Promise.all(waits), ['served a', 'served b']);
    assert.equal(line.serve('too late'), false);
    line.rejectAll(new Failure('connectionClosed', 'end'));
  });

  test('lets a short wait end before a long one that came first, and the long one in its time', async () => {
    const line = createLine();
    const ended: string[] = [];
    const waits = [60, 20, Number.POSITIVE_INFINITY].map((timeout) =>
      outcome(line.wait({ timeout })).then((text) => void ended.push(text)),
    );
    await waits[1];
    assert.deepEqual(ended, ['replyTimeout 20 ms']);
    await waits[0];
    assert.deepEqual(ended, ['replyTimeout 20 ms', 'replyTimeout 60 ms']);
    assert.ok(line.serve('last'));
    await waits[2];
    assert.equal(ended[2], 'served last');
  });

  test('does not end a wait by the time of one that was served', async () => {
    const line = createLine();
    const first = outcome(line.wait({ timeout: 20 }));
    line.serve('a');
    const second = outcome(line.wait({ timeout: patience }));
    await delay(40);
    assert.ok(line.serve('b'));
    assert.deepEqual([await first, await second], ['served a', 'served b']);
    line.rejectAll(new Failure('connectionClosed', 'end'));
  });

  test('cancels only those whose signal it was', async () => {
    const line = createLine();
    const [mine, yours] = [new AbortController(), new AbortController()];
    const waits = [mine, yours, mine].map(({ signal }) => outcome(line.wait({ timeout: patience, signal })));
    mine.abort();
    assert.match(await Promise.race(waits), /^cancelled/);
    assert.match((await waits[2]) ?? '', /^cancelled/);
    assert.ok(line.serve('x'));
    assert.equal(await waits[1], 'served x');
    line.rejectAll(new Failure('connectionClosed', 'end'));
  });

  test('listens once to a signal however often it is used, and no longer than needed', () => {
    const line = createLine();
    const [first, second] = [new AbortController().signal, new AbortController().signal];
    for (let count = 0; count < 100; count++) {
      void line.wait({ timeout: patience, signal: first });
      line.serve('x');
    }
    assert.equal(listeners(first), 1);
    void outcome(line.wait({ timeout: patience, signal: second }));
    assert.deepEqual([listeners(first), listeners(second)], [0, 1]);
    line.rejectAll(new Failure('connectionClosed', 'end'));
    assert.equal(listeners(second), 0);
  });

  test('sends everybody away at the end', async () => {
    const line = createLine();
    const waits = [5000, Number.POSITIVE_INFINITY].map((timeout) => outcome(line.wait({ timeout })));
    line.rejectAll(new Failure('connectionClosed', 'end'));
    assert.deepEqual(await Promise.all(waits), ['connectionClosed end', 'connectionClosed end']);
    assert.equal(line.serve('too late'), false);
  });
});
