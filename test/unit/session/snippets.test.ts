// VS Code's snippet syntax: what a body becomes, what is asked for, and that the snippets we ship are right in both places they are used.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how snippets are written.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { expandSnippet, snippetSteps } from '../../../src/session/expandSnippet.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { readSnippetFile, readSnippets } from '../../../src/session/snippetFile.ts';
import { snippetVariables } from '../../../src/session/snippetVariables.ts';

const values: Readonly<Record<string, string>> = { TM_FILENAME: 'my file.smtp', CURRENT_YEAR: '2026' };
const variables = (name: string): string | undefined => values[name];

describe('expanding', () => {
  for (const [body, expected] of [
    ['EHLO ${1:client.test}', 'EHLO client.test'],
    ['a$1b$0c${2}d', 'abcd'],
    ['${1:x} $1 ${1}', 'x x x'],
    ['$1 ${1:x}', 'x x'],
    ['${1:a ${2:b} c} $2', 'a b c b'],
    ['${1|one,two|} $1', 'one one'],
    ['${1|a\\,b,c\\|d|}', 'a,b'],
    ['\\$1 \\\\ \\} \\r {{\\$date}} }', '$1 \\ } \\r {{$date}} }'],
    ['${1:{{host\\}\\}}', '{{host}}'],
    ['$CURRENT_YEAR ${CURRENT_YEAR} ${CLIPBOARD:none} $CLIPBOARD', '2026 2026 none '],
    ['${TM_FILENAME/(.*)\\.smtp$/${1:/upcase}/}', 'MY FILE'],
    ['${TM_FILENAME/\\s/_/g}', 'my_file.smtp'],
    ['${TM_FILENAME/^(x)?.*$/${1:+yes}${1:?yes:no}${1:-none}${1:else}/}', 'nononeelse'],
    [
      '${1:two words} ${1/(.*)/${1:/pascalcase} ${1:/camelcase} ${1:/snakecase} ${1:/kebabcase} ${1:/capitalize}/}',
      'two words TwoWords twoWords two_words two-words Two words',
    ],
    ['$nonsense', 'nonsense'],
    ['${1:open ${2', '${1:open ${2'],
    ['${1|a,b', '${1|a,b'],
    ['${1/(/x/}', '${1/(/x/}'],
    ['$', '$'],
    ['${}', '${}'],
    ['${1:$1}', ''],
    ['${1:${2:$1}}', ''],
    ['$99999999999', '99'],
  ] as const) {
    test(`${body} is ${JSON.stringify(expected)}`, () => assert.equal(expandSnippet(body, variables), expected));
  }

  test('lines are joined', () => assert.equal(expandSnippet(['DATA', '${1:x}', '.']), 'DATA\nx\n.'));

  test('no body makes it throw or take long', { timeout: 60_000 }, () => {
    const parts = [
      '$',
      '{',
      '}',
      '${1:',
      '${1|',
      '${a/',
      '${2:',
      '|}',
      '/',
      '\\',
      ',',
      '1',
      '0',
      'a',
      '(',
      ')',
      '+',
      '$1',
      '${1:+',
      'TM_FILENAME',
      ':/upcase',
      'g',
    ];
    const body = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...parts), { maxLength: 60 }).map((some) => some.join('')),
    );
    fc.assert(
      fc.property(body, (text) => {
        const filled = snippetSteps(text, variables);
        filled.render();
        filled.next(new Map([[1, 'x']]));
      }),
      { numRuns: 1000 },
    );
    for (const open of ['${1:', '${1|', '${1/', '${a:', '${1:${2|']) expandSnippet(open.repeat(10_000));
    assert.ok(
      expandSnippet('${1:$2$2$2$2$2$2$2$2}${2:$3$3$3$3$3$3$3$3}${3:$4$4$4$4$4$4$4$4}${4:$5$5$5$5$5$5$5$5}${5:xxxxxxxx}').length > 0,
    );
  });
});

describe('asking', () => {
  test('in order, with defaults and choices, 0 only when it has a text', () => {
    assert.deepEqual(snippetSteps('${2|a,b|} ${1:x} $0').steps, [
      { index: 1, defaultText: 'x', choices: [] },
      { index: 2, defaultText: 'a', choices: ['a', 'b'] },
    ]);
    assert.deepEqual(
      snippetSteps('${0:end} $1').steps.map(({ index }) => index),
      [1, 0],
    );
  });

  test('defaults are made with the answers before them', () => {
    const filled = snippetSteps('${1:a@x.test} ${2:<$1>} ${1}');
    const answers = new Map<number, string>();
    assert.equal(filled.next(answers)?.defaultText, 'a@x.test');
    answers.set(1, 'b');
    assert.deepEqual(filled.next(answers), { index: 2, defaultText: '<b>', choices: [] });
    answers.set(2, 'c');
    assert.equal(filled.next(answers), null);
    assert.equal(filled.render(answers), 'b c b');
  });

  test('a placeholder inside of another one goes with it', () => {
    const filled = snippetSteps('${1:a ${2:b}}');
    assert.equal(filled.next(new Map([[1, 'x']])), null);
    assert.equal(filled.next(new Map([[2, 'c']]))?.defaultText, 'a c');
  });
});

describe('snippet files', () => {
  test('are JSON with comments, and tell what is wrong', () => {
    const text =
      '\uFEFF{ // mine\n "A": { "prefix": ["a", "b"], "body": ["x", "y"], "scope": "smtp,plaintext" },\n "B": { "prefix": "b", "body": "z", "scope": "css" }, "C": { "prefix": "c" }, "D": 1, }';
    const { snippets, problems } = readSnippetFile(text);
    assert.deepEqual(snippets, [{ name: 'A', prefixes: ['a', 'b'], body: 'x\ny', description: 'A' }]);
    assert.deepEqual(problems, ['The snippet "C" has no body', 'The snippet "D" is no object']);
    assert.match(readSnippetFile('{ "A": {').problems.join(), /at line 1/);
    assert.equal(readSnippets([]).problems.length, 1);
  });
});

describe('our snippets', () => {
  const file = readSnippetFile(readFileSync(join(import.meta.dirname, '../../../media/snippets/smtp.json'), 'utf8'));

  test('are at least thirty, each with prefixes of its own and a description', () => {
    assert.deepEqual(file.problems, []);
    assert.ok(file.snippets.length >= 30, `${file.snippets.length}`);
    const prefixes = file.snippets.flatMap((snippet) => snippet.prefixes);
    assert.equal(new Set(prefixes).size, prefixes.length);
    for (const { name, description, prefixes: own } of file.snippets) {
      assert.notEqual(description, name);
      assert.ok(own.length > 0 && own.every((prefix) => /^(?:[a-z0-9-]+|###)$/.test(prefix)), name);
    }
  });

  for (const { name, body } of file.snippets) {
    test(`${name} is right in a .smtp file`, () => {
      // The bare DATA leaves the message to its user.
      const text = `${expandSnippet(body, snippetVariables(0))}${body === 'DATA' ? '\nSubject: x\n.' : ''}`;
      assert.doesNotMatch(text, /\$\{|\$[0-9]/);
      const script = parseScript(`@connect a.test:25\n${text}\n`, { variables: ['host', 'port', 'password', 'token'] });
      assert.deepEqual(script.diagnostics, []);
      assert.ok(script.conversations.length >= 1);
    });
  }

  test('dates and identifiers of messages are made when they are sent', () => {
    const message = file.snippets.find(({ name }) => name === 'DATA plain message');
    assert.match(expandSnippet(message?.body ?? ''), /\nDate: \{\{\$date\}\}\nMessage-ID: \{\{\$messageId\}\}\n\nIt works\.\n\.$/);
  });
});
