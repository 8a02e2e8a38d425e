// session: does a reply do what its S: lines ask, and what do they capture? Pure; the runner and the tests ask here.
import { printable } from '../smtp/printable.ts';
import type { Reply, ReplyLine } from '../smtp/reply.ts';
import { replyText } from '../smtp/reply.ts';
import { matchBounded } from './boundedRegex.ts';
import type { Expectation, RegularExpression } from './expectation.ts';
import { matchPattern, type TextPattern } from './pattern.ts';

export interface MatchFailure {
  /** Which of the expectations, from 0. */
  readonly index: number;
  readonly what: 'code' | 'enhanced' | 'text' | 'tooSlow';
  /** What the S: line asks for, in its notation. */
  readonly expected: string;
  /** "250 2.1.5 Ok": the last line of the reply, or all lines when the expectation was about any of them. */
  readonly actual: string;
}

export interface MatchResult {
  readonly matched: boolean;
  readonly failures: readonly MatchFailure[];
  readonly captures: Readonly<Record<string, string>>;
}

/** `lookUp` gives the values of names that are defined; other names capture. Captures hold no control characters. */
export function matchReply(
  expectations: readonly Expectation[],
  reply: Reply,
  lookUp: (name: string) => string | undefined = () => undefined,
): MatchResult {
  const failures: MatchFailure[] = [];
  const captures: Record<string, string> = {};
  for (const [index, expectation] of expectations.entries()) {
    const outcome = matchOne(expectation, reply, lookUp);
    if (typeof outcome !== 'string') {
      for (const [name, value] of Object.entries(outcome)) captures[name] = printable(value);
    } else {
      const actual = expectation.isAnyLine ? replyText(reply) : replyText({ lines: reply.lines.slice(-1) });
      failures.push({ index, what: outcome, expected: printExpectation(expectation), actual });
    }
  }
  return { matched: failures.length === 0, failures, captures };
}

type Captures = Readonly<Record<string, string>>;
const noCaptures: Captures = {};

function matchOne(expectation: Expectation, reply: Reply, lookUp: (name: string) => string | undefined): Captures | MatchFailure['what'] {
  const { code, enhanced, isAnyLine, text } = expectation;
  const codeText = reply.code === null ? null : String(reply.code).padStart(3, '0');
  if (code !== null && (codeText === null || !matchesClass(code, codeText))) return 'code';
  if (enhanced === null && text === null) return noCaptures;
  const lines = isAnyLine ? reply.lines : reply.lines.slice(-1);
  const inClass = lines.filter((line) => enhanced === null || enhancedOf(line, enhanced) !== null);
  if (inClass.length === 0) return 'enhanced';
  if (text === null) return noCaptures;
  for (const line of inClass) {
    const found = matchText(text, textOf(line, expectation), lookUp);
    if (found === 'tooSlow') return found;
    if (found !== null) return found;
  }
  return 'text';
}

function textOf(line: ReplyLine, { code, enhanced }: Expectation): string {
  if (code === null) return `${line.code ?? ''}${line.separator}${line.text}`;
  return enhanced === null ? line.text : (enhancedOf(line, enhanced) ?? line.text);
}

function matchText(
  text: TextPattern | RegularExpression,
  line: string,
  lookUp: (name: string) => string | undefined,
): Captures | null | 'tooSlow' {
  if (text.kind === 'text') return matchPattern(text, line, lookUp);
  const matches = matchBounded(text.pattern, text.flags, line);
  if (matches === 'tooSlow') return matches;
  const [match] = matches;
  return match ? Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, value]) => [name, value ?? ''])) : null;
}

/** "x" stands for any digit. */
function matchesClass(wanted: string, code: string): boolean {
  if (wanted === code) return true;
  return wanted.length === code.length && [...wanted].every((character, index) => character === 'x' || character === code[index]);
}

/** What follows the enhanced code on the line, or null when it has another or none (RFC 2034 section 4). */
function enhancedOf(line: ReplyLine, wanted: string): string | null {
  const match = /^([245])\.([0-9]{1,3})\.([0-9]{1,3})(?: +|$)(.*)$/s.exec(line.text);
  if (!match) return null;
  const parts = wanted.split('.');
  return parts.every((part, index) => part === 'x' || part === match[index + 1]) ? (match[4] ?? '') : null;
}

/** In the notation, without the mark. */
export function printExpectation({ code, enhanced, isAnyLine, text }: Expectation): string {
  const words = text === null ? '' : text.kind === 'regex' ? `/${text.pattern}/${text.flags}` : text.source;
  if (code === null) return words;
  const rest = [enhanced ?? '', words].filter((part) => part !== '').join(' ');
  return rest === '' && !isAnyLine ? code : `${code}${isAnyLine ? '-' : ' '}${rest}`;
}
