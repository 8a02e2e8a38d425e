// What a window pays that only opens: the parts that are for later are not loaded. The name of this file keeps it before all that use them.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { languageId } from '../../src/ui/ids.ts';
import { activate, temporaryFolder } from './window.ts';

/** The files of ours that were run in this extension host. */
function loadedBundles(): string[] {
  const { extensionPath } = vscode.extensions.getExtension('mailroom.mailroom')!;
  const dist = join(extensionPath, 'dist');
  const { cache } = createRequire(join(dist, 'extension.cjs'));
  const files = Object.keys(cache).filter((file) => file.startsWith(dist) && !file.startsWith(join(dist, 'test')));
  return files.map((file) => file.slice(dist.length + 1)).sort();
}

suite('activation', () => {
  test('loads one bundle', async () => {
    const api = await activate();
    assert.deepEqual(loadedBundles(), ['extension.cjs']);
    assert.equal(api.session.isLoaded, false);
    assert.ok(api.activation > 0);
  });

  test('the first .smtp file brings its part with it, at once', async () => {
    const api = await activate();
    const folder = await temporaryFolder();
    const file = join(folder.path, 'first.smtp');
    await writeFile(file, '### The first\nC: NOOP\n');
    const document = await vscode.workspace.openTextDocument(file);
    assert.equal(document.languageId, languageId);
    assert.equal(api.session.isLoaded, true);
    assert.deepEqual(loadedBundles(), ['extension.cjs', 'session.cjs']);
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', document.uri);
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ['The first'],
    );
    await folder.remove();
  });
});
