// ui/session: runs conversations as tests, so that gutter icons, messages and the output are those of VS Code; from a link, too, and step by step.
import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { systemClock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { type RunPorts, runConversation } from '../../../session/run.ts';
import type { LineResult } from '../../../session/runResult.ts';
import type { ScriptConversation } from '../../../session/script.ts';
import { SmtpClient } from '../../../smtp/client.ts';
import { printConversation } from '../../../smtp/transcript.ts';
import type { Notify } from '../../notify.ts';
import type { Room } from '../../room.ts';
import type { SettingsSource } from '../../settings.ts';
import { isTrusted } from '../../trust.ts';
import type { RunHistory } from './runHistory.ts';
import { type RunSummary, summarize, summarizeSoFar } from './runSummary.ts';
import { serverVariables } from './serverVariables.ts';
import type { Steps } from './stepper.ts';
import type { ConversationTest, ConversationTests } from './tests.ts';

/** Octets of a file that @data may send. */
const largestFile = 100 * 1024 * 1024;

export interface RunsDependencies {
  readonly profile: vscode.TestRunProfile;
  readonly tests: ConversationTests;
  readonly history: RunHistory;
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly notify: Notify;
}

export class ConversationRuns {
  private readonly dependencies: RunsDependencies;

  constructor(dependencies: RunsDependencies) {
    this.dependencies = dependencies;
  }

  /** Of the document as it is now. What came of it is in the history and in the Test Explorer. */
  async runOne(document: vscode.TextDocument, index: number, steps?: Steps): Promise<void> {
    if (!this.mayRun()) return;
    const { tests, profile } = this.dependencies;
    const item = tests.testOf(document, index);
    if (!item) return;
    const request = new vscode.TestRunRequest([item], undefined, profile);
    await this.runAll(request, [{ item, file: document.uri, index }], undefined, steps);
  }

  /** What VS Code asks of the profile. */
  async handle(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (!this.mayRun()) return;
    const { tests } = this.dependencies;
    const wanted = () => tests.testsOf(request.include, request.exclude);
    if (!request.continuous) return this.runAll(request, await wanted(), token);
    const saves = vscode.workspace.onDidSaveTextDocument(async ({ uri }) => {
      const saved = (await wanted()).filter(({ file }) => file.toString() === uri.toString());
      if (saved.length > 0 && !token.isCancellationRequested) await this.runAll(request, saved, token);
    });
    token.onCancellationRequested(() => saves.dispose());
  }

  /** A script decides to whom this machine speaks and which files it sends. */
  private mayRun(): boolean {
    return isTrusted(this.dependencies.notify, vscode.l10n.t('In a restricted workspace Mailroom runs no conversations.'));
  }

  /** One after the other: what one leaves behind on a server, the next may ask for. */
  private async runAll(
    request: vscode.TestRunRequest,
    wanted: readonly ConversationTest[],
    token: vscode.CancellationToken | undefined,
    steps?: Steps,
  ): Promise<void> {
    const { tests, history } = this.dependencies;
    history.begin();
    const run = tests.controller.createTestRun(request);
    const cancel = new AbortController();
    const ends = [run.token, token].map((one) => one?.onCancellationRequested(() => cancel.abort()));
    const signal = steps ? AbortSignal.any([cancel.signal, steps.signal]) : cancel.signal;
    try {
      for (const { item } of wanted) run.enqueued(item);
      for (const test of wanted) {
        if (signal.aborted) run.skipped(test.item);
        else await this.runTest(run, test, signal, steps);
      }
    } finally {
      for (const end of ends) end?.dispose();
      run.end();
    }
  }

  private async runTest(run: vscode.TestRun, { item, file, index }: ConversationTest, signal: AbortSignal, steps?: Steps): Promise<void> {
    const { tests, history } = this.dependencies;
    run.started(item);
    try {
      const script = await tests.scriptOf(file);
      const conversation = script.conversations[index];
      if (!conversation) return run.skipped(item);
      const ports = this.portsFor(file, signal);
      const soFar: LineResult[] = [];
      const result = await runConversation(
        conversation,
        steps
          ? {
              ...ports,
              beforeStep: ({ line }) => steps.before(line),
              onStep: (line) => {
                soFar.push(line);
                history.keep(file.toString(), script, conversation, summarizeSoFar(conversation, soFar, vscode.l10n));
              },
            }
          : ports,
      );
      const summary = summarize(conversation, result, vscode.l10n);
      history.keep(file.toString(), script, conversation, summary);
      run.appendOutput(printConversation(result.transcript).replaceAll('\n', '\r\n'), undefined, item);
      const messages = messagesOf(summary, file, conversation);
      if (result.status === 'passed') run.passed(item, result.ms);
      else if (result.status === 'cancelled') run.skipped(item);
      else if (result.status === 'failed') run.failed(item, messages, result.ms);
      else run.errored(item, messages, result.ms);
    } catch (error) {
      run.errored(item, new vscode.TestMessage(String(error)));
    }
  }

  private portsFor(file: vscode.Uri, signal: AbortSignal): RunPorts {
    const { room, settings } = this.dependencies;
    return {
      connect: (options) => SmtpClient.connect(options),
      readFile: (path) => readFileFor(file, path),
      clock: systemClock,
      variables: serverVariables(room.state, settings.current.host, room.port),
      environment: process.env,
      signal,
    };
  }
}

function messagesOf({ failures }: RunSummary, file: vscode.Uri, { firstLine }: ScriptConversation): vscode.TestMessage[] {
  return failures.map(({ line, message, difference }) => {
    const told = difference ? vscode.TestMessage.diff(message, difference.expected, difference.actual) : new vscode.TestMessage(message);
    told.location = new vscode.Location(file, new vscode.Position(firstLine + line, 0));
    return told;
  });
}

/** The path is relative to the file that names it. */
async function readFileFor(script: vscode.Uri, path: string): Promise<Uint8Array> {
  if (script.scheme === 'untitled' && !isAbsolute(path))
    throw new Failure('fileNotRead', `Save the conversation first: ${path} is relative to it`);
  const file = isAbsolute(path) ? vscode.Uri.file(path) : vscode.Uri.joinPath(script, '..', path);
  const { size } = await vscode.workspace.fs.stat(file);
  if (size > largestFile) throw new Failure('fileNotRead', `${path} is larger than 100 MiB`);
  return vscode.workspace.fs.readFile(file);
}
