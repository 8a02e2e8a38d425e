// ui/inbox: what a row says.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MailSummary } from '../../../src/protocol/engine.ts';
import { describeInFull, describeMail, type RowContext } from '../../../src/ui/inbox/rows.ts';
import { createTimes } from '../../../src/ui/inbox/times.ts';
import { english } from './english.ts';

const now = Date.parse('2026-11-21T20:30:00Z');
const context: RowContext = {
  l10n: english,
  times: createTimes(english, 'en-GB', 'UTC'),
  now,
  isOneDay: true,
  search: '',
  maxMessageSize: 50 * 1024 * 1024,
};
const mail: MailSummary = {
  key: 'a.eml',
  subject: 'Confirm your address',
  from: { name: 'App', address: 'hello@app.test' },
  to: [{ name: '', address: 'you@example.test' }],
  arrivedAt: now - 2 * 60_000,
  size: 2048,
  attachments: 0,
  isRead: false,
  state: 'ok',
  problem: null,
  isCaught: true,
};

describe('a row', () => {
  test('has the subject, then time and sender', () => {
    const row = describeMail(mail, context);
    assert.equal(row.label, 'Confirm your address');
    assert.equal(row.description, '2 min · hello@app.test');
    assert.equal(row.icon, 'unread');
    assert.equal(row.spoken, 'Unread, Confirm your address, from hello@app.test, 2 minutes ago');
  });
  test('counts attachments', () => {
    assert.equal(describeMail({ ...mail, attachments: 1 }, context).description, '2 min · hello@app.test · 1 file');
    assert.equal(describeMail({ ...mail, attachments: 3 }, context).description, '2 min · hello@app.test · 3 files');
  });
  test('says that it was read by its icon and in words', () => {
    const row = describeMail({ ...mail, isRead: true }, context);
    assert.equal(row.icon, 'read');
    assert.match(row.spoken, /^Read, /);
  });
  test('says that there is no subject, also for one of blanks only', () => {
    assert.equal(describeMail({ ...mail, subject: null }, context).label, '(no subject)');
    assert.equal(describeMail({ ...mail, subject: ' \t ' }, context).label, '(no subject)');
  });
  test('leaves out what is not known', () => assert.equal(describeMail({ ...mail, from: null }, context).description, '2 min'));
  test('names what cannot be read, and why', () => {
    const row = describeMail({ ...mail, subject: null, state: 'unreadable', problem: 'no end of header' }, context);
    assert.deepEqual(
      [row.label, row.description, row.icon],
      ['(cannot be read)', '2 min · no end of header · hello@app.test', 'unreadable'],
    );
  });
  test('names a file of another program that cannot be read by its name', () => {
    const foreign = { ...mail, key: 'dump\u202e.eml', subject: null, state: 'unreadable', problem: 'no header', isCaught: false } as const;
    assert.equal(describeMail(foreign, context).label, 'dump .eml');
  });
  test('names why a mail was refused in words, and the reply', () => {
    const refused = (problem: string) => describeMail({ ...mail, state: 'refused', problem }, context);
    const large = refused('552 5.3.4 Message is larger than the limit');
    assert.deepEqual(
      [large.label, large.description, large.icon],
      ['Refused: larger than 50 MB', '2 min · 552 5.3.4 · hello@app.test', 'refused'],
    );
    assert.equal(refused('452 4.3.1 Insufficient system storage').label, 'Refused: no room on the disk');
    assert.equal(refused('550 5.7.1 Unable to relay.').label, 'Refused: Unable to relay');
    assert.equal(refused('554').label, 'Refused: Confirm your address');
    const cut = refused('the connection ended in DATA');
    assert.deepEqual(
      [cut.label, cut.description],
      ['Not received: Confirm your address', '2 min · the connection ended in DATA · hello@app.test'],
    );
  });
  test('is one line of bounded length without control characters or marks of direction', () => {
    const { label } = describeMail({ ...mail, subject: `a\r\nb\u202Ecod.exe\u2066\u0007${'x'.repeat(1000)}` }, context);
    assert.match(label, /^a b cod\.exe x+…$/);
    assert.equal([...label].length, 250);
  });
  test('does not cut a letter in two', () => {
    const { label } = describeMail({ ...mail, subject: '📬'.repeat(400) }, context);
    assert.equal(label, `${'📬'.repeat(249)}…`);
  });
});

describe('highlights', () => {
  const marked = (subject: string, search: string) =>
    describeMail({ ...mail, subject }, { ...context, search }).highlights.map(([from, to]) => subject.slice(from, to));
  test('mark each word wherever it stands, whatever its case', () =>
    assert.deepEqual(marked('Invoice for invoices', 'INVOICE for'), ['Invoice', 'for', 'invoice']));
  test('mark the longer of two that begin at one place', () => assert.deepEqual(marked('reset password', 'pass password'), ['password']));
  test('take signs literally', () => assert.deepEqual(marked('a.c abc (x)', 'a.c (x)'), ['a.c', '(x)']));
  test('are none without a search or a hit', () => {
    assert.deepEqual(marked('Invoice', ''), []);
    assert.deepEqual(marked('Invoice', 'receipt'), []);
  });
});

describe('the tooltip', () => {
  test('has what the row has no room for', () => {
    const lines = describeInFull({ ...mail, problem: 'no end of header' }, context).split('\n');
    assert.deepEqual(lines.slice(0, 3), ['Confirm your address', 'From App <hello@app.test>', 'To you@example.test']);
    assert.deepEqual(lines.slice(4), ['2.0 KB', 'no end of header']);
  });
  test('names at most ten recipients', () => {
    const to = Array.from({ length: 12 }, (_, index) => ({ name: '', address: `r${index}@x.test` }));
    assert.match(describeInFull({ ...mail, to }, context), /r9@x\.test, …\n/);
  });
});
