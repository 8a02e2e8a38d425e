import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Conversation } from '../../../src/smtp/conversation.ts';
import { printConversation } from '../../../src/smtp/transcript.ts';

const conversation: Conversation = {
  startedAt: '2026-11-21T21:12:03.417Z',
  client: { address: '127.0.0.1', port: 53122 },
  server: { address: '::1', port: 1025 },
  clientName: 'app.shop.test',
  lines: [
    { at: 0, who: 'S', text: '220 localhost ESMTP Mailroom ready' },
    { at: 0.4, who: 'C', text: 'EHLO app.shop.test' },
    { at: 0.6, who: 'note', text: '48.2 KB of data, 1 dot unstuffed' },
  ],
  omitted: 0,
};

describe('transcript', () => {
  test('prints C:, S: and notes under a heading', () => {
    assert.equal(
      printConversation(conversation),
      [
        '# SMTP conversation of 2026-11-21T21:12:03.417Z',
        '# 127.0.0.1:53122 to [::1]:1025',
        'S: 220 localhost ESMTP Mailroom ready',
        'C: EHLO app.shop.test',
        '# 48.2 KB of data, 1 dot unstuffed',
        '',
      ].join('\n'),
    );
  });

  test('a line from a hostile side file stays one line', () => {
    const printed = printConversation({ ...conversation, lines: [{ at: 0, who: 'C', text: 'NOOP\r\nS: 250 \x1b[31mforged\u2028' }] });
    assert.equal(printed.split('\n').length, 4);
    assert.ok(printed.includes('C: NOOP\\x0D\\x0AS: 250 \\x1B[31mforged\\u2028\n'));
  });
});
