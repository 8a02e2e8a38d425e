// ui/session: the line editor of a session: Node's readline on two small streams, so that keys, history, wide characters and resizing behave as in
// every shell, and around it what readline has not: a list below the prompt, secrets, pasted lines one at a time, text above the prompt.

import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { PassThrough, Writable } from 'node:stream';
import type { Disposable } from '../../../base/disposable.ts';
import { drawMenu, type MenuEntry } from './menu.ts';
import { SecretLine } from './secretLine.ts';
import { type Piece, TypeAhead } from './typeAhead.ts';

export interface LineEditorOptions {
  /** Gets what is to be shown, line ends as CR LF. */
  readonly write: (text: string) => void;
  /** Newest first. */
  readonly history: readonly string[];
  readonly onDidChangeHistory: (history: readonly string[]) => void;
  /** Ctrl+C while no line is asked for. */
  readonly onInterrupt: () => void;
  readonly hints: { readonly complete: string; readonly search: string };
}

export interface LineQuestion {
  /** May have colours. */
  readonly prompt: string;
  /** line: with history. answer: Tab ends it like Enter, nothing is remembered. secret: nothing of it is shown or remembered. */
  readonly kind: 'line' | 'answer' | 'secret';
  /** Stands in the line at first. */
  readonly text?: string;
  /** What Tab offers for a line. Without it Tab is a character like any other. */
  readonly complete?: (line: string) => readonly MenuEntry[];
  /** False: the line is not put into the history. */
  readonly isRemembered?: (line: string) => boolean;
}

export type LineAnswer =
  | { readonly kind: 'line'; readonly text: string }
  /** An entry without a text was taken from the list. */
  | { readonly kind: 'entry'; readonly entry: MenuEntry }
  /** Ctrl+C in an empty line. */
  | { readonly kind: 'interrupt' }
  /** Ctrl+D in an empty line, or the terminal was closed. */
  | { readonly kind: 'end' };

const keys = {
  enter: '\r',
  tab: '\t',
  backTab: '\x1b[Z',
  escape: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  upApplication: '\x1bOA',
  downApplication: '\x1bOB',
  interrupt: '\x03',
  end: '\x04',
  search: '\x12',
  eraseLine: '\x15',
} as const;

/** Lines that are kept between sessions. */
const historySize = 500;
const bracketedPaste = { on: '\x1b[?2004h', off: '\x1b[?2004l' } as const;

interface Asking extends LineQuestion {
  readonly resolve: (answer: LineAnswer) => void;
}

interface Menu {
  readonly kind: 'complete' | 'search';
  entries: readonly MenuEntry[];
  chosen: number;
}

export class LineEditor implements Disposable {
  private readonly options: LineEditorOptions;
  private readonly input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  private readonly output: Writable & { columns: number; rows: number };
  private readonly readline: Interface;
  private readonly typeAhead = new TypeAhead();
  private history: string[];
  /** The list in readline itself. */
  private known: string[] = [];
  private lastLine = '';
  private asking: Asking | undefined;
  private menu: Menu | undefined;
  private readonly secret: SecretLine;
  /** Rows below its first that the last line took. */
  private lastRows = 0;
  private isEnded = false;

  constructor(options: LineEditorOptions) {
    this.options = options;
    this.history = [...options.history];
    this.output = Object.assign(
      new Writable({
        decodeStrings: false,
        write(chunk, _encoding, done) {
          options.write(String(chunk).replace(/\r?\n/g, '\r\n'));
          done();
        },
      }),
      { isTTY: true, columns: 80, rows: 24 },
    );
    this.secret = new SecretLine(this.output);
    this.readline = createInterface({
      input: this.input,
      output: this.output,
      terminal: true,
      historySize,
      history: [...this.history],
      removeHistoryDuplicates: true,
    });
    this.readline.on('history', (history) => {
      this.known = history;
      this.consider(history);
    });
    this.readline.on('line', (line) => {
      this.lastLine = line;
      this.answer({ kind: 'line', text: line });
    });
    // Without a listener Node would suspend its process on Ctrl+Z.
    this.readline.on('SIGTSTP', () => {});
    this.output.write(bracketedPaste.on);
  }

  get columns(): number {
    return this.output.columns;
  }

  /** Resolves with one line. One question at a time; what was typed before is taken first. */
  ask(question: LineQuestion): Promise<LineAnswer> {
    if (this.isEnded) return Promise.resolve({ kind: 'end' });
    return new Promise((resolve) => {
      this.asking = { ...question, resolve };
      this.readline.setPrompt(question.prompt);
      if (question.kind === 'secret') this.secret.begin(question.prompt);
      else {
        this.forgetRows();
        this.readline.prompt();
        if (question.text) this.readline.write(question.text);
      }
      this.pump();
    });
  }

  /** Prints lines: above the prompt where one is shown. */
  say(text: string): void {
    if (this.isEnded) return;
    if (!this.asking) {
      this.output.write(`${text}\n`);
      return;
    }
    if (this.asking.kind === 'secret') {
      this.secret.say(text);
      return;
    }
    const { menu } = this;
    this.closeMenu();
    cursorTo(this.output, 0);
    moveCursor(this.output, 0, -this.readline.getCursorPos().rows);
    clearScreenDown(this.output);
    this.output.write(`${text}\n`);
    this.forgetRows();
    this.readline.prompt(true);
    if (menu) this.openMenu(menu);
  }

  /** Of the question that is asked now; seen when something is said next. */
  changePrompt(prompt: string): void {
    if (!this.asking) return;
    this.asking = { ...this.asking, prompt };
    this.readline.setPrompt(prompt);
  }

  /** Writes `text` in place of the line that was just entered, prompt included, and forgets that line. Before anything else is printed. */
  hideLast(text: string): void {
    if (this.known[0] === this.lastLine) this.remember(this.known.slice(1));
    moveCursor(this.output, 0, -1 - this.lastRows);
    cursorTo(this.output, 0);
    clearScreenDown(this.output);
    this.output.write(`${text}\n`);
  }

  /** What the terminal received from the person. */
  type(data: string): void {
    if (!this.asking && data.includes(keys.interrupt)) {
      this.typeAhead.clear();
      this.options.onInterrupt();
      return;
    }
    // A full store loses what comes next: nobody types megabytes while a command runs.
    if (!this.typeAhead.push(data)) this.output.write('\x07');
    this.pump();
  }

  /** Drops what was typed or pasted and not yet taken. */
  dropTypeAhead(): void {
    this.typeAhead.clear();
  }

  resize(columns: number, rows: number): void {
    if (columns === this.output.columns && rows === this.output.rows) return;
    this.closeMenu();
    Object.assign(this.output, { columns, rows });
    // readline draws the prompt anew, also where none is asked for.
    if (this.asking && this.asking.kind !== 'secret') this.output.emit('resize');
  }

  dispose(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.output.write(bracketedPaste.off);
    this.readline.close();
    this.answer({ kind: 'end' });
  }

  private pump(): void {
    while (this.asking) {
      const piece = this.typeAhead.take();
      if (!piece) return;
      this.takePiece(piece);
    }
  }

  private takePiece({ text, isPasted }: Piece): void {
    if (this.asking?.kind === 'secret') this.takeSecret(text);
    else if (isPasted) this.paste(text);
    else if (!this.takeMenuKey(text)) this.takeKeys(text);
  }

  private paste(text: string): void {
    this.closeMenu();
    if (text === keys.enter) this.enter();
    // Not as keys: a TAB in what is pasted is a TAB.
    else this.readline.write(text);
  }

  private takeKeys(text: string): void {
    const { menu } = this;
    this.eraseMenu();
    if (text === keys.enter || (text === keys.tab && this.asking?.kind === 'answer')) {
      this.enter();
      return;
    }
    if (text === keys.interrupt) {
      this.interrupt();
      return;
    }
    if (text === keys.end && this.readline.line === '') {
      this.answer({ kind: 'end' });
      return;
    }
    this.press(text);
    if (menu && this.asking && this.isAtEnd()) this.refilter(menu);
    else this.menu = undefined;
  }

  /** True when the key was for the list, or opens it. */
  private takeMenuKey(key: string): boolean {
    if (!this.menu) {
      if (this.asking?.kind !== 'line') return false;
      if (key === keys.tab && this.asking.complete) {
        this.complete();
        return true;
      }
      if (key === keys.search) {
        this.press('\x05');
        this.openMenu({ kind: 'search', entries: this.found(), chosen: 0 });
        return true;
      }
      return false;
    }
    const { entries, chosen, kind } = this.menu;
    const next = key === keys.tab || key === keys.down || key === keys.downApplication || (kind === 'search' && key === keys.search);
    const previous = key === keys.backTab || key === keys.up || key === keys.upApplication;
    if (next || previous) {
      this.eraseMenu();
      this.openMenu({ ...this.menu, chosen: (chosen + (next ? 1 : entries.length - 1)) % entries.length });
      return true;
    }
    if (key === keys.escape) {
      this.closeMenu();
      return true;
    }
    const entry = entries[chosen];
    if (key !== keys.enter || !entry) return false;
    this.closeMenu();
    this.choose(entry);
    return true;
  }

  private complete(): void {
    this.press('\x05');
    const entries = this.asking?.complete?.(this.readline.line) ?? [];
    const [only] = entries;
    if (entries.length === 1 && only) this.choose(only);
    else if (entries.length > 1) this.openMenu({ kind: 'complete', entries, chosen: 0 });
    else this.output.write('\x07');
  }

  private choose(entry: MenuEntry): void {
    this.press(keys.eraseLine);
    if (entry.text !== null) {
      this.readline.write(entry.text);
      return;
    }
    cursorTo(this.output, 0);
    clearScreenDown(this.output);
    this.answer({ kind: 'entry', entry });
  }

  private found(): MenuEntry[] {
    const wanted = this.readline.line.toLowerCase();
    return this.history.filter((line) => line.toLowerCase().includes(wanted)).map((line) => ({ label: line, detail: '', text: line }));
  }

  private refilter(menu: Menu): void {
    const entries = menu.kind === 'search' ? this.found() : (this.asking?.complete?.(this.readline.line) ?? []);
    this.menu = undefined;
    this.openMenu({ kind: menu.kind, entries, chosen: 0 });
  }

  /** Draws below the line, in which the cursor is at the end, and leaves the cursor there. */
  private openMenu(menu: Menu): void {
    this.menu = undefined;
    if (menu.entries.length === 0) return;
    this.menu = menu;
    const hint = menu.kind === 'search' ? this.options.hints.search : this.options.hints.complete;
    const lines = drawMenu(menu.entries, menu.chosen, hint, this.output);
    this.output.write(lines.map((line) => `\n${line}`).join(''));
    moveCursor(this.output, 0, -lines.length);
    cursorTo(this.output, this.readline.getCursorPos().cols);
  }

  private eraseMenu(): void {
    if (this.menu) clearScreenDown(this.output);
  }

  private closeMenu(): void {
    this.eraseMenu();
    this.menu = undefined;
  }

  private isAtEnd(): boolean {
    return this.readline.cursor === this.readline.line.length;
  }

  private enter(): void {
    this.closeMenu();
    this.press('\x05');
    this.lastRows = this.readline.getCursorPos().rows;
    this.press(keys.enter);
  }

  /** Keys as readline gets them from a terminal; without a detour through the stream, which might take a turn. */
  private press(text: string): void {
    this.input.emit('data', Buffer.from(text));
  }

  private takeSecret(text: string): void {
    const line = this.secret.take(text);
    if (line === undefined) return;
    this.answer(line === null ? { kind: 'interrupt' } : { kind: 'line', text: line });
  }

  private interrupt(): void {
    this.closeMenu();
    this.typeAhead.clear();
    if (this.readline.line === '') {
      this.output.write('\n');
      this.answer({ kind: 'interrupt' });
      return;
    }
    this.press('\x05');
    this.output.write('\n');
    this.forgetLine();
    this.readline.prompt();
  }

  /** readline adds a line to its list before anybody is asked. */
  private consider(history: string[]): void {
    const [line] = history;
    const { asking } = this;
    if (line === undefined || !asking) return;
    const isRemembered = asking.kind === 'line' && asking.isRemembered?.(line) !== false;
    this.remember(isRemembered ? history : this.history);
  }

  /** What is taken out of readline's own list is never kept. */
  private remember(lines: readonly string[]): void {
    const hasChanged = lines.length !== this.history.length || lines[0] !== this.history[0];
    this.history = [...lines];
    this.known.splice(0, this.known.length, ...this.history);
    if (hasChanged) this.options.onDidChangeHistory(this.history);
  }

  private answer(answer: LineAnswer): void {
    const { asking } = this;
    this.asking = undefined;
    this.menu = undefined;
    asking?.resolve(answer);
  }

  private forgetLine(): void {
    Object.assign(this.readline, { line: '', cursor: 0 });
    this.forgetRows();
  }

  /** readline remembers on which row of a long line the cursor was, and would climb over what was printed since. It has no public way to forget. */
  private forgetRows(): void {
    Reflect.set(this.readline, 'prevRows', 0);
  }
}
