// ui/session: what the outline lists and what can be folded in a .smtp file. Without `vscode`.
import type { Range, Script, ScriptConversation } from '../../../session/script.ts';

/** Directives that by themselves do something on the wire; the others only prepare. */
const acting: readonly string[] = ['auth', 'bytes', 'send-raw', 'close', 'data', 'wait'];

/** The conversation that holds the line (from 0), else the nearest one above it, else the first. */
export function conversationAt({ conversations }: Script, line: number): ScriptConversation | undefined {
  return conversations.findLast(({ firstLine }) => firstLine <= line) ?? conversations[0];
}

export interface OutlineStep {
  /** "MAIL FROM:<a@example.com>", "@auth". */
  readonly text: string;
  readonly kind: 'command' | 'directive';
  readonly range: Range;
}

export function stepsOf({ lines }: ScriptConversation): OutlineStep[] {
  const steps: OutlineStep[] = [];
  for (const line of lines) {
    if (line.kind === 'client') steps.push({ text: line.content.trim() || line.text, kind: 'command', range: line.range });
    else if (line.kind === 'directive' && acting.includes(line.name))
      steps.push({ text: `@${line.name}`, kind: 'directive', range: line.range });
  }
  return steps;
}

export interface Fold {
  /** From 0, both inclusive. */
  readonly first: number;
  readonly last: number;
  readonly kind: 'conversation' | 'message' | 'comment';
}

/** Each conversation, each message of DATA and each block of comments. */
export function foldsOf({ conversations, lines }: Script): Fold[] {
  const folds: Fold[] = conversations.map(({ firstLine, lastLine }) => ({ first: firstLine, last: lastLine, kind: 'conversation' }));
  let block: { kind: 'data' | 'comment'; first: number; last: number } | undefined;
  const close = (): void => {
    if (block) folds.push({ first: block.first, last: block.last, kind: block.kind === 'data' ? 'message' : 'comment' });
    block = undefined;
  };
  for (const line of lines) {
    if (block && block.kind === line.kind) block.last = line.line;
    else {
      close();
      if (line.kind === 'data' || line.kind === 'comment') block = { kind: line.kind, first: line.line, last: line.line };
    }
  }
  close();
  return folds.filter((fold) => fold.last > fold.first);
}
