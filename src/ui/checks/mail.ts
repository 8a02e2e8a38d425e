// ui/checks: mails as what checks are about: which one Check This Message means, its octets as they were received, and what open ones tell of a domain.
import * as vscode from 'vscode';
import { readTags, tagValue } from '../../checks/policy/tags.ts';
import type { Question } from '../../checks/report.ts';
import type { EngineApi, MailSource } from '../../protocol/engine.ts';
import type { Delivery } from '../../smtp/delivery.ts';

/** A row or a tab is no place for more. UTF-16 units. */
const longestSubject = 120;
/** Mails that are looked into for signatures. */
const mostAtHand = 8;

export interface MailDependencies {
  readonly engine: EngineApi;
  /** A mail of the drop folder, or undefined for any other file. */
  readonly sourceOf: (uri: vscode.Uri) => MailSource | undefined;
  /** Of a row of the drop folder's view; undefined: it is none. */
  readonly uriOf: (row: unknown) => vscode.Uri | undefined;
  /** Rows of that view. */
  readonly selectedRows: () => readonly unknown[];
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
      return { kind: 'message', subject: titleOf(subject, fileName), options: { uri: uri.toString() } };
    }),
  );
}

/** A DKIM signature of a mail that the person has before them. */
export interface SignatureAtHand {
  /** d= and s= of the signature. */
  readonly domain: string;
  readonly selector: string;
  /** Which mail. */
  readonly title: string;
}

/** Of the mail in the active tab, then of those that are selected in the drop folder's view, then of other tabs. Never rejects. */
export async function signaturesAtHand(dependencies: MailDependencies): Promise<readonly SignatureAtHand[]> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(uriOfTab));
  const all = [activeUri(), ...dependencies.selectedRows().map(dependencies.uriOf), ...tabs].filter((uri) => uri !== undefined);
  const uris = new Map(all.filter(isMail).map((uri) => [uri.toString(), uri]));
  const found = await Promise.all([...uris.values()].slice(0, mostAtHand).map((uri) => signaturesOf(uri, dependencies).catch(() => [])));
  return found.flat();
}

/** The address that the mail in the active tab is from. Never rejects. */
export async function senderAtHand(dependencies: MailDependencies): Promise<string | undefined> {
  const uri = activeUri();
  if (!uri || !isMail(uri)) return undefined;
  try {
    const { from } = await dependencies.engine.view(await sourceFor(uri, dependencies));
    return from[0]?.address;
  } catch {
    return undefined;
  }
}

async function signaturesOf(uri: vscode.Uri, dependencies: MailDependencies): Promise<readonly SignatureAtHand[]> {
  const { headers, subject, fileName } = await dependencies.engine.view(await sourceFor(uri, dependencies));
  const title = titleOf(subject, fileName);
  return headers
    .filter(({ name }) => name.toLowerCase() === 'dkim-signature')
    .map(({ value }) => readTags(value.replace(/\s+/g, '')))
    .map((tags) => ({ domain: (tagValue(tags, 'd') ?? '').toLowerCase(), selector: tagValue(tags, 's') ?? '', title }))
    .filter(({ domain, selector }) => domain !== '' && selector !== '');
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
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  return tab && uriOfTab(tab);
}

function uriOfTab({ input }: vscode.Tab): vscode.Uri | undefined {
  return input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
}

function isMail(uri: vscode.Uri): boolean {
  return /\.eml$/i.test(uri.path);
}

function titleOf(subject: string | null, fileName: string): string {
  const title = subject?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim() || fileName;
  return title.slice(0, longestSubject);
}
