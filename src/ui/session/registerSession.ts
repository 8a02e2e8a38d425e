// ui/session: SMTP sessions, led by hand in a terminal or kept as files. What VS Code has to know from the start is registered here; all else is
// loaded when the first command is given, the first .smtp file is opened or the Test Explorer asks for tests.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { registerCommand } from '../command.ts';
import { languageId, terminalProfileId, testControllerId } from '../ids.ts';
import { loadSessionParts } from './bundle.ts';
import { sessionCommands } from './commands.ts';
import type { SessionDependencies } from './dependencies.ts';
import type { SessionParts } from './parts.ts';

export interface Session extends Disposable {
  readonly controller: vscode.TestController;
  readonly profile: vscode.TestRunProfile;
  readonly isLoaded: boolean;
  /** Loads them where that was not done yet. */
  parts(): SessionParts;
}

export function registerSession(dependencies: SessionDependencies): Session {
  const { context, notify } = dependencies;
  const owned = new DisposableStore();
  const controller = owned.add(vscode.tests.createTestController(testControllerId, vscode.l10n.t('SMTP Conversations')));
  let loaded: SessionParts | undefined;
  const parts = (): SessionParts => {
    loaded ??= owned.add(loadSessionParts(context.extensionPath).createParts({ ...dependencies, controller, profile }));
    return loaded;
  };

  controller.resolveHandler = (item) => parts().files.tests.resolve(item);
  controller.refreshHandler = () => parts().files.tests.find();
  const profile = owned.add(
    controller.createRunProfile(
      vscode.l10n.t('Run'),
      vscode.TestRunProfileKind.Run,
      (request, token) => parts().files.runs.handle(request, token),
      true,
      undefined,
      true,
    ),
  );
  for (const id of sessionCommands) owned.add(registerCommand(notify, id, (...args) => parts().commands[id](...args)));
  const provideTerminalProfile = async (): Promise<vscode.TerminalProfile> => {
    const profile = await parts().terminals.provideProfile();
    // The person has chosen no server, or was told why there is no session. VS Code complains of a profile that is missing, and shows errors: but not
    // one that says nothing.
    if (!profile) throw new Error('');
    return profile;
  };
  owned.add(vscode.window.registerTerminalProfileProvider(terminalProfileId, { provideTerminalProfile }));

  const loadFor = ({ languageId: language }: vscode.TextDocument): void => {
    if (loaded || owned.isDisposed || language !== languageId) return;
    try {
      parts();
    } catch (error) {
      notify.failure(error);
    }
  };
  owned.add(vscode.workspace.onDidOpenTextDocument(loadFor));
  // A window may come back with such a file: its turn comes as soon as the start is over.
  queueMicrotask(() => vscode.workspace.textDocuments.forEach(loadFor));

  return {
    controller,
    profile,
    get isLoaded() {
      return loaded !== undefined;
    },
    parts,
    dispose: () => owned.dispose(),
  };
}
