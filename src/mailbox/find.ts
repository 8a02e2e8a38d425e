// mailbox: what a user types to find mail, and the text it is looked for in. Both pass through the same changes, else they would not meet.

/** UTF-16 units of typed text that are looked at. */
const longestFind = 1000;
const mostTerms = 20;
/** UTF-16 units of one mail that are indexed. */
const longestText = 64 * 1024;

/** How one term is looked for; null: not in this way. A mail has the term when one of them finds it. */
export interface Term {
  /** An expression of FTS5 for table `words`. */
  readonly words: string | null;
  /** An expression of FTS5 for table `pieces`. */
  readonly pieces: string | null;
  /** A pattern for LIKE with '\' as escape, for subject and addresses. */
  readonly like: string | null;
}

// Writing without spaces between words: each sign becomes a word, and a run of them is found as a phrase, at any place and of any length.
const signs =
  /[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&[\p{L}\p{N}\p{M}]]/gv;
const lastWord = /[\p{L}\p{N}\p{M}\p{Co}]+(?=[^\p{L}\p{N}\p{M}\p{Co}]*$)/u;

/** Words are divided by white space; "quoted words" are one term, of whole words in this order. Every term must occur; none of it is syntax. */
export function parseFind(typed: string): readonly Term[] {
  const text = fold(typed.slice(0, longestFind));
  const terms = new Set([...text.matchAll(/"[^"]*"?|[^\s"]+/gu)].map(([term]) => term).filter((term) => /[^\s"]/u.test(term)));
  return [...terms].slice(0, mostTerms).map((term) => {
    const isPhrase = term.startsWith('"');
    return termOf(isPhrase ? term.replaceAll('"', '').trim() : term, isPhrase);
  });
}

function termOf(text: string, isPhrase: boolean): Term {
  const spaced = spaceSigns(text);
  const last = lastWord.exec(spaced)?.[0] ?? '';
  // The start of a word is enough, except for a single letter: half of all words start with it, and walking them all takes too long.
  const isStart = !isPhrase && [...last].length > 1;
  const words = last === '' ? null : quote(spaced) + (isStart ? ' *' : '');
  // Quoted words are whole words. Trigrams find nothing shorter than three characters.
  const pieces = (isPhrase && words !== null) || [...text].length < 3 ? null : quote(text);
  return { words, pieces, like: words === null && pieces === null ? `%${text.replace(/[\\%_]/g, '\\$&')}%` : null };
}

/** The text of a mail as table `words` takes it. */
export function foldWords(text: string): string {
  return spaceSigns(fold(text.slice(0, longestText)));
}

/** Subject and addresses as table `pieces` takes them. */
export function foldPieces(text: string): string {
  return fold(text.slice(0, longestText));
}

/** One form for composed, decomposed, full-width and half-width letters. NUL would end the text for SQLite. */
function fold(text: string): string {
  return text.toWellFormed().normalize('NFKC').replaceAll('\0', ' ');
}

function spaceSigns(text: string): string {
  return text.replace(signs, ' $& ');
}

/** A string of FTS5: nothing in it is syntax but the quote, which is doubled. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
