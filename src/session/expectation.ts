// session: what an S: line asks of a reply: a code or class, an enhanced code, and text with wildcards, captures or a regular expression.
import { parsePattern, type TextPattern } from './pattern.ts';

/*
 *   S: 250              the code; 5xx and 25x are classes
 *   S: 550 5.7.1        and the enhanced code (RFC 3463); 5.7.x and 5.x.x are classes
 *   S: 250 2.0.0 Ok     and the beginning of the text of the last line, up to the end of a word, upper or lower case alike
 *   S: 250 * ready      * is any text
 *   S: 250 Ok {{id}}    keeps what stands there, up to the next text of the pattern or to the end of the line
 *   S: 250-SIZE         any one line of the reply, first to last, begins so
 *   S: 250 /queued/i    a regular expression over the text after the code; (?<name>...) captures
 *   S: /^250/           without a code: over each whole line, one must match. Likewise text without a code, for replies that have none.
 *   S:                  a reply, whichever
 */
export interface Expectation {
  /** Three characters, digits or "x"; null: any. */
  readonly code: string | null;
  /** "5.7.1", with "x" for any number; null: any. */
  readonly enhanced: string | null;
  /** true: "250-": one of the lines, and more S: lines may speak of the same reply. false: the last line (of every line when there is no code). */
  readonly isAnyLine: boolean;
  /** null: any text. */
  readonly text: TextPattern | RegularExpression | null;
}

export interface RegularExpression {
  readonly kind: 'regex';
  readonly pattern: string;
  readonly flags: string;
}

const coded = /^([0-9][0-9xX]{2})(?:([- ])(.*))?$/s;
const enhancedStart = /^([245x]\.(?:[0-9]{1,3}|x)\.(?:[0-9]{1,3}|x))(?: +(.*))?$/is;
const regex = /^\/(.+)\/([a-z]*)$/s;

/** The expectation, or an English sentence that says what is wrong. */
export function parseExpectation(content: string): Expectation | string {
  const text = content.trimEnd();
  if (text === '') return { code: null, enhanced: null, isAnyLine: false, text: null };
  const match = coded.exec(text);
  if (!match) {
    if (/^[0-9]{1,2}$|^[0-9]{4,}$|^[0-9]{1,3}-?[0-9]*$/.test(text))
      return `"${text}" is no reply code: three digits, or a class such as 5xx`;
    const pattern = parseText(text);
    return typeof pattern === 'string' ? pattern : { code: null, enhanced: null, isAnyLine: true, text: pattern };
  }
  const [, code = '', separator, rest = ''] = match;
  const enhanced = enhancedStart.exec(rest);
  const remaining = enhanced ? (enhanced[2] ?? '') : rest;
  const pattern = remaining.trim() === '' ? null : parseText(remaining);
  if (typeof pattern === 'string') return pattern;
  return { code: code.toLowerCase(), enhanced: enhanced?.[1]?.toLowerCase() ?? null, isAnyLine: separator === '-', text: pattern };
}

function parseText(text: string): TextPattern | RegularExpression | string {
  const match = regex.exec(text.trim());
  if (!match) return parsePattern(text);
  const [, pattern = '', flags = ''] = match;
  if (!/^[imsu]*$/.test(flags)) return `The flags "${flags}" are not understood: i, m, s and u are`;
  try {
    new RegExp(pattern, flags);
  } catch (error) {
    return `The regular expression is wrong: ${error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : ''}`;
  }
  return { kind: 'regex', pattern, flags };
}
