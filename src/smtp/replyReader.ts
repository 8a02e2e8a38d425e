// smtp: octets of a server to replies, in whatever pieces they arrive (RFC 5321 section 4.2.1). Nothing is refused: what is wrong is said, and
// what is too much is cut, so that a hostile server fills no memory.
import { decodeLine } from './printable.ts';
import { type Reply, type ReplyLine, type ReplyProblem, replyProblems } from './reply.ts';

/** Octets of one line that are kept, its ending not counted (RFC 5321 section 4.5.3.1.5 allows servers 512 with it). */
export const maxLine = 8 * 1024;
/** Lines of one reply that are kept: the first ones, and always the last. */
export const maxLines = 1000;

const cr = 13;
const lf = 10;
/** A bare CR ends a line where another reply line follows; elsewhere it is a character of the text. */
const bareCrEnd = /\r(?=\d{3}(?:[ -]|\r|$))/;
const codeAndSeparator = /^(\d{3})(?!\d)([ -]?)/;
/** RFC 2034 section 4 */
const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3}(?= |$)/;
const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;
const eightBit = /[\x80-\xff]/;
/** One sound reply of one line: what nearly every piece of octets is. */
const usual = /^\d{3} [\t\x20-\x7e]*\r\n$/;

/** Times are for the one who knows when octets were sent. */
export type ReadReply = Omit<Reply, 'ms'>;

export class ReplyReader {
  private readonly onReply: (reply: ReadReply, octets: number) => void;
  private readonly buffer = new LineBuffer();
  private lines: ReplyLine[] = [];
  private readonly problems = new Set<ReplyProblem>();
  /** The first one of the reply that is not complete. */
  private code: string | null = null;
  /** Of the complete lines of the reply that is not complete. */
  private octets = 0;
  /** A CR was taken for the end of a line; an LF that still comes belongs to it. */
  private isAfterCr = false;

  /** `onReply` gets each reply when its last line ends, and how many octets it took on the wire. */
  constructor(onReply: (reply: ReadReply, octets: number) => void) {
    this.onReply = onReply;
  }

  /** How many octets have arrived of the reply that is not complete. */
  get pendingOctets(): number {
    return this.octets + this.buffer.length;
  }

  /** What has arrived of the reply that is not complete. */
  get pendingLines(): readonly ReplyLine[] {
    return this.buffer.length === 0 ? this.lines : [...this.lines, ...split(this.buffer)];
  }

  push(chunk: Uint8Array): void {
    if (this.pendingOctets === 0 && !this.isAfterCr && chunk.length <= maxLine && this.pushUsual(chunk)) return;
    let start = this.isAfterCr && chunk[0] === lf ? 1 : 0;
    if (chunk.length > 0) this.isAfterCr = false;
    while (start < chunk.length) {
      const end = chunk.indexOf(lf, start);
      const stop = end < 0 ? chunk.length : end + 1;
      this.buffer.add(chunk.subarray(start, stop));
      if (end >= 0) this.endLine();
      start = stop;
    }
  }

  /** Nothing more came in time: a bare CR at the very end then ends its line. What is not complete even so stays for later octets. */
  settle(): void {
    if (this.buffer.ending !== 'CR') return;
    this.isAfterCr = true;
    this.endLine();
  }

  /** Nothing more will ever come: what has arrived becomes a reply, with the problem 'unfinished' where it was not complete. */
  end(): void {
    if (this.buffer.length > 0) this.endLine();
    if (this.lines.length === 0) return;
    this.problems.add('unfinished');
    this.complete();
  }

  /** Forgets what has arrived of the reply that is not complete; answers how many octets that was. */
  drop(): number {
    const dropped = this.pendingOctets;
    this.buffer.clear();
    this.forget();
    return dropped;
  }

  /** Does what all else in this class would do with a usual reply, without its detours. */
  private pushUsual(chunk: Uint8Array): boolean {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    if (!usual.test(octets)) return false;
    const code = octets.slice(0, 3);
    const text = octets.slice(4, -2);
    const line = new HeardLine(code, ' ', text, octets, 'CRLF');
    this.onReply({ code: Number(code), enhanced: enhancedCode.exec(text)?.[0] ?? null, lines: [line], problems: [] }, octets.length);
    return true;
  }

  private endLine(): void {
    const lines = split(this.buffer);
    const excess = this.buffer.length - lines.reduce((sum, line) => sum + line.raw.length, 0);
    if (excess > 0) this.problems.add('lineTooLong');
    this.buffer.clear();
    lines.forEach((line, index) => {
      this.octets += line.raw.length + (index === lines.length - 1 ? excess : 0);
      this.addLine(line);
    });
  }

  private addLine(line: ReplyLine): void {
    const isFirst = this.lines.length === 0;
    for (const problem of problemsOf(line)) this.problems.add(problem);
    this.code ??= line.code;
    if (line.code !== null && line.code !== this.code) this.problems.add('codesDiffer');
    if (this.lines.length < maxLines) this.lines.push(line);
    else {
      this.problems.add('tooManyLines');
      this.lines[maxLines - 1] = line;
    }
    // A line without a code inside of a reply belongs to it; alone it is all that there is.
    if (line.code === null ? isFirst : line.separator !== '-') this.complete();
  }

  private complete(): void {
    const { lines, octets } = this;
    const code = lines.findLast((line) => line.code !== null)?.code;
    const reply: ReadReply = {
      code: code ? Number(code) : null,
      enhanced: enhancedOf(lines),
      lines,
      problems: replyProblems.filter((problem) => this.problems.has(problem)),
    };
    this.forget();
    this.onReply(reply, octets);
  }

  private forget(): void {
    this.lines = [];
    this.problems.clear();
    this.code = null;
    this.octets = 0;
  }
}

/** Every line should have the enhanced code (RFC 2034 section 3); where they do not, the last that has one is meant. */
function enhancedOf(lines: readonly ReplyLine[]): string | null {
  for (const { code, text } of lines.toReversed()) {
    const found = code === null ? null : enhancedCode.exec(text);
    if (found) return found[0];
  }
  return null;
}

/** The lines in what lies between two LF: one, or several where a bare CR stands for a line ending. */
function split(buffer: LineBuffer): ReplyLine[] {
  const pieces = buffer.text.split(bareCrEnd);
  return pieces.map((piece, index) => readLine(piece, index === pieces.length - 1 ? buffer.ending : 'CR'));
}

const endings: Readonly<Record<ReplyLine['ending'], string>> = { CRLF: '\r\n', LF: '\n', CR: '\r', none: '' };

/** `octets`: one character per octet. */
function readLine(octets: string, ending: ReplyLine['ending']): ReplyLine {
  const match = codeAndSeparator.exec(octets);
  const separator = match?.[2] === '-' ? '-' : match?.[2] === ' ' ? ' ' : '';
  const text = decodeLine(Buffer.from(octets.slice(match?.[0].length ?? 0), 'latin1'));
  return new HeardLine(match?.[1] ?? null, separator, text, octets + endings[ending], ending);
}

/** Keeps its octets as a string: few are ever looked at, and a string costs less than an array. */
class HeardLine implements ReplyLine {
  readonly code: ReplyLine['code'];
  readonly separator: ReplyLine['separator'];
  readonly text: string;
  readonly ending: ReplyLine['ending'];
  readonly #octets: string;

  constructor(code: ReplyLine['code'], separator: ReplyLine['separator'], text: string, octets: string, ending: ReplyLine['ending']) {
    this.code = code;
    this.separator = separator;
    this.text = text;
    this.ending = ending;
    this.#octets = octets;
  }

  get raw(): Uint8Array {
    return Buffer.from(this.#octets, 'latin1');
  }
}

function* problemsOf({ code, separator, text, raw, ending }: ReplyLine): Generator<ReplyProblem> {
  const octets = Buffer.from(raw).toString('latin1');
  if (ending === 'LF') yield 'bareLf';
  if (ending === 'CR' || /\r(?!\n)/.test(octets)) yield 'bareCr';
  if (ending === 'none') yield 'unfinished';
  if (code === null) yield 'noCode';
  // RFC 5321 section 4.2: a client should take a code without any text.
  else if (separator === '' && text !== '') yield 'badSeparator';
  if (eightBit.test(octets)) yield 'eightBit';
  if (control.test(octets)) yield 'control';
}

/** Octets up to and with an LF, of which a bounded number is kept. */
class LineBuffer {
  length = 0;
  private pieces: string[] = [];
  private kept = 0;
  private last = '';

  add(octets: Uint8Array): void {
    const view = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
    this.length += view.length;
    this.last = (this.last + view.subarray(-2).toString('latin1')).slice(-2);
    // Two more than the limit, so that the ending of a line of just that length is not missed.
    const piece = view.subarray(0, maxLine + 2 - this.kept);
    if (piece.length === 0) return;
    this.kept += piece.length;
    this.pieces.push(piece.toString('latin1'));
  }

  get ending(): ReplyLine['ending'] {
    if (this.last === '\r\n') return 'CRLF';
    return this.last.charCodeAt(this.last.length - 1) === lf ? 'LF' : this.last.charCodeAt(this.last.length - 1) === cr ? 'CR' : 'none';
  }

  /** One character per octet, without the ending, cut at the limit. */
  get text(): string {
    return this.pieces.join('').slice(0, Math.min(maxLine, this.length - endings[this.ending].length));
  }

  clear(): void {
    this.length = 0;
    this.pieces = [];
    this.kept = 0;
    this.last = '';
  }
}
