// session: text with wildcards and captures, matched in one pass from left to right, so that no pattern and no reply can make it slow.

export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  /** `start`: UTF-16 units from the start of the pattern's text, at the braces. */
  | { readonly kind: 'name'; readonly name: string; readonly start: number; readonly end: number };

export interface TextPattern {
  readonly kind: 'text';
  readonly source: string;
  readonly parts: readonly PatternPart[];
}

const special = /\*|\{\{\s*([^\s{}]+)\s*\}\}/g;

export function parsePattern(source: string): TextPattern {
  const parts: PatternPart[] = [];
  let last = 0;
  for (const match of source.matchAll(special)) {
    if (match.index > last) parts.push({ kind: 'literal', text: source.slice(last, match.index) });
    last = match.index + match[0].length;
    parts.push(match[1] === undefined ? { kind: 'any' } : { kind: 'name', name: match[1], start: match.index, end: last });
  }
  if (last < source.length) parts.push({ kind: 'literal', text: source.slice(last) });
  return { kind: 'text', source, parts };
}

/**
 * What the names captured when `text` begins with the pattern, else null. `lookUp` gives the values of names that are not captures.
 * Each literal is taken at the first place where it fits, which is all that a pattern without alternatives needs. A literal at the end must end with a word.
 */
export function matchPattern(
  pattern: TextPattern,
  text: string,
  lookUp: (name: string) => string | undefined,
): Readonly<Record<string, string>> | null {
  const lower = text.toLowerCase();
  // Some letters change their length in lower case; then positions would not agree.
  const searched = lower.length === text.length ? lower : text;
  const parts = resolve(pattern.parts, lookUp);
  const captures: Record<string, string> = Object.create(null) as Record<string, string>;
  let position = 0;
  let open: string | null | undefined;
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'any') open = open === undefined ? null : open;
    else if (part.kind === 'name') {
      if (open !== undefined && open !== null) captures[open] = '';
      open = part.name;
    } else {
      const wanted = searched === lower ? part.text.toLowerCase() : part.text;
      const found = find(searched, wanted, position, open !== undefined, index === parts.length - 1);
      if (found < 0) return null;
      if (open) captures[open] = text.slice(position, found);
      open = undefined;
      position = found + wanted.length;
    }
  }
  if (open) captures[open] = text.slice(position);
  return captures;
}

type Resolved = Exclude<PatternPart, { kind: 'name' }> | { readonly kind: 'name'; readonly name: string };

/** Fills values in and joins what stands side by side. */
function resolve(parts: readonly PatternPart[], lookUp: (name: string) => string | undefined): Resolved[] {
  const resolved: Resolved[] = [];
  for (const part of parts) {
    const value = part.kind === 'name' ? lookUp(part.name) : undefined;
    const next: Resolved = value === undefined ? part : { kind: 'literal', text: value };
    const previous = resolved.at(-1);
    if (next.kind === 'literal' && previous?.kind === 'literal')
      resolved[resolved.length - 1] = { kind: 'literal', text: previous.text + next.text };
    else resolved.push(next);
  }
  return resolved;
}

function find(text: string, wanted: string, from: number, mayMove: boolean, isLast: boolean): number {
  for (let at = mayMove ? text.indexOf(wanted, from) : from; at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!text.startsWith(wanted, at)) return -1;
    if (!isLast || endsWord(text, at + wanted.length)) return at;
    if (!mayMove || at >= text.length) return -1;
  }
  return -1;
}

const word = /[\p{L}\p{N}]/u;

function endsWord(text: string, end: number): boolean {
  return end <= 0 || end >= text.length || !word.test(text[end] ?? '') || !word.test(text[end - 1] ?? '');
}
