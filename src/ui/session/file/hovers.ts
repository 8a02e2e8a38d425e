// ui/session: hovers in .smtp files: commands, parameters and reply codes in words with where they are written, directives, values of variables.
import * as vscode from 'vscode';
import type { ScriptConversation } from '../../../session/script.ts';
import { languageId } from '../../ids.ts';
import { hoverTargetAt } from './hoverTarget.ts';
import { explainTarget } from './hoverText.ts';
import { toRange } from './ranges.ts';
import type { RunHistory } from './runHistory.ts';
import type { Scripts } from './scripts.ts';

export function registerHovers(scripts: Scripts, history: RunHistory): vscode.Disposable {
  return vscode.languages.registerHoverProvider(
    { language: languageId },
    {
      provideHover(document, { line, character }) {
        const script = scripts.scriptOf(document);
        const target = hoverTargetAt(script, line, character);
        if (!target) return undefined;
        const captured = (conversation: ScriptConversation) => history.of(document.uri.toString(), script, conversation)?.captures ?? {};
        const words = explainTarget(target, script, captured, vscode.l10n);
        if (!words) return undefined;
        // Titles and texts may hold what stands in the file or what a server said: they are shown as text, never as Markdown.
        const markdown = new vscode.MarkdownString();
        if (words.title !== '') markdown.appendCodeblock(words.title, languageId);
        for (const text of words.texts) markdown.appendMarkdown(`${escapeMarkdown(text)}\n\n`);
        return new vscode.Hover(markdown, toRange(target.range));
      },
    },
  );
}

/** Every character that could mean something (CommonMark section 2.4). appendText() makes blanks that do not break, so that a hover gets wide. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, '\\$&');
}
