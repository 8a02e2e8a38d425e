// Plays every file of test/dialogues against a real server: "C: " lines are sent, "S: " lines must be what comes back.
//   *           in an S: line stands for any text
//   C- text     is sent without a line ending; "\r", "\n", "\t" and "\xHH" stand for octets in C: and C- lines
//   kept:       what the intake must hold at the end: "kept: accepted 1, refused 0"
//   reply:      the reply noted with the last refused mail ("none": there was none)
//   limit:      changes a limit of the server ("limit: maxRecipients 2")
//   end:        "end: server": the server closes the connection; "end: client": the client ends its side; "end: cut": the client resets it
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RawClient, startServer, until } from './fixture.ts';

const folder = join(import.meta.dirname, '../../dialogues');
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

describe('dialogues', () => {
  test('there are some', () => assert.ok(files.length >= 10, `${files.length} files in ${folder}`));
  for (const file of files) {
    const [title = '', ...lines] = readFileSync(join(folder, file), 'utf8').split(/\r?\n/);
    test(`${file}: ${title.replace(/^# /, '')}`, () => play(lines));
  }
});

async function play(lines: readonly string[]): Promise<void> {
  const limits: Record<string, number> = {};
  for (const line of lines) {
    const match = /^limit: (\w+) (\d+)$/.exec(line);
    if (match) limits[match[1]!] = Number(match[2]);
  }
  await using running = await startServer(limits);
  await using client = await RawClient.connect(running.port);
  let expected: string[] = [];
  for (const [index, line] of lines.entries()) {
    const where = `line ${index + 2}: ${line}`;
    const text = line.slice(3);
    if (line === '' || line.startsWith('#') || line.startsWith('limit: ')) continue;
    if (line.startsWith('C: ')) client.write(`${octets(text)}\r\n`);
    else if (line.startsWith('C- ')) client.write(octets(text));
    else if (line.startsWith('S: ')) {
      expected.push(text);
      if (text[3] === '-') continue;
      const reply = await client.reply();
      assert.match(reply, pattern(expected.join('\n')), where);
      expected = [];
    } else if (line === 'end: server') await client.ended();
    else if (line === 'end: client') client.socket.end();
    else if (line === 'end: cut') client.socket.resetAndDestroy();
    else if (line.startsWith('kept: ')) {
      client.socket.end();
      await until(`no connection at ${where}`, () => running.server.activeConnections === 0);
      await running.server.close();
      const { accepted, refused } = running.memory;
      assert.equal(`accepted ${accepted.length}, refused ${refused.length}`, line.slice('kept: '.length), where);
    } else if (line.startsWith('reply: '))
      assert.match(running.memory.refused.at(-1)?.delivery.reply ?? 'none', pattern(line.slice('reply: '.length)), where);
    else assert.fail(`Not understood, ${where}`);
  }
}

function octets(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return bytes.replace(/\\(?:r|n|t|x([0-9a-f]{2}))/gi, (code, hex: string | undefined) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ({ '\\r': '\r', '\\n': '\n', '\\t': '\t' }[code] ?? code),
  );
}

function pattern(text: string): RegExp {
  const escaped = text.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[^\\n]*')}$`);
}
