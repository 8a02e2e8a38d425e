// ui/checks: what a page of a report remembers, as VS Code hands it back after the window was reloaded.
import { type Question, questionKinds } from '../../checks/report.ts';

/** The state may have been written by another version. */
export function questionIn(state: unknown): Question | undefined {
  if (typeof state !== 'object' || state === null || !('question' in state)) return undefined;
  const { question } = state;
  if (typeof question !== 'object' || question === null) return undefined;
  const { kind, subject, options } = question as { readonly [key in keyof Question]?: unknown };
  const known = questionKinds.find((each) => each === kind);
  if (known === undefined || typeof subject !== 'string' || typeof options !== 'object' || options === null) return undefined;
  const entries = Object.entries(options).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { kind: known, subject, options: Object.fromEntries(entries) };
}
