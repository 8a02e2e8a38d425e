// message: which parts an HTML text shows by cid: addresses (RFC 2392).
import { maxReferenceOctets } from './limits.ts';
import type { Mail } from './outline.ts';
import type { Entity } from './structure.ts';
import { textOf } from './tolerant.ts';

/** The files that the HTML shows: in multipart/related, with a Content-ID that `src`, `background`, CSS url() or anything else names. */
export function findShownFiles(mail: Mail): ReadonlySet<Entity> {
  const candidates = mail.files.filter((file) => file.isRelated && file.contentId !== null);
  if (candidates.length === 0) return new Set();
  const named = new Set<string>();
  for (const html of mail.htmls) {
    for (const [, name = ''] of textOf(mail, html, maxReferenceOctets).matchAll(/\bcid:([^\s"'<>)\\]{1,500})/gi)) {
      named.add(name);
      named.add(unquote(name.replaceAll('&amp;', '&')));
    }
  }
  return new Set(candidates.filter((file) => file.contentId !== null && named.has(file.contentId)));
}

function unquote(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
