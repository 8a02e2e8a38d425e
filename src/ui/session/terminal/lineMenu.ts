// ui/session: the list below the line that is being typed, while it is open: drawn, moved through, chosen from.
import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { Writable } from 'node:stream';
import { keys } from './keys.ts';
import { drawMenu, type MenuEntry, type MenuSpace } from './menu.ts';

export type MenuKind = 'complete' | 'search';

interface Open {
  readonly kind: MenuKind;
  readonly entries: readonly MenuEntry[];
  readonly chosen: number;
}

export class LineMenu {
  private readonly readline: Interface;
  private readonly output: Writable & MenuSpace;
  private readonly hints: Readonly<Record<MenuKind, string>>;
  private current: Open | undefined;

  constructor(readline: Interface, output: Writable & MenuSpace, hints: Readonly<Record<MenuKind, string>>) {
    this.readline = readline;
    this.output = output;
    this.hints = hints;
  }

  /** null: it is closed. */
  get kind(): MenuKind | null {
    return this.current?.kind ?? null;
  }

  /** Draws below the line, in which the cursor is at the end, and leaves the cursor there. Without entries it stays closed. */
  open(kind: MenuKind, entries: readonly MenuEntry[], chosen = 0): void {
    this.current = undefined;
    if (entries.length === 0) return;
    this.current = { kind, entries, chosen };
    const lines = drawMenu(entries, chosen, this.hints[kind], this.output);
    this.output.write(lines.map((line) => `\n${line}`).join(''));
    moveCursor(this.output, 0, -lines.length);
    cursorTo(this.output, this.readline.getCursorPos().cols);
  }

  /** It is gone from the screen; the next key decides whether it stays open. */
  erase(): void {
    if (this.current) clearScreenDown(this.output);
  }

  close(): void {
    this.erase();
    this.forget();
  }

  /** Closed without touching the screen. */
  forget(): void {
    this.current = undefined;
  }

  /** Closes, does the work and draws anew what was open. */
  around(work: () => void): void {
    const { current } = this;
    this.close();
    work();
    if (current) this.open(current.kind, current.entries, current.chosen);
  }

  /** True: the key was for the list. An entry: it was chosen, and the list is closed. */
  take(key: string): boolean | MenuEntry {
    if (!this.current) return false;
    const { entries, chosen, kind } = this.current;
    const next = key === keys.tab || key === keys.down || key === keys.downApplication || (kind === 'search' && key === keys.search);
    const previous = key === keys.backTab || key === keys.up || key === keys.upApplication;
    if (next || previous) {
      this.erase();
      this.open(kind, entries, (chosen + (next ? 1 : entries.length - 1)) % entries.length);
      return true;
    }
    if (key === keys.escape) {
      this.close();
      return true;
    }
    const entry = entries[chosen];
    if (key !== keys.enter || !entry) return false;
    this.close();
    return entry;
  }
}
