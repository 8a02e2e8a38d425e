// session: what a .smtp file holds, as data with exact ranges, so that the editor can point and the runner can run.
/*
 * The notation
 *
 *   # text              a comment
 *   ### name            begins the next conversation. What stands before the first one holds for the whole file: its @var, @connect, @tls,
 *                       @verify and @timeout apply to every conversation that does not say otherwise.
 *   C: text             is sent, with CRLF. One blank after the mark belongs to the mark; everything else is sent as it is written.
 *   text                a line without a mark is sent too.
 *   S: reply            is expected (session/expectation.ts). Without an S: any reply will do; it is read and shown all the same.
 *                       Before the first C: an S: speaks of the greeting. Several S: after one C: are one reply as long as the line before
 *                       has a hyphen after its code ("250-SIZE"); otherwise they are the next reply (LMTP, @bytes, @pipeline).
 *   (blank)             nothing; ends a @pipeline group.
 *   @directive          see directive.ts.
 *
 * Blanks before a mark, # or @ are allowed, as in the text of RFCs.
 *
 * After a DATA that is not expected to fail come its S: lines and comments and then the message: every line up to one with a single dot, sent
 * exactly as written (a line that begins with a dot is written with two, RFC 5321 section 4.5.2). When the first line of the message has the
 * mark C:, all of them have it and the mark is taken off. Only "### " ends a message that has no dot. Instead of lines there may be @data, which
 * stuffs the dots and ends the data itself, or @bytes and @send-raw, which do nothing by themselves.
 * BDAT (RFC 3030) is followed by @bytes, @send-raw or @data for its octets; its reply is read after them.
 * STARTTLS that is answered with 220 begins TLS. LHLO speaks LMTP (RFC 2033): after the data comes one reply for each accepted recipient.
 *
 * {{name}} is replaced in everything that is sent and in directives (session/variables.ts). In S: a name that neither @var nor the settings
 * define captures the text at its place.
 */
import type { Directive, DirectiveName } from './directive.ts';
import type { Expectation } from './expectation.ts';

/** A part of one line: zero-based, columns in UTF-16 units, end exclusive; like VS Code's. */
export interface Range {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

interface LineBase {
  /** Zero-based. */
  readonly line: number;
  /** The whole line without its ending, exactly. */
  readonly text: string;
  /** "\r\n", "\n", "\r", or "" on the last line. */
  readonly ending: string;
  readonly range: Range;
}

export interface BlankLine extends LineBase {
  readonly kind: 'blank';
}
export interface CommentLine extends LineBase {
  readonly kind: 'comment';
}
export interface SeparatorLine extends LineBase {
  readonly kind: 'separator';
  readonly name: string;
  readonly nameRange: Range;
}
export interface DirectiveLine extends LineBase {
  readonly kind: 'directive';
  /** As written, without @. */
  readonly name: string;
  readonly nameRange: Range;
  readonly argument: string;
  readonly argumentRange: Range;
  /** null: unknown, or with arguments that are wrong; there is a diagnostic then. */
  readonly directive: Directive | null;
}
export interface ClientLine extends LineBase {
  readonly kind: 'client';
  /** null: without the mark C:. */
  readonly markRange: Range | null;
  /** What is sent, before variables are filled in. */
  readonly content: string;
  readonly contentRange: Range;
  /** The first word in upper case: "MAIL". */
  readonly verb: string;
}
export interface ExpectationLine extends LineBase {
  readonly kind: 'expectation';
  readonly markRange: Range;
  readonly content: string;
  readonly contentRange: Range;
  /** null: cannot be understood; there is a diagnostic then. */
  readonly expectation: Expectation | null;
}
/** A line of a message. */
export interface DataLine extends LineBase {
  readonly kind: 'data';
  readonly markRange: Range | null;
  readonly content: string;
  readonly contentRange: Range;
  /** The line with the single dot. */
  readonly isEnd: boolean;
}

export type ScriptLine = BlankLine | CommentLine | SeparatorLine | DirectiveLine | ClientLine | ExpectationLine | DataLine;

export const diagnosticCodes = [
  'unknownDirective',
  'badArgument',
  'badExpectation',
  'badEscape',
  'undefinedVariable',
  'duplicateVariable',
  'duplicateName',
  'noConnect',
  'afterClose',
  'noReplyDue',
  'dataNotEnded',
  'strayEnd',
  'octetsDiffer',
] as const;
export type DiagnosticCode = (typeof diagnosticCodes)[number];

export interface Diagnostic {
  readonly range: Range;
  readonly severity: 'error' | 'warning' | 'information';
  readonly code: DiagnosticCode;
  /** English. */
  readonly message: string;
  /** What the message is about, for another language or a quick fix: `name`, `suggestion`, `expected`, `actual`. */
  readonly data: Readonly<Record<string, string>>;
}

export interface ScriptConversation {
  /** Position in the file, from 0. */
  readonly index: number;
  /** null: the lines before the first ###. */
  readonly name: string | null;
  /** Of the name, or of the first line when there is none. */
  readonly nameRange: Range;
  /** Zero-based, both inclusive; without the blank and comment lines at the end. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** With the separator line. */
  readonly lines: readonly ScriptLine[];
  /** The directives before the first ### that apply here as well. */
  readonly inherited: readonly DirectiveLine[];
}

/** {{name}} somewhere in the file. */
export interface VariableUse {
  readonly name: string;
  readonly range: Range;
  readonly kind: 'use' | 'definition' | 'capture';
}

export interface Script {
  readonly lines: readonly ScriptLine[];
  readonly conversations: readonly ScriptConversation[];
  readonly diagnostics: readonly Diagnostic[];
  readonly variables: readonly VariableUse[];
}

/** The text that was parsed, exactly. */
export function printScript(script: Pick<Script, 'lines'>): string {
  return script.lines.map((line) => line.text + line.ending).join('');
}

export function directiveOf<N extends DirectiveName>(line: ScriptLine, name: N): Extract<Directive, { name: N }> | null {
  return line.kind === 'directive' && line.directive?.name === name ? (line.directive as Extract<Directive, { name: N }>) : null;
}
