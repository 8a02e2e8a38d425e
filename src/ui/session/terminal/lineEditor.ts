// ui/session: the line editor of a session: Node's readline on two small streams, so that keys, history, wide characters and resizing behave as in
// every shell, and around it what readline has not: a list below the prompt, secrets, pasted lines one at a time, text above the prompt.

import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { PassThrough, Writable } from 'node:stream';
import type { Disposable } from '../../../base/disposable.ts';
import { keys } from './keys.ts';
import { historySize, LineHistory } from './lineHistory.ts';
import { LineMenu, type MenuKind } from './lineMenu.ts';
import type { LineAnswer, LineQuestion } from './lineQuestion.ts';
import type { MenuEntry } from './menu.ts';
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
  readonly hints: Readonly<Record<MenuKind, string>>;
}

const bracketedPaste = { on: '\x1b[?2004h', off: '\x1b[?2004l' } as const;

interface Asking extends LineQuestion {
  readonly resolve: (answer: LineAnswer) => void;
}

export class LineEditor implements Disposable {
  private readonly options: LineEditorOptions;
  private readonly input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  private readonly output: Writable & { columns: number; rows: number };
  private readonly readline: Interface;
  private readonly typeAhead = new TypeAhead();
  private readonly history: LineHistory;
  private readonly menu: LineMenu;
  private lastLine = '';
  private asking: Asking | undefined;
  private readonly secret: SecretLine;
  /** Rows below its first that the last line took. */
  private lastRows = 0;
  private isEnded = false;

  constructor(options: LineEditorOptions) {
    this.options = options;
    this.history = new LineHistory(options.history, options.onDidChangeHistory);
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
      history: [...options.history],
      removeHistoryDuplicates: true,
    });
    this.menu = new LineMenu(this.readline, this.output, options.hints);
    this.readline.on('history', (known) => {
      const { asking } = this;
      this.history.added(known, asking ? (line) => asking.kind === 'line' && asking.isRemembered?.(line) !== false : null);
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
    this.menu.around(() => {
      cursorTo(this.output, 0);
      moveCursor(this.output, 0, -this.readline.getCursorPos().rows);
      clearScreenDown(this.output);
      this.output.write(`${text}\n`);
      this.forgetRows();
      this.readline.prompt(true);
    });
  }

  /** Of the question that is asked now; seen when something is said next. */
  changePrompt(prompt: string): void {
    if (!this.asking) return;
    this.asking = { ...this.asking, prompt };
    this.readline.setPrompt(prompt);
  }

  /** Writes `text` in place of the line that was just entered, prompt included, and forgets that line. Before anything else is printed. */
  hideLast(text: string): void {
    this.history.forget(this.lastLine);
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
    this.menu.close();
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
    this.menu.close();
    if (text === keys.enter) this.enter();
    // Not as keys: a TAB in what is pasted is a TAB.
    else this.readline.write(text);
  }

  private takeKeys(text: string): void {
    const { kind } = this.menu;
    this.menu.erase();
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
    if (kind !== null && this.asking && this.isAtEnd()) this.refilter(kind);
    else this.menu.forget();
  }

  /** True when the key was for the list, or opens it. */
  private takeMenuKey(key: string): boolean {
    if (this.menu.kind !== null) {
      const taken = this.menu.take(key);
      if (typeof taken === 'boolean') return taken;
      this.choose(taken);
      return true;
    }
    if (this.asking?.kind !== 'line') return false;
    if (key === keys.tab && this.asking.complete) {
      this.complete();
      return true;
    }
    if (key !== keys.search) return false;
    this.press(keys.endOfLine);
    this.menu.open('search', this.history.find(this.readline.line));
    return true;
  }

  private complete(): void {
    this.press(keys.endOfLine);
    const entries = this.asking?.complete?.(this.readline.line) ?? [];
    const [only] = entries;
    if (entries.length === 1 && only) this.choose(only);
    else if (entries.length > 1) this.menu.open('complete', entries);
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

  private refilter(kind: MenuKind): void {
    const { line } = this.readline;
    this.menu.forget();
    this.menu.open(kind, kind === 'search' ? this.history.find(line) : (this.asking?.complete?.(line) ?? []));
  }

  private isAtEnd(): boolean {
    return this.readline.cursor === this.readline.line.length;
  }

  private enter(): void {
    this.menu.close();
    this.press(keys.endOfLine);
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
    this.menu.close();
    this.typeAhead.clear();
    if (this.readline.line === '') {
      this.output.write('\n');
      this.answer({ kind: 'interrupt' });
      return;
    }
    this.press(keys.endOfLine);
    this.output.write('\n');
    this.forgetLine();
    this.readline.prompt();
  }

  private answer(answer: LineAnswer): void {
    const { asking } = this;
    this.asking = undefined;
    this.menu.forget();
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
