// ui/session: the colours of a session: codes of the terminal's own palette, so that every theme and its contrast rules apply.

const paint =
  (on: number, off: number) =>
  (text: string): string =>
    text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`;

export const bold = paint(1, 22);
export const underline = paint(4, 24);
export const cyan = paint(36, 39);
export const green = paint(32, 39);
export const blue = paint(34, 39);
export const yellow = paint(33, 39);
export const red = paint(31, 39);
/** Bright black and not "dim", which VS Code's contrast rule raises only half way. */
export const faint = paint(90, 39);

/** For a theme of high contrast: what is faint elsewhere is as plain as all else; its place tells it apart. */
export function withoutFaint(text: string): string {
  return text.replaceAll('\x1b[90m', '');
}

/** The colour of a reply by its class (RFC 5321 section 4.2.1); a reply without a code is as wrong as an error. */
export function colorOf(code: number | null): (text: string) => string {
  if (code === null) return red;
  const kind = Math.floor(code / 100);
  if (kind === 2) return green;
  if (kind === 3) return blue;
  return kind === 4 ? yellow : red;
}
