import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RemoteTally, readSourceSet, sortAddress } from '../../../src/webview/addresses.ts';

describe('addresses in the HTML of a mail', () => {
  for (const [address, kind] of [
    ['http://a.test/x', 'remote'],
    [' HTTPS://a.test ', 'remote'],
    ['//a.test/x', 'remote'],
    ['\\\\a.test\\x', 'remote'],
    ['cid:logo@a.test', 'cid'],
    ['data:image/png;base64,AA==', 'data'],
    ['#shape', 'fragment'],
    ['picture.png', 'other'],
    ['/picture.png', 'other'],
    ['', 'other'],
    ['blob:https://a.test/1', 'other'],
    ['javascript:1', 'other'],
    ['file:///etc/passwd', 'other'],
    ['http://', 'other'],
  ] as const) {
    test(`${JSON.stringify(address)} is ${kind}`, () => assert.equal(sortAddress(address).kind, kind));
  }

  test('a Content-ID is decoded, and loses the brackets that some programs leave', () => {
    assert.deepEqual(sortAddress('cid:%3Ca%20b@c%3E'), { kind: 'cid', id: 'a b@c' });
    assert.deepEqual(sortAddress('CID:100%'), { kind: 'cid', id: '100%' });
  });

  test('a srcset is read with descriptors, commas in addresses and none between', () => {
    assert.deepEqual(readSourceSet(' a.png 1x, b,c.png 2x,d.png,\n e.png 600w '), [
      { address: 'a.png', descriptor: '1x' },
      { address: 'b,c.png', descriptor: '2x' },
      { address: 'd.png', descriptor: '' },
      { address: 'e.png', descriptor: '600w' },
    ]);
    assert.deepEqual(readSourceSet(','.repeat(1_000_000)), []);
  });

  test('each address counts once, hosts are told with the most frequent first', () => {
    const tally = new RemoteTally();
    for (const address of ['http://b.test/1', 'http://a.test/1', 'http://a.test/2', 'http://a.test/2']) tally.add(new URL(address), true);
    assert.equal(tally.count, 3);
    assert.equal(tally.areAllImages, true);
    assert.deepEqual(tally.hosts('all'), [
      { host: 'a.test', count: 2 },
      { host: 'b.test', count: 1 },
    ]);
  });

  test('what is never loaded counts as blocked, not as loadable', () => {
    const tally = new RemoteTally();
    tally.add(new URL('http://a.test/1'), true);
    tally.addRemoved(new URL('http://f.test/frame'));
    assert.deepEqual([tally.count, tally.loadableCount, tally.areAllImages], [2, 1, false]);
    assert.deepEqual(tally.hosts('loadable'), [{ host: 'a.test', count: 1 }]);
  });
});
