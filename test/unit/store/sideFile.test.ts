// store: a side file gives back what was put in, and nothing that was not meant.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeSideFile, encodeSideFile } from '../../../src/store/sideFile.ts';
import { makeDelivery } from './fixture.ts';

/** The text of a side file with one value changed; the path as in "envelope.to.0.address". */
function withValue(path: string, value: unknown): string {
  const file = JSON.parse(encodeSideFile(makeDelivery())) as { delivery: Record<string, unknown> };
  const steps = path.split('.');
  let target: Record<string, unknown> = file.delivery;
  for (const step of steps.slice(0, -1)) target = target[step] as Record<string, unknown>;
  target[steps.at(-1) ?? ''] = value;
  return JSON.stringify(file);
}

describe('a side file', () => {
  test('gives back the delivery', () => {
    for (const delivery of [
      makeDelivery(),
      makeDelivery({ outcome: 'aborted', reply: null, tls: null, login: null, envelope: { from: null, to: [] } }),
    ]) {
      assert.deepEqual(decodeSideFile(encodeSideFile(delivery)), delivery);
    }
  });

  test('of another version is not read', () => {
    assert.equal(decodeSideFile(encodeSideFile(makeDelivery()).replace('"version":1', '"version":2')), null);
  });

  test('loses what nobody asked for', () => {
    const delivery = decodeSideFile(withValue('extra', 'x'));
    assert.deepEqual(delivery, makeDelivery());
  });

  test('cannot reach a prototype', () => {
    const text = encodeSideFile(makeDelivery()).replace('"SIZE"', '"__proto__"');
    const parameters = decodeSideFile(text)?.envelope.from?.parameters;
    assert.deepEqual(Object.keys(parameters ?? {}), ['__proto__', 'SMTPUTF8']);
    assert.equal(Object.getPrototypeOf(parameters), Object.prototype);
  });

  for (const text of ['', 'null', '[]', '1', '{}', '{"version":1}', '{"version":1,"delivery":[]}', '{"version":1,', '['.repeat(100_000)]) {
    test(`that is malformed is none: ${text.slice(0, 40)}`, () => assert.equal(decodeSideFile(text), null));
  }

  for (const [path, value] of [
    ['outcome', 'lost'],
    ['reply', 250],
    ['receivedAt', 'yesterday'],
    ['size', -1],
    ['octetsReceived', 1.5],
    ['envelope', null],
    ['envelope.from', 'a@x.test'],
    ['envelope.to', {}],
    ['envelope.to.0.address', null],
    ['envelope.to.0.parameters', { SIZE: 5 }],
    ['tls', true],
    ['login.username', {}],
    ['lineEndings.bareCr', '0'],
    ['lineEndings.firstLine', 'x'],
    ['dotsUnstuffed', null],
    ['conversation.client.port', '1'],
    ['conversation.lines', 'EHLO'],
    ['conversation.lines.0.who', 'X'],
    ['conversation.lines.0.at', null],
    ['conversation.omitted', undefined],
  ] as const) {
    test(`is none when ${path} is ${JSON.stringify(value)}`, () => assert.equal(decodeSideFile(withValue(path, value)), null));
  }
});
