// ui/session: joins .smtp files to VS Code: what is shown in the editor, the tests, and the commands of a conversation.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import type { Script, ScriptConversation } from '../../../session/script.ts';
import { updateExpectations } from '../../../session/update.ts';
import { printConversation } from '../../../smtp/transcript.ts';
import { commands } from '../../ids.ts';
import type { Notify } from '../../notify.ts';
import type { CommandsOf } from '../commands.ts';
import type { PartsDependencies } from '../dependencies.ts';
import { registerHovers } from './hovers.ts';
import { registerLenses } from './lenses.ts';
import { registerMarks } from './marks.ts';
import { conversationAt } from './outline.ts';
import { registerProblems } from './problems.ts';
import { RunHistory } from './runHistory.ts';
import type { RunSummary } from './runSummary.ts';
import { ConversationRuns } from './runs.ts';
import { isScript, Scripts } from './scripts.ts';
import { Stepper } from './stepper.ts';
import { registerStructure } from './structure.ts';
import { registerSuggestions } from './suggestions.ts';
import { ConversationTests } from './tests.ts';
import { Transcripts } from './transcripts.ts';
import { conversationTitle } from './words.ts';

/** A conversation of a file as it stands in the editor, saved or not. */
export interface ConversationInFile {
  readonly file: vscode.Uri;
  /** The whole file. */
  readonly text: string;
  /** Of the conversation in the file, from 0. */
  readonly index: number;
}

export interface ScriptFileDependencies extends PartsDependencies {
  /** Opens a session terminal in which the conversation is played. */
  readonly runInTerminal: (conversation: ConversationInFile) => unknown;
}

export interface ScriptFiles extends Disposable {
  readonly tests: ConversationTests;
  readonly runs: ConversationRuns;
  readonly history: RunHistory;
  readonly commands: CommandsOf<FileCommand>;
  scriptOf(document: vscode.TextDocument): Script;
}

type FileCommand = (typeof commands)[
  | 'runConversation'
  | 'stepConversation'
  | 'runInTerminal'
  | 'nextStep'
  | 'continueSteps'
  | 'stopSteps'
  | 'openTranscript'
  | 'updateExpectations'];

interface Found {
  readonly document: vscode.TextDocument;
  readonly conversation: ScriptConversation;
}

export function createScriptFiles({ controller, profile, room, settings, notify, runInTerminal }: ScriptFileDependencies): ScriptFiles {
  const owned = new DisposableStore();
  const scripts = owned.add(new Scripts());
  const history = owned.add(new RunHistory());
  const stepper = owned.add(new Stepper());
  const transcripts = owned.add(new Transcripts());
  const tests = owned.add(new ConversationTests(controller, scripts, settings));
  const runs = new ConversationRuns({ profile, tests, history, room, settings, notify });
  owned.add(registerProblems(scripts, history));
  owned.add(registerMarks(scripts, history));
  owned.add(registerStructure(scripts));
  owned.add(registerHovers(scripts, history));
  owned.add(registerSuggestions(scripts));
  owned.add(registerLenses(scripts, history, stepper));

  /** From a link: the file and the position of the conversation. From the palette: neither; then it is the one at the cursor. */
  const find = async (uri: unknown, index: unknown): Promise<Found | undefined> => {
    const editor = vscode.window.activeTextEditor;
    const document = uri instanceof vscode.Uri ? await vscode.workspace.openTextDocument(uri) : editor?.document;
    if (!document || !isScript(document)) return undefined;
    const script = scripts.scriptOf(document);
    const line = editor?.document === document ? editor.selection.active.line : 0;
    const conversation = typeof index === 'number' ? script.conversations[index] : conversationAt(script, line);
    return conversation && { document, conversation };
  };
  const onConversation =
    (run: (found: Found) => unknown) =>
    async (uri: unknown, index: unknown): Promise<void> => {
      const found = await find(uri, index);
      if (found) await run(found);
      else notify.tell('information', vscode.l10n.t('There is no conversation here.'));
    };
  const lastRun = ({ document, conversation }: Found): RunSummary | undefined => {
    const summary = history.of(document.uri.toString(), scripts.scriptOf(document), conversation);
    if (summary?.result) return summary;
    notify.tell('information', vscode.l10n.t('This conversation was not run since it was last changed.'));
    return undefined;
  };

  return {
    tests,
    runs,
    history,
    scriptOf: (document) => scripts.scriptOf(document),
    commands: {
      [commands.runConversation]: onConversation(({ document, conversation }) => runs.runOne(document, conversation.index)),
      [commands.stepConversation]: onConversation(async ({ document, conversation }) => {
        const steps = stepper.begin(document.uri);
        try {
          await runs.runOne(document, conversation.index, steps);
        } finally {
          steps.end();
        }
      }),
      [commands.nextStep]: () => stepper.next(),
      [commands.continueSteps]: () => stepper.continue(),
      [commands.stopSteps]: () => stepper.stop(),
      [commands.runInTerminal]: onConversation(({ document, conversation }) =>
        runInTerminal({ file: document.uri, text: document.getText(), index: conversation.index }),
      ),
      [commands.openTranscript]: onConversation(async (found) => {
        const result = lastRun(found)?.result;
        if (!result) return;
        const title = conversationTitle(found.conversation, vscode.l10n);
        await transcripts.open(found.document.uri, title, printConversation(result.transcript));
      }),
      [commands.updateExpectations]: onConversation(async (found) => {
        const summary = lastRun(found);
        if (summary) await writeExpectations(found, summary, notify);
      }),
    },
    dispose: () => owned.dispose(),
  };
}

async function writeExpectations(
  { document, conversation }: Found,
  { conversation: then, result }: RunSummary,
  notify: Notify,
): Promise<void> {
  const changes = result ? updateExpectations(then, result) : [];
  if (changes.length === 0) return notify.tell('information', vscode.l10n.t('All replies of the last run were as expected.'));
  // The conversation may have moved since.
  const moved = conversation.firstLine - then.firstLine;
  const edit = new vscode.WorkspaceEdit();
  for (const { startLine, startColumn, endLine, endColumn, newText } of changes) {
    edit.replace(document.uri, new vscode.Range(startLine + moved, startColumn, endLine + moved, endColumn), newText);
  }
  await vscode.workspace.applyEdit(edit);
}
