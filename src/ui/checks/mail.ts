// ui/checks: the mail that Check This Message is about: which one is meant, and its octets as they were received.
import * as vscode from 'vscode';
import type { Question } from '../../checks/report.ts';
import type { EngineApi, MailSource } from '../../protocol/engine.ts';
import type { Delivery } from '../../smtp/delivery.ts';

/** A row or a tab is no place for more. UTF-16 units. */
const longestSubject = 120;

export interface MailDependencies {
  readonly engine: EngineApi;
  /** A mail of the drop folder, or undefined for any other file. */
  readonly sourceOf: (uri: vscode.Uri) => MailSource | undefined;
  /** Of a row of the drop folder's view; undefined: it is none. */
  readonly uriOf: (row: unknown) => vscode.Uri | undefined;
}

export interface MailToCheck {
  readonly bytes: Uint8Array;
  /** null: another program put the mail there. */
  readonly delivery: Delivery | null;
}

/** From a menu: what was clicked and all that is selected. From the palette: neither, then the mail of the active tab. */
export async function questionsAboutMail(clicked: unknown, selected: unknown, dependencies: MailDependencies): Promise<Question[]> {
  const chosen = Array.isArray(selected) && selected.length > 0 ? selected : [clicked ?? activeUri()];
  const uris = chosen.map((each) => (each instanceof vscode.Uri ? each : dependencies.uriOf(each))).filter((uri) => uri !== undefined);
  return Promise.all(
    uris.map(async (uri): Promise<Question> => {
      const { subject, fileName } = await dependencies.engine.view(await sourceFor(uri, dependencies));
      const title = subject?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim() || fileName;
      return { kind: 'message', subject: title.slice(0, longestSubject), options: { uri: uri.toString() } };
    }),
  );
}

export async function readMail(question: Question, dependencies: MailDependencies): Promise<MailToCheck> {
  const uri = vscode.Uri.parse(question.options['uri'] ?? '', true);
  const source = await sourceFor(uri, dependencies);
  const { delivery } = await dependencies.engine.view(source);
  const bytes = 'key' in source ? await dependencies.engine.read(source.key) : await vscode.workspace.fs.readFile(uri);
  return { bytes, delivery };
}

async function sourceFor(uri: vscode.Uri, { sourceOf }: MailDependencies): Promise<MailSource> {
  const known = sourceOf(uri);
  if (known) return known;
  if (uri.scheme === 'file') return { path: uri.fsPath };
  // A copy: what the file system gives may be a Buffer, which is slow and wrong to post.
  return { bytes: new Uint8Array(await vscode.workspace.fs.readFile(uri)) };
}

function activeUri(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
}
