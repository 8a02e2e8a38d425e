// base: calls and events over a real MessageChannel.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { Failure } from '../../../src/base/failure.ts';
import { connect, eventBatcher, serve } from '../../../src/base/rpc.ts';

interface Sums {
  add(a: number, b: number): Promise<number>;
  octets(): Promise<Uint8Array>;
  fail(): Promise<void>;
  crash(): Promise<void>;
}

const channels: MessageChannel[] = [];
function channel(): MessageChannel {
  const made = new MessageChannel();
  channels.push(made);
  return made;
}
afterEach(() => {
  for (const { port1 } of channels.splice(0)) port1.close();
});

const sums: Sums = {
  add: async (a, b) => a + b,
  octets: async () => new Uint8Array([0, 255]),
  fail: async () => {
    throw new Failure('tooMuch', 'It is too much', { limit: 3 });
  },
  crash: async () => {
    throw new TypeError('broken');
  },
};

function sumsOver({ port1, port2 }: MessageChannel): ReturnType<typeof connect<Sums>> {
  serve<Sums>(port1, sums);
  return connect<Sums>(port2);
}

describe('calls', () => {
  test('arguments go over and results come back, in any order', async () => {
    const { api } = sumsOver(channel());
    assert.deepEqual(await Promise.all([api.add(1, 2), api.add(3, 4)]), [3, 7]);
    assert.deepEqual(await api.octets(), new Uint8Array([0, 255]));
  });

  test('a Failure keeps its reason and data', async () => {
    const { api } = sumsOver(channel());
    await assert.rejects(
      api.fail(),
      (error) => Failure.is(error, 'tooMuch') && error.data['limit'] === 3 && error.message === 'It is too much',
    );
  });

  test('any other error arrives as an internal Failure', async () => {
    const { api } = sumsOver(channel());
    await assert.rejects(api.crash(), (error) => Failure.is(error, 'internal') && error.message === 'broken');
  });

  test('a call that does not exist, also one that every object inherits, is refused', async () => {
    const { port1, port2 } = channel();
    serve<Sums>(port1, sums);
    const { api } = connect<Sums & { toString(): Promise<string>; nothing(): Promise<void> }>(port2);
    await assert.rejects(api.nothing(), (error) => Failure.is(error, 'unknownCall'));
    await assert.rejects(Promise.resolve(api.toString()), (error) => Failure.is(error, 'unknownCall'));
  });

  test('after the end, pending and later calls reject', async () => {
    const { port2 } = channel();
    const { api, end } = connect<Sums>(port2);
    const pending = api.add(1, 1);
    end(new Failure('gone', 'The other side has gone'));
    await assert.rejects(pending, (error) => Failure.is(error, 'gone'));
    await assert.rejects(api.add(1, 1), (error) => Failure.is(error, 'gone'));
  });
});

describe('events', () => {
  test('a flood arrives complete, in order and in few messages', async () => {
    const { port1, port2 } = channel();
    const batches: number[][] = [];
    const done = Promise.withResolvers<void>();
    connect<Sums>(port2, (events) => {
      batches.push(events as number[]);
      if (events.at(-1) === 999) done.resolve();
    });
    const send = eventBatcher<number>(port1, 10);
    for (let n = 0; n < 1000; n++) send(n);
    await done.promise;
    assert.deepEqual(
      batches.flat(),
      Array.from({ length: 1000 }, (_, n) => n),
    );
    assert.ok(batches.length <= 3, `${batches.length} messages`);
  });

  test('are heard before the answer of the call that caused them', async () => {
    const { port1, port2 } = channel();
    const send = eventBatcher<string>(port1, 60_000);
    serve(port1, { say: async (word: string) => send(word) }, send.flush);
    const heard: unknown[] = [];
    const { api } = connect<{ say(word: string): Promise<void> }>(port2, (events) => heard.push(...events));
    await api.say('one');
    assert.deepEqual(heard, ['one']);
    await api.say('two');
    assert.deepEqual(heard, ['one', 'two']);
  });
});
