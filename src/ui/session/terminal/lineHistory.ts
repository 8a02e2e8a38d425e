// ui/session: the lines that were entered before. readline keeps a list of its own, to which it adds each line before anybody is asked: what must not
// be kept is taken out of that list.
import type { MenuEntry } from './menu.ts';

/** Lines that are kept between sessions. */
export const historySize = 500;

export class LineHistory {
  private readonly onDidChange: (lines: readonly string[]) => void;
  /** Newest first. */
  private lines: string[];
  /** The list in readline itself. */
  private known: string[] = [];

  constructor(lines: readonly string[], onDidChange: (lines: readonly string[]) => void) {
    this.lines = [...lines];
    this.onDidChange = onDidChange;
  }

  /** readline has added a line to its list. `isKept` null: nobody asked for that line. */
  added(known: string[], isKept: ((line: string) => boolean) | null): void {
    this.known = known;
    const [line] = known;
    if (line === undefined || isKept === null) return;
    this.keep(isKept(line) ? known : this.lines);
  }

  /** The newest, if it is this line. */
  forget(line: string): void {
    if (this.known[0] === line) this.keep(this.known.slice(1));
  }

  /** Those that have the text in them. */
  find(text: string): MenuEntry[] {
    const wanted = text.toLowerCase();
    return this.lines.filter((line) => line.toLowerCase().includes(wanted)).map((line) => ({ label: line, detail: '', text: line }));
  }

  private keep(lines: readonly string[]): void {
    const hasChanged = lines.length !== this.lines.length || lines[0] !== this.lines[0];
    this.lines = [...lines];
    this.known.splice(0, this.known.length, ...this.lines);
    if (hasChanged) this.onDidChange(this.lines);
  }
}
