// store: a process that is killed at any moment loses nothing that it acknowledged and shows nothing that is not whole.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { namesIn, openFolder, temporaryFolder } from './fixture.ts';

const kills = 20;
/** That write into the folder at the same time. */
const writers = 4;

test(`writers that are killed, ${kills} times`, async (t) => {
  const path = temporaryFolder(t);
  const acknowledged = new Map<string, string>();
  for (let count = 0; count < kills; count += writers) {
    const outputs = await Promise.all(Array.from({ length: writers }, () => writeAndKill(path)));
    for (const line of outputs.flat()) {
      const [id = '', sum = ''] = line.split(' ');
      acknowledged.set(id, sum);
    }
  }
  assert.ok(acknowledged.size > kills, 'the writers came to write');

  const folder = await openFolder(t, path);
  await t.test('have left every mail that they acknowledged, whole and with its side file', async () => {
    const keys = new Set((await folder.scan()).map(({ key }) => key));
    for (const [id, sum] of acknowledged) {
      const key = `${id}.eml`;
      assert.ok(keys.has(key), key);
      assert.equal(sumOf(await folder.read(key)), sum);
      assert.ok(await folder.readDelivery(key));
    }
  });
  await t.test('have left no half mail under a final name', async () => {
    for (const { key, size } of await folder.scan()) {
      assert.equal((await folder.readDelivery(key))?.size, size, key);
    }
  });
  await t.test('have left nothing that a later scan does not sweep', async () => {
    const long = new Date(Date.now() - 3_600_000);
    for (const name of namesIn(path)) utimesSync(join(path, name), long, long);
    const entries = await folder.scan();
    const expected = entries.flatMap(({ key }) => [key, key.replace(/eml$/, 'json')]);
    assert.deepEqual(namesIn(path), expected.sort());
  });
});

/** The complete lines that the writer printed before it was killed. */
async function writeAndKill(path: string): Promise<string[]> {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'crashWriter.ts'), path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = once(writer, 'close');
  await Promise.race([once(writer.stdout, 'data'), closed]);
  await delay(Math.random() * 60);
  writer.kill('SIGKILL');
  await closed;
  return output.split('\n').slice(0, -1);
}

function sumOf(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}
