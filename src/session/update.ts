// session: the edits that make the S: lines of a conversation say what the server answered in the last run.
import { type Reply, replyText } from '../smtp/reply.ts';
import { type ExpectedReply, planConversation, type Step } from './plan.ts';
import type { RunResult } from './runResult.ts';
import type { ExpectationLine, ScriptConversation } from './script.ts';

/** Zero-based lines and UTF-16 columns, like VS Code's; end exclusive. */
export interface TextEdit {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly newText: string;
}

/**
 * Edits for those replies that were not as expected; what matched stays as it is. A new expectation says as much as the old one: where that had
 * no text, code and enhanced code. `conversation` must be of the text that was run.
 */
export function updateExpectations(conversation: ScriptConversation, result: Pick<RunResult, 'lines'>): TextEdit[] {
  const results = new Map(result.lines.map((line) => [line.line, line]));
  return planConversation(conversation)
    .flatMap(repliesOf)
    .flatMap((expected) => {
      const failed = expected.map(({ line }) => results.get(line)).find((line) => line?.status === 'failed' && line.reply !== null);
      const [first] = expected;
      const last = expected.at(-1);
      if (!failed?.reply || !first || !last) return [];
      const newText = expectationsFor(failed.reply, expected).join(first.ending === '' ? '\n' : first.ending);
      return [
        {
          startLine: first.line,
          startColumn: first.markRange.start,
          endLine: last.line,
          endColumn: last.range.end,
          newText,
        },
      ];
    });
}

function repliesOf(step: Step): readonly ExpectedReply[] {
  if (step.kind === 'setting') return [];
  return step.kind === 'group' ? [...step.items.flatMap((item) => item.replies), ...step.replies] : step.replies;
}

function expectationsFor(reply: Reply, old: readonly ExpectationLine[]): string[] {
  const hadText = old.some(({ expectation }) => expectation === null || expectation.text !== null);
  if (hadText || reply.code === null) return printReplyAsExpectations(reply);
  const code = String(reply.code).padStart(3, '0');
  return [`S: ${[code, reply.enhanced ?? ''].join(' ').trim()}`];
}

/** The lines of a reply as S: lines that expect just it: what the notation would read as a wildcard, capture or regular expression is taken away. */
export function printReplyAsExpectations(reply: Pick<Reply, 'lines'>): string[] {
  return replyText(reply)
    .split('\n')
    .map((line) => `S: ${neutral(line)}`);
}

/** A reply line as the text of an S: line that it matches. */
export function neutral(line: string): string {
  // "{{" would capture, "/.../" be a regular expression; * stands for any text, so for these too.
  const [, code = '', text = ''] = /^([0-9]{3}[- ](?:[245]\.[0-9]{1,3}\.[0-9]{1,3} )?)?(.*)$/s.exec(line) ?? [];
  const words = text.replaceAll('{{', '*').replace(/^\s*\//, '*');
  // Digits alone would be taken for a code that is wrong.
  return `${code}${code === '' ? words.replace(/^[0-9]/, '*') : words}`.trimEnd();
}
