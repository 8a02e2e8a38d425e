// session: {{name}} in what is sent and in directives: where the values come from, and how they are filled in.
import { randomBytes, randomUUID } from 'node:crypto';
import { Failure } from '../base/failure.ts';

/*
 * In this order: captures of S: lines (the newest wins), @var of the conversation, @var before the first ###, the settings.
 * {{$env.NAME}} is the environment; the other names with $ are made anew at each place (builtIns).
 * The value of an @var may hold variables itself.
 */
export interface VariableScope {
  readonly captures: ReadonlyMap<string, string>;
  /** As written, with their own variables. */
  readonly defined: ReadonlyMap<string, string>;
  /** From the settings or the caller: "host", "port", "password". */
  readonly given: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

interface BuiltIn {
  /** English, for completion and hovers. */
  readonly meaning: string;
  make(now: number): string;
}

export const builtIns: Readonly<Record<string, BuiltIn>> = {
  $date: { meaning: 'The date and time as a Date field has it (RFC 5322 section 3.3).', make: mailDate },
  $messageId: {
    meaning: 'A new message identifier with its angle brackets (RFC 5322 section 3.6.4).',
    make: () => `<${randomUUID()}@mailroom.invalid>`,
  },
  $random: { meaning: '12 random hexadecimal digits.', make: () => randomBytes(6).toString('hex') },
  $uuid: { meaning: 'A random UUID (RFC 9562).', make: () => randomUUID() },
  $timestamp: { meaning: 'Seconds since 1970.', make: (now) => String(Math.floor(now / 1000)) },
};

export const environmentPrefix = '$env.';

const use = /\{\{\s*([^\s{}]+)\s*\}\}/g;

export interface FoundVariable {
  readonly name: string;
  /** UTF-16 units, with the braces. */
  readonly start: number;
  readonly end: number;
}

export function findVariables(text: string): FoundVariable[] {
  if (!text.includes('{{')) return [];
  return [...text.matchAll(use)].map((match) => ({ name: match[1] ?? '', start: match.index, end: match.index + match[0].length }));
}

const deepest = 10;
/** UTF-16 units of a filled text; a chain of variables that double each other would grow without end. */
const longest = 1024 * 1024;

/**
 * The text with its variables filled in. A name without value: stays as it stands with 'keep' (messages often hold the braces of templates),
 * else Failure 'undefinedVariable'. Failure 'variableCycle' when values hold each other or grow beyond 1 MiB.
 */
export function fill(text: string, scope: VariableScope, unknown: 'fail' | 'keep' = 'fail', depth = 0): string {
  if (!text.includes('{{')) return text;
  let length = 0;
  return text.replace(use, (braces, name: string) => {
    const value = lookUp(name, scope, depth);
    if (value === undefined) {
      if (unknown === 'keep') return braces;
      throw new Failure('undefinedVariable', `The variable ${name} has no value`, { name });
    }
    length += value.length;
    if (length > longest) throw new Failure('variableCycle', `The value of ${name} is too long`, { name });
    return value;
  });
}

/** undefined: the name has no value. */
export function lookUp(name: string, scope: VariableScope, depth = 0): string | undefined {
  const captured = scope.captures.get(name);
  if (captured !== undefined) return captured;
  const defined = scope.defined.get(name);
  if (defined !== undefined) {
    if (depth >= deepest) throw new Failure('variableCycle', `The variable ${name} is defined by itself`, { name });
    return fill(defined, scope, 'fail', depth + 1);
  }
  if (Object.hasOwn(scope.given, name)) return scope.given[name];
  if (name.startsWith(environmentPrefix)) return scope.environment[name.slice(environmentPrefix.length)];
  return Object.hasOwn(builtIns, name) ? builtIns[name]?.make(scope.now()) : undefined;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** UTC: "Sat, 21 Nov 2026 22:37:00 +0000". */
export function mailDate(now: number): string {
  const date = new Date(now);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${days[date.getUTCDay()]}, ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} +0000`;
}
