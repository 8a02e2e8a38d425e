// webview: elements made by hand. Text only ever becomes a text node, so nothing of a mail can become markup of our page.

export type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean | null>>;

/** `true` sets an empty attribute, `false` and `null` set none. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A codicon; never alone: a word or a label stands beside it. */
export function icon(name: string, className = ''): HTMLElement {
  return element('i', { class: `codicon codicon-${name} ${className}`.trim(), 'aria-hidden': 'true' });
}

/** `label` is name and tooltip; `text` is shown beside the icon. */
export function iconButton(name: string, label: string, onClick: () => void, text?: string): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'icon-button' }, icon(name), text === undefined ? null : ` ${text}`);
  if (text === undefined) {
    button.title = label;
    button.setAttribute('aria-label', label);
  }
  button.addEventListener('click', onClick);
  return button;
}

export function toggleButton(name: string, label: string, isOn: boolean, onToggle: (isOn: boolean) => void): HTMLButtonElement {
  const button = iconButton(name, label, () => {
    const next = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(next));
    onToggle(next);
  });
  button.setAttribute('aria-pressed', String(isOn));
  return button;
}

/** A link that acts in our page or asks the extension: a button that looks like a link, so that VS Code does not follow it by itself. */
export function linkButton(text: string, onClick: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'link-button' }, text);
  button.addEventListener('click', onClick);
  return button;
}
