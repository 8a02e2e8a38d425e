// Keeps code, package.json and package.nls.json in step: a name that only one of them knows is a command that does nothing, or a text that nobody sees.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  colors,
  commands,
  containers,
  contextKeys,
  itemKinds,
  mailScheme,
  reportViewType,
  settingIds,
  submenus,
  views,
} from '../../src/ui/ids.ts';

const root = join(import.meta.dirname, '../..');

interface MenuEntry {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
}
interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: string; readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly category?: string;
      readonly title: string;
      readonly enablement?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
    readonly keybindings: readonly MenuEntry[];
    readonly viewsContainers: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when: string }[];
    readonly submenus: readonly { readonly id: string }[];
    readonly colors: readonly { readonly id: string }[];
    readonly customEditors?: readonly { readonly viewType: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  };
}

const text = readFileSync(join(root, 'package.json'), 'utf8');
const manifest = JSON.parse(text) as Manifest;
const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Readonly<Record<string, string>>;
const { contributes } = manifest;
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('ids.ts'))
  .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
  .join('\n');

function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}

/** Every `when` and `enablement` of the manifest. */
function clauses(): string[] {
  const menus = Object.values(contributes.menus).flat();
  const found = [...menus, ...contributes.keybindings, ...contributes.viewsWelcome].map((entry) => entry.when);
  return [...found, ...contributes.commands.map((command) => command.enablement)].filter((clause) => clause !== undefined);
}

/** Names of ids.ts that the code never uses, neither by the record in which they stand nor literally. */
function unused(record: string, ids: Readonly<Record<string, string>>): string[] {
  const isUsed = ([name, id]: [string, string]) => new RegExp(`\\b${record}\\.${name}\\b`).test(sources) || sources.includes(`'${id}'`);
  return Object.entries(ids)
    .filter((entry) => !isUsed(entry))
    .map(([, id]) => id);
}

describe('manifest', () => {
  test('every command exists in code and in package.json', () => {
    assert.deepEqual(sorted(contributes.commands.map((command) => command.command)), sorted(Object.values(commands)));
    assert.deepEqual(unused('commands', commands), []);
  });

  test('every command has a category', () => {
    assert.deepEqual(
      contributes.commands.filter((command) => command.category !== '%category%'),
      [],
    );
  });

  test('every setting exists in code and in package.json', () => {
    assert.deepEqual(sorted(Object.keys(contributes.configuration.properties)), sorted(Object.values(settingIds)));
    assert.deepEqual(unused('settingIds', settingIds), []);
  });

  test('every setting has a description, a scope, an order of its own and a default', () => {
    const settings = Object.entries(contributes.configuration.properties);
    for (const [id, setting] of settings) {
      for (const property of ['markdownDescription', 'scope', 'order', 'default', 'type']) {
        assert.notEqual(setting[property], undefined, `${id} has no ${property}`);
      }
      const isNumber = setting['type'] === 'number' || setting['type'] === 'integer';
      assert.ok(!isNumber || (setting['minimum'] !== undefined && setting['maximum'] !== undefined), `${id} has no limits`);
      const choices = setting['enum'] as readonly string[] | undefined;
      assert.equal(
        (setting['enumDescriptions'] as readonly string[] | undefined)?.length,
        choices?.length,
        `${id} does not explain each choice`,
      );
    }
    assert.equal(new Set(settings.map(([, setting]) => setting['order'])).size, settings.length);
  });

  test('settings that listen, write or delete are not taken from a restricted workspace', () => {
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, 'limited');
    assert.deepEqual(sorted(restrictedConfigurations), sorted(Object.values(settingIds).filter((id) => !id.startsWith('mailroom.inbox.'))));
  });

  test('every view, container, submenu and colour exists in code and in package.json', () => {
    assert.deepEqual(
      sorted(
        Object.values(contributes.viewsContainers)
          .flat()
          .map((container) => container.id),
      ),
      sorted(Object.values(containers)),
    );
    assert.deepEqual(sorted(Object.keys(contributes.views)), sorted(Object.values(containers)));
    assert.deepEqual(
      sorted(
        Object.values(contributes.views)
          .flat()
          .map((view) => view.id),
      ),
      sorted(Object.values(views)),
    );
    assert.deepEqual(sorted(contributes.submenus.map((submenu) => submenu.id)), sorted(Object.values(submenus)));
    assert.deepEqual(sorted(contributes.colors.map((color) => color.id)), sorted(Object.values(colors)));
    assert.deepEqual([...unused('views', views), ...unused('colors', colors)], []);
  });

  test('every custom editor is registered in code', () => {
    for (const { viewType } of contributes.customEditors ?? [])
      assert.ok(sources.includes(`'${viewType}'`), `${viewType} is nowhere in src`);
  });

  test('every context key of ours is set in code and asked for in package.json', () => {
    const words = clauses().flatMap((clause) => clause.match(/mailroom\.[A-Za-z.]+/g) ?? []);
    const known = new Set<string>([...Object.values(settingIds), ...Object.values(views)]);
    const ids = (contributes.customEditors ?? []).map((editor) => editor.viewType);
    const asked = words.filter((word) => !known.has(word.replace(/^config\./, '')) && !ids.includes(word));
    assert.deepEqual(sorted(new Set(asked)), sorted(Object.values(contextKeys)));
    assert.deepEqual(unused('contextKeys', contextKeys), []);
  });

  test('every kind of row that a menu asks for is given to rows', () => {
    const kinds = clauses().flatMap((clause) => [...clause.matchAll(/viewItem == ([\w.]+)/g)].map((match) => match[1]!));
    assert.deepEqual(
      kinds.filter((kind) => !Object.values<string>(itemKinds).includes(kind)),
      [],
    );
    const patterns = clauses().flatMap((clause) => [...clause.matchAll(/viewItem =~ \/(.*?)\//g)].map((match) => new RegExp(match[1]!)));
    for (const pattern of patterns)
      assert.deepEqual(
        Object.values(itemKinds).filter((kind) => pattern.test(kind)),
        [itemKinds.unread, itemKinds.read],
      );
    assert.deepEqual(unused('itemKinds', itemKinds), []);
  });

  test('menus, keys and links of welcome texts name commands and views that exist', () => {
    const known = new Set<string>(Object.values(commands));
    const entries = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
    for (const { command, submenu } of entries) {
      if (command !== undefined) assert.ok(known.has(command), `there is no command ${command}`);
      else assert.ok(Object.values<string>(submenus).includes(submenu!), `there is no submenu ${submenu}`);
    }
    for (const { view, contents } of contributes.viewsWelcome) {
      assert.ok(Object.values<string>(views).includes(view));
      const links = [...(texts[contents.slice(1, -1)] ?? '').matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1]!);
      for (const link of links) assert.ok(known.has(link) || link.startsWith('workbench.'), `there is no command ${link}`);
    }
  });

  test('commands that need a row stay out of the palette', () => {
    const hidden = contributes.menus['commandPalette']!.filter((entry) => entry.when === 'false').map((entry) => entry.command!);
    const onRows = contributes.menus['view/item/context']!.map((entry) => entry.command!);
    // Of the palette it takes the mail of the active tab.
    const needRow = onRows.filter((id) => id !== commands.checkMessage);
    assert.deepEqual(
      sorted(new Set([...needRow, commands.openMail, commands.showMore, commands.openReport])),
      sorted(hidden.filter((id) => /^mailroom\.(inbox|checks)\./.test(id))),
    );
  });

  test('a row has at most three inline commands', () => {
    const inline = contributes.menus['view/item/context']!.filter((entry) => 'group' in entry && String(entry.group).startsWith('inline'));
    for (const view of Object.values(views)) {
      const own = inline.filter((entry) => entry.when?.startsWith(`view == '${view}'`));
      assert.ok(own.length > 0 && own.length <= 3, view);
    }
  });

  test('every %key% has a text, and every text is used', () => {
    const used = [...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]!);
    assert.deepEqual(sorted(new Set(used)), sorted(Object.keys(texts)));
  });

  test('no text of a command, view or setting is written into package.json itself', () => {
    const plain = [
      ...text.matchAll(/"(title|markdownDescription|contents|label|shortTitle|patternErrorMessage|category)": "([^%][^"]*)"/g),
    ];
    assert.deepEqual(
      plain.map((match) => match[2]),
      [],
    );
  });

  test('icons exist', () => {
    const icons = [
      manifest.icon,
      ...Object.values(contributes.viewsContainers)
        .flat()
        .map((entry) => entry.icon),
    ];
    icons.push(
      ...Object.values(contributes.views)
        .flat()
        .map((entry) => entry.icon),
    );
    for (const icon of icons) assert.ok(existsSync(join(root, icon)), `${icon} is missing`);
  });

  test('the scheme of mails without a file activates the extension', () => {
    assert.ok(manifest.activationEvents.includes(`onFileSystem:${mailScheme}`));
  });

  test('tabs of reports that come back with the window activate the extension', () => {
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${reportViewType}`));
  });
});
