// ui/session: the list below the prompt: what Tab offers and what Ctrl+R finds. Drawn here as text, moved through by the line editor.
import { bold, faint } from './colors.ts';
import { cutToWidth, displayWidth, padToWidth } from './displayWidth.ts';

export interface MenuEntry {
  readonly label: string;
  /** A few words, or ''. */
  readonly detail: string;
  /** What is put into the line, to be edited further; null: whoever asked for the line does something with the entry. */
  readonly text: string | null;
}

export interface MenuSpace {
  /** Of the terminal. */
  readonly columns: number;
  readonly rows: number;
}

/** Of all entries at most so many are seen at a time. */
const maxShown = 8;
/** Where details begin, unless a label is longer. */
const detailColumn = 28;
const indent = 3;

/** The lines of the list, none wider than the terminal. `chosen` is always among those that are seen; the last line is `hint`. */
export function drawMenu(entries: readonly MenuEntry[], chosen: number, hint: string, { columns, rows }: MenuSpace): string[] {
  // One column stays free: a terminal breaks the line after its last.
  const room = columns - 1 - indent;
  const shown = Math.max(1, Math.min(maxShown, rows - 3));
  const first = Math.max(0, Math.min(chosen - Math.floor(shown / 2), entries.length - shown));
  const seen = entries.slice(first, first + shown);
  const widest = Math.max(...seen.map((entry) => displayWidth(entry.label)));
  const labelRoom = Math.min(Math.max(detailColumn - indent - 2, widest), Math.max(10, Math.floor(room * 0.6)));
  const lines = seen.map((entry, index) => {
    const isChosen = first + index === chosen;
    const label = padToWidth(cutToWidth(entry.label, Math.min(labelRoom, room)), labelRoom);
    const detail = cutToWidth(entry.detail, room - labelRoom - 2);
    const line = `${isChosen ? ` ${bold('>')} ${bold(label.trimEnd())}${trailing(label)}` : `${' '.repeat(indent)}${label}`}`;
    return detail === '' ? line.trimEnd() : `${line}  ${faint(detail)}`;
  });
  const count = entries.length > shown ? `${chosen + 1}/${entries.length}  ` : '';
  return [...lines, `${' '.repeat(indent)}${faint(cutToWidth(count + hint, room))}`];
}

function trailing(text: string): string {
  return ' '.repeat(text.length - text.trimEnd().length);
}
