// ui/session: how the next line is asked for, by what it would be: a command, a line of a message, octets of BDAT, the answer to a challenge.
import type { InteractiveSession } from '../../../session/interactive.ts';
import { cyan, faint } from './colors.ts';
import { type Completion, completeSlash } from './completion.ts';
import type { LineQuestion } from './lineQuestion.ts';
import { clientMark, promptOf } from './render.ts';
import type { ShellPorts } from './shellPorts.ts';

export function questionOf(session: InteractiveSession, { completer, l10n }: Pick<ShellPorts, 'completer' | 'l10n'>): LineQuestion {
  const { mode } = session;
  // Asked when the line was entered: a late reply may have made it the answer to a challenge.
  const isRemembered = (line: string): boolean =>
    ['command', 'closed'].includes(session.mode.kind) && line.trim() !== '' && !/^\s*AUTH\s+\S+\s+\S/i.test(line);
  const complete = (line: string): readonly Completion[] =>
    line.startsWith('/') || session.mode.kind === 'closed' ? completeSlash(line, l10n) : completer(line, session.state);
  switch (mode.kind) {
    case 'command':
      return { prompt: `${clientMark} `, kind: 'line', complete, isRemembered };
    case 'closed':
      return { prompt: faint('> '), kind: 'line', complete, isRemembered };
    case 'data':
      return { prompt: `${promptOf(mode.line)} `, kind: 'line', isRemembered: () => false };
    case 'chunk':
      return { prompt: `${cyan(`BDAT ${mode.left}>`)} `, kind: 'line', isRemembered: () => false };
    case 'answer':
      return { prompt: `${clientMark} `, kind: mode.isSecret ? 'secret' : 'line', isRemembered: () => false };
  }
}
