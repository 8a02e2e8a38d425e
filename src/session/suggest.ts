// session: what may be typed next: commands, snippets and parameters, those first that are due and that the server offers.
import { type Command, commands, findCommand } from '../smtp/commands.ts';
import type { Parameter } from '../smtp/parameters.ts';
import { expandSnippet } from './expandSnippet.ts';
import type { SessionState } from './sessionState.ts';
import type { SnippetDefinition } from './snippetFile.ts';

export interface Suggestion {
  /** What is chosen from: "DATA plain message". */
  readonly label: string;
  /** One clause in English. */
  readonly detail: string;
  /** VS Code's snippet syntax; replaces the whole of what was typed. */
  readonly body: string;
  readonly kind: 'command' | 'snippet' | 'parameter';
  /** due: right now. later: another command comes before it. notOffered: the server's EHLO did not name it. */
  readonly standing: Standing;
}

export type Standing = 'due' | 'later' | 'notOffered';

/** The commands that are most likely next, in each state. */
const likely: Readonly<Record<string, readonly string[]>> = {
  connected: ['EHLO', 'LHLO', 'HELO'],
  ready: ['MAIL', 'STARTTLS', 'AUTH'],
  mail: ['RCPT'],
  recipients: ['DATA', 'RCPT', 'BDAT'],
  chunks: ['BDAT'],
};

const ranks: readonly Standing[] = ['due', 'later', 'notOffered'];

/**
 * Best first. With nothing typed only what is due; else everything that begins like it, also what is not due, because a wrong order may be the point.
 * In a message there is nothing to suggest but its end, in a login nothing but giving up.
 */
export function suggest(state: SessionState, typed: string, snippets: readonly SnippetDefinition[]): Suggestion[] {
  if (state.phase === 'data') return typed === '' ? [only('.', 'ends the message')] : [];
  if (state.phase === 'login') return typed === '' ? [only('*', 'gives the login up')] : [];
  const parameters = suggestParameters(state, typed);
  if (parameters) return parameters;
  const start = typed.trimStart().toLowerCase();
  const found = [...commands.map((command) => ofCommand(state, command)), ...snippets.map((snippet) => ofSnippet(state, snippet))]
    .filter(({ suggestion, words }) =>
      start === '' ? suggestion.standing === 'due' : words.some((word) => word.toLowerCase().startsWith(start)),
    )
    .map(({ suggestion }) => suggestion);
  const order = likely[state.phase] ?? [];
  const rank = ({ body, standing }: Suggestion): number => {
    const place = order.indexOf(verbOfBody(body));
    return ranks.indexOf(standing) * 100 + (place < 0 ? order.length : place);
  };
  // Stable: commands before snippets, both in the order of their lists.
  return withoutDoubles(found.sort((a, b) => rank(a) - rank(b)));
}

interface Candidate {
  readonly suggestion: Suggestion;
  /** What may be typed for it. */
  readonly words: readonly string[];
}

function only(label: string, detail: string): Suggestion {
  return { label, detail, body: label, kind: 'command', standing: 'due' };
}

function ofCommand(state: SessionState, command: Command): Candidate {
  const { verb, text, syntax } = command;
  const isDueAgain = state.isHelloDueAgain && (verb === 'EHLO' || verb === 'LHLO');
  const detail = isDueAgain ? 'due again: TLS has begun, what was offered before is forgotten' : text.replace(/\.$/, '');
  const suggestion = { label: verb, detail, body: bodyOf(verb, syntax), kind: 'command' as const, standing: standingOf(state, command) };
  return { suggestion, words: [verb] };
}

function ofSnippet(state: SessionState, { name, prefixes, body, description }: SnippetDefinition): Candidate {
  const command = findCommand(verbOfBody(body));
  const standing = command ? standingOf(state, command) : 'due';
  return {
    suggestion: { label: name, detail: description, body, kind: 'snippet', standing },
    // Of several lines the first says too little.
    words: [name, ...prefixes, ...(body.includes('\n') ? [] : [expandSnippet(body).replace(/^C: ?/, '')])],
  };
}

function standingOf(state: SessionState, { verb, states, extension, protocol }: Command): Standing {
  const { phase, extensions } = state;
  const isOffered = extension === null || extensions === null || extensions.has(extension);
  if (!isOffered || (verb === 'STARTTLS' && state.isEncrypted)) return 'notOffered';
  if (protocol === 'lmtp' && extensions !== null && !state.isLmtp) return 'notOffered';
  if (protocol === 'smtp' && state.isLmtp) return 'notOffered';
  const isDue = states.some((due) => due === phase);
  if (verb === 'AUTH' && state.isAuthenticated) return 'later';
  // EHLO may come at any time (RFC 5321 section 4.1.4), but nobody needs it twice.
  if (['EHLO', 'HELO', 'LHLO'].includes(verb) && phase !== 'connected') return 'later';
  return isDue ? 'due' : 'later';
}

/** "MAIL FROM:<$1>" of "MAIL FROM:<address> [parameters]". */
function bodyOf(verb: string, syntax: string): string {
  if (verb === 'MAIL') return 'MAIL FROM:<$1>';
  if (verb === 'RCPT') return 'RCPT TO:<$1>';
  // Where an argument is needed, room for it.
  return syntax.startsWith(`${verb} <`) ? `${verb} $1` : verb;
}

/** null: no parameter is being typed. */
function suggestParameters(state: SessionState, typed: string): Suggestion[] | null {
  const match = /^(\s*(?:MAIL\s+FROM|RCPT\s+TO):\s*<[^>]*>(?:\s+\S+)*?\s+)(\S*)$/i.exec(typed);
  const [, before = '', word = ''] = match ?? [];
  const command = match && findCommand(typed);
  if (!command) return null;
  const start = word.toUpperCase();
  return command.parameters
    .filter(
      ({ keyword, extension }) =>
        keyword.startsWith(start) && !new RegExp(`\\s${keyword}(?:=|\\s|$)`, 'i').test(before) && offers(state, extension),
    )
    .map((parameter) => ({
      label: parameter.keyword,
      detail: parameter.text.replace(/\.$/, ''),
      body: `${escapeSnippet(before)}${parameterBody(parameter)}`,
      kind: 'parameter' as const,
      standing: 'due' as const,
    }));
}

function offers({ extensions }: SessionState, extension: string | null): boolean {
  return extension === null || extensions === null || extensions.has(extension);
}

function parameterBody({ keyword, syntax, values }: Parameter): string {
  if (!syntax.includes('=')) return keyword;
  const safe = values.length > 0 && values.every((value) => /^[\w-]+$/.test(value));
  return safe ? `${keyword}=\${1|${values.join(',')}|}` : `${keyword}=$1`;
}

/** Text as a snippet that expands to it. */
export function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}

/** Of the first line that is sent. */
function verbOfBody(body: string): string {
  const line = body.split('\n').find((one) => !/^\s*(?:#|@(?!auth\b))/.test(one)) ?? '';
  if (/^\s*@auth\b/.test(line)) return 'AUTH';
  return /^\s*(?:C: ?)?([A-Za-z]+)/.exec(line)?.[1]?.toUpperCase() ?? '';
}

function withoutDoubles(suggestions: readonly Suggestion[]): Suggestion[] {
  // A snippet of the same name says more than the bare command.
  const named = new Set(suggestions.filter(({ kind }) => kind === 'snippet').map(({ label }) => label));
  return suggestions.filter(({ kind, label }) => kind !== 'command' || !named.has(label));
}
