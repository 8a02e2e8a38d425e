// smtp: a reply in words, for the dim lines below it: what its codes mean, what is broken about it, and what to do.
import { adviseOn, type ReplyContext, verbOf } from './advice.ts';
import { type CodeMeaning, replyClasses, replyCodes } from './codes.ts';
import { explainOffer, readOffer } from './ehlo.ts';
import { enhancedCodes, enhancedSubjects } from './enhancedCodes.ts';
import type { Reply, ReplyProblem } from './reply.ts';

export type { ReplyContext } from './advice.ts';

export interface Explanation {
  /** One line: "5xx: refused for good. 5.7.1: not allowed for this sender or from this address." */
  readonly summary: string;
  /** What more there is to know: the basic code beside an enhanced one, what is broken, where it is written. */
  readonly detail: readonly string[];
  /** What to do, one or two sentences. */
  readonly advice: readonly string[];
}

const problemWords: Readonly<Record<ReplyProblem, string>> = {
  bareLf: 'A line of the reply ends with LF alone; it must be CRLF (RFC 5321 section 2.3.8).',
  bareCr: 'The reply has a CR without LF, which must not be (RFC 5321 section 2.3.8).',
  noCode: 'A line of the reply does not begin with a three-digit code.',
  codesDiffer: 'The lines of the reply have different codes; the last one counts (RFC 5321 section 4.2.1).',
  badSeparator: 'After the code of a reply comes a blank or a hyphen, and here is something else.',
  eightBit: 'The reply has octets that are not ASCII.',
  lineTooLong: 'A line of the reply is longer than 8 KiB; the rest of it is not shown.',
  tooManyLines: 'The reply has more than 1,000 lines; those in the middle are not shown.',
  unfinished: 'The connection ended in the middle of the reply.',
  control: 'The reply has control characters.',
};

/** Positive replies that say more than "go on". */
const notObvious = [251, 252];

/** null: there is nothing to say that the reply does not say itself, such as for "250 Ok". */
export function explainReply(reply: Reply, context: ReplyContext): Explanation | null {
  const problems = reply.problems.map((problem) => problemWords[problem]);
  if (reply.code === null) {
    return { summary: 'This is no SMTP reply: it does not begin with a three-digit code.', detail: [], advice: adviseOn(reply, context) };
  }
  const offer = ['EHLO', 'LHLO'].includes(verbOf(context.command)) ? readOffer(reply) : null;
  if (offer) return { summary: explainOffer(offer, context.isEncrypted ?? false), detail: problems, advice: [] };
  if (reply.code < 400 && !notObvious.includes(reply.code)) {
    const [summary, ...detail] = problems;
    return summary === undefined ? null : { summary, detail, advice: [] };
  }
  const words = explainCodes(Math.floor(reply.code / 100), reply.code, reply.enhanced);
  return { ...words, detail: [...words.detail, ...problems], advice: adviseOn(reply, context) };
}

/** Explains "550", "5.7.1", "5xx", "550 5.7.1" or "7.1"; null when that is no code. */
export function explainCode(text: string): Explanation | null {
  const match = /^\s*(\d{3}|[2-5]xx)?[\s-]*(?:([245x])\.)?(?:(\d{1,3}\.\d{1,3}))?\s*$/i.exec(text);
  const [, basic, first, rest] = match ?? [];
  if ((basic === undefined && rest === undefined) || (first !== undefined && rest === undefined)) return null;
  const code = basic !== undefined && /^\d+$/.test(basic) ? Number(basic) : null;
  const digit = /^[245]$/.test(first ?? '') ? first : basic?.[0];
  if (digit === undefined) {
    const general = rest ?? '';
    return { summary: sentence(`x.${general}`, enhancedText(general)), detail: sources(enhancedCodes[general]), advice: [] };
  }
  return { ...explainCodes(Number(basic?.[0] ?? digit), code, rest === undefined ? null : `${digit}.${rest}`), advice: [] };
}

function explainCodes(digit: number, code: number | null, enhanced: string | null): Omit<Explanation, 'advice'> {
  const meaning = code === null ? undefined : replyCodes[code];
  const basicWords = meaning ? [sentence(`${code}`, meaning.text)] : [];
  const classWords = sentence(`${digit}xx`, replyClasses[digit] ?? 'no class of SMTP');
  // x.0.0 says that it says nothing.
  if (enhanced === null || (enhanced.endsWith('.0.0') && meaning)) {
    return { summary: [classWords, ...basicWords].join(' '), detail: sources(meaning) };
  }
  const rest = enhanced.slice(2);
  const odd = enhanced.startsWith(`${digit}.`)
    ? []
    : [`${enhanced} does not fit ${code ?? `${digit}xx`}: both must begin with the same digit (RFC 2034 section 4).`];
  return {
    summary: `${classWords} ${sentence(enhanced, enhancedText(rest))}`,
    detail: [...odd, ...basicWords, ...sources(enhancedCodes[rest], meaning)],
  };
}

/** `code`: without its class, "7.1". A code that is not registered still tells its subject (RFC 3463 section 2). */
function enhancedText(code: string): string {
  return enhancedCodes[code]?.text ?? enhancedSubjects[Number(code.split('.', 1)[0])] ?? 'not registered';
}

function sources(...meanings: (CodeMeaning | undefined)[]): string[] {
  const names = new Set(meanings.flatMap((meaning) => (meaning ? [meaning.source] : [])));
  return names.size === 0 ? [] : [`See ${[...names].join(', ')}.`];
}

function sentence(head: string, text: string): string {
  return `${head}: ${text}.`;
}
