// The questions about relaying from the words of a person to a report.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { understand } from '../../../src/checks/question.ts';
import type { Progress, Question } from '../../../src/checks/report.ts';
import { runWith } from './domainRun.ts';
import { finding, levelsOf, serveReplies, usual } from './serverFixture.ts';

const greeting = '220 mx.mailroom.test ESMTP';
const relay = (subject: string, options: Question['options'] = {}): Question => ({ kind: 'relay', subject, options });

describe('a question about relaying', () => {
  test('is asked of one address, and names the other', async () => {
    await using server = await serveReplies(greeting, usual);
    const report = await runWith(relay(`localhost:${server.port}`, { domain: 'good.test' }), {});
    const found = finding(report.findings, 'relay');
    assert.equal(found.level, 'pass');
    assert.equal(found.target.address, '127.0.0.1');
    assert.deepEqual(found.evidence.at(-1), { label: 'Not tested', text: '::1' });
    assert.deepEqual(report.probedFrom, ['127.0.0.1']);
  });

  test('takes the foreign domain from the settings, in any script', async () => {
    await using server = await serveReplies(greeting, usual);
    const report = await runWith(relay(`127.0.0.1:${server.port}`), { foreignDomain: ' Bücher.example ' });
    assert.equal(finding(report.findings, 'relay').relay?.[2]?.to, '<relaytest@xn--bcher-kva.example>');
  });

  test('is not asked with a foreign domain that is none', async () => {
    await using server = await serveReplies(greeting, usual);
    for (const foreignDomain of ['', 'two words', '192.0.2.1', 'a>\r\nDATA'])
      await assert.rejects(
        runWith(relay(`127.0.0.1:${server.port}`), { foreignDomain }),
        (error) => Failure.is(error, 'badForeignDomain') && error.message.includes('mailroom.checks.foreignDomain'),
        foreignDomain,
      );
    assert.deepEqual(server.heard, []);
  });

  test('is answered with a sentence about relaying, not about mail that works', async () => {
    await using server = await serveReplies(greeting, (line, count) => (/^RCPT/.test(line) ? '250 Ok' : usual(line, count)));
    const { verdict } = await runWith(relay(`127.0.0.1:${server.port}`), { isLab: false });
    assert.equal(verdict, `A warning: 127.0.0.1:${server.port} relays mail from 127.0.0.1.`);
  });

  test('tells in its row how far it is', async () => {
    await using server = await serveReplies(greeting, usual);
    const rows: string[] = [];
    const onProgress = ({ activities }: Progress): void => void rows.push(...activities.map(({ title, detail }) => `${title}: ${detail}`));
    await runWith(relay(`127.0.0.1:${server.port}`), { onProgress });
    assert.ok(rows.includes('Relay tests: 9 of 20 tests, all refused so far'), [...new Set(rows)].join('\n'));
  });
});

describe('a question about proof by delivery', () => {
  const proof = (text: string, options: Question['options']) => understand('relayProof', text, options);

  test('needs the domain whose mail arrives here', () => {
    assert.deepEqual(proof('mx1.example.com', {}), { refusal: 'A domain is needed whose mail arrives at this Mailroom.' });
    assert.ok('refusal' in proof('mx1.example.com', { recipientDomain: 'two words' }));
    assert.ok('refusal' in proof('mx1.example.com', { recipientDomain: '192.0.2.1' }));
    assert.deepEqual(proof('MX1.example.com:2525', { recipientDomain: 'kim@Catch.Example', domain: 'Example.COM' }), {
      question: {
        kind: 'relayProof',
        subject: 'mx1.example.com:2525',
        options: { recipientDomain: 'catch.example', domain: 'example.com' },
      },
    });
  });

  test('without a server of our own sends nothing and says so', async () => {
    await using server = await serveReplies(greeting, usual);
    const question: Question = {
      kind: 'relayProof',
      subject: `127.0.0.1:${server.port}`,
      options: { recipientDomain: 'catch.test', tests: '1' },
    };
    const report = await runWith(question, {});
    assert.deepEqual(levelsOf(report.findings), ['relay-proof skipped']);
    assert.match(report.verdict, /the Mailroom server does not run/);
    assert.deepEqual(server.heard, []);
  });
});
