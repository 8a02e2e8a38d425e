// ui/session: SMTP sessions, led by hand in a terminal or kept as files.

import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { parseScript } from '../../session/parse.ts';
import { directiveOf } from '../../session/script.ts';
import { type ConversationInFile, registerScriptFiles, type ScriptFiles } from './file/registerScriptFiles.ts';
import { registerTerminals, type TerminalDependencies, type Terminals } from './terminal/registerTerminals.ts';
import { parseSessionTarget } from './terminal/slashCommands.ts';
import { runningServer } from './terminal/targets.ts';

export interface Session extends Disposable {
  readonly terminals: Terminals;
  readonly files: ScriptFiles;
}

export function registerSession(dependencies: TerminalDependencies): Session {
  const owned = new DisposableStore();
  const terminals = owned.add(registerTerminals(dependencies));
  const files = owned.add(
    registerScriptFiles({
      ...dependencies,
      runInTerminal: ({ file, text, index }) =>
        terminals.start({ ...targetOf({ file, text, index }, dependencies), play: { text, path: file.fsPath, index } }),
    }),
  );
  return { terminals, files, dispose: () => owned.dispose() };
}

/** Where the conversation connects to, so that it can be gone on with by hand; else the server of this window. */
function targetOf(
  { text, index }: ConversationInFile,
  dependencies: TerminalDependencies,
): Pick<Parameters<Terminals['start']>[0], 'target'> {
  const conversation = parseScript(text).conversations[index];
  const lines = [...(conversation?.lines ?? []), ...(conversation?.inherited ?? [])];
  const written = lines.map((line) => directiveOf(line, 'connect')?.target).find((target) => target !== undefined);
  const target = (written === undefined ? null : parseSessionTarget(written)) ?? runningServer(dependencies);
  return target ? { target } : {};
}
