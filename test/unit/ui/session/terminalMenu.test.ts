// What a session prints beside the conversation: the list below the prompt, and texts that fit the terminal.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { cyan, faint, red, withoutFaint } from '../../../../src/ui/session/terminal/colors.ts';
import { displayWidth } from '../../../../src/ui/session/terminal/displayWidth.ts';
import { drawMenu, type MenuEntry } from '../../../../src/ui/session/terminal/menu.ts';
import { parseSessionTarget, parseSlashCommand } from '../../../../src/ui/session/terminal/slashCommands.ts';
import { describeTime } from '../../../../src/ui/session/terminal/words.ts';
import { english } from '../english.ts';

const entry = (label: string, detail = ''): MenuEntry => ({ label, detail, text: label });
const draw = (entries: readonly MenuEntry[], chosen: number, columns: number, rows: number): string[] =>
  drawMenu(entries, chosen, 'Tab next', { columns, rows }).map(stripVTControlCharacters);

describe('the list below the prompt', () => {
  test('marks the chosen entry, and puts details into one column', () => {
    const lines = draw([entry('DATA', 'the message'), entry('DATA plain message', 'asks for a subject')], 0, 80, 24);
    assert.deepEqual(lines, [' > DATA                     the message', '   DATA plain message       asks for a subject', '   Tab next']);
  });

  test('shows the part of a long list in which the chosen entry is', () => {
    const entries = Array.from({ length: 50 }, (_, index) => entry(`entry ${index}`));
    for (const chosen of [0, 25, 49]) {
      const lines = draw(entries, chosen, 80, 24);
      assert.equal(lines.length, 9);
      assert.ok(lines.includes(` > entry ${chosen}`), `${chosen}`);
      assert.equal(lines.at(-1), `   ${chosen + 1}/50  Tab next`);
    }
  });

  test('is never wider or higher than the terminal', () => {
    const entries = [entry('日本語'.repeat(20), 'ü'.repeat(300)), entry('x'.repeat(200), '📬'.repeat(100)), entry('y')];
    for (const columns of [12, 20, 40, 80, 200]) {
      for (const rows of [3, 5, 24]) {
        const lines = draw(entries, 1, columns, rows);
        assert.ok(lines.length <= Math.max(2, rows - 2), `${lines.length} lines in ${rows} rows`);
        for (const line of lines) assert.ok(displayWidth(line) < columns, `${displayWidth(line)} in ${columns}: ${line}`);
      }
    }
  });
});

describe('texts of a session', () => {
  test('times', () => {
    assert.deepEqual([0.04, 0.6, 41.4, 999, 3100, 41_000, 125_000].map(describeTime), [
      '0.0 ms',
      '0.6 ms',
      '41 ms',
      '999 ms',
      '3.1 s',
      '41 s',
      '2 min 5 s',
    ]);
  });

  test('nothing is faint where the contrast must be high, and nothing else is lost', () => {
    const line = `${cyan('C:')} NOOP  ${faint('3 ms')}${red('!')}`;
    assert.equal(stripVTControlCharacters(withoutFaint(line)), 'C: NOOP  3 ms!');
    assert.equal(withoutFaint(faint('3 ms')), '3 ms\x1b[39m');
    assert.equal(withoutFaint(`${cyan('C:')}${red('!')}`), `${cyan('C:')}${red('!')}`);
  });

  test('where to connect', () => {
    assert.deepEqual(parseSessionTarget('localhost:1025'), { host: 'localhost', port: 1025, tls: 'none' });
    assert.deepEqual(parseSessionTarget('[::1]:25'), { host: '::1', port: 25, tls: 'none' });
    assert.deepEqual(parseSessionTarget('mx.example.com'), { host: 'mx.example.com', port: 25, tls: 'none' });
    assert.deepEqual(parseSessionTarget('mx.example.com:465'), { host: 'mx.example.com', port: 465, tls: 'implicit' });
    assert.deepEqual(parseSessionTarget('mx.example.com:2465 TLS'), { host: 'mx.example.com', port: 2465, tls: 'implicit' });
    for (const wrong of ['', 'x:0', 'x:70000', 'x:25 ssl', 'a b c', 'user@x:25:25']) assert.equal(parseSessionTarget(wrong), null, wrong);
  });

  test('commands', () => {
    const parse = (line: string): unknown => parseSlashCommand(line, english);
    assert.deepEqual(parse('/AUTH CRAM-MD5 kim'), { name: 'auth', method: 'cram-md5', user: 'kim' });
    assert.deepEqual(parse('/raw a\\r\\n'), { name: 'raw', octets: Buffer.from('a\r\n'), escaped: 'a\\r\\n' });
    assert.deepEqual(parse('/data  a mail.eml '), { name: 'data', path: 'a mail.eml' });
    assert.deepEqual(parse('/connect'), { name: 'connect', target: null });
    assert.deepEqual(parse('/tls'), { name: 'tls' });
    for (const wrong of ['/', '/tls now', '/auth', '/auth ntlm', '/raw', '/connect x y z', '/explain']) {
      assert.ok('problem' in (parse(wrong) as object), wrong);
    }
  });
});
