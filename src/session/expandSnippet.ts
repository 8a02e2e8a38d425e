// session: fills a snippet in: which placeholders to ask for, with which defaults, and the text that comes of the answers.
import { matchBounded } from './boundedRegex.ts';
import { type FormatPart, parseSnippet, type SnippetNode, type Transform } from './snippet.ts';
import { isKnownVariable } from './snippetVariables.ts';

type Placeholder = Extract<SnippetNode, { kind: 'placeholder' }>;

export interface SnippetStep {
  readonly index: number;
  /** What stands there when nobody says otherwise; of choices the first. */
  readonly defaultText: string;
  /** Empty: any text. */
  readonly choices: readonly string[];
}

/** Values by VS Code's names ("CURRENT_YEAR"); undefined: there is none here. */
export type SnippetVariables = (name: string) => string | undefined;
export type SnippetAnswers = ReadonlyMap<number, string>;

export interface FilledSnippet {
  /** All placeholders in the order in which they are asked for: 1, 2, ... and 0 at the end when it has a text of its own. */
  readonly steps: readonly SnippetStep[];
  /**
   * The next one that has no answer, its default made with the answers before it; null: all have. A placeholder inside of another one is gone when
   * that was answered with another text.
   */
  next(answers: SnippetAnswers): SnippetStep | null;
  /** The text, with defaults where there is no answer. */
  render(answers?: SnippetAnswers): string;
}

/** Never throws. */
export function snippetSteps(body: string | readonly string[], variables: SnippetVariables = () => undefined): FilledSnippet {
  const nodes = parseSnippet(typeof body === 'string' ? body : body.join('\n'));
  const definitions = new Map<number, Placeholder>();
  collect(nodes, (node) => {
    const known = definitions.get(node.index);
    if (!known || (!hasText(known) && hasText(node))) definitions.set(node.index, node);
  });
  const order = [...definitions.keys()].sort((a, b) => (a === 0 ? 1 : b === 0 ? -1 : a - b));
  const asked = order.filter((index) => index !== 0 || hasText(definitions.get(0)));
  const stepOf = (index: number, answers: SnippetAnswers): SnippetStep => {
    const rest = new Map([...answers].filter(([answered]) => answered !== index));
    const { text } = new Renderer(definitions, rest, variables).placeholder(index);
    return { index, defaultText: text, choices: definitions.get(index)?.choices ?? [] };
  };
  return {
    steps: asked.map((index) => stepOf(index, new Map())),
    next(answers) {
      const { shown } = new Renderer(definitions, answers, variables).all(nodes);
      const index = asked.find((candidate) => !answers.has(candidate) && shown.has(candidate));
      return index === undefined ? null : stepOf(index, answers);
    },
    render: (answers = new Map()) => new Renderer(definitions, answers, variables).all(nodes).text,
  };
}

/** The text with all defaults. */
export function expandSnippet(body: string | readonly string[], variables?: SnippetVariables): string {
  return snippetSteps(body, variables).render();
}

function hasText(node: Placeholder | undefined): boolean {
  return node !== undefined && (node.choices.length > 0 || (node.children !== null && node.children.length > 0));
}

function collect(nodes: readonly SnippetNode[], take: (node: Placeholder) => void): void {
  for (const node of nodes) {
    if (node.kind === 'placeholder') take(node);
    if (node.kind !== 'text' && node.children) collect(node.children, take);
  }
}

/** UTF-16 units: mirrors in mirrors grow without end. */
const longest = 1024 * 1024;

class Renderer {
  private readonly definitions: ReadonlyMap<number, Placeholder>;
  private readonly answers: SnippetAnswers;
  private readonly variables: SnippetVariables;
  private readonly shown = new Set<number>();
  private readonly open = new Set<number>();
  private readonly made = new Map<number, string>();

  constructor(definitions: ReadonlyMap<number, Placeholder>, answers: SnippetAnswers, variables: SnippetVariables) {
    this.definitions = definitions;
    this.answers = answers;
    this.variables = variables;
  }

  all(nodes: readonly SnippetNode[]): { readonly text: string; readonly shown: ReadonlySet<number> } {
    return { text: this.nodes(nodes), shown: this.shown };
  }

  placeholder(index: number): { readonly text: string } {
    return { text: this.valueAt(index) };
  }

  private nodes(nodes: readonly SnippetNode[]): string {
    let text = '';
    for (const node of nodes) if (text.length < longest) text += this.node(node);
    return text;
  }

  private node(node: SnippetNode): string {
    if (node.kind === 'text') return node.text;
    if (node.kind === 'placeholder') return transformed(this.valueAt(node.index), node.transform);
    const value = this.variables(node.name);
    if (value !== undefined) return transformed(value, node.transform);
    if (node.children) return this.nodes(node.children);
    // As the editor does with a name that it does not know.
    return isKnownVariable(node.name) ? transformed('', node.transform) : node.name;
  }

  private valueAt(index: number): string {
    this.shown.add(index);
    const answer = this.answers.get(index) ?? this.made.get(index);
    if (answer !== undefined) return answer;
    const definition = this.definitions.get(index);
    // A placeholder that holds itself has nothing to say there.
    if (!definition || this.open.has(index)) return '';
    this.open.add(index);
    const value = definition.choices[0] ?? this.nodes(definition.children ?? []);
    this.open.delete(index);
    this.made.set(index, value);
    return value;
  }
}

function transformed(value: string, transform: Transform | null): string {
  if (transform === null) return value;
  const matches = matchBounded(transform.pattern, transform.flags, value);
  if (matches === 'tooSlow') return value;
  // Without a match the format's "else" speaks, as in the editor.
  if (matches.length === 0) return transform.format.some(hasElse) ? formatted(transform.format, []) : value;
  let text = '';
  let last = 0;
  for (const match of matches) {
    text += value.slice(last, match.index) + formatted(transform.format, match);
    last = match.index + match[0].length;
  }
  return text + value.slice(last);
}

function hasElse(part: FormatPart): boolean {
  return part.kind === 'group' && part.otherwise !== null && part.otherwise !== '';
}

function formatted(format: readonly FormatPart[], groups: readonly (string | undefined)[]): string {
  return format
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const group = groups[part.group] ?? '';
      if (group === '') return part.otherwise ?? '';
      return part.ifMatched ?? changed(group, part.change);
    })
    .join('');
}

function changed(text: string, change: string): string {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
  switch (change) {
    case 'upcase':
      return text.toLocaleUpperCase();
    case 'downcase':
      return text.toLocaleLowerCase();
    case 'capitalize':
      return capital(text);
    case 'pascalcase':
      return words.map(capital).join('');
    case 'camelcase':
      return words.map((word, index) => (index === 0 ? word.slice(0, 1).toLowerCase() + word.slice(1) : capital(word))).join('');
    case 'snakecase':
      return words.map((word) => word.toLowerCase()).join('_');
    case 'kebabcase':
      return words.map((word) => word.toLowerCase()).join('-');
    default:
      return text;
  }
}
