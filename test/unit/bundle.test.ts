// What is shipped: no secret in it, nothing in it twice, and the licence of all that is in it.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Metafile } from 'esbuild';
import { bundle, bundleNames } from '../harness/bundle.ts';
import { collectNotices } from '../harness/notices.ts';
import { root } from '../harness/paths.ts';
import type { Manifest } from '../harness/server.ts';

/** The armour of a key and what follows it, as it stands in a script. */
const privateKey = /PRIVATE KEY-----(?:\\[nr]|[\s"'`+])*[A-Za-z0-9+/]{24}/;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailroom-bundle-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('the bundles', () => {
  let metafiles: readonly Metafile[];
  before(async () => {
    metafiles = await Promise.all(bundleNames.map((name) => bundle(name, folder)));
  });

  test('hold no private key, not even the one that smtp-server gives everybody', async () => {
    const source = await readFile(join(root, 'node_modules/smtp-server/dist/esm/tls-options.js'), 'utf8');
    assert.match(source, privateKey, 'it is what is looked for');
    for (const name of await readdir(folder)) assert.doesNotMatch(await readFile(join(folder, name), 'latin1'), privateKey, name);
  });

  test('hold no version of a package twice', async () => {
    for (const [output, { inputs }] of metafiles.flatMap((metafile) => Object.entries(metafile.outputs))) {
      const folders = new Set(Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
      const packages = await Promise.all([...folders].map(async (path) => readFile(join(root, path, 'package.json'), 'utf8')));
      const ids = packages.map((text) => JSON.parse(text) as Manifest).map(({ name, version }) => `${name} ${version}`);
      assert.deepEqual(ids.sort(), [...new Set(ids)].sort(), output);
    }
  });

  test('have the licences of all their packages', async () => {
    const titles = (await collectNotices(root, metafiles)).map(({ title }) => title.replace(/ \S+$/, ''));
    for (const name of ['smtp-server', 'mailparser', 'dompurify', '@vscode/codicons', 'jsonc-parser', 'mailauth']) {
      assert.ok(titles.includes(name), name);
    }
    assert.ok(!titles.includes('esbuild'));
  });
});

describe('a package that is bundled', () => {
  const manifest = { name: 'pigeon', version: '1.2.3', license: 'MIT' };
  const outputs = {
    'dist/x.cjs': { bytes: 9, inputs: { 'node_modules/pigeon/index.js': { bytesInOutput: 9 } }, imports: [], exports: [] },
  };
  const collect = async (files: Readonly<Record<string, string>>) => {
    const package_ = join(folder, 'node_modules/pigeon');
    await rm(package_, { recursive: true, force: true });
    await mkdir(package_, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(package_, name), text);
    return collectNotices(folder, [{ outputs }]);
  };

  test('is named with its version and all its texts', async () => {
    const files = { 'package.json': JSON.stringify(manifest), 'LICENSE.md': 'Do what\r\nyou like.\r\n', 'LICENSE-FONT': 'Not the font.' };
    const [notice, ...others] = await collect({ ...files, 'license-report.json': '{}' });
    assert.deepEqual(others, []);
    assert.equal(notice?.title, 'pigeon 1.2.3');
    assert.match(notice?.text ?? '', /^Not the font\.\n\n-+\n\nDo what\nyou like\.$/);
  });

  test('stops the build when it states no licence, or comes without the text of it', async () => {
    const { license, ...unlicensed } = manifest;
    await assert.rejects(collect({ 'package.json': JSON.stringify(unlicensed), LICENSE: license }), /pigeon 1\.2\.3 .*states no licence/);
    await assert.rejects(collect({ 'package.json': JSON.stringify(manifest), LICENSE: ' \n' }), /pigeon 1\.2\.3 .*without the text/);
  });
});
