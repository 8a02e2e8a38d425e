// ui: values of settings.json held against their schema, and the drop folder that they mean.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { indexFileOf, resolveDropFolder } from '../../../src/ui/dropFolder.ts';
import { isLoopback } from '../../../src/ui/server/loopback.ts';
import { acceptedValue } from '../../../src/ui/settingValue.ts';

describe('a value of settings.json', () => {
  const port = { type: 'integer', default: 1025, minimum: 1, maximum: 65535 } as const;
  test('is taken as it is when the schema allows it', () => assert.equal(acceptedValue(2525, port), 2525));
  test('outside of the limits becomes the nearest limit', () => {
    assert.equal(acceptedValue(70_000, port), 65535);
    assert.equal(acceptedValue(-1, port), 1);
  });
  test('that is no whole number is rounded where one is needed', () => {
    assert.equal(acceptedValue(25.4, port), 25);
    assert.equal(acceptedValue(0.5, { type: 'number', default: 50 }), 0.5);
  });
  test('of another type gives the default', () => {
    for (const wrong of ['2525', null, undefined, Number.NaN, Number.POSITIVE_INFINITY, {}, true])
      assert.equal(acceptedValue(wrong, port), 1025);
    assert.equal(acceptedValue(5, { type: 'string', default: 'x' }), 'x');
  });
  test('that is a switch is taken when it is one; of a list nothing is dropped in silence', () => {
    assert.equal(acceptedValue(true, { type: 'boolean', default: false }), true);
    assert.equal(acceptedValue('yes', { type: 'boolean', default: false }), false);
    const list = { type: 'array', default: [], maxItems: 2 } as const;
    assert.deepEqual(acceptedValue(['a', 5, 'c'], list), ['a', '5']);
    assert.deepEqual(acceptedValue('a', list), ['a']);
    assert.deepEqual(acceptedValue(5, list), []);
  });
  test('that is an object is taken when it is one', () => {
    const snippets = { type: 'object', default: {} } as const;
    const written = { Mail: { body: 'MAIL FROM:<a@x.test>' } };
    assert.equal(acceptedValue(written, snippets), written);
    for (const wrong of [null, [], 'text', 5, undefined]) assert.deepEqual(acceptedValue(wrong, snippets), {});
  });
  test('that is not among the choices gives the default', () => {
    const schema = { type: 'string', default: 'day', enum: ['none', 'day'] } as const;
    assert.equal(acceptedValue('none', schema), 'none');
    assert.equal(acceptedValue('week', schema), 'day');
  });
});

describe('the drop folder', () => {
  const places = { storage: '/storage', home: '/home/me', workspaceFolder: '/work/app' };
  const resolve = (setting: string, port = 1025) => resolveDropFolder(setting, port, places);
  test('is one of the port by default, so that projects do not mix', () => {
    assert.equal(resolve('', 1025), join('/storage', 'drop', '1025'));
    assert.equal(resolve('  ', 2525), join('/storage', 'drop', '2525'));
  });
  test('understands home and workspace folder', () => {
    assert.equal(resolve('~'), '/home/me');
    assert.equal(resolve('~/mail'), '/home/me/mail');
    assert.equal(resolve('$'.concat('{workspaceFolder}/tmp/mail')), '/work/app/tmp/mail');
    assert.equal(resolve('tmp/mail'), '/work/app/tmp/mail');
    assert.equal(resolve('/var/mail/../drop'), '/var/drop');
  });
  test('takes a $ in the name of the workspace folder as it is', () => {
    assert.equal(resolveDropFolder('$'.concat('{workspaceFolder}/mail'), 1, { ...places, workspaceFolder: '/a/$&b' }), '/a/$&b/mail');
  });
  test('says so when there is no workspace folder', () => {
    for (const setting of ['mail', '$'.concat('{workspaceFolder}/mail')]) {
      assert.throws(
        () => resolveDropFolder(setting, 1025, { ...places, workspaceFolder: undefined }),
        (error) => Failure.is(error, 'noWorkspaceFolder'),
      );
    }
  });
  test('has an index of its own, outside of it', () => {
    const one = indexFileOf('/var/drop', places);
    assert.match(one, /^\/storage\/index\/[0-9a-f]{64}\.sqlite$/);
    assert.notEqual(one, indexFileOf('/var/drop2', places));
  });
});

describe('a loopback address', () => {
  test('is one that only this machine reaches', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1']) assert.equal(isLoopback(host), true, host);
    for (const host of ['0.0.0.0', '::', '192.168.1.4', '128.0.0.1', 'fe80::1', 'example.test', ''])
      assert.equal(isLoopback(host), false, host);
  });
});
