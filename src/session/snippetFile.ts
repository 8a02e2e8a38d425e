// session: reads snippet files as VS Code has them (*.code-snippets, snippets/*.json): JSON with comments and trailing commas.
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

export interface SnippetDefinition {
  readonly name: string;
  readonly prefixes: readonly string[];
  /** Lines joined by LF. */
  readonly body: string;
  readonly description: string;
}

export interface SnippetFile {
  readonly snippets: readonly SnippetDefinition[];
  /** English; what could be read is read all the same. */
  readonly problems: readonly string[];
}

const maxSnippets = 2000;

/** Those without a scope, and those whose scope names the language. Never throws. */
export function readSnippetFile(text: string, language = 'smtp'): SnippetFile {
  const errors: ParseError[] = [];
  const root: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true, disallowComments: false });
  const problems = errors.map(({ error, offset }) => `${printParseErrorCode(error)} at line ${text.slice(0, offset).split('\n').length}`);
  return { ...readSnippets(root, language, problems) };
}

/** The same of a value that was read already: a setting. */
export function readSnippets(root: unknown, language = 'smtp', problems: readonly string[] = []): SnippetFile {
  if (!isRecord(root)) return { snippets: [], problems: problems.length > 0 ? problems : ['There is no object with snippets'] };
  const found: SnippetDefinition[] = [];
  const wrong: string[] = [];
  for (const [name, value] of Object.entries(root).slice(0, maxSnippets)) {
    const snippet = readSnippet(name, value, language);
    if (typeof snippet === 'string') wrong.push(snippet);
    else if (snippet) found.push(snippet);
  }
  return { snippets: found, problems: [...problems, ...wrong] };
}

/** null: for another language. */
function readSnippet(name: string, value: unknown, language: string): SnippetDefinition | string | null {
  if (!isRecord(value)) return `The snippet "${name}" is no object`;
  const { prefix, body, description, scope } = value;
  if (typeof scope === 'string' && scope.trim() !== '' && !scope.split(',').some((one) => one.trim() === language)) return null;
  const lines = textsOf(body);
  if (!lines) return `The snippet "${name}" has no body`;
  return {
    name,
    prefixes: textsOf(prefix) ?? [],
    body: lines.join('\n'),
    description: textsOf(description)?.join(' ') ?? name,
  };
}

function textsOf(value: unknown): string[] | null {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
