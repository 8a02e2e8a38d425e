// ui/session: what Tab offers in a session: the commands of ours after a slash, else what the conversation allows now.
import { type FilledSnippet, snippetSteps } from '../../../session/expandSnippet.ts';
import type { SessionState } from '../../../session/sessionState.ts';
import type { SnippetDefinition } from '../../../session/snippetFile.ts';
import { snippetVariables } from '../../../session/snippetVariables.ts';
import { type Suggestion, suggest } from '../../../session/suggest.ts';
import { printable } from '../../../smtp/printable.ts';
import type { Localizer } from '../../l10n.ts';
import type { MenuEntry } from './menu.ts';
import { slashHelp } from './slashCommands.ts';

export interface Completion extends MenuEntry {
  /** Of an entry without a text. */
  readonly snippet: FilledSnippet | null;
}

export type Completer = (line: string, state: SessionState) => readonly Completion[];

/** The commands of ours that begin with what was typed. */
export function completeSlash(line: string, l10n: Localizer): readonly Completion[] {
  const typed = line.toLowerCase();
  return slashHelp(l10n)
    .filter(({ name }) => `/${name}`.startsWith(typed))
    .map(({ name, syntax, meaning }) => ({
      label: syntax,
      detail: meaning,
      text: syntax === `/${name}` ? syntax : `/${name} `,
      snippet: null,
    }));
}

/** Of the snippets those are left out that make a file and not a conversation. */
export function completeConversation(
  line: string,
  state: SessionState,
  snippets: readonly SnippetDefinition[],
  now: number,
): readonly Completion[] {
  const fitting = snippets.filter(({ body }) => !/^(?:###|@connect\b)/m.test(body));
  return suggest(state, line, fitting).map((suggestion) => toCompletion(suggestion, now));
}

/** What stands in a snippet file is shown, and must not steer the terminal. */
function toCompletion(suggestion: Suggestion, now: number): Completion {
  const { body } = suggestion;
  const label = printable(suggestion.label);
  const detail = printable(suggestion.detail);
  // The password of a directive would be typed for all to see.
  const login = /^@auth\s+([\w-]+)/m.exec(body)?.[1];
  if (login !== undefined) return { label, detail, text: `/auth ${login} `, snippet: null };
  // What is expected of the server is for files.
  const sent = body
    .split('\n')
    .filter((one) => !/^\s*(?:S:|#)/.test(one))
    .join('\n');
  const snippet = snippetSteps(sent, snippetVariables(now));
  const text = snippet.render();
  const isPlain = snippet.steps.length === 0 && !/[\n@]|\{\{/.test(text);
  return { label, detail, text: isPlain ? text : null, snippet };
}
