// session: text to Script. Every text is a script: what is wrong in it becomes a diagnostic at its place, and the next line is read as if nothing had been.
import { type DirectiveName, directiveNames, parseDirective } from './directive.ts';
import { parseExpectation } from './expectation.ts';
import { inspect } from './inspect.ts';
import type {
  ClientLine,
  Diagnostic,
  DirectiveLine,
  ExpectationLine,
  Range,
  Script,
  ScriptConversation,
  ScriptLine,
  SeparatorLine,
} from './script.ts';
import { collectVariables } from './variableUses.ts';

export interface ParseOptions {
  /** Names that have a value although no @var defines them; 'host' and 'port' when nothing is said. */
  readonly variables?: Iterable<string>;
}

const settingsVariables = ['host', 'port'];

/** Never throws. */
export function parseScript(text: string, options: ParseOptions = {}): Script {
  const reader = new LineReader();
  for (const [line, [content, ending]] of splitLines(text).entries()) reader.read(line, content, ending);
  reader.end();
  const conversations = group(reader.lines);
  const { variables, diagnostics } = collectVariables(reader.lines, conversations, new Set(options.variables ?? settingsVariables));
  const all = [...reader.diagnostics, ...inspect(conversations), ...diagnostics];
  all.sort((a, b) => a.range.line - b.range.line || a.range.start - b.range.start);
  return { lines: reader.lines, conversations, diagnostics: all, variables };
}

/** Lines end where editors end them: CRLF, LF or CR. The last one has no ending and may be empty. */
function splitLines(text: string): [string, string][] {
  const lines: [string, string][] = [];
  let last = 0;
  for (const match of text.matchAll(/\r\n|\n|\r/g)) {
    lines.push([text.slice(last, match.index), match[0]]);
    last = match.index + match[0].length;
  }
  lines.push([text.slice(last), '']);
  return lines;
}

const separator = /^([ \t]*###[ \t]*)(.*?)[ \t]*$/;
const isSeparator = /^[ \t]*###(?:[ \t]|$)/;
const comment = /^[ \t]*#/;
const directive = /^([ \t]*@)([^\s]*)([ \t]?)(.*)$/s;
const marked = /^([ \t]*)([CS]:)( ?)(.*)$/s;
const blank = /^[ \t]*$/;

/** A DATA whose message may follow. */
interface DataDue {
  readonly command: ClientLine;
  /** Replies that have to be spoken of before one speaks of DATA itself. */
  repliesBefore: number;
}

interface OpenMessage {
  readonly command: ClientLine;
  readonly isMarked: boolean;
}

class LineReader {
  readonly lines: ScriptLine[] = [];
  readonly diagnostics: Diagnostic[] = [];
  private due: DataDue | null = null;
  private message: OpenMessage | null = null;
  /** Commands of the open @pipeline group, or null outside of one. */
  private pipelined: number | null = null;

  read(line: number, text: string, ending: string): void {
    if (this.message && this.readData(line, text, ending, this.message)) return;
    const base = { line, text, ending, range: { line, start: 0, end: text.length } };
    const mark = marked.exec(text);
    const named = mark ? null : directive.exec(text);
    if (isSeparator.test(text)) this.readSeparator(base);
    else if (comment.test(text)) this.lines.push({ ...base, kind: 'comment' });
    else if (mark?.[2] === 'S:') this.readExpectation(base, mark);
    else if (named) this.readDirective(base, named);
    else if (this.due && this.pipelined === null) {
      this.message = { command: this.due.command, isMarked: mark !== null };
      this.due = null;
      this.readData(line, text, ending, this.message);
    } else if (mark === null && blank.test(text)) {
      this.pipelined = null;
      this.lines.push({ ...base, kind: 'blank' });
    } else this.readClient(base, mark);
  }

  end(): void {
    if (this.message) this.reportOpenMessage(this.message);
    this.message = null;
    this.due = null;
    this.pipelined = null;
  }

  private readSeparator(base: Base): void {
    this.end();
    const [, before = '', name = ''] = separator.exec(base.text) ?? [];
    const start = before.length;
    this.lines.push({ ...base, kind: 'separator', name, nameRange: { line: base.line, start, end: start + name.length } });
  }

  private readExpectation(base: Base, mark: RegExpExecArray): void {
    const { markRange, content, contentRange } = readMark(base, mark);
    const parsed = parseExpectation(content);
    const expectation = typeof parsed === 'string' ? null : parsed;
    if (typeof parsed === 'string') this.report(contentRange, 'error', 'badExpectation', parsed);
    this.lines.push({ ...base, kind: 'expectation', markRange, content, contentRange, expectation });
    if (this.due === null || (expectation?.isAnyLine && expectation.code !== null)) return;
    if (this.due.repliesBefore-- > 0) return;
    // DATA is expected to be refused: no message follows.
    if (this.due.repliesBefore === -1 && expectation?.code !== null && !expectation?.code.startsWith('3')) this.due = null;
  }

  private readDirective(base: Base, match: RegExpExecArray): void {
    const [, before = '', name = '', gap = '', argument = ''] = match;
    const nameRange = { line: base.line, start: before.length - 1, end: before.length + name.length };
    const argumentStart = nameRange.end + gap.length;
    const argumentRange = { line: base.line, start: argumentStart, end: base.text.length };
    const known = directiveNames.find((candidate) => candidate === name);
    const parsed = known === undefined ? null : parseDirective(known, argument);
    if (known === undefined) this.reportUnknown(name, nameRange);
    else if (typeof parsed === 'string') this.report(argument === '' ? nameRange : argumentRange, 'error', 'badArgument', parsed, { name });
    const line: DirectiveLine = {
      ...base,
      kind: 'directive',
      name,
      nameRange,
      argument,
      argumentRange,
      directive: typeof parsed === 'string' ? null : parsed,
    };
    this.lines.push(line);
    if (known !== undefined) this.follow(known, line);
  }

  private follow(name: DirectiveName, line: DirectiveLine): void {
    if (name === 'pipeline') this.pipelined = 0;
    else if (name === 'end') {
      if (this.pipelined === null) this.report(line.nameRange, 'error', 'strayEnd', 'There is no @pipeline that this could end');
      this.pipelined = null;
    } else if (name === 'data' || name === 'bytes' || name === 'send-raw' || name === 'close' || name === 'connect') this.due = null;
  }

  private readClient(base: Base, mark: RegExpExecArray | null): void {
    const { markRange, content, contentRange } = mark
      ? readMark(base, mark)
      : { markRange: null, content: base.text, contentRange: base.range };
    const line: ClientLine = { ...base, kind: 'client', markRange, content, contentRange, verb: verbOf(content) };
    this.lines.push(line);
    if (content.trim().toUpperCase() === 'DATA') this.due = { command: line, repliesBefore: this.pipelined ?? 0 };
    if (this.pipelined !== null) this.pipelined++;
  }

  /** False: the line is not part of the message, which is over without its dot. */
  private readData(line: number, text: string, ending: string, message: OpenMessage): boolean {
    const mark = message.isMarked ? marked.exec(text) : null;
    if (isSeparator.test(text) || mark?.[2] === 'S:') {
      this.reportOpenMessage(message);
      this.message = null;
      return false;
    }
    const base = { line, text, ending, range: { line, start: 0, end: text.length } };
    const { markRange, content, contentRange } = mark ? readMark(base, mark) : { markRange: null, content: text, contentRange: base.range };
    const isEnd = content === '.';
    this.lines.push({ ...base, kind: 'data', markRange, content, contentRange, isEnd });
    if (isEnd) this.message = null;
    return true;
  }

  private reportOpenMessage({ command }: OpenMessage): void {
    this.report(command.contentRange, 'error', 'dataNotEnded', 'The message has no end: a line with a single dot');
  }

  private reportUnknown(name: string, range: Range): void {
    const suggestion = directiveNames.find((known) => known.startsWith(name.toLowerCase()) || name.toLowerCase().startsWith(known));
    const hint = name !== '' && suggestion !== undefined ? `: did you mean @${suggestion}?` : '';
    this.report(range, 'error', 'unknownDirective', `There is no @${name}${hint}`, { name, suggestion: suggestion ?? '' });
  }

  private report(
    range: Range,
    severity: Diagnostic['severity'],
    code: Diagnostic['code'],
    message: string,
    data: Diagnostic['data'] = {},
  ): void {
    this.diagnostics.push({ range, severity, code, message, data });
  }
}

type Base = Pick<ClientLine, 'line' | 'text' | 'ending' | 'range'>;

function readMark(base: Base, match: RegExpExecArray): Pick<ExpectationLine, 'markRange' | 'content' | 'contentRange'> {
  const [, indent = '', mark = '', gap = '', content = ''] = match;
  const markEnd = indent.length + mark.length;
  return {
    markRange: { line: base.line, start: indent.length, end: markEnd },
    content,
    contentRange: { line: base.line, start: markEnd + gap.length, end: base.text.length },
  };
}

/** "MAIL" of "mail from:<a@x.test>". */
export function verbOf(command: string): string {
  return (/^\s*([^\s:]*)/.exec(command)?.[1] ?? '').toUpperCase();
}

const fileWide: readonly string[] = ['connect', 'tls', 'verify', 'timeout', 'var'];

function group(lines: readonly ScriptLine[]): ScriptConversation[] {
  const blocks: ScriptLine[][] = [[]];
  for (const line of lines) {
    if (line.kind === 'separator') blocks.push([]);
    blocks.at(-1)?.push(line);
  }
  const [preamble = [], ...named] = blocks;
  const inherited = preamble.filter(
    (line) => line.kind === 'directive' && fileWide.includes(line.directive?.name ?? ''),
  ) as DirectiveLine[];
  const hasOwn = preamble.some((line) => speaks(line)) || (named.length === 0 && preamble.some((line) => isConnect(line)));
  const own = hasOwn ? [preamble] : [];
  return [...own, ...named].map((block, index) => {
    const [first] = block;
    const head = first?.kind === 'separator' ? (first satisfies SeparatorLine) : null;
    const used = block.filter((line) => line.kind !== 'blank' && line.kind !== 'comment');
    const start = head ?? used[0];
    const firstLine = start?.line ?? 0;
    return {
      index,
      name: head?.name ?? null,
      nameRange: head?.nameRange ?? start?.range ?? { line: firstLine, start: 0, end: 0 },
      firstLine,
      lastLine: used.at(-1)?.line ?? firstLine,
      lines: block,
      inherited: head ? inherited : [],
    };
  });
}

function isConnect(line: ScriptLine): boolean {
  return line.kind === 'directive' && line.directive?.name === 'connect';
}

function speaks(line: ScriptLine): boolean {
  if (line.kind === 'directive') return line.directive !== null && !fileWide.includes(line.directive.name);
  return line.kind === 'client' || line.kind === 'expectation' || line.kind === 'data';
}
