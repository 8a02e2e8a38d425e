// ui/session: what of a .smtp file lies under the pointer. Without `vscode`.
import type { ClientLine, DirectiveLine, ExpectationLine, Range, Script } from '../../../session/script.ts';

export type HoverTarget = { readonly range: Range } & (
  | { readonly kind: 'command'; readonly verb: string }
  /** Of an ESMTP command, upper case: "SIZE". */
  | { readonly kind: 'parameter'; readonly verb: string; readonly name: string }
  /** `code` may be a class: "5xx". `enhanced` may hold "x". */
  | { readonly kind: 'reply'; readonly code: string | null; readonly enhanced: string | null }
  | { readonly kind: 'directive'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
);

export function hoverTargetAt(script: Script, line: number, column: number): HoverTarget | null {
  const variable = script.variables.find(({ range, kind }) => kind !== 'definition' && range.line === line && isIn(range, column));
  if (variable) return { kind: 'variable', name: variable.name, range: variable.range };
  const found = script.lines[line];
  if (found?.kind === 'client') return inClientLine(found, column);
  if (found?.kind === 'expectation') return inExpectation(found, column);
  if (found?.kind === 'directive') return inDirective(found, column);
  return null;
}

function inClientLine({ content, contentRange, verb, line }: ClientLine, column: number): HoverTarget | null {
  const lead = content.length - content.trimStart().length;
  const start = contentRange.start + lead;
  const command: Range = { line, start, end: start + verb.length };
  if (isIn(command, column)) return { kind: 'command', verb, range: command };
  if (verb !== 'MAIL' && verb !== 'RCPT') return null;
  const parameters = content.indexOf('>') + 1;
  if (parameters === 0) return null;
  for (const match of content.slice(parameters).matchAll(/(?<=\s)[A-Za-z0-9-]+(?==|\s|$)/g)) {
    const from = contentRange.start + parameters + match.index;
    const range: Range = { line, start: from, end: from + match[0].length };
    if (isIn(range, column)) return { kind: 'parameter', verb, name: match[0].toUpperCase(), range };
  }
  return null;
}

function inExpectation({ content, contentRange, expectation, line }: ExpectationLine, column: number): HoverTarget | null {
  if (expectation?.code === null || expectation?.code === undefined) return null;
  // The code, and the enhanced code where there is one, are explained together.
  const match = /^\s*(\S{3})(?:[- ]\s*([245xX]\.\w+\.\w+))?/.exec(content);
  if (!match) return null;
  const end = contentRange.start + (expectation.enhanced === null ? match[0].length - (match[2]?.length ?? 0) : match[0].length);
  const range: Range = { line, start: contentRange.start, end };
  return isIn(range, column) ? { kind: 'reply', code: expectation.code, enhanced: expectation.enhanced, range } : null;
}

function inDirective({ name, nameRange }: DirectiveLine, column: number): HoverTarget | null {
  const range: Range = { ...nameRange, start: Math.max(0, nameRange.start - 1) };
  return isIn(range, column) ? { kind: 'directive', name, range } : null;
}

function isIn({ start, end }: Range, column: number): boolean {
  return column >= start && column <= end;
}
