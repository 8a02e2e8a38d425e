// webview: groups of controls with one tab stop, in which the arrow keys, Home and End move.
import { element } from './dom.ts';

/** `items` is asked each time, so that hidden ones may come and go. `columns`: how far Up and Down go (actions in rows). */
export function rove(
  container: HTMLElement,
  items: () => readonly HTMLElement[],
  columns = 1,
  onMove: (item: HTMLElement) => void = () => {},
): void {
  items().forEach((item, index) => {
    item.tabIndex = index === 0 ? 0 : -1;
  });
  container.addEventListener('keydown', (event) => {
    const all = items();
    const at = event.target instanceof HTMLElement ? all.indexOf(event.target) : -1;
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = target(event.key, at, all.length, columns);
    const next = to === undefined ? undefined : all[to];
    if (!next) return;
    event.preventDefault();
    makeStop(all, next);
    next.focus();
    onMove(next);
  });
  // A click makes its control the stop.
  container.addEventListener('focusin', (event) => {
    const all = items();
    const focused = all.find((item) => item === event.target);
    if (focused) makeStop(all, focused);
  });
}

function target(key: string, at: number, length: number, columns: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return columns === 1 ? (at + 1) % length : at + 1;
    case 'ArrowLeft':
      return columns === 1 ? (at + length - 1) % length : at - 1;
    case 'ArrowDown':
      return columns === 1 ? (at + 1) % length : at + columns;
    case 'ArrowUp':
      return columns === 1 ? (at + length - 1) % length : at - columns;
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return undefined;
  }
}

export function makeStop(items: readonly HTMLElement[], stop: HTMLElement): void {
  for (const item of items) item.tabIndex = item === stop ? 0 : -1;
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly text: string;
  readonly title?: string;
}

/** Radio buttons in a row; moving chooses, as ARIA has it for radio groups. */
export function radioGroup<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  chosen: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const buttons = choices.map(({ value, text, title }) => {
    const button = element(
      'button',
      { type: 'button', class: 'icon-button', role: 'radio', 'aria-checked': String(value === chosen), title: title ?? null },
      text,
    );
    button.addEventListener('click', () => choose(button, value));
    return { button, value };
  });
  const all = buttons.map(({ button }) => button);
  const group = element('div', { class: 'group', role: 'radiogroup', 'aria-label': label }, ...all);
  rove(
    group,
    () => all,
    1,
    (moved) => moved.click(),
  );
  const checked = buttons.find(({ value }) => value === chosen);
  if (checked) makeStop(all, checked.button);
  return group;

  function choose(button: HTMLButtonElement, value: T): void {
    for (const other of all) other.setAttribute('aria-checked', String(other === button));
    onChoose(value);
  }
}
