// webview: the frame of the mail. It is made empty, with its own policy, and wired before anything of the mail is in it: without these listeners a middle click would open a page.
import type { FromViewer } from '../protocol/viewer.ts';

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'";
const remotePolicy =
  "default-src 'none'; style-src 'unsafe-inline' http: https:; img-src data: blob: http: https:; font-src data: http: https:; base-uri 'none'; form-action 'none'";

/** Behind a mail that brings no background of its own. Must go with the colour scheme, else text and paper may have one colour. */
const paper = { light: '#fff', dark: '#1e1e1e' };

export interface FrameOptions {
  readonly title: string;
  readonly allowRemote: boolean;
  readonly onLink: (message: FromViewer) => void;
  /** The address under the mouse or the focus; '' for none. */
  readonly onHover: (address: string) => void;
}

export interface MailFrame {
  readonly element: HTMLIFrameElement;
  /** The mail's document; null until the frame is there. */
  document(): Document | null;
  /** Moves a prepared mail (an html element) into the frame. */
  show(root: HTMLElement, colorScheme: string | null): void;
  setDark(isDark: boolean): void;
}

/** `onReady` is called when the frame stands in the page, empty and wired. */
export function createFrame(options: FrameOptions, onReady: (frame: MailFrame) => void): MailFrame {
  const element = document.createElement('iframe');
  // Before srcdoc. Never allow-scripts. allow-same-origin is what lets us listen (and is harmless without scripts).
  element.setAttribute('sandbox', 'allow-same-origin');
  element.className = 'paper';
  element.title = options.title;
  const frame: MailFrame = {
    element,
    document: () => element.contentDocument,
    show(root, colorScheme) {
      const inside = element.contentDocument;
      if (inside) moveIn(inside, root, colorScheme);
    },
    setDark(isDark) {
      element.style.colorScheme = isDark ? 'dark' : 'light';
      element.style.background = isDark ? paper.dark : paper.light;
    },
  };
  element.addEventListener(
    'load',
    () => {
      if (!element.contentDocument) return;
      wire(element.contentDocument, options);
      onReady(frame);
    },
    { once: true },
  );
  element.srcdoc = `<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="${options.allowRemote ? remotePolicy : policy}"><meta name="referrer" content="no-referrer"></head><body></body></html>`;
  return frame;
}

function moveIn(inside: Document, root: HTMLElement, colorScheme: string | null): void {
  for (const name of ['lang', 'dir', 'class', 'style']) {
    const value = root.getAttribute(name);
    if (value !== null) inside.documentElement.setAttribute(name, value);
  }
  if (colorScheme !== null) inside.documentElement.style.colorScheme = colorScheme;
  const head = root.querySelector(':scope > head');
  const body = root.querySelector(':scope > body');
  if (head) inside.head.append(...head.childNodes);
  if (body) inside.body.replaceWith(body);
}

function wire(inside: Document, options: FrameOptions): void {
  for (const type of ['click', 'auxclick']) {
    inside.addEventListener(
      type,
      (event) => {
        const link = linkOf(event);
        if (!link) return;
        event.preventDefault();
        const href = addressOf(link);
        if (href.startsWith('#')) scrollTo(inside, href.slice(1));
        else if (href !== '') options.onLink({ type: 'openLink', href });
      },
      true,
    );
  }
  // A link dragged onto the tabs of a browser would be opened.
  inside.addEventListener('dragstart', (event) => event.preventDefault(), true);
  for (const type of ['mouseover', 'focusin']) {
    inside.addEventListener(type, (event) => {
      const link = linkOf(event);
      options.onHover(link ? addressOf(link) : '');
    });
  }
  inside.addEventListener('mouseleave', () => options.onHover(''));
  for (const type of ['keydown', 'keyup'] as const) inside.addEventListener(type, forwardKey);
}

/** The events come from another window, whose classes are not ours: instanceof would say no. */
function linkOf(event: Event): Element | null {
  const target = event.target as Partial<Element> | null;
  return target?.closest?.('a, area') ?? null;
}

function addressOf(link: Element): string {
  return (link.getAttribute('href') ?? link.getAttribute('xlink:href') ?? '').trim();
}

/** The address of a srcdoc frame is the page's, so #x would be a navigation. */
function scrollTo(inside: Document, fragment: string): void {
  let id = fragment;
  try {
    id = decodeURIComponent(fragment);
  } catch {
    // Kept as the mail has it.
  }
  const named = inside.getElementById(id) ?? inside.querySelector(`[name="${CSS.escape(id)}"]`);
  if (named) named.scrollIntoView();
  else if (id === '' || id === 'top') inside.documentElement.scrollIntoView();
}

/** VS Code listens on our window only: without this none of its keys would work while the mail has the focus. */
function forwardKey(event: KeyboardEvent): void {
  // Copy, cut and select all belong to the mail.
  if ((event.ctrlKey || event.metaKey) && /^[acx]$/i.test(event.key)) return;
  const copy = new KeyboardEvent(event.type, {
    key: event.key,
    code: event.code,
    // VS Code reads it, so it counts, though it is out of fashion.
    keyCode: event.keyCode,
    location: event.location,
    ctrlKey: event.ctrlKey,
    shiftKey: event.shiftKey,
    altKey: event.altKey,
    metaKey: event.metaKey,
    repeat: event.repeat,
    bubbles: true,
    cancelable: true,
  });
  if (!window.dispatchEvent(copy)) event.preventDefault();
}
