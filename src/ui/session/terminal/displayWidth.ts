// ui/session: how many columns a text takes in a terminal, for what is drawn beside and below the line that readline edits.
import { stripVTControlCharacters } from 'node:util';

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const empty = /[\p{Mark}\p{Cf}\p{Cc}]/u;
const plain = /^[\x20-\x7e]*$/;

/** Columns; escape sequences take none. */
export function displayWidth(text: string): number {
  const bare = stripVTControlCharacters(text);
  if (plain.test(bare)) return bare.length;
  let width = 0;
  for (const character of bare) width += empty.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** `text`, which has no escape sequences, cut to at most `columns`, with an ellipsis where something is missing. */
export function cutToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** Filled with blanks up to `columns`. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

/** Lines of at most `columns`, broken between words; a longer word stays whole. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
