// webview: sorts the addresses in a mail's HTML, and counts the ones that point outside of it. No DOM.

export type AddressKind =
  | { readonly kind: 'remote'; readonly url: URL }
  /** Content-ID without angle brackets. */
  | { readonly kind: 'cid'; readonly id: string }
  | { readonly kind: 'data' }
  /** Within the mail (#shape in SVG). */
  | { readonly kind: 'fragment' }
  /** Relative, or of a scheme that shows nothing. It would be resolved against our page, so it must not stay. */
  | { readonly kind: 'other' };

export function sortAddress(text: string): AddressKind {
  const address = text.trim();
  if (address.startsWith('#')) return { kind: 'fragment' };
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(address)?.[0].toLowerCase();
  if (scheme === 'cid:') return { kind: 'cid', id: decode(address.slice(4)).replace(/^<|>$/g, '') };
  if (scheme === 'data:') return { kind: 'data' };
  const isProtocolRelative = /^[\\/]{2}/.test(address);
  if (scheme !== 'http:' && scheme !== 'https:' && !isProtocolRelative) return { kind: 'other' };
  try {
    return { kind: 'remote', url: new URL(isProtocolRelative ? `https:${address}` : address) };
  } catch {
    return { kind: 'other' };
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface SourceCandidate {
  readonly address: string;
  /** "2x", "600w", ''. */
  readonly descriptor: string;
}

/** A srcset, read as the HTML standard does: an address holds no white space, and may hold commas except at its end. */
export function readSourceSet(text: string): readonly SourceCandidate[] {
  const candidates: SourceCandidate[] = [];
  let at = 0;
  const skip = (isWanted: (char: string) => boolean): number => {
    const from = at;
    while (at < text.length && isWanted(text.charAt(at))) at++;
    return from;
  };
  const isSpace = (char: string): boolean => /\s/.test(char);
  while (at < text.length) {
    skip((char) => char === ',' || isSpace(char));
    const word = text.slice(
      skip((char) => !isSpace(char)),
      at,
    );
    if (word.endsWith(',')) {
      candidates.push({ address: trimCommas(word), descriptor: '' });
    } else if (word !== '') {
      const descriptor = text.slice(
        skip((char) => char !== ','),
        at,
      );
      candidates.push({ address: word, descriptor: descriptor.trim() });
    }
  }
  return candidates;
}

function trimCommas(word: string): string {
  let end = word.length;
  while (word[end - 1] === ',') end--;
  return word.slice(0, end);
}

export interface RemoteHost {
  readonly host: string;
  readonly count: number;
}

/** What a mail wants from the network, each address once. */
export class RemoteTally {
  private readonly loadable = new Map<string, URL>();
  private readonly never = new Map<string, URL>();
  private others = 0;

  /** @param isImage false for sheets and fonts. */
  add(url: URL, isImage: boolean): void {
    if (!this.loadable.has(url.href) && !isImage) this.others++;
    this.loadable.set(url.href, url);
  }

  /** Frames, media, linked sheets: taken out of the mail, whatever the reader chooses. */
  addRemoved(url: URL): void {
    this.never.set(url.href, url);
  }

  /** How many would be loaded if the reader asked for it. */
  get loadableCount(): number {
    return this.loadable.size;
  }

  get count(): number {
    return new Set([...this.loadable.keys(), ...this.never.keys()]).size;
  }

  get areAllImages(): boolean {
    return this.others === 0 && this.never.size === 0;
  }

  /** The most frequent first. */
  hosts(which: 'all' | 'loadable'): readonly RemoteHost[] {
    const urls = which === 'all' ? new Map([...this.loadable, ...this.never]) : this.loadable;
    const counts = new Map<string, number>();
    for (const { host } of urls.values()) counts.set(host, (counts.get(host) ?? 0) + 1);
    return [...counts].map(([host, count]) => ({ host, count })).sort((a, b) => b.count - a.count || a.host.localeCompare(b.host));
  }
}
