// What the README shows must be true: its conversation runs against our own server, its directives and variables exist.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { directiveNames } from '../../../src/session/directive.ts';
import { builtIns } from '../../../src/session/variables.ts';
import { startServer } from '../capture/fixture.ts';
import { runText, sum } from './fixture.ts';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
const example = /```smtp\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';

describe('the README', () => {
  test('shows a conversation that passes', async () => {
    await using server = await startServer();
    assert.equal(sum(await runText(example, server.port)), 'passed');
  });

  test('names every directive and every built-in variable', () => {
    const names: readonly string[] = [...directiveNames].map((name) => `@${name}`);
    const variables = Object.keys(builtIns).map((name) => `{{${name.startsWith('$') ? name : `$${name}`}}}`);
    assert.ok(names.length > 5 && variables.length > 3);
    assert.deepEqual(
      [...names, ...variables].filter((name) => !readme.includes(name)),
      [],
    );
  });
});
