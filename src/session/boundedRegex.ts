// session: a regular expression of a script or snippet, with an end: some expressions take longer than the universe on some texts.
import { createContext, Script } from 'node:vm';
import { codeOf } from '../base/failure.ts';

/** Milliseconds. Ordinary expressions take microseconds; the limit leaves room for a busy machine. */
const timeLimit = 1000;
/** UTF-16 units of the text that are looked at. */
const maxText = 8 * 1024;

interface Holder {
  pattern: RegExp;
  text: string;
  matches: (RegExpExecArray | null)[];
}

// The script is ours and constant; the context is used only because Node can end what runs in one.
const script = new Script('matches = pattern.global ? [...text.matchAll(pattern)] : [pattern.exec(text)]');

/** All matches with the flag g, else the first; 'tooSlow' when the limit was reached. The expression must be valid. */
export function matchBounded(pattern: string, flags: string, text: string): RegExpExecArray[] | 'tooSlow' {
  const holder: Holder = { pattern: new RegExp(pattern, flags), text: text.slice(0, maxText), matches: [] };
  try {
    script.runInContext(createContext(holder), { timeout: timeLimit });
    return [...holder.matches].filter((match) => match !== null);
  } catch (error) {
    if (codeOf(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'tooSlow';
    throw error;
  }
}
