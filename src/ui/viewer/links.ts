// ui/viewer: which links of a mail may leave the editor. Pure, so that it can be tried with every hostile address.

export type LinkTarget =
  | { readonly kind: 'open'; readonly address: string }
  /** 'scheme': javascript:, file:, command:, data: and the like. 'incomplete': relative or not an address at all. */
  | { readonly kind: 'refused'; readonly reason: 'scheme' | 'incomplete' };

const openable: readonly string[] = ['http:', 'https:', 'mailto:'];

/** @param href the attribute as the mail has it; a protocol-relative address is taken as https. */
export function judgeLink(href: string): LinkTarget {
  const trimmed = href.trim();
  let url: URL;
  try {
    url = new URL(/^[\\/]{2}/.test(trimmed) ? `https:${trimmed}` : trimmed);
  } catch {
    return { kind: 'refused', reason: 'incomplete' };
  }
  if (!openable.includes(url.protocol)) return { kind: 'refused', reason: 'scheme' };
  return { kind: 'open', address: url.href };
}
