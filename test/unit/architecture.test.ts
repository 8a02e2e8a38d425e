// The rooms and who may import whom (src/README.md), as data. Fails with a sentence that names the file.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const source = join(root, 'src');

interface Room {
  /** Rooms whose values and types may be imported. */
  readonly rooms: readonly string[];
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[];
  /** Packages; 'node:*' stands for every module of Node. */
  readonly packages: readonly string[];
}

const network = ['node:net', 'node:tls', 'node:dns', 'node:http', 'node:https', 'node:http2', 'node:dgram'];
const files = ['node:fs', 'node:fs/promises'];

const table: Readonly<Record<string, Room>> = {
  base: { rooms: [], packages: [] },
  smtp: { rooms: ['base'], packages: ['node:*'] },
  capture: { rooms: ['base', 'smtp'], packages: ['node:*', 'smtp-server'] },
  store: { rooms: ['base'], types: ['smtp'], packages: ['node:*'] },
  message: {
    rooms: ['base'],
    types: ['smtp', 'protocol'],
    packages: ['node:*', 'mailparser', 'libmime', 'iconv-lite', 'encoding-japanese', 'nodemailer', 'htmlparser2'],
  },
  mailbox: { rooms: ['base', 'store', 'message'], types: ['smtp', 'protocol'], packages: ['node:*'] },
  checks: { rooms: ['base', 'smtp'], types: ['message'], packages: ['node:*', 'dns-packet', 'mailauth', 'tldts', 'ipaddr.js'] },
  session: { rooms: ['base', 'smtp'], packages: ['node:*', 'jsonc-parser'] },
  engine: { rooms: ['base', 'smtp', 'capture', 'store', 'mailbox', 'message'], types: ['protocol'], packages: ['node:*'] },
  protocol: { rooms: [], types: ['base', 'smtp', 'store', 'mailbox', 'message', 'checks', 'session'], packages: [] },
  ui: {
    rooms: ['base', 'smtp', 'message', 'checks', 'session', 'engine', 'protocol'],
    types: ['store', 'mailbox'],
    packages: ['node:*', 'vscode', 'nodemailer'],
  },
  webview: { rooms: ['protocol'], types: ['smtp', 'base'], packages: ['dompurify', '@vscode/codicons'] },
};

/** Node modules that a room must not touch although 'node:*' is open to it. */
const closed: Readonly<Record<string, readonly string[]>> = {
  smtp: files,
  capture: files,
  store: network,
  message: [...network, ...files],
  mailbox: network,
};

/** A package that one file alone may import. */
const onlyIn: Readonly<Record<string, string>> = { 'smtp-server': 'capture/server.ts', mailparser: 'message/parse.ts' };

/** The parts of the engine that the host may load; all else of it runs in the engine's threads. */
const engineForHost = ['engine/client.ts'];

interface Import {
  readonly specifier: string;
  readonly isType: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8');
  const found: Import[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s+)?([^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)) {
    const names = match[2] ?? '';
    // `import { type A, type B }` alone is a type import too.
    const inner = /^\{([^}]*)\}/.exec(names.trim())?.[1];
    const allTypes = inner?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
    found.push({ specifier: match[3]!, isType: match[1] !== undefined || allTypes });
  }
  for (const match of text.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g)) found.push({ specifier: match[1]!, isType: false });
  return found;
}

function roomOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function judge(file: string, { specifier, isType }: Import): string | undefined {
  const room = roomOf(file);
  const rules = table[room];
  if (!rules) return `${file} lies in no room of the table`;
  if (!specifier.startsWith('.')) return judgePackage(file, room, rules, specifier, isType);
  const target = normalize(join(dirname(file), specifier))
    .split(sep)
    .join('/');
  const targetRoom = roomOf(target);
  if (target.startsWith('../')) return `${file} must not import ${specifier}: it lies outside of src`;
  if (targetRoom === '') return `${file} must not import ${target}: the front door is imported by nobody`;
  if (room === 'ui') {
    const feature = featureOf(file);
    const other = featureOf(target);
    if (targetRoom === 'ui' && other !== '' && other !== feature)
      return `${feature === '' ? file : `ui/${feature}`} must not import ui/${other}`;
    if (targetRoom === 'engine' && !isType && !engineForHost.includes(target))
      return `${file} must not import ${target}: the host loads only ${engineForHost.join(', ')}`;
  }
  if (targetRoom === room) return undefined;
  if (rules.rooms.includes(targetRoom)) return undefined;
  if (rules.types?.includes(targetRoom)) return isType ? undefined : `${file} may import only types of ${targetRoom}`;
  return `${room} must not import ${targetRoom} (${file})`;
}

function judgePackage(file: string, room: string, rules: Room, specifier: string, isType: boolean): string | undefined {
  if (specifier.startsWith('node:')) {
    if (!rules.packages.includes('node:*')) return isType ? undefined : `${room} must not import ${specifier} (${file})`;
    return closed[room]?.includes(specifier) ? `${room} must not import ${specifier} (${file})` : undefined;
  }
  const name = packageOf(specifier);
  const only = onlyIn[name];
  if (only !== undefined && only !== file) return `${file} must not import ${name}: only ${only} may`;
  return rules.packages.includes(name) ? undefined : `${room} must not import ${name} (${file})`;
}

/** 'ui/inbox/tree.ts' is of the feature inbox; 'ui/ids.ts' is a fitting of none. */
function featureOf(file: string): string {
  return file.split('/').length > 2 ? file.split('/')[1]! : '';
}

describe('architecture', () => {
  const all = sourceFiles(source);

  test('every file lies in a room', () => {
    const stray = all.filter((file) => file !== 'extension.ts' && !(roomOf(file) in table));
    assert.deepEqual(stray, []);
  });

  test('rooms import only what their row of the table allows', () => {
    const wrong = all.filter((file) => file !== 'extension.ts').flatMap((file) => importsOf(file).map((entry) => judge(file, entry)));
    assert.deepEqual(
      wrong.filter((sentence) => sentence !== undefined),
      [],
    );
  });

  test('the judge refuses what the table forbids', () => {
    const said = (file: string, specifier: string, isType = false): string | undefined => judge(file, { specifier, isType });
    assert.equal(said('ui/inbox/tree.ts', '../viewer/viewer.ts'), 'ui/inbox must not import ui/viewer');
    assert.equal(said('capture/server.ts', '../store/dropFolder.ts'), 'capture must not import store (capture/server.ts)');
    assert.equal(said('message/view.ts', 'mailparser'), 'message/view.ts must not import mailparser: only message/parse.ts may');
    assert.equal(said('mailbox/mailbox.ts', 'vscode'), 'mailbox must not import vscode (mailbox/mailbox.ts)');
    assert.equal(said('message/view.ts', 'node:net'), 'message must not import node:net (message/view.ts)');
    assert.equal(
      said('ui/inbox/tree.ts', '../../engine/engine.ts'),
      'ui/inbox/tree.ts must not import engine/engine.ts: the host loads only engine/client.ts',
    );
    assert.equal(said('store/draft.ts', '../smtp/delivery.ts'), 'store/draft.ts may import only types of smtp');
    assert.equal(said('store/draft.ts', '../smtp/delivery.ts', true), undefined);
    assert.equal(said('base/rpc.ts', '../extension.ts'), 'base/rpc.ts must not import extension.ts: the front door is imported by nobody');
    assert.match(said('helpers/x.ts', 'node:fs') ?? '', /lies in no room/);
  });

  test('the front door is short', () => {
    const lines = readFileSync(join(source, 'extension.ts'), 'utf8').split('\n').length;
    assert.ok(lines <= 100, `src/extension.ts has ${lines} lines`);
  });

  test('every file opens with a comment that says why it exists', () => {
    assert.deepEqual(
      all.filter((file) => !/^(\/\/|\/\*)/.test(readFileSync(join(source, file), 'utf8'))),
      [],
    );
  });

  test('the top level holds only what is agreed', () => {
    const agreed =
      /^(package(-lock)?\.json|package\.nls\.json|tsconfig\.json|src|media|test|\.vscode|README\.md|CHANGELOG\.md|LICENSE|l10n|\.vscodeignore|\.git(ignore|attributes)?|\.ci|biome\.json|node_modules|dist|\.screenshots|\.vscode-test|.*\.vsix)$/;
    assert.deepEqual(
      readdirSync(root).filter((name) => !agreed.test(name)),
      [],
    );
  });
});
