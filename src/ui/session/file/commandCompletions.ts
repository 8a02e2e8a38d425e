// ui/session: which commands are due at a line of a .smtp file, and the parameters of MAIL and RCPT. Without `vscode`.
import type { Script, ScriptConversation } from '../../../session/script.ts';
import { initialState } from '../../../session/sessionState.ts';
import { escapeSnippet, suggest } from '../../../session/suggest.ts';
import { type Command, commands, findCommand } from '../../../smtp/commands.ts';
import type { Parameter } from '../../../smtp/parameters.ts';
import { nextState, type SessionState } from '../../../smtp/sessionState.ts';
import type { Completion } from './completions.ts';

/** What follows the verb of commands that need more, in VS Code's snippet syntax. */
const afterVerb: Readonly<Record<string, string>> = {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: snippets of VS Code look so.
  EHLO: ' ${1:client.example.com}',
  HELO: ' ${1:client.example.com}',
  LHLO: ' ${1:client.example.com}',
  MAIL: ' FROM:<${1:sender@example.com}>$0',
  RCPT: ' TO:<${1:recipient@example.com}>$0',
  AUTH: ' ${1|PLAIN,LOGIN,CRAM-MD5,XOAUTH2|}',
  BDAT: ' ${1:0} LAST',
  VRFY: ' ${1:postmaster}',
  EXPN: ' ${1:list}',
  ETRN: ' ${1:example.com}',
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: snippets of VS Code look so.
};

/** Commands at the beginning of a client line, parameters after an address; null where neither is due. */
export function completeCommand(script: Script, text: string, line: number, column: number): Completion[] | null {
  const found = script.lines[line];
  if (found?.kind !== 'client' && found?.kind !== 'blank') return null;
  const before = text.slice(0, column);
  const verb = /^[ \t]*(?:C: ?)?([A-Za-z]*)$/.exec(before);
  const conversation = script.conversations.findLast(({ firstLine }) => firstLine <= line);
  if (verb) return commandsAt(conversation, before, verb[1] ?? '', line, column);
  const parameter = /^[ \t]*(?:C: ?)?(MAIL FROM|RCPT TO):\s*<[^>]*>(?:\s+\S+)*\s+(?:([A-Za-z-]*)|([A-Za-z0-9-]+)=(\S*))$/i.exec(before);
  if (!parameter) return null;
  const [, command = '', keyword, named, value = ''] = parameter;
  const known = findCommand(command)?.parameters ?? [];
  if (named === undefined) return parametersAt(known, before, { line, start: column - (keyword ?? '').length, end: column });
  const values = known.find((candidate) => candidate.keyword === named.toUpperCase())?.values ?? [];
  const range = { line, start: column - value.length, end: column };
  return values.map((choice) => ({ kind: 'value', label: choice, insert: escapeSnippet(choice), detail: '', explanation: '', range }));
}

/** Where the conversation stands before a line, if every reply is the expected one, and a good one where nothing is expected. */
export function stateBefore(conversation: ScriptConversation | undefined, line: number): { state: SessionState; isLmtp: boolean } {
  let state: SessionState = 'connected';
  let isLmtp = false;
  const above = (conversation?.lines ?? []).filter((candidate) => candidate.line < line);
  for (const [index, step] of above.entries()) {
    const expected = expectedAfter(above, index);
    if (step.kind === 'client') {
      const code = expected === null ? goodCode(step.verb) : Number(expected.replaceAll('x', '0'));
      state = nextState(state, step.content, code);
      if (code < 400) isLmtp = step.verb === 'LHLO' || (isLmtp && step.verb !== 'EHLO' && step.verb !== 'HELO');
    } else if ((step.kind === 'data' && step.isEnd) || (step.kind === 'directive' && step.name === 'data')) state = 'ready';
    else if (step.kind === 'directive' && (step.name === 'connect' || step.name === 'close')) state = 'connected';
  }
  return { state, isLmtp };
}

/** The code of the first S: line below a line, or null when nothing is expected. */
function expectedAfter(lines: ScriptConversation['lines'], index: number): string | null {
  for (let next = index + 1; next < lines.length; next++) {
    const line = lines[next];
    if (line?.kind === 'expectation') return line.expectation?.code ?? null;
    if (line?.kind !== 'comment' && line?.kind !== 'blank') return null;
  }
  return null;
}

function goodCode(verb: string): number {
  if (verb === 'DATA') return 354;
  return verb === 'AUTH' ? 334 : 250;
}

function commandsAt(
  conversation: ScriptConversation | undefined,
  before: string,
  typed: string,
  line: number,
  column: number,
): Completion[] {
  const { state, isLmtp } = stateBefore(conversation, line);
  const range = { line, start: column - typed.length, end: column };
  // A line without its mark is sent too, but with it a file is easier to read.
  const mark = /^[ \t]*[A-Za-z]*$/.test(before) ? 'C: ' : '';
  return rank(state, isLmtp).map((command) => ({
    kind: 'command',
    label: command.verb,
    insert: `${mark}${command.verb}${afterVerb[command.verb] ?? ''}`,
    detail: command.syntax,
    explanation: `${command.text} ${command.source}.`,
    range,
  }));
}

/** What is due comes first, the rest is there too: a wrong order may be the point. */
function rank(state: SessionState, isLmtp: boolean): Command[] {
  const due = suggest({ ...initialState, phase: state, isLmtp }, '', []).map(({ label }) => label);
  const place = ({ verb }: Command): number => (due.includes(verb) ? due.indexOf(verb) : due.length);
  return [...commands].sort((a, b) => place(a) - place(b));
}

function parametersAt(known: readonly Parameter[], before: string, range: Completion['range']): Completion[] {
  const given = before.toUpperCase().split(/\s+/);
  return known
    .filter(({ keyword }) => !given.some((word) => word.startsWith(`${keyword}=`)))
    .map(({ keyword, syntax, text, source }) => ({
      kind: 'parameter',
      label: keyword,
      insert: syntax.includes('=') ? `${keyword}=` : keyword,
      detail: syntax,
      explanation: `${text} ${source}.`,
      range,
    }));
}
