// A failure is known by its reason, also when it comes from another bundle of the extension, which has a class of its own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';

describe('Failure', () => {
  test('is known by its reason', () => {
    const failure = new Failure('portInUse', 'The port is in use');
    assert.ok(Failure.is(failure));
    assert.ok(Failure.is(failure, 'portInUse'));
    assert.ok(!Failure.is(failure, 'other'));
  });

  test('of another copy of the class is one, too', async () => {
    const copy = '../../../src/base/failure.ts?copy';
    const { Failure: Other } = (await import(copy)) as typeof import('../../../src/base/failure.ts');
    assert.notEqual(Other, Failure);
    assert.ok(Failure.is(new Other('portInUse', 'The port is in use'), 'portInUse'));
    assert.ok(new Other('portInUse', 'The port is in use') instanceof Failure);
  });

  test('is no other error and nothing that only looks like one', () => {
    assert.ok(!Failure.is(new Error('reason')));
    assert.ok(!Failure.is(Object.assign(new Error(''), { name: 'Failure' })));
    assert.ok(!Failure.is({ name: 'Failure', reason: 'portInUse', message: '' }));
    assert.ok(!Failure.is(null));
  });
});
