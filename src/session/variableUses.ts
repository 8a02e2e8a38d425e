// session: every {{name}} of a script with what it is there: a use, a definition or a capture; and those that have no value.
import type { Diagnostic, DirectiveLine, ExpectationLine, Range, ScriptConversation, ScriptLine, VariableUse } from './script.ts';
import { builtIns, environmentPrefix, findVariables } from './variables.ts';

/** The names of one conversation, or of the lines that belong to none. */
interface Scope {
  readonly defined: ReadonlySet<string>;
  readonly given: ReadonlySet<string>;
  /** These grow from line to line. */
  readonly definedSoFar: Set<string>;
  readonly captured: Set<string>;
}

export interface CollectedVariables {
  readonly variables: VariableUse[];
  readonly diagnostics: Diagnostic[];
}

export function collectVariables(
  lines: readonly ScriptLine[],
  conversations: readonly ScriptConversation[],
  given: ReadonlySet<string>,
): CollectedVariables {
  const collected: CollectedVariables = { variables: [], diagnostics: [] };
  const scopes = new Map<ScriptLine, Scope>();
  for (const { inherited, lines: own } of conversations) {
    const scope = scopeOf([...inherited, ...own], given);
    for (const line of own) scopes.set(line, scope);
  }
  const outside = scopeOf(
    lines.filter((line) => !scopes.has(line)),
    given,
  );
  for (const line of lines) {
    if (line.kind === 'comment' || line.kind === 'blank' || line.kind === 'separator') continue;
    const scope = scopes.get(line) ?? outside;
    if (line.kind === 'directive') collectDefinition(line, scope, collected);
    if (line.kind === 'expectation') collectFromExpectation(line, scope, collected);
    else collectUses(line, scope, collected);
  }
  return collected;
}

function scopeOf(lines: readonly ScriptLine[], given: ReadonlySet<string>): Scope {
  const names = lines.flatMap((line) => (line.kind === 'directive' && line.directive?.name === 'var' ? [line.directive.variable] : []));
  return { defined: new Set(names), given, definedSoFar: new Set(), captured: new Set() };
}

function collectDefinition(line: DirectiveLine, scope: Scope, { variables, diagnostics }: CollectedVariables): void {
  if (line.directive?.name !== 'var') return;
  const name = line.directive.variable;
  const start = line.argumentRange.start + line.argument.indexOf(name);
  const range = { line: line.line, start, end: start + name.length };
  variables.push({ name, range, kind: 'definition' });
  if (scope.definedSoFar.has(name))
    diagnostics.push(warning(range, 'duplicateVariable', `${name} is defined already; the last definition holds`, name));
  scope.definedSoFar.add(name);
}

function collectUses(line: ScriptLine, scope: Scope, { variables, diagnostics }: CollectedVariables): void {
  for (const { name, start, end } of findVariables(line.text)) {
    const range = { line: line.line, start, end };
    variables.push({ name, range, kind: 'use' });
    if (hasValue(name, scope)) continue;
    const found = warning(range, 'undefinedVariable', `${name} has no value here`, name);
    // Messages often hold the braces of somebody's templates; they are sent as they stand.
    diagnostics.push(line.kind === 'data' ? { ...found, severity: 'information' } : found);
  }
}

/** A name that nobody defines captures; in a regular expression braces are braces, and its named groups capture. */
function collectFromExpectation(line: ExpectationLine, scope: Scope, collected: CollectedVariables): void {
  if (line.expectation?.text?.kind === 'regex') {
    for (const match of line.expectation.text.pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)) {
      const start = line.text.indexOf(match[0]) + 3;
      const name = match[1] ?? '';
      collected.variables.push({ name, range: { line: line.line, start, end: start + name.length }, kind: 'capture' });
      scope.captured.add(name);
    }
    return;
  }
  for (const { name, start, end } of findVariables(line.text)) {
    const isUse = scope.defined.has(name) || scope.given.has(name) || name.startsWith('$');
    collected.variables.push({ name, range: { line: line.line, start, end }, kind: isUse ? 'use' : 'capture' });
    if (!isUse) scope.captured.add(name);
  }
}

function hasValue(name: string, { defined, captured, given }: Scope): boolean {
  // Of the environment only a run knows.
  return defined.has(name) || captured.has(name) || given.has(name) || name.startsWith(environmentPrefix) || Object.hasOwn(builtIns, name);
}

function warning(range: Range, code: 'duplicateVariable' | 'undefinedVariable', message: string, name: string): Diagnostic {
  return { range, severity: 'warning', code, message, data: { name } };
}
