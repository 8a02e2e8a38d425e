// ui/session: outline, breadcrumbs and folding of .smtp files.
import * as vscode from 'vscode';
import { assertNever } from '../../../base/failure.ts';
import { languageId } from '../../ids.ts';
import { type Fold, foldsOf, stepsOf } from './outline.ts';
import { linesOf, toRange } from './ranges.ts';
import type { Scripts } from './scripts.ts';
import { conversationTitle } from './words.ts';

export function registerStructure(scripts: Scripts): vscode.Disposable {
  const selector: vscode.DocumentSelector = { language: languageId };
  return vscode.Disposable.from(
    vscode.languages.registerDocumentSymbolProvider(selector, { provideDocumentSymbols: (document) => symbolsOf(document, scripts) }),
    vscode.languages.registerFoldingRangeProvider(selector, {
      provideFoldingRanges: (document) => foldsOf(scripts.scriptOf(document)).map(toFoldingRange),
    }),
  );
}

function symbolsOf(document: vscode.TextDocument, scripts: Scripts): vscode.DocumentSymbol[] {
  return scripts.scriptOf(document).conversations.map((conversation) => {
    const whole = linesOf(conversation.firstLine, conversation.lastLine, document);
    const title = conversationTitle(conversation, vscode.l10n);
    const symbol = new vscode.DocumentSymbol(title, '', vscode.SymbolKind.Module, whole, toRange(conversation.nameRange));
    symbol.children = stepsOf(conversation).map(({ text, kind, range }) => {
      const symbolKind = kind === 'command' ? vscode.SymbolKind.Method : vscode.SymbolKind.Property;
      return new vscode.DocumentSymbol(text, '', symbolKind, toRange(range), toRange(range));
    });
    return symbol;
  });
}

function toFoldingRange({ first, last, kind }: Fold): vscode.FoldingRange {
  return new vscode.FoldingRange(first, last, foldingKind(kind));
}

function foldingKind(kind: Fold['kind']): vscode.FoldingRangeKind | undefined {
  switch (kind) {
    case 'conversation':
      return vscode.FoldingRangeKind.Region;
    case 'comment':
      return vscode.FoldingRangeKind.Comment;
    case 'message':
      return undefined;
    default:
      return assertNever(kind);
  }
}
