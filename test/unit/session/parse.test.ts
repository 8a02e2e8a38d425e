// What a .smtp text is, with the exact places of everything in it, and what is wrong with wrong ones.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseScript } from '../../../src/session/parse.ts';
import { printScript, type Script } from '../../../src/session/script.ts';

const sample = [
  '# Relay must be refused',
  '@connect {{host}}:{{port}}',
  '@var host = 127.0.0.1',
  'S: 220',
  'C: EHLO client.example',
  'S: 250-SIZE',
  'MAIL FROM:<a@example.com>',
  'S: 250',
  '',
].join('\n');

function lines(text: string): string[] {
  return parseScript(text).lines.map((line) => ('content' in line ? `${line.kind}:${line.content}` : line.kind));
}

function codes(text: string): string[] {
  return parseScript(text).diagnostics.map(({ code, range }) => `${code} ${range.line}:${range.start}-${range.end}`);
}

function names(script: Script): (string | null)[] {
  return script.conversations.map(({ name }) => name);
}

describe('parsing', () => {
  test('the example of the notation has nothing wrong', () => {
    const script = parseScript(sample);
    assert.deepEqual(script.diagnostics, []);
    assert.deepEqual(lines(sample), [
      'comment',
      'directive',
      'directive',
      'expectation:220',
      'client:EHLO client.example',
      'expectation:250-SIZE',
      'client:MAIL FROM:<a@example.com>',
      'expectation:250',
      'blank',
    ]);
  });

  test('ranges are those of the editor, in UTF-16 units', () => {
    const [line] = parseScript('  C: RCPT TO:<😀@x.test>').lines;
    assert.ok(line?.kind === 'client');
    assert.deepEqual(line.markRange, { line: 0, start: 2, end: 4 });
    assert.deepEqual(line.contentRange, { line: 0, start: 5, end: 24 });
    assert.equal(line.verb, 'RCPT');
    assert.equal(line.text.slice(line.contentRange.start, line.contentRange.end), line.content);
  });

  test('only one blank after a mark belongs to the mark, and none at the end is lost', () => {
    assert.deepEqual(lines('C:  NOOP  \nC:NOOP\n NOOP'), ['client: NOOP  ', 'client:NOOP', 'client: NOOP']);
  });

  test('### begins a conversation, and what stands before the first holds for all', () => {
    const script = parseScript('@connect a.test:25\n@var x = 1\n\n### One\nNOOP {{x}}\n\n# end\n### Two\nQUIT\n');
    assert.deepEqual(names(script), ['One', 'Two']);
    assert.deepEqual(script.diagnostics, []);
    const [one, two] = script.conversations;
    assert.deepEqual([one?.firstLine, one?.lastLine, two?.firstLine, two?.lastLine], [3, 4, 7, 8]);
    assert.deepEqual(
      two?.inherited.map(({ name }) => name),
      ['connect', 'var'],
    );
  });

  test('what is said before the first ### is a conversation without a name', () => {
    assert.deepEqual(names(parseScript('@connect a.test:25\nQUIT\n### Two\nQUIT')), [null, 'Two']);
    assert.deepEqual(names(parseScript('@connect a.test:25')), [null]);
    assert.deepEqual(names(parseScript('# nothing\n@var a = b')), []);
  });

  test('a message goes to the single dot, whatever its lines look like', () => {
    assert.deepEqual(lines('DATA\nS: 354\n# note\nSubject: x\n\nS: no\n@no\n#no\n..\n.\nS: 250'), [
      'client:DATA',
      'expectation:354',
      'comment',
      'data:Subject: x',
      'data:',
      'data:S: no',
      'data:@no',
      'data:#no',
      'data:..',
      'data:.',
      'expectation:250',
    ]);
  });

  test('a message with marks loses them', () => {
    assert.deepEqual(lines('C: DATA\nS: 354\nC: Subject: x\nC:\nC: ### no\nC: .\nS: 250').slice(2), [
      'data:Subject: x',
      'data:',
      'data:### no',
      'data:.',
      'expectation:250',
    ]);
  });

  test('no message follows a DATA that is expected to be refused', () => {
    assert.deepEqual(lines('DATA\nS: 503\nQUIT'), ['client:DATA', 'expectation:503', 'client:QUIT']);
    assert.deepEqual(lines('DATA\nS: 5xx\nQUIT')[2], 'client:QUIT');
  });

  test('@data, @bytes and @send-raw stand for the message', () => {
    assert.deepEqual(lines('DATA\n@data a.eml\nQUIT')[2], 'client:QUIT');
    assert.deepEqual(lines('DATA\nS: 354\n@bytes a\nQUIT')[3], 'client:QUIT');
  });

  test('after a group the message comes when all replies were spoken of', () => {
    const group = '@pipeline\nMAIL FROM:<>\nRCPT TO:<a@x.test>\nDATA\n@end\n';
    assert.equal(lines(`${group}S: 250\nS: 250\nS: 354\nSubject: x\n.`)[8], 'data:Subject: x');
    assert.equal(lines(`${group}Subject: x\n.`)[5], 'data:Subject: x');
    assert.equal(lines(`${group}S: 250\nS: 550\nS: 554\nQUIT`)[8], 'client:QUIT');
  });
});

describe('what is wrong', () => {
  const connect = '@connect a.test:25\n';
  for (const [what, text, expected] of [
    ['an unknown directive', '@conect a.test:25', 'unknownDirective 0:0-7'],
    ['a target without a port', '@connect a.test', 'badArgument 0:9-15'],
    ['a port beyond the last', '@connect a.test:65536', 'badArgument 0:9-21'],
    ['a directive without its argument', '@timeout', 'badArgument 0:0-8'],
    ['a login without a password', '@auth plain kim', 'badArgument 0:6-15'],
    ['an @end alone', '@end', 'strayEnd 0:0-4'],
    ['a code of two digits', `${connect}S: 25`, 'badExpectation 1:3-5'],
    ['a regular expression that is none', `${connect}S: 250 /(/`, 'badExpectation 1:3-10'],
    ['a variable without a value', `${connect}C: NOOP {{nobody}}`, 'undefinedVariable 1:8-18'],
    ['the same variable twice', '@var a = 1\n@var a = 2', 'duplicateVariable 1:5-6'],
    ['the same name twice', `${connect}### A\n### A`, 'duplicateName 2:4-5'],
    ['lines without a server', 'NOOP', 'noConnect 0:0-4'],
    ['lines after the end', `${connect}@close\nNOOP`, 'afterClose 2:0-4'],
    ['a second reply', `${connect}NOOP\nS: 250\nS: 250`, 'noReplyDue 3:0-6'],
    ['a message without an end', `${connect}DATA\nSubject: x\n### Next`, 'dataNotEnded 1:0-4'],
    ['an escape that is none', `${connect}@bytes a\\q`, 'badEscape 1:8-10'],
    ['octets that are not as many as BDAT says', `${connect}BDAT 3 LAST\n@bytes ab`, 'octetsDiffer 1:0-11'],
  ] as const) {
    test(`${what} is reported at its place`, () => assert.deepEqual(codes(text), [expected]));
  }

  test('nothing is wrong with IPv6, variables as arguments, captures and built-ins', () => {
    const text =
      '@connect [::1]:25\n@timeout {{t}}\n@var t = 5s\nNOOP {{$random}} {{$env.HOME}}\nS: 250 Ok {{id}}\nNOOP {{id}}\nS: 2xx /(?<x>.)/\nNOOP {{x}}';
    assert.deepEqual(codes(text), []);
  });

  test('several replies are right for LMTP, octets and groups', () => {
    const replies = 'S: 250\nS: 250\n';
    assert.deepEqual(codes(`${connect}LHLO a\nRCPT TO:<a>\nRCPT TO:<b>\nDATA\nx\n.\n${replies}`), []);
    assert.deepEqual(codes(`${connect}@bytes NOOP\\r\\nNOOP\\r\\n\n${replies}`), []);
    assert.deepEqual(codes(`${connect}@pipeline\nNOOP\nNOOP\n\n${replies}`), []);
  });

  test('421 may come unasked', () => {
    assert.deepEqual(codes(`${connect}NOOP\nS: 250\nS: 421`), []);
  });

  test('a wrong line does not hide the next ones', () => {
    assert.deepEqual(codes(`${connect}@nope\nS: 25\n@wait long\nNOOP`), [
      'unknownDirective 1:0-5',
      'badExpectation 2:3-5',
      'badArgument 3:6-10',
    ]);
  });
});

describe('any text', () => {
  const words = [
    'C: ',
    'S: ',
    '### ',
    '#',
    '@',
    '@bytes ',
    '@pipeline',
    '@end',
    '@data ',
    '@var a = ',
    'DATA',
    '.',
    '{{',
    '}}',
    'a',
    '250',
    '-',
    '/',
    '\\',
    '\n',
    '\r',
    '\r\n',
    ' ',
    '5xx',
    'LHLO',
    'BDAT 1',
    '*',
  ];
  const script = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
  );

  test('parses, and prints as it was', () => {
    fc.assert(
      fc.property(script, (text) => {
        assert.equal(printScript(parseScript(text)), text);
      }),
      { numRuns: 2000 },
    );
  });

  test('has its ranges inside of its lines, and each line once', () => {
    fc.assert(
      fc.property(script, (text) => {
        const { lines: all, diagnostics, variables } = parseScript(text);
        assert.deepEqual(
          all.map(({ line }) => line),
          all.map((_, index) => index),
        );
        for (const { range } of [...diagnostics, ...variables]) {
          const line = all[range.line];
          assert.ok(line && range.start >= 0 && range.start <= range.end && range.end <= line.text.length, JSON.stringify(range));
        }
      }),
    );
  });
});
