// session: a regular expression of a script over a line of a stranger's server, with an end: some expressions take longer than the universe on some texts.
import { createContext, Script } from 'node:vm';
import { codeOf } from '../base/failure.ts';

/** Milliseconds. Ordinary expressions take microseconds; the limit leaves room for a busy machine. */
const timeLimit = 1000;
/** UTF-16 units of the text that are looked at. */
const maxText = 8 * 1024;

interface Holder {
  pattern: RegExp | null;
  text: string;
  match: RegExpExecArray | null;
}

// The script is ours and constant; the context is used only because Node can end what runs in one.
const script = new Script('match = pattern.exec(text)');

/** The match; null when there is none; 'tooSlow' when the limit was reached. The expression must be valid. */
export function execBounded(pattern: string, flags: string, text: string): RegExpExecArray | null | 'tooSlow' {
  const holder: Holder = { pattern: new RegExp(pattern, flags), text: text.slice(0, maxText), match: null };
  try {
    script.runInContext(createContext(holder), { timeout: timeLimit });
    return holder.match;
  } catch (error) {
    if (codeOf(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'tooSlow';
    throw error;
  }
}
