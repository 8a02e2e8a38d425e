import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeLink } from '../../../src/ui/viewer/links.ts';

describe('links of a mail', () => {
  for (const [href, address] of [
    ['https://shop.test/track?a=1#x', 'https://shop.test/track?a=1#x'],
    ['  HTTP://shop.test  ', 'http://shop.test/'],
    ['//shop.test/x', 'https://shop.test/x'],
    ['mailto:kim@example.com?subject=Hello', 'mailto:kim@example.com?subject=Hello'],
  ] as const) {
    test(`${href} is opened`, () => assert.deepEqual(judgeLink(href), { kind: 'open', address }));
  }

  for (const href of [
    'javascript:alert(1)',
    ' java\nscript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'file:///etc/passwd',
    'command:workbench.action.quit',
    'vscode://evil.test/run',
    'data:text/html,<script>1</script>',
    'vbscript:x',
    'blob:https://shop.test/1',
    'ftp://shop.test/x',
    'tel:+123',
  ]) {
    test(`${JSON.stringify(href)} is refused for its scheme`, () => {
      assert.deepEqual(judgeLink(href), { kind: 'refused', reason: 'scheme' });
    });
  }

  for (const href of ['', '/account', 'account.html', '?a=b', '\\\\', 'https://', '{{ url }}']) {
    test(`${JSON.stringify(href)} is refused as no address`, () => {
      assert.deepEqual(judgeLink(href), { kind: 'refused', reason: 'incomplete' });
    });
  }
});
