// ui/session: the commands of sessions and of .smtp files: registered from the start, carried out by the parts that are loaded later.
import { commands } from '../ids.ts';

export const sessionCommands = [
  commands.newSession,
  commands.talkToServer,
  commands.saveSession,
  commands.checkSessionServer,
  commands.testSessionRelay,
  commands.runConversation,
  commands.stepConversation,
  commands.runInTerminal,
  commands.nextStep,
  commands.continueSteps,
  commands.stopSteps,
  commands.openTranscript,
  commands.updateExpectations,
] as const;
export type SessionCommand = (typeof sessionCommands)[number];

/** As VS Code calls them: from a link with arguments, from the palette without. */
export type CommandsOf<Id extends SessionCommand> = Readonly<Record<Id, (...args: readonly unknown[]) => unknown>>;
