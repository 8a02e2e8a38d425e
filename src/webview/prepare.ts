// webview: makes the addresses in a sanitised mail right: cid: to the mail's own pictures, remote ones counted and (unless allowed) taken out, all others gone.
import { RemoteTally, readSourceSet, sortAddress } from './addresses.ts';
import { replaceCssAddresses } from './css.ts';
import type { InlineParts } from './inlineParts.ts';
import { pictureOfBlockedImage } from './placeholder.ts';
import { sanitizeHtml } from './sanitize.ts';

/** An address that loads nothing and is no picture. */
const nothing = 'data:,';

export interface PrepareOptions {
  readonly inlineParts: InlineParts;
  readonly allowRemote: boolean;
  readonly areImagesOff: boolean;
  /** "Remote image: {0}" with the address filled in. */
  readonly describeBlocked: (address: string) => string;
}

export interface PreparedMail {
  /** An html element in a document in which nothing loads; to be moved into the frame. */
  readonly root: HTMLElement;
  readonly colorScheme: string | null;
  readonly remote: RemoteTally;
}

export function prepareMail(html: string, options: PrepareOptions): PreparedMail {
  const remote = new RemoteTally();
  const { root, colorScheme } = sanitizeHtml(html, remote);
  const resolve = (address: string, isImage: boolean, onArrival: () => void): string | null => {
    const sorted = sortAddress(address);
    switch (sorted.kind) {
      case 'remote':
        remote.add(sorted.url, isImage);
        return options.allowRemote && !(isImage && options.areImagesOff) ? sorted.url.href : null;
      case 'cid':
        return options.areImagesOff ? null : options.inlineParts.addressOf(sorted.id, onArrival);
      case 'data':
        return options.areImagesOff && isImage ? null : address;
      case 'fragment':
        return address;
      case 'other':
        return null;
    }
  };
  const styles = (css: string, onArrival: () => void): string =>
    replaceCssAddresses(css, (address, use) => resolve(address, use === 'image', onArrival) ?? nothing);

  for (const element of [root, ...root.querySelectorAll('*')]) {
    const tag = element.localName.toLowerCase();
    if (tag === 'a' || tag === 'area') {
      // Links stay as the mail has them: the frame's listener stops every click and the extension judges the address.
    } else if (tag === 'style') {
      const css = element.textContent ?? '';
      const apply = (): void => {
        element.textContent = styles(css, apply);
      };
      apply();
    } else if (tag === 'img') prepareImage(element, resolve, options);
    else prepareSources(element, resolve);
    prepareStyles(element, styles);
  }
  return { root, colorScheme, remote };
}

type Resolve = (address: string, isImage: boolean, onArrival: () => void) => string | null;

function prepareImage(image: Element, resolve: Resolve, options: PrepareOptions): void {
  const source = image.getAttribute('src');
  const sourceSet = image.getAttribute('srcset');
  image.removeAttribute('srcset');
  image.removeAttribute('src');
  // Lazy pictures would stay empty in a frame that is small or scrolled.
  image.removeAttribute('loading');
  const apply = (): void => {
    const address = source === null ? null : resolve(source, true, apply);
    if (address !== null) image.setAttribute('src', address);
    const set = sourceSet === null ? '' : resolveSourceSet(sourceSet, resolve, apply);
    if (set !== '') image.setAttribute('srcset', set);
  };
  apply();
  if (options.allowRemote || options.areImagesOff) return;
  const blocked = [source ?? '', ...readSourceSet(sourceSet ?? '').map(({ address }) => address)].map(sortAddress);
  const first = blocked.find((address) => address.kind === 'remote');
  if (first && !image.hasAttribute('src') && !image.hasAttribute('srcset')) showBlocked(image, first.url, options);
}

function showBlocked(image: Element, url: URL, options: PrepareOptions): void {
  // A picture to count readers has no place to show a placeholder in.
  const isPixel = ['width', 'height'].some((side) => Number.parseInt(image.getAttribute(side) ?? '', 10) <= 4);
  const address = `${url.host}${url.pathname}`;
  image.setAttribute('src', isPixel ? nothing : pictureOfBlockedImage(options.describeBlocked(address)));
  if (!image.hasAttribute('title')) image.setAttribute('title', options.describeBlocked(address));
}

function resolveSourceSet(text: string, resolve: Resolve, onArrival: () => void): string {
  return readSourceSet(text)
    .map(({ address, descriptor }) => ({ address: resolve(address, true, onArrival), descriptor }))
    .filter(({ address }) => address !== null)
    .map(({ address, descriptor }) => `${address} ${descriptor}`.trim())
    .join(', ');
}

/** Attributes other than those of img and of links that name something to load. */
function prepareSources(element: Element, resolve: Resolve): void {
  for (const name of ['src', 'poster', 'background', 'href', 'xlink:href', 'lowsrc', 'dynsrc']) {
    const address = element.getAttribute(name);
    if (address === null) continue;
    const apply = (): void => {
      const resolved = resolve(address, true, apply);
      if (resolved === null) element.removeAttribute(name);
      else element.setAttribute(name, resolved);
    };
    apply();
  }
  const set = element.getAttribute('srcset');
  if (set === null) return;
  const apply = (): void => {
    const resolved = resolveSourceSet(set, resolve, apply);
    if (resolved === '') element.removeAttribute('srcset');
    else element.setAttribute('srcset', resolved);
  };
  apply();
}

/** style="" and the presentation attributes of SVG (fill, filter, mask, clip-path, cursor). */
function prepareStyles(element: Element, styles: (css: string, onArrival: () => void) => string): void {
  for (const { name, value } of [...element.attributes]) {
    if (name !== 'style' && (!/\(|\\/.test(value) || !element.namespaceURI?.endsWith('/svg'))) continue;
    const apply = (): void => {
      const replaced = styles(value, apply);
      if (replaced !== element.getAttribute(name)) element.setAttribute(name, replaced);
    };
    apply();
  }
}
