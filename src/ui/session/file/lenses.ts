// ui/session: the line of links above each conversation: Run | Step | Run in Terminal | its last result. While it is stepped through: how to go on.
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import type { ScriptConversation } from '../../../session/script.ts';
import { commands, languageId } from '../../ids.ts';
import type { RunHistory } from './runHistory.ts';
import { isScript, type Scripts } from './scripts.ts';
import type { Stepper } from './stepper.ts';

export function registerLenses(scripts: Scripts, history: RunHistory, stepper: Stepper): Disposable {
  const owned = new DisposableStore();
  const changes = owned.add(new vscode.EventEmitter<void>());
  owned.add(history.onDidChange(() => changes.fire()));
  owned.add(stepper.onDidChange(() => changes.fire()));

  const runLinks = (document: vscode.TextDocument, conversation: ScriptConversation): vscode.Command[] => {
    const { l10n } = vscode;
    const target = [document.uri, conversation.index];
    const links: vscode.Command[] = [
      { title: l10n.t('Run'), command: commands.runConversation, arguments: target },
      { title: l10n.t('Step'), command: commands.stepConversation, arguments: target },
      { title: l10n.t('Run in Terminal'), command: commands.runInTerminal, arguments: target },
    ];
    const summary = history.of(document.uri.toString(), scripts.scriptOf(document), conversation);
    if (!summary?.result) return links;
    const tooltip = l10n.t('Open Last Transcript');
    return [...links, { title: summary.text, tooltip, command: commands.openTranscript, arguments: target }];
  };
  const lensesOf = (document: vscode.TextDocument): vscode.CodeLens[] => {
    const waitingAt = stepper.lineIn(document.uri);
    return scripts.scriptOf(document).conversations.flatMap((conversation) => {
      const { firstLine, lastLine } = conversation;
      const isStepped = waitingAt !== undefined && waitingAt >= firstLine && waitingAt <= lastLine;
      const links = isStepped ? stepLinks() : runLinks(document, conversation);
      const place = new vscode.Range(firstLine, 0, firstLine, 0);
      return links.map((link) => new vscode.CodeLens(place, link));
    });
  };
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changes.event,
    provideCodeLenses: (document) => (isScript(document) ? lensesOf(document) : []),
  };
  owned.add(vscode.languages.registerCodeLensProvider({ language: languageId }, provider));
  return owned;
}

function stepLinks(): vscode.Command[] {
  const { l10n } = vscode;
  return [
    { title: l10n.t('Next Step'), command: commands.nextStep },
    { title: l10n.t('Continue'), command: commands.continueSteps },
    { title: l10n.t('Stop'), command: commands.stopSteps },
  ];
}
