// ui/session: what the line editor is asked, and what it answers.
import type { MenuEntry } from './menu.ts';

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
