// message: a name for a file that nothing in a mail can turn into a path, a hidden file or a lie about its kind.
import { maxFileName } from './limits.ts';

/** What must not be in a name on any common system, and characters that reorder or hide text: controls, bidi marks and overrides, zero width, line separators. */
const forbidden = /[\u0000-\u001F\u007F-\u009F<>:"/\\|?*\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|\p{Surrogate}/gu;
/** Windows devices, with or without extension. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00B9\u00B2\u00B3])(?:\s*\.|$)/i;

/**
 * The last segment of `name` as a name that any file system takes, at most 80 characters with its extension kept; `fallback` (which
 * must be such a name) when nothing is left.
 */
export function cleanFileName(name: string, fallback: string): string {
  const segment =
    name
      .slice(-2000)
      .split(/[/\\]/)
      .findLast((part) => part.trim() !== '') ?? '';
  const clean = trimEnds(segment.normalize('NFC').replace(forbidden, '').replace(/\s+/g, ' '));
  if (clean === '') return fallback;
  const safe = reserved.test(clean) ? `_${clean}` : clean;
  const characters = [...safe];
  if (characters.length <= maxFileName) return safe;
  const extension = /\.[^. ]{1,15}$/.exec(safe)?.[0] ?? '';
  return trimEnds(characters.slice(0, maxFileName - [...extension].length).join('')) + extension;
}

/** Leading dots hide a file, trailing dots and spaces are dropped by Windows. */
function trimEnds(text: string): string {
  return text.replace(/^[\s.]+/, '').replace(/[\s.]+$/, '');
}
