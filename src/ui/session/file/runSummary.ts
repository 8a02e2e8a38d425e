// ui/session: a run as the editor shows it: what stands behind each line, where it failed and the result in a few words. Without `vscode`.
import { Failure } from '../../../base/failure.ts';
import type { LineResult, RunFailure, RunResult } from '../../../session/runResult.ts';
import type { ScriptConversation, ScriptLine } from '../../../session/script.ts';
import { printable } from '../../../smtp/printable.ts';
import { replyText } from '../../../smtp/reply.ts';
import type { TlsFacts } from '../../../smtp/tlsFacts.ts';
import type { Localizer } from '../../l10n.ts';
import { describeFailure, describeTime } from '../terminal/words.ts';

/** Lines count from the first line of the conversation, with which they move. */
export interface LineMark {
  readonly line: number;
  readonly text: string;
}

export interface LineFailure {
  readonly line: number;
  /** "got 250 2.1.5 Ok", one line. */
  readonly message: string;
  /** The S: line and the reply; null when there was no reply to compare. */
  readonly difference: { readonly expected: string; readonly actual: string } | null;
}

export interface RunSummary {
  readonly status: RunResult['status'] | 'running';
  /** "6 passed, 61 ms", "1 of 5 failed". */
  readonly text: string;
  readonly marks: readonly LineMark[];
  readonly failures: readonly LineFailure[];
  readonly captures: Readonly<Record<string, string>>;
  /** As it was when it was run. */
  readonly conversation: ScriptConversation;
  /** null: still running. */
  readonly result: RunResult | null;
}

const maxCapture = 60;
const maxReply = 120;

export function summarize(conversation: ScriptConversation, result: RunResult, l10n: Localizer): RunSummary {
  return {
    status: result.status,
    text: resultText(conversation, result, l10n),
    marks: marksOf(conversation, result.lines, l10n),
    failures: failuresOf(conversation, result, l10n),
    captures: result.captures,
    conversation,
    result,
  };
}

/** Of a run that is stepped through, as far as it has come. */
export function summarizeSoFar(conversation: ScriptConversation, lines: readonly LineResult[], l10n: Localizer): RunSummary {
  const captures = Object.assign({}, ...lines.map((line) => line.captures)) as Readonly<Record<string, string>>;
  const marks = marksOf(conversation, lines, l10n);
  return { status: 'running', text: l10n.t('running…'), marks, failures: [], captures, conversation, result: null };
}

/** With marks at the lines that failed, which are not there as long as VS Code shows its own message. */
export function withOwnFailures(summary: RunSummary): RunSummary {
  const marked = new Set(summary.marks.map(({ line }) => line));
  const missing = summary.failures.filter(({ line }) => !marked.has(line));
  return { ...summary, marks: [...summary.marks, ...missing.map(({ line, message }) => ({ line, text: `✗ ${message}` }))] };
}

function resultText({ lines, firstLine }: ScriptConversation, { status, lines: results, ms, failure }: RunResult, l10n: Localizer): string {
  if (status === 'cancelled') return l10n.t('cancelled');
  if (status === 'error') return l10n.t('no result: line {0}', String((failure?.line ?? firstLine) + 1));
  const expected = new Set(lines.filter((line) => line.kind === 'expectation').map((line) => line.line));
  const checks = results.filter((result) => expected.has(result.line));
  const failed = checks.filter((result) => result.status === 'failed').length;
  if (failed > 0) return l10n.t('{0} of {1} failed', String(failed), String(checks.length));
  return checks.length === 0 ? l10n.t('passed, {0}', describeTime(ms)) : l10n.t('{0} passed, {1}', String(checks.length), describeTime(ms));
}

function marksOf({ lines, firstLine }: ScriptConversation, results: readonly LineResult[], l10n: Localizer): LineMark[] {
  const kinds = new Map(lines.map((line) => [line.line, line.kind]));
  const marks: LineMark[] = [];
  for (const [index, result] of results.entries()) {
    const kind = kinds.get(result.line);
    if (kind === undefined) continue;
    const next = results[index + 1];
    const hasExpectation = kind !== 'expectation' && next !== undefined && kinds.get(next.line) === 'expectation';
    const text = markText(kind, result, results[index - 1], hasExpectation, l10n);
    if (text !== '') marks.push({ line: result.line - firstLine, text });
  }
  return marks;
}

function markText(
  kind: ScriptLine['kind'],
  { status, reply, ms, captures, tls }: LineResult,
  previous: LineResult | undefined,
  hasExpectation: boolean,
  l10n: Localizer,
): string {
  switch (status) {
    case 'notReached':
      return hasExpectation ? '' : `- ${l10n.t('not reached')}`;
    case 'skipped':
      return `- ${l10n.t('not sent')}`;
    // VS Code shows the message of the test there.
    case 'failed':
    case 'error':
      return '';
    case 'passed': {
      const words: string[] = [];
      if (kind === 'expectation') {
        const isSameReply = previous?.reply === reply && reply !== null && previous.status === 'passed';
        if (ms !== null && !isSameReply) words.push(describeTime(ms));
        for (const [name, value] of Object.entries(captures)) words.push(`${name} = ${shorten(printable(value), maxCapture)}`);
      } else if (reply && ms !== null) {
        const more = reply.lines.length > 1 ? ' …' : '';
        words.push(describeTime(ms), shorten(replyText({ lines: reply.lines.slice(0, 1) }), maxReply) + more);
      }
      if (tls) words.push(tlsText(tls, l10n));
      return kind !== 'expectation' && words.length === 0 ? '' : `✓ ${words.join(' · ')}`.trimEnd();
    }
  }
}

function tlsText({ protocol, isTrusted }: TlsFacts, l10n: Localizer): string {
  const name = printable(protocol ?? 'TLS');
  return isTrusted ? l10n.t('{0}, certificate trusted', name) : l10n.t('{0}, certificate not trusted, allowed by @verify off', name);
}

function failuresOf(
  { lines, firstLine, lastLine }: ScriptConversation,
  { lines: results, failure }: RunResult,
  l10n: Localizer,
): LineFailure[] {
  const failures: LineFailure[] = [];
  for (const { line, status, failure: mismatch } of results) {
    if (status !== 'failed' || mismatch === null) continue;
    const content = lines.find((candidate) => candidate.line === line);
    const expected = content?.kind === 'expectation' ? content.content.trim() : mismatch.expected;
    const [first = ''] = mismatch.actual.split('\n');
    const message = l10n.t('got {0}', shorten(first, maxReply));
    failures.push({ line: line - firstLine, message, difference: { expected, actual: mismatch.actual } });
  }
  if (failure && failure.reason !== 'cancelled') {
    // What was inherited from the top of the file is told at the conversation.
    const line = failure.line >= firstLine && failure.line <= lastLine ? failure.line - firstLine : 0;
    failures.push({ line, message: describeRunFailure(failure, l10n), difference: null });
  }
  return failures;
}

function describeRunFailure({ reason, message, data }: RunFailure, l10n: Localizer): string {
  switch (reason) {
    case 'replyTimeout':
      return l10n.t('no reply in time');
    case 'connectionClosed':
      return l10n.t('the server closed the connection');
    case 'undefinedVariable':
      return l10n.t('{0} has no value', String(data['name'] ?? ''));
    case 'tlsRefused':
      return l10n.t('the server does not begin TLS: {0}', shorten(String(data['reply'] ?? ''), maxReply));
    case 'certificateRefused':
      return l10n.t('the certificate is not trusted; @verify off goes on with it');
    default:
      return describeFailure(new Failure(reason, message, data), l10n);
  }
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
