// base: events and ownership.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DisposableStore, toDisposable } from '../../../src/base/disposable.ts';
import { Emitter } from '../../../src/base/event.ts';

describe('Emitter', () => {
  test('tells every listener until it is disposed', () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    const first = emitter.event((value) => heard.push(`a${value}`));
    emitter.event((value) => heard.push(`b${value}`));
    emitter.fire(1);
    first.dispose();
    emitter.fire(2);
    emitter.dispose();
    emitter.fire(3);
    assert.deepEqual(heard, ['a1', 'b1', 'b2']);
  });

  test('a listener that throws does not keep the others from hearing', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<number>((error) => errors.push(error));
    const heard: number[] = [];
    const failure = new Error('no');
    emitter.event(() => {
      throw failure;
    });
    emitter.event((value) => heard.push(value));
    emitter.fire(7);
    assert.deepEqual(heard, [7]);
    assert.deepEqual(errors, [failure]);
  });

  test('the same function may listen twice and is removed once', () => {
    const emitter = new Emitter<void>();
    let count = 0;
    const listener = (): void => void count++;
    const one = emitter.event(listener);
    emitter.event(listener);
    one.dispose();
    emitter.fire();
    assert.equal(count, 1);
  });
});

describe('DisposableStore', () => {
  test('ends the newest first and each once', () => {
    const ended: number[] = [];
    const store = new DisposableStore();
    store.add(toDisposable(() => ended.push(1)));
    store.add(toDisposable(() => ended.push(2)));
    store.dispose();
    store.dispose();
    assert.deepEqual(ended, [2, 1]);
  });

  test('what is added after the end is ended at once', () => {
    const store = new DisposableStore();
    store.dispose();
    let ended = false;
    store.add(toDisposable(() => (ended = true)));
    assert.ok(ended);
    assert.ok(store.isDisposed);
  });
});
