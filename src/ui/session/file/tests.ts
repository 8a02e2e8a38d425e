// ui/session: the Test Explorer: every conversation of every .smtp file of the workspace, and of every other one that is open, is a test.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { Failure } from '../../../base/failure.ts';
import { parseScript } from '../../../session/parse.ts';
import type { Script } from '../../../session/script.ts';
import type { SettingsSource } from '../../settings.ts';
import { toRange } from './ranges.ts';
import type { Scripts } from './scripts.ts';
import { testRowsOf } from './testRows.ts';

/** Files beyond these are not listed; a glob that finds more is a mistake. */
const mostFiles = 2000;
/** Octets; nobody writes such a conversation by hand. */
const largestFile = 4 * 1024 * 1024;
const dependencies = '**/node_modules/**';

export interface ConversationTest {
  readonly item: vscode.TestItem;
  readonly file: vscode.Uri;
  /** In the file, from 0. */
  readonly index: number;
}

export class ConversationTests implements Disposable {
  readonly controller: vscode.TestController;
  private readonly owned = new DisposableStore();
  private readonly scripts: Scripts;
  private readonly settings: SettingsSource;
  private readonly indexes = new WeakMap<vscode.TestItem, number>();
  private watched: { readonly glob: string; readonly end: Disposable } | undefined;

  constructor(controller: vscode.TestController, scripts: Scripts, settings: SettingsSource) {
    this.controller = controller;
    this.scripts = scripts;
    this.settings = settings;
    this.owned.add(scripts.onDidSettle((document) => this.show(document.uri, scripts.scriptOf(document))));
    this.owned.add(scripts.onDidClose((document) => void this.closed(document)));
    this.owned.add(
      settings.onDidChange(({ testGlob }) => {
        if (this.watched && this.watched.glob !== testGlob) void this.find();
      }),
    );
    for (const document of scripts.open) this.show(document.uri, scripts.scriptOf(document));
  }

  /** What VS Code asks of the controller: the children of an item, or all files. */
  async resolve(item: vscode.TestItem | undefined): Promise<void> {
    if (!item) await this.find();
    else if (item.uri) await this.load(item.uri);
  }

  /** Lists the files of the workspace and keeps the list true from now on. */
  async find(): Promise<void> {
    const { testGlob } = this.settings.current;
    this.watch(testGlob);
    const files = testGlob === '' ? [] : await vscode.workspace.findFiles(testGlob, dependencies, mostFiles);
    const wanted = new Set([...files, ...this.scripts.open.map(({ uri }) => uri)].map((uri) => uri.toString()));
    for (const item of entriesOf(this.controller.items)) if (!wanted.has(item.id)) this.controller.items.delete(item.id);
    await Promise.all(files.map((file) => this.load(file)));
  }

  /** The conversations that were asked for, of all or of some items, file after file. */
  async testsOf(include: readonly vscode.TestItem[] | undefined, exclude: readonly vscode.TestItem[] = []): Promise<ConversationTest[]> {
    if (!include) await this.find();
    const found = new Map<string, ConversationTest>();
    for (const item of include ?? entriesOf(this.controller.items)) {
      // The children of a file that nobody has unfolded are not known yet.
      if (item.uri && !item.parent) await this.load(item.uri);
      for (const leaf of item.parent ? [item] : entriesOf(item.children)) {
        const index = this.indexes.get(leaf);
        if (index === undefined || !leaf.uri || exclude.includes(leaf) || exclude.includes(item)) continue;
        found.set(`${leaf.uri.toString()} ${leaf.id}`, { item: leaf, file: leaf.uri, index });
      }
    }
    return [...found.values()];
  }

  /** The test of one conversation as the document has it now. */
  testOf(document: vscode.TextDocument, index: number): vscode.TestItem | undefined {
    const file = this.show(document.uri, this.scripts.scriptOf(document));
    return file && entriesOf(file.children).find((item) => this.indexes.get(item) === index);
  }

  /** What is in the editor, saved or not, else what is on the disk. */
  async scriptOf(file: vscode.Uri): Promise<Script> {
    const open = this.scripts.open.find(({ uri }) => uri.toString() === file.toString());
    if (open) return this.scripts.scriptOf(open);
    const { size } = await vscode.workspace.fs.stat(file);
    if (size > largestFile) throw new Failure('fileNotRead', `${file.fsPath} is larger than 4 MiB`);
    return parseScript(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  }

  dispose(): void {
    this.watched?.end.dispose();
    this.owned.dispose();
  }

  private watch(glob: string): void {
    if (this.watched?.glob === glob) return;
    this.watched?.end.dispose();
    this.watched = undefined;
    if (glob === '') return;
    const watcher = vscode.workspace.createFileSystemWatcher(glob);
    const changed = (file: vscode.Uri): void => {
      if (!file.path.includes('/node_modules/')) void this.load(file);
    };
    watcher.onDidCreate(changed);
    watcher.onDidChange(changed);
    watcher.onDidDelete((file) => this.controller.items.delete(file.toString()));
    this.watched = { glob, end: watcher };
  }

  private async load(file: vscode.Uri): Promise<void> {
    try {
      this.show(file, await this.scriptOf(file));
    } catch {
      // It went away while it was read, or is too large.
      this.controller.items.delete(file.toString());
    }
  }

  /** What the setting does not name is listed only while it is open. */
  private async closed(document: vscode.TextDocument): Promise<void> {
    const { uri } = document;
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    const { testGlob } = this.settings.current;
    const isNamed =
      folder && testGlob !== '' && vscode.languages.match({ pattern: new vscode.RelativePattern(folder, testGlob) }, document) > 0;
    if (isNamed) await this.load(uri);
    else this.controller.items.delete(uri.toString());
  }

  private show(file: vscode.Uri, script: Script): vscode.TestItem | undefined {
    const { items } = this.controller;
    const rows = testRowsOf(script, vscode.l10n);
    const id = file.toString();
    if (rows.length === 0) {
      items.delete(id);
      return undefined;
    }
    const item = items.get(id) ?? this.controller.createTestItem(id, vscode.workspace.asRelativePath(file), file);
    items.add(item);
    const ids = new Set(rows.map((row) => row.id));
    for (const child of entriesOf(item.children)) if (!ids.has(child.id)) item.children.delete(child.id);
    for (const { id: childId, label, index, range } of rows) {
      const child = item.children.get(childId) ?? this.controller.createTestItem(childId, label, file);
      child.label = label;
      child.range = toRange(range);
      // A file's order is the order of its tests.
      child.sortText = String(index).padStart(6, '0');
      this.indexes.set(child, index);
      item.children.add(child);
    }
    return item;
  }
}

function entriesOf(items: vscode.TestItemCollection): vscode.TestItem[] {
  return [...items].map(([, item]) => item);
}
