// webview: the first of the three walls: DOMPurify takes out of a mail's HTML all that a mail has no use for. (The others: the two policies, the sandbox.)
import createDOMPurify, { type Config, type DOMPurify } from 'dompurify';
import { type RemoteTally, sortAddress } from './addresses.ts';
import { withoutMarkup } from './css.ts';

/** Forms, media, frames and all that talks about the document itself. DOMPurify keeps the text inside of forms. */
const forbiddenTags = [
  ...['form', 'input', 'button', 'select', 'option', 'optgroup', 'textarea', 'fieldset', 'datalist', 'output', 'keygen', 'dialog', 'label'],
  ...['video', 'audio', 'track', 'canvas', 'map-viewer', 'marquee', 'bgsound', 'slot', 'template', 'meter', 'progress'],
  ...['iframe', 'frame', 'frameset', 'object', 'embed', 'applet', 'portal', 'fencedframe'],
  ...['meta', 'link', 'base', 'title', 'script', 'noscript'],
];
const forbiddenAttributes = [
  'ping',
  'target',
  'download',
  'action',
  'formaction',
  'method',
  'autofocus',
  'tabindex',
  'accesskey',
  'contenteditable',
];

const config = {
  WHOLE_DOCUMENT: true,
  RETURN_DOM: true,
  USE_PROFILES: { html: true, svg: true, svgFilters: true },
  FORBID_TAGS: forbiddenTags,
  FORBID_ATTR: forbiddenAttributes,
  ALLOW_DATA_ATTR: false,
  // Relative addresses stay here: links show what the mail says when they are clicked; all others are replaced (see prepare.ts).
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|cid:|data:image\/|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
} satisfies Config;

/** Elements that are taken out though they would have loaded something; their addresses are counted. */
const removedSources: Readonly<Record<string, readonly string[]>> = {
  link: ['href'],
  iframe: ['src'],
  frame: ['src'],
  embed: ['src'],
  object: ['data'],
  video: ['src', 'poster'],
  audio: ['src'],
  track: ['src'],
  input: ['src'],
  script: ['src', 'href', 'xlink:href'],
};

export interface CleanHtml {
  /** An html element in a document of its own, in which nothing loads. */
  readonly root: HTMLElement;
  /** The mail's <meta name="color-scheme">, which DOMPurify removes: "light dark", or null. */
  readonly colorScheme: string | null;
}

export function sanitizeHtml(html: string, tally: RemoteTally): CleanHtml {
  // An instance of its own, so that these hooks are its own.
  const purifier: DOMPurify = createDOMPurify(window);
  let colorScheme: string | null = null;
  purifier.addHook('uponSanitizeElement', (node) => {
    if (!isElement(node)) return;
    const tag = node.localName.toLowerCase();
    for (const attribute of removedSources[tag] ?? []) {
      const address = sortAddress(node.getAttribute(attribute) ?? '');
      if (address.kind === 'remote' && (tag !== 'link' || isLoadingLink(node))) tally.addRemoved(address.url);
    }
    if (tag === 'meta' && /^(?:supported-)?color-schemes?$/i.test(node.getAttribute('name') ?? '')) {
      colorScheme ??= readColorScheme(node.getAttribute('content') ?? '');
    }
    // Many mails hide their sheet in an HTML comment; DOMPurify would drop it whole.
    if (tag === 'style') node.textContent = withoutMarkup(node.textContent ?? '');
  });
  // With RETURN_DOM and WHOLE_DOCUMENT it answers the html element; its types know only Node.
  const root = purifier.sanitize(html, config) as Node as HTMLElement;
  purifier.removeAllHooks();
  return { root, colorScheme };
}

function isElement(node: Node): node is Element {
  return node.nodeType === Node.ELEMENT_NODE;
}

function isLoadingLink(link: Element): boolean {
  return /stylesheet|icon|preload|prefetch|prerender|manifest|import|preconnect/i.test(link.getAttribute('rel') ?? '');
}

function readColorScheme(content: string): string | null {
  const words = content
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => ['light', 'dark', 'only'].includes(word));
  return words.length > 0 ? words.join(' ') : null;
}
