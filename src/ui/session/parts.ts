// ui/session: what of sessions is loaded when it is first used; becomes dist/session.cjs.
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { parseScript } from '../../session/parse.ts';
import { directiveOf } from '../../session/script.ts';
import type { CommandsOf, SessionCommand } from './commands.ts';
import type { PartsDependencies, SessionDependencies } from './dependencies.ts';
import { type ConversationInFile, createScriptFiles, type ScriptFiles } from './file/scriptFiles.ts';
import { parseSessionTarget } from './terminal/slashCommands.ts';
import { runningServer } from './terminal/targets.ts';
import { createTerminals, type Terminals } from './terminal/terminals.ts';

export interface SessionParts extends Disposable {
  readonly terminals: Terminals;
  readonly files: ScriptFiles;
  readonly commands: CommandsOf<SessionCommand>;
}

export function createParts(dependencies: PartsDependencies): SessionParts {
  const owned = new DisposableStore();
  const terminals = owned.add(createTerminals(dependencies));
  const files = owned.add(
    createScriptFiles({
      ...dependencies,
      runInTerminal: ({ file, text, index }) =>
        terminals.start({ ...targetOf({ file, text, index }, dependencies), play: { text, path: file.fsPath, index } }),
    }),
  );
  return { terminals, files, commands: { ...terminals.commands, ...files.commands }, dispose: () => owned.dispose() };
}

/** Where the conversation connects to, so that it can be gone on with by hand; else the server of this window. */
function targetOf(
  { text, index }: ConversationInFile,
  dependencies: SessionDependencies,
): Pick<Parameters<Terminals['start']>[0], 'target'> {
  const conversation = parseScript(text).conversations[index];
  const lines = [...(conversation?.lines ?? []), ...(conversation?.inherited ?? [])];
  const written = lines.map((line) => directiveOf(line, 'connect')?.target).find((target) => target !== undefined);
  const target = (written === undefined ? null : parseSessionTarget(written)) ?? runningServer(dependencies);
  return target ? { target } : {};
}
