// session: what is wrong with a conversation although each of its lines is right: nothing to talk to, replies that nothing asks for, names that occur twice.
import { parseEscapes } from './octets.ts';
import { type ExpectedReply, planConversation, type Step } from './plan.ts';
import type { Diagnostic, DirectiveLine, Range, ScriptConversation } from './script.ts';

export function inspect(conversations: readonly ScriptConversation[]): Diagnostic[] {
  const names = new Set<string>();
  return conversations.flatMap((conversation) => {
    const { name, nameRange } = conversation;
    const isDouble = name !== null && name !== '' && names.has(name);
    if (name !== null) names.add(name);
    return [
      ...(isDouble
        ? [diagnostic(nameRange, 'warning', 'duplicateName', `There is another conversation with the name "${name}"`, { name })]
        : []),
      ...inspectOne(conversation),
    ];
  });
}

function inspectOne(conversation: ScriptConversation): Diagnostic[] {
  const found: Diagnostic[] = [];
  const steps = planConversation(conversation);
  const speaksLmtp = steps.some((step) => commandsOf(step).some((line) => line.verb === 'LHLO'));
  let connection: 'none' | 'open' | 'closed' = conversation.inherited.some((line) => line.directive?.name === 'connect') ? 'open' : 'none';
  for (const [index, step] of steps.entries()) {
    const name = step.kind === 'setting' ? step.line.directive?.name : undefined;
    if (name === 'connect') connection = 'open';
    else if (name === 'close') connection = 'closed';
    else if (step.kind !== 'setting' && connection !== 'open') {
      found.push(
        connection === 'none'
          ? diagnostic(rangeOf(step), 'warning', 'noConnect', 'Nothing says which server this is for: @connect host:port')
          : diagnostic(rangeOf(step), 'error', 'afterClose', 'The connection is closed here; @connect opens another'),
      );
      connection = 'open';
    }
    if (step.kind !== 'setting') found.push(...inspectReplies(step, speaksLmtp));
    found.push(...inspectEscapes(step), ...inspectChunk(step, steps[index + 1]));
  }
  return found;
}

/** RFC 5321 section 4.2: one reply a command. Octets may be several commands, LMTP answers for each recipient, and 421 may come unasked (section 3.8). */
function inspectReplies(step: Exclude<Step, { kind: 'setting' }>, speaksLmtp: boolean): Diagnostic[] {
  const several = step.kind === 'octets' || (speaksLmtp && (step.kind === 'message' || step.kind === 'file' || endsData(step)));
  if (several) return [];
  if (step.kind === 'group' && step.items.some((item) => item.kind === 'octets')) return [];
  const extra: ExpectedReply | undefined = step.replies[step.kind === 'group' ? 0 : 1];
  const first = extra?.[0];
  if (first?.expectation?.code === '421') return [];
  return first ? [diagnostic(first.range, 'warning', 'noReplyDue', 'Nothing was sent that this could be the reply to')] : [];
}

function endsData(step: Step): boolean {
  return step.kind === 'command' && step.line.content === '.';
}

function inspectEscapes(step: Step): Diagnostic[] {
  const lines = step.kind === 'group' ? step.items.flatMap((item) => (item.kind === 'octets' ? [item.line] : [])) : [];
  if (step.kind === 'octets') lines.push(step.line);
  return lines.flatMap((line) => {
    if (line.directive?.name !== 'bytes') return [];
    return parseEscapes(line.argument).bad.map(({ start, end }) => {
      const range = { line: line.line, start: line.argumentRange.start + start, end: line.argumentRange.start + end };
      const name = line.argument.slice(start, end);
      return diagnostic(range, 'warning', 'badEscape', `"${name}" is sent as it stands: \\r \\n \\t \\0 \\xHH and \\\\ are understood`, {
        name,
      });
    });
  });
}

/** RFC 3030 section 2: BDAT says how many octets follow. */
function inspectChunk(step: Step, next: Step | undefined): Diagnostic[] {
  if (step.kind !== 'command' || step.line.verb !== 'BDAT' || next?.kind !== 'octets') return [];
  const expected = /^\s*BDAT\s+([0-9]{1,9})(?:\s|$)/i.exec(step.line.content)?.[1];
  const actual = octetCount(next.line);
  if (expected === undefined || actual === null || Number(expected) === actual) return [];
  const message = `BDAT says ${expected} octets, ${actual} follow`;
  return [diagnostic(step.line.contentRange, 'warning', 'octetsDiffer', message, { expected, actual: String(actual) })];
}

/** null: with variables only a run knows. */
function octetCount(line: DirectiveLine): number | null {
  if (line.argument.includes('{{')) return null;
  return line.directive?.name === 'bytes' ? parseEscapes(line.argument).octets.length : Buffer.byteLength(line.argument);
}

function commandsOf(step: Step): { readonly verb: string }[] {
  if (step.kind === 'command') return [step.line];
  return step.kind === 'group' ? step.items.flatMap((item) => (item.kind === 'command' ? [item.line] : [])) : [];
}

function rangeOf(step: Exclude<Step, { kind: 'setting' }>): Range {
  if (step.kind === 'greeting') return step.replies[0]?.[0]?.range ?? { line: 0, start: 0, end: 0 };
  return step.kind === 'message' ? (step.lines[0]?.range ?? { line: 0, start: 0, end: 0 }) : step.line.range;
}

function diagnostic(
  range: Range,
  severity: Diagnostic['severity'],
  code: Diagnostic['code'],
  message: string,
  data: Diagnostic['data'] = {},
): Diagnostic {
  return { range, severity, code, message, data };
}
