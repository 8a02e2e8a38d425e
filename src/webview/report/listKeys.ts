// webview: a list of findings is one tab stop; Up, Down, Home and End move, Right and Left open and close, Enter toggles by itself.
import { makeStop } from '../roving.ts';

export function moveByKeys(list: HTMLElement, onToggle: (row: HTMLDetailsElement) => void): void {
  list.addEventListener('keydown', (event) => {
    const { target } = event;
    if (!(target instanceof HTMLElement) || target.tagName !== 'SUMMARY' || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = rowsOf(list);
    const at = rows.indexOf(target);
    const next = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1], Home: rows[0], End: rows.at(-1) }[event.key];
    if (next) {
      event.preventDefault();
      makeStop(rows, next);
      next.focus();
    }
    const row = target.parentElement;
    const wanted = { ArrowRight: true, ArrowLeft: false }[event.key];
    if (row instanceof HTMLDetailsElement && wanted !== undefined && row.open !== wanted) {
      event.preventDefault();
      row.open = wanted;
      onToggle(row);
    }
  });
  list.addEventListener('focusin', ({ target }) => {
    const rows = rowsOf(list);
    const focused = rows.find((row) => row === target);
    if (focused) makeStop(rows, focused);
  });
}

/** Call after rows came, went or were hidden. */
export function keepOneStop(list: HTMLElement): void {
  const rows = rowsOf(list);
  const stop = rows.find((row) => row === document.activeElement) ?? rows.find((row) => row.tabIndex === 0) ?? rows[0];
  if (stop) makeStop(rows, stop);
}

/** The rows that are shown, in their order. */
export function rowsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('.finding > summary')].filter((row) => row.closest('[hidden]') === null);
}
