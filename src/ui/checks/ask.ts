// ui/checks: asks the person what a check is about, and says at once what cannot be understood.
import * as vscode from 'vscode';
import { type RecordType, recordTypes } from '../../checks/dns/port.ts';
import type { QuestionKind } from '../../checks/report.ts';
import { describeKind } from './strings.ts';

export type Understand = typeof import('../../checks/question.ts').understand;
export type Understood = ReturnType<Understand>;

/** UTF-16 units; a longer selection is not what is meant. */
const longestSelection = 254;

/** What may be given with a command, from a key binding or another extension. */
interface Given {
  readonly text: string;
  readonly options: Readonly<Record<string, string>>;
}

/** With these a subject alone can be judged. */
const exampleOptions: Readonly<Partial<Record<QuestionKind, Given['options']>>> = { dns: { type: 'PTR' }, dkim: { selector: 'k1' } };

/** What is `given` is not asked for again. undefined: the person changed their mind. */
export async function askQuestion(kind: QuestionKind, given: unknown, understand: Understand): Promise<Understood | undefined> {
  if (typeof given === 'string') return understand(kind, given, {});
  if (isGiven(given)) return understand(kind, given.text, given.options);
  const refusalOf = (text: string, options: Given['options']): string | undefined => {
    const understood = understand(kind, text, options);
    return 'refusal' in understood ? understood.refusal : undefined;
  };
  const text = await askSubject(kind, (subject) => refusalOf(subject, exampleOptions[kind] ?? {}));
  if (text === undefined) return undefined;
  const options = await askOptions(kind, (chosen) => refusalOf(text, chosen));
  return options && understand(kind, text, options);
}

function isGiven(given: unknown): given is Given {
  if (typeof given !== 'object' || given === null || !('text' in given) || !('options' in given)) return false;
  const { text, options } = given;
  return (
    typeof text === 'string' &&
    typeof options === 'object' &&
    options !== null &&
    Object.values(options).every((option) => typeof option === 'string')
  );
}

async function askSubject(kind: QuestionKind, refusalOf: (text: string) => string | undefined): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: describeKind(kind),
    value: selectedText(),
    ...promptOf(kind),
    validateInput: (text) => (text.trim() === '' ? undefined : refusalOf(text)),
  });
}

/** undefined: the person changed their mind. */
async function askOptions(
  kind: QuestionKind,
  refusalOf: (options: Readonly<Record<string, string>>) => string | undefined,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { l10n } = vscode;
  if (kind === 'dns') {
    const type = await vscode.window.showQuickPick<vscode.QuickPickItem & { readonly label: RecordType }>(
      recordTypes.map((label) => ({ label })),
      { title: describeKind(kind), placeHolder: l10n.t('Which record?') },
    );
    return type && { type: type.label };
  }
  if (kind === 'dkim') {
    const selector = await vscode.window.showInputBox({
      title: describeKind(kind),
      prompt: l10n.t('Selector: what stands behind s= in a DKIM-Signature'),
      placeHolder: 'k1',
      validateInput: (text) => (text.trim() === '' ? undefined : refusalOf({ selector: text.trim() })),
    });
    return selector === undefined ? undefined : { selector: selector.trim() };
  }
  if (kind === 'spf') {
    const ip = await vscode.window.showInputBox({
      title: describeKind(kind),
      prompt: l10n.t('Address of a sending server: would it pass? May be left empty.'),
      placeHolder: '192.0.2.1',
      validateInput: (text) => (text.trim() === '' ? undefined : refusalOf({ ip: text.trim() })),
    });
    return ip === undefined ? undefined : ip.trim() === '' ? {} : { ip: ip.trim() };
  }
  return {};
}

function promptOf(kind: QuestionKind): { readonly prompt: string; readonly placeHolder: string } {
  const { l10n } = vscode;
  switch (kind) {
    case 'server':
    case 'relay':
      return { prompt: l10n.t('A server and its port; 25 when none is named'), placeHolder: 'mx1.example.com:25' };
    case 'reverseDns':
    case 'blocklists':
      return { prompt: l10n.t('An IP address'), placeHolder: '192.0.2.1' };
    case 'dns':
      return { prompt: l10n.t('A name'), placeHolder: 'example.com' };
    default:
      return { prompt: l10n.t('A domain, or an address in it'), placeHolder: 'example.com' };
  }
}

/** What is selected in the editor is likely what is meant. */
function selectedText(): string {
  const editor = vscode.window.activeTextEditor;
  const text = editor && !editor.selection.isEmpty ? editor.document.getText(editor.selection).trim() : '';
  return text.length > longestSelection || /[\r\n]/.test(text) ? '' : text;
}
