// session: VS Code's snippet syntax (tabstops, placeholders, choices, variables, transforms), parsed, for the terminal, which has no editor to do it.
// No well-kept package does it: vscode-snippet-parser is one release of 2018, the rest is parts of whole editors.

export type SnippetNode =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'placeholder';
      readonly index: number;
      /** null: a bare tabstop. */
      readonly children: readonly SnippetNode[] | null;
      readonly choices: readonly string[];
      readonly transform: Transform | null;
    }
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly children: readonly SnippetNode[] | null;
      readonly transform: Transform | null;
    };

export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'group';
      readonly group: number;
      /** "upcase", ... or ''. */
      readonly change: string;
      readonly ifMatched: string | null;
      readonly otherwise: string | null;
    };

export interface Transform {
  readonly pattern: string;
  readonly flags: string;
  readonly format: readonly FormatPart[];
}

/** UTF-16 units; what is longer is text. */
const longest = 64 * 1024;
/** Braces in braces; what is deeper is text. */
const deepest = 40;

/** Never throws: what is not complete is text, as in the editor. */
export function parseSnippet(body: string): readonly SnippetNode[] {
  if (body.length > longest) return [{ kind: 'text', text: body }];
  return new SnippetParser(body).parse();
}

interface Parsed<T> {
  readonly value: T;
  readonly end: number;
}

class SnippetParser {
  private readonly body: string;
  /** What begins with the dollar at a place. It does not depend on what is around it; without the memory, open braces would be tried again and again. */
  private readonly known = new Map<number, Parsed<SnippetNode> | null>();

  constructor(body: string) {
    this.body = body;
  }

  parse(): SnippetNode[] {
    return this.children(0, null, 0)?.value ?? [{ kind: 'text', text: this.body }];
  }

  /** Nodes up to `close`, which is not included, or to the end when it is null. */
  private children(from: number, close: string | null, depth: number): Parsed<SnippetNode[]> | null {
    const nodes: SnippetNode[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') nodes.push({ kind: 'text', text });
      text = '';
    };
    let at = from;
    while (at < this.body.length) {
      const character = this.body[at] ?? '';
      if (character === close) {
        flush();
        return { value: nodes, end: at };
      }
      const next = this.body[at + 1] ?? '';
      if (character === '\\' && (next === '$' || next === '}' || next === '\\')) {
        text += next;
        at += 2;
        continue;
      }
      const node = character === '$' ? this.dollar(at, depth) : null;
      if (node) {
        flush();
        nodes.push(node.value);
        at = node.end;
      } else {
        text += character;
        at++;
      }
    }
    flush();
    return close === null ? { value: nodes, end: at } : null;
  }

  private dollar(at: number, depth: number): Parsed<SnippetNode> | null {
    const known = this.known.get(at);
    if (known !== undefined) return known;
    const parsed = this.simple(at) ?? (depth < deepest ? this.braced(at, depth) : null);
    this.known.set(at, parsed);
    return parsed;
  }

  /** $1, $name */
  private simple(at: number): Parsed<SnippetNode> | null {
    const match = this.match(/\$(?:([0-9]{1,9})|([A-Za-z_][A-Za-z0-9_]*))/y, at);
    if (!match) return null;
    return { value: this.node(match[1], match[2], null, [], null), end: at + match[0].length };
  }

  private braced(at: number, depth: number): Parsed<SnippetNode> | null {
    const head = this.match(/\$\{(?:([0-9]{1,9})|([A-Za-z_][A-Za-z0-9_]*))([}:|/])/y, at);
    if (!head) return null;
    const [whole, number, name, sign] = head;
    const after = at + whole.length;
    if (sign === '}') return { value: this.node(number, name, null, [], null), end: after };
    if (sign === ':') {
      const children = this.children(after, '}', depth + 1);
      return children && { value: this.node(number, name, children.value, [], null), end: children.end + 1 };
    }
    if (sign === '|') {
      const choices = number === undefined ? null : this.choices(after);
      return choices && { value: this.node(number, name, null, choices.value, null), end: choices.end };
    }
    const transform = this.transform(after);
    return transform && { value: this.node(number, name, null, [], transform.value), end: transform.end };
  }

  private node(
    number: string | undefined,
    name: string | undefined,
    children: readonly SnippetNode[] | null,
    choices: readonly string[],
    transform: Transform | null,
  ): SnippetNode {
    if (number !== undefined) return { kind: 'placeholder', index: Number(number), children, choices, transform };
    return { kind: 'variable', name: name ?? '', children, transform };
  }

  /** one,two|} */
  private choices(from: number): Parsed<string[]> | null {
    const choices: string[] = [];
    let text = '';
    for (let at = from; at < this.body.length; at++) {
      const character = this.body[at] ?? '';
      const next = this.body[at + 1] ?? '';
      if (character === '\\' && (next === ',' || next === '|' || next === '\\')) {
        text += next;
        at++;
      } else if (character === ',') {
        choices.push(text);
        text = '';
      } else if (character === '|') {
        return next === '}' ? { value: [...choices, text], end: at + 2 } : null;
      } else text += character;
    }
    return null;
  }

  /** regex/format/flags} */
  private transform(from: number): Parsed<Transform> | null {
    const regex = this.match(/((?:\\.|[^/\\])*)\//sy, from);
    if (!regex) return null;
    const format = this.format(from + regex[0].length, '/');
    const flags = format && this.match(/([a-z]*)\}/y, format.end + 1);
    if (!format || !flags) return null;
    const pattern = (regex[1] ?? '').replaceAll('\\/', '/');
    if (!isRegex(pattern, flags[1] ?? '')) return null;
    return { value: { pattern, flags: flags[1] ?? '', format: format.value }, end: format.end + 1 + flags[0].length };
  }

  private format(from: number, close: string): Parsed<FormatPart[]> | null {
    const parts: FormatPart[] = [];
    for (let at = from; at < this.body.length; ) {
      if (this.body[at] === close) return { value: parts, end: at };
      const group = this.match(/\$(?:([0-9]{1,2})|\{([0-9]{1,2})(?:\}|:\/([a-z]+)\}|:([+?-]?)((?:\\.|[^}\\])*)\}))/sy, at);
      const [whole, bare, braced, change = '', sign, words = ''] = group ?? [];
      if (whole !== undefined) {
        parts.push({ kind: 'group', group: Number(bare ?? braced), change, ...conditions(sign, words) });
        at += whole.length;
        continue;
      }
      const literal = this.match(/\\([$}\\/])|([\s\S])/y, at);
      parts.push({ kind: 'text', text: literal?.[1] === undefined ? (literal?.[2] ?? '') : literal[1] });
      at += literal?.[0].length ?? 1;
    }
    return null;
  }

  private match(regex: RegExp, at: number): RegExpExecArray | null {
    regex.lastIndex = at;
    return regex.exec(this.body);
  }
}

/** ":+if", ":?if:else", ":-else", ":else" */
function conditions(sign: string | undefined, words: string): { readonly ifMatched: string | null; readonly otherwise: string | null } {
  const plain = (text: string): string => text.replace(/\\([$}\\:])/g, '$1');
  if (sign === undefined) return { ifMatched: null, otherwise: null };
  if (sign === '+') return { ifMatched: plain(words), otherwise: '' };
  if (sign !== '?') return { ifMatched: null, otherwise: plain(words) };
  const [, yes = '', no = ''] = /^((?:\\.|[^:\\])*):?(.*)$/s.exec(words) ?? [];
  return { ifMatched: plain(yes), otherwise: plain(no) };
}

function isRegex(pattern: string, flags: string): boolean {
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
}
