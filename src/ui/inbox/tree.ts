// ui/inbox: the tree of the drop folder. Asks the engine for what is shown and no more, and renews just what an event changed, a few times a second.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Failure } from '../../base/failure.ts';
import type { Grouping, MailKey } from '../../protocol/engine.ts';
import type { MailChange, Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { loadFeed, pageSize } from './feed.ts';
import { mailItem, moreItem, sectionItem } from './items.ts';
import { createList, fillList, type ListNode, type MailNode, type Node } from './nodes.ts';
import { describeInFull, type RowContext } from './rows.ts';
import { addressSections, dayKeyOf, daySections, type Section } from './sections.ts';
import { createTimes, type Times } from './times.ts';

/**
 * Least time between two renewals. VS Code itself waits until no change came for 200 ms, but tells the first one at once: shorter pauses than that
 * would put off the tree for as long as mail keeps coming. Milliseconds.
 */
const shortestPause = 210;
/** A renewal may take at most one part in so many of the time: the busier the engine, the rarer. */
const restFactor = 5;
/** Relative times and day groups are looked at so often. Milliseconds. */
const tick = 20_000;
const openSections = 2;

export interface InboxTreeDependencies {
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly locale: string;
}

export class InboxTree implements vscode.TreeDataProvider<Node>, Disposable {
  private readonly room: Room;
  private readonly settings: SettingsSource;
  private readonly locale: string;
  private readonly owned = new DisposableStore();
  private readonly changes = this.owned.add(new vscode.EventEmitter<Node[] | undefined>());
  private readonly renewals = this.owned.add(new vscode.EventEmitter<void>());
  /** The tree without groups. */
  private root = createList(null);
  private groups = new Map<string, ListNode>();
  private search = '';
  private found: number | undefined;
  private isVisible = false;
  private renewTimer: NodeJS.Timeout | undefined;
  private stale: 'nothing' | 'parts' | 'all' = 'nothing';
  private readonly staleRows = new Set<MailNode>();
  private readonly staleLists = new Set<ListNode>();
  private quietUntil = 0;
  private today = localDay();
  private words: Times | undefined;

  readonly onDidChangeTreeData = this.changes.event;
  /** After each answer to VS Code; `matches` is then right. */
  readonly onDidRenew = this.renewals.event;

  constructor({ room, settings, locale }: InboxTreeDependencies) {
    this.room = room;
    this.settings = settings;
    this.locale = locale;
    this.owned.add(room.onDidChangeMail((change) => this.changed(change)));
    let by = this.by;
    this.owned.add(
      settings.onDidChange(() => {
        if (this.by !== by) this.reset();
        by = this.by;
      }),
    );
    const timer = setInterval(() => this.passTime(), tick);
    this.owned.add({ dispose: () => clearInterval(timer) });
    this.owned.add({ dispose: () => clearTimeout(this.renewTimer) });
  }

  /** What is searched for; '' for nothing. */
  get text(): string {
    return this.search;
  }

  /** How many mails match; undefined while nothing is searched for. */
  get matches(): number | undefined {
    return this.found;
  }

  /** Shows only mails with all these words, as one list; '' shows all. */
  filter(text: string): void {
    if (text === this.search) return;
    this.search = text;
    this.found = undefined;
    this.reset();
  }

  /** Nothing is asked for a tree that nobody sees. */
  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    if (isVisible && this.stale !== 'nothing') this.renewSoon();
  }

  /** Asks for everything again, from the newest. */
  reset(): void {
    this.root = createList(null);
    this.groups.clear();
    this.refresh();
  }

  /** Asks for everything that is shown again. */
  refresh(): void {
    this.stale = 'all';
    this.renewSoon();
  }

  showMore(list: ListNode): void {
    list.wanted += pageSize;
    this.changes.fire(list.section ? [list] : undefined);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!this.room.isOpen) await this.room.idle();
    if (!this.room.isOpen) return [];
    const before = performance.now();
    try {
      if (node) return node.kind === 'list' ? await this.rowsOf(node) : [];
      if (this.by === 'none' || this.search !== '') return await this.rowsOf(this.root);
      return await this.loadSections(this.by);
    } catch (error) {
      // An engine that is back announces everything anew; until then nothing is the truth.
      if (Failure.is(error, 'engineEnded')) return [];
      throw error;
    } finally {
      this.quietUntil = performance.now() + Math.max(shortestPause, restFactor * (performance.now() - before));
      this.renewals.fire();
    }
  }

  getParent(node: Node): Node | undefined {
    return node.kind !== 'list' && node.list.section ? node.list : undefined;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node.kind === 'mail') return mailItem(node, this.contextOf(node.list));
    if (node.kind === 'more') return moreItem(node, this.locale);
    return sectionItem(node, [...this.groups.values()].indexOf(node) < openSections, this.locale);
  }

  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    if (node.kind === 'mail') item.tooltip = describeInFull(node.mail, this.contextOf(node.list));
    return item;
  }

  dispose(): void {
    this.owned.dispose();
  }

  /** Made with the first row: the formats of Intl take tens of milliseconds, which the start of a window has not. */
  private get times(): Times {
    this.words ??= createTimes(vscode.l10n, this.locale);
    return this.words;
  }

  private get by(): Grouping {
    return this.settings.current.groupBy;
  }

  private async rowsOf(list: ListNode): Promise<Node[]> {
    const { section } = list;
    const text = section ? '' : this.search;
    const parts = section ? section.keys.map((key) => ({ by: section.by, key })) : [null];
    const content = await loadFeed(this.room.engine, { text, parts }, section?.total ?? 0, list.wanted);
    if (list === this.root && text !== '' && text === this.search) this.found = content.mails.length + content.more;
    return fillList(list, content);
  }

  private async loadSections(by: Exclude<Grouping, 'none'>): Promise<ListNode[]> {
    const groups = await this.room.engine.groups(by, '');
    const today = localDay();
    const sections = by === 'day' ? daySections(groups, today, vscode.l10n, this.locale) : addressSections(groups, by, vscode.l10n);
    return this.takeSections(sections);
  }

  private takeSections(sections: readonly Section[]): ListNode[] {
    const before = this.groups;
    this.groups = new Map();
    for (const section of sections) {
      const list = before.get(section.id) ?? createList(section);
      list.section = section;
      this.groups.set(section.id, list);
    }
    return [...this.groups.values()];
  }

  private changed({ reset, added, changed, removed }: MailChange): void {
    if (reset) this.refresh();
    if (this.stale === 'all') return;
    const lists = [this.root, ...this.groups.values()].filter((list) => list.rows);
    for (const mail of changed) {
      for (const list of lists) {
        const node = list.rows?.get(mail.key);
        if (!node) continue;
        node.mail = mail;
        this.staleRows.add(node);
      }
    }
    const holds = (list: ListNode, keys: readonly MailKey[]): boolean => keys.some((key) => list.rows?.has(key));
    for (const list of lists) if (added.length > 0 || holds(list, removed) || list.more > 0) this.staleLists.add(list);
    this.stale = 'parts';
    this.renewSoon();
  }

  private renewSoon(): void {
    if (this.renewTimer || !this.isVisible) return;
    const wait = Math.max(0, this.quietUntil - performance.now());
    this.renewTimer = setTimeout(() => {
      this.renewTimer = undefined;
      void this.renew();
    }, wait);
  }

  private async renew(): Promise<void> {
    const isAll = this.stale === 'all';
    const rows = [...this.staleRows];
    const lists = new Set(this.staleLists);
    this.stale = 'nothing';
    this.staleRows.clear();
    this.staleLists.clear();
    this.quietUntil = performance.now() + shortestPause;
    if (isAll || this.by === 'none' || this.search !== '') {
      const isWhole = isAll || lists.size > 0;
      return this.changes.fire(isWhole ? undefined : rows);
    }
    const before = [...this.groups.values()].map((list) => ({ list, section: list.section }));
    try {
      const after = await this.loadSections(this.by);
      const isSame = after.length === before.length && after.every((list, index) => list === before[index]?.list);
      if (!isSame) return this.changes.fire(undefined);
      for (const { list, section } of before) if (!isEqual(section, list.section)) lists.add(list);
      this.changes.fire([...lists, ...rows.filter((row) => !lists.has(row.list))]);
    } catch {
      // The engine ended; when it is back it announces everything anew.
    }
  }

  /** Relative times grow, and at midnight all groups change. */
  private passTime(): void {
    if (!this.isVisible) return;
    const hourAgo = Date.now() - 61 * 60_000;
    const rows = [this.root, ...this.groups.values()].flatMap((list) => [...(list.rows?.values() ?? [])]);
    for (const row of rows) if (row.mail.arrivedAt > hourAgo) this.staleRows.add(row);
    const today = localDay();
    if (this.today !== today) this.stale = 'all';
    this.today = today;
    if (this.staleRows.size === 0 && this.stale === 'nothing') return;
    if (this.stale === 'nothing') this.stale = 'parts';
    this.renewSoon();
  }

  private contextOf({ section }: ListNode): RowContext {
    return {
      l10n: vscode.l10n,
      times: this.times,
      now: Date.now(),
      isOneDay: section?.isOneDay ?? false,
      search: section ? '' : this.search,
      maxMessageSize: this.settings.current.maxMessageSize,
    };
  }
}

/** As the engine counts days: see MailboxOptions.utcOffset. */
function localDay(): string {
  return dayKeyOf(Date.now(), -new Date().getTimezoneOffset());
}

function isEqual(a: Section | null, b: Section | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
