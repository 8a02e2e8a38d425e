// ui: all settings as one frozen snapshot, in the units of the engine. Defaults and limits live in package.json only.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Grouping, ServerOptions } from '../protocol/engine.ts';
import { settingIds } from './ids.ts';
import { acceptedValue, isObject, type SettingObject, type SettingSchema, type SettingValue } from './settingValue.ts';

export type AutoStart = 'remember' | 'always' | 'never';

export interface Settings extends ServerOptions {
  /** As written; '' is the default folder. See ui/dropFolder.ts. */
  readonly dropFolder: string;
  readonly maxMessages: number;
  /** Milliseconds; 0 keeps for ever. */
  readonly maxAge: number;
  readonly autoStart: AutoStart;
  readonly groupBy: Grouping;
  /** A glob over the workspace; '' finds no files. */
  readonly testGlob: string;
  /** As in a snippet file of VS Code. */
  readonly snippets: SettingObject;
  /** Name servers, "192.0.2.53:53"; none: those of the system. */
  readonly checksDnsServers: readonly string[];
  readonly isLab: boolean;
  /** Of the mail servers of a domain, in a lab. */
  readonly checksLabPort: number;
  /** Of one run of checks. Milliseconds. */
  readonly checksTimeout: number;
  /** Zones; none: no blocklist is asked. */
  readonly checksBlocklists: readonly string[];
  readonly checksDomains: readonly string[];
  /** As written: a domain that servers tested for open relay have nothing to do with. */
  readonly foreignDomain: string;
}

export type SettingPlace = 'workspace' | 'user';

export interface SettingsSource extends Disposable {
  readonly current: Settings;
  /** Fires after `current` has changed. */
  readonly onDidChange: Event<Settings>;
  /**
   * Where a setting is written: a liking of the person to the user's settings, unless the workspace sets it; what is of this workspace only to the
   * settings of the workspace if one is open, whatever the user's say, because those hold for all windows.
   */
  placeOf(id: string, home: SettingPlace): SettingPlace;
  /** Writes there. */
  write(id: string, value: string | number, home: SettingPlace): Promise<void>;
}

const mebibyte = 1024 * 1024;
const day = 24 * 60 * 60 * 1000;

/** `manifest` is the extension's package.json. */
export function watchSettings(manifest: unknown): SettingsSource {
  const schemas = (manifest as { contributes: { configuration: { properties: Readonly<Record<string, SettingSchema>> } } }).contributes
    .configuration.properties;
  const owned = new DisposableStore();
  const changes = owned.add(new Emitter<Settings>());
  let current = read(schemas);
  owned.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration('mailroom')) return;
      current = read(schemas);
      changes.fire(current);
    }),
  );
  return {
    get current() {
      return current;
    },
    onDidChange: changes.event,
    placeOf,
    async write(id, value, home) {
      const { Workspace, Global } = vscode.ConfigurationTarget;
      await vscode.workspace.getConfiguration().update(id, value, placeOf(id, home) === 'workspace' ? Workspace : Global);
    },
    dispose: () => owned.dispose(),
  };
}

function placeOf(id: string, home: SettingPlace): SettingPlace {
  if (vscode.workspace.getConfiguration().inspect(id)?.workspaceValue !== undefined) return 'workspace';
  return home === 'workspace' && vscode.workspace.workspaceFolders ? 'workspace' : 'user';
}

function read(schemas: Readonly<Record<string, SettingSchema>>): Settings {
  const configuration = vscode.workspace.getConfiguration();
  const value = (id: string): SettingValue => {
    const schema = schemas[id];
    if (!schema) throw new Error(`package.json has no setting ${id}`);
    return acceptedValue(configuration.get(id), schema);
  };
  const text = (id: string): string => String(value(id));
  const number = (id: string): number => Number(value(id));
  const list = (id: string): readonly string[] => {
    const found = value(id);
    return Array.isArray(found) ? found : [];
  };
  const snippets = value(settingIds.snippets);
  return Object.freeze({
    host: text(settingIds.host),
    port: number(settingIds.port),
    maxMessageSize: Math.round(number(settingIds.maxMessageSize) * mebibyte),
    maxRecipients: number(settingIds.maxRecipients),
    maxConnections: number(settingIds.maxConnections),
    idleTimeout: number(settingIds.idleTimeout) * 1000,
    dropFolder: text(settingIds.dropFolder),
    maxMessages: number(settingIds.maxMessages),
    maxAge: Math.round(number(settingIds.maxAge) * day),
    autoStart: text(settingIds.autoStart) as AutoStart,
    groupBy: text(settingIds.groupBy) as Grouping,
    testGlob: text(settingIds.testGlob),
    snippets: isObject(snippets) ? snippets : {},
    checksDnsServers: list(settingIds.checksDnsServers),
    isLab: value(settingIds.checksLab) === true,
    checksLabPort: number(settingIds.checksLabPort),
    checksTimeout: number(settingIds.checksTimeout) * 1000,
    checksBlocklists: list(settingIds.checksBlocklists),
    checksDomains: list(settingIds.checksDomains),
    foreignDomain: text(settingIds.foreignDomain),
  });
}
