// ui/session: what can stand at a place of a .smtp file: directives after @, their values, variables inside of braces. Without `vscode`.
import { authMethods, type DirectiveName, directiveNames, directives, tlsModes } from '../../../session/directive.ts';
import type { Range, Script } from '../../../session/script.ts';
import { escapeSnippet } from '../../../session/suggest.ts';
import { builtIns, environmentPrefix } from '../../../session/variables.ts';
import type { Localizer } from '../../l10n.ts';

export interface Completion {
  readonly kind: 'directive' | 'value' | 'variable' | 'command' | 'parameter';
  readonly label: string;
  /** In VS Code's snippet syntax. */
  readonly insert: string;
  /** Beside the label. */
  readonly detail: string;
  /** Below it. */
  readonly explanation: string;
  /** What is replaced. */
  readonly range: Range;
}

/** Values of directives that take one of a few. */
const choices: Partial<Readonly<Record<DirectiveName, readonly string[]>>> = {
  tls: tlsModes,
  verify: ['on', 'off'],
  auth: authMethods,
  timeout: ['5s', '30s', '2m'],
  wait: ['500ms', '5s'],
  connect: ['{{host}}:{{port}}'],
};

/** Variables where braces are open, else directives and their values; null where neither is due. */
export function completeNotation(script: Script, text: string, line: number, column: number, l10n: Localizer): Completion[] | null {
  const before = text.slice(0, column);
  const open = /\{\{\s*([^\s{}]*)$/.exec(before);
  if (open) return variablesAt(script, text, { line, start: column - (open[1] ?? '').length, end: column }, l10n);
  const name = /^[ \t]*@([\w-]*)$/.exec(before);
  if (name) return directivesAt({ line, start: column - (name[1] ?? '').length, end: column });
  const value = /^[ \t]*@([\w-]+)[ \t]+(\S*)$/.exec(before);
  if (!value) return null;
  const [, directive = '', written = ''] = value;
  const range: Range = { line, start: column - written.length, end: column };
  const known = directiveNames.find((candidate) => candidate === directive);
  return (known === undefined ? [] : (choices[known] ?? [])).map((choice) => ({
    kind: 'value',
    label: choice,
    insert: escapeSnippet(choice),
    detail: '',
    explanation: '',
    range,
  }));
}

function directivesAt(range: Range): Completion[] {
  return directiveNames.map((name) => ({
    kind: 'directive',
    label: name,
    insert: directives[name].syntax.includes(' ') ? `${name} ` : name,
    detail: directives[name].syntax,
    explanation: directives[name].meaning,
    range,
  }));
}

function variablesAt(script: Script, text: string, typed: Range, l10n: Localizer): Completion[] {
  // The braces that the editor has closed by itself are kept.
  const rest = /^[^\s{}]*/.exec(text.slice(typed.end))?.[0] ?? '';
  const range = { ...typed, end: typed.end + rest.length };
  const closing = text.slice(range.end).trimStart().startsWith('}}') ? '' : '}}';
  const found = new Map<string, string>([
    ['host', l10n.t('The address of the Mailroom server')],
    ['port', l10n.t('The port of the Mailroom server')],
  ]);
  for (const [name, { meaning }] of Object.entries(builtIns)) found.set(name, meaning);
  found.set(environmentPrefix, l10n.t('A variable of the environment'));
  for (const { name, kind } of script.variables) {
    if (kind === 'definition') found.set(name, l10n.t('Defined in this file'));
    else if (kind === 'capture') found.set(name, l10n.t('Captured from a reply'));
  }
  return [...found].map(([name, explanation]) => ({
    kind: 'variable',
    label: name,
    insert: escapeSnippet(name === environmentPrefix ? name : name + closing),
    detail: '',
    explanation,
    range,
  }));
}
