// ui/checks: joins the checks of the mail world to VS Code: commands, reports in editor tabs, and the view Checks.
import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import type { Question, QuestionKind, Report } from '../../checks/report.ts';
import { registerCommand } from '../command.ts';
import type { Dialogs } from '../dialogs.ts';
import { commands, settingIds, views } from '../ids.ts';
import { type Notify, openSettingAction } from '../notify.ts';
import type { Room } from '../room.ts';
import type { SettingsSource } from '../settings.ts';
import { askQuestion } from './ask.ts';
import { type ChecksBundle, loadChecks } from './bundle.ts';
import { checkAll, describeAll, readDomains } from './checkAll.ts';
import { CheckRun } from './checkRun.ts';
import { watchEditors } from './editorText.ts';
import { createGate } from './gate.ts';
import { History, keyOfQuestion, type PastChecks } from './history.ts';
import { createHistoryView } from './historyView.ts';
import { type MailDependencies, questionsAboutMail, readMail, senderAtHand, signaturesAtHand } from './mail.ts';
import { createDeliveries, ensureListening } from './relayProof.ts';
import { ReportDocuments } from './reportDocuments.ts';
import { ReportPanel } from './reportPanel.ts';
import { restoreReports } from './restoreReports.ts';

/** Each opens a tab. */
const mostMessages = 10;
/** In the memory of the workspace. */
const lastRecipientDomain = 'checks.recipientDomain';

const commandsOfKinds: readonly (readonly [command: string, kind: QuestionKind])[] = [
  [commands.checkDomain, 'domain'],
  [commands.checkServer, 'server'],
  [commands.testRelay, 'relay'],
  [commands.lookUpMx, 'mx'],
  [commands.lookUpDns, 'dns'],
  [commands.checkReverseDns, 'reverseDns'],
  [commands.checkSpf, 'spf'],
  [commands.checkDkim, 'dkim'],
  [commands.checkDmarc, 'dmarc'],
  [commands.checkMtaSts, 'mtaSts'],
  [commands.checkBlocklists, 'blocklists'],
];

export interface ChecksDependencies {
  readonly context: vscode.ExtensionContext;
  readonly room: Room;
  readonly settings: SettingsSource;
  readonly notify: Notify;
  readonly dialogs: Dialogs;
  readonly log: vscode.LogOutputChannel;
  readonly locale: string;
  readonly mail: MailDependencies;
}

export interface Checks extends Disposable {
  readonly history: History;
  /** Of the question, if its tab is open. */
  panelOf(question: Question): ReportPanel | undefined;
}

export function registerChecks(dependencies: ChecksDependencies): Checks {
  const { context, room, settings, notify, dialogs, log, locale, mail } = dependencies;
  const { l10n } = vscode;
  const owned = new DisposableStore();
  const history = owned.add(new History(context.workspaceState));
  const documents = owned.add(new ReportDocuments());
  const panels = new Map<string, ReportPanel>();
  owned.add(watchEditors());
  /** By the key of their question. */
  const running = new Map<string, CheckRun>();
  const runningChanges = owned.add(new Emitter<void>());
  owned.add(
    createHistoryView({
      history,
      running: () => [...running.values()],
      onDidChangeRunning: runningChanges.event,
      locale,
      now: systemClock.now,
    }),
  );
  const bundle = (): Promise<ChecksBundle> => loadChecks(context.extensionPath);

  const gate = createGate({
    isTrusted: () => vscode.workspace.isTrusted,
    settings: () => settings.current,
    notify,
    manageTrust: { title: l10n.t('Manage Trust'), run: () => vscode.commands.executeCommand('workbench.trust.manage') },
    openSetting: openSettingAction,
    memory: context.globalState,
    l10n,
    loadRules: bundle,
  });

  const panelFor = (question: Question): ReportPanel => panels.get(keyOfQuestion(question)) ?? newPanel(question);

  const newPanel = (question: Question, restored?: vscode.WebviewPanel): ReportPanel => {
    const key = keyOfQuestion(question);
    const made = new ReportPanel(
      {
        extensionUri: context.extensionUri,
        notify,
        dialogs,
        documents,
        locale,
        limit: () => settings.current.checksTimeout,
        runAgain: (asked) => run(asked),
      },
      question,
      () => panels.delete(key),
      restored,
    );
    panels.set(key, made);
    return made;
  };

  owned.add(
    restoreReports({
      find: (question) => history.find(question),
      takeOver: (question, tab) => (panels.has(keyOfQuestion(question)) ? undefined : newPanel(question, tab)),
    }),
  );

  const start = (question: Question): CheckRun => {
    const { checksDnsServers, isLab, checksLabPort, checksTimeout, checksBlocklists, foreignDomain } = settings.current;
    const started = new CheckRun(question, new Date(systemClock.now()).toISOString(), async (signal, onProgress) =>
      (await bundle()).runQuestion(question, {
        dnsServers: checksDnsServers,
        isLab,
        labPort: checksLabPort,
        limit: checksTimeout,
        blocklists: checksBlocklists,
        foreignDomain,
        deliveries: createDeliveries(room),
        message: question.kind === 'message' ? await readMail(question, mail) : null,
        clock: systemClock,
        log,
        signal,
        onProgress,
      }),
    );
    running.set(keyOfQuestion(question), started);
    runningChanges.fire();
    return started;
  };

  /** Puts what came of it into the history, if it is to be kept, and into its tab where there is one. */
  const finish = async (started: CheckRun, isKept: (report: Report) => boolean = () => true): Promise<Report | null> => {
    const { question } = started;
    const end = await started.finished;
    const key = keyOfQuestion(question);
    if (running.get(key) === started) running.delete(key);
    const panel = panels.get(key);
    if ('message' in end) {
      log.error(`Check of ${question.subject} (${question.kind}): ${end.message}`);
      runningChanges.fire();
      panel?.finish(started, end);
      return null;
    }
    const { report } = end;
    log.info(`Checked ${question.subject} (${question.kind}) in ${Math.round(report.ms)} ms: ${report.findings.length} findings`);
    const kept = isKept(report) ? await history.add(report) : history.find(question);
    runningChanges.fire();
    panel?.finish(started, { report, previous: kept?.previous ?? null });
    return report;
  };

  /** Resolves when the report is there, or the check may not be made. */
  const run = async (question: Question): Promise<void> => {
    if (!(await gate.mayRun(question))) return;
    const panel = panelFor(question);
    const started = start(question);
    panel.reveal();
    panel.show(started);
    await finish(started);
  };

  const ask = async (kind: QuestionKind, given: unknown): Promise<void> => {
    if (!(await gate.mayAsk(kind))) return;
    const { understand, isLikelyHost } = await bundle();
    const understood = await askQuestion(kind, given, {
      understand,
      isLikelyHost,
      signatures: () => signaturesAtHand(mail),
      sender: () => senderAtHand(mail),
      recipientDomain: () => context.workspaceState.get(lastRecipientDomain, ''),
    });
    if (!understood) return;
    if ('refusal' in understood) notify.tell('information', understood.refusal);
    else await run(understood.question);
    const { recipientDomain } = 'question' in understood ? understood.question.options : {};
    if (recipientDomain !== undefined) await context.workspaceState.update(lastRecipientDomain, recipientDomain);
  };

  /** Sends messages, so it needs our own server, into whose drop folder they are to come. */
  const prove = async (given: unknown): Promise<void> => {
    if (!(await gate.mayAsk('relayProof'))) return;
    const startServer = () => vscode.commands.executeCommand(commands.startServer);
    if (await ensureListening({ room, notify, l10n, startServer })) await ask('relayProof', given);
  };

  const checkAllDomains = async (): Promise<void> => {
    if (!(await gate.mayAsk('domain'))) return;
    const { understand } = await bundle();
    const asked = readDomains(settings.current.checksDomains, understand);
    const openSetting = openSettingAction(settingIds.checksDomains);
    if (asked.questions.length === 0 && asked.wrong.length === 0) {
      notify.tell('information', l10n.t('No domains are named in the settings yet.'), openSetting);
      return;
    }
    const showChecks = () => vscode.commands.executeCommand(`${views.checks}.focus`);
    if (asked.questions.length > 0) await showChecks();
    const location = vscode.ProgressLocation.Notification;
    const title = l10n.t('Checking mail domains');
    const reports = await vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) => {
      const ending = new AbortController();
      token.onCancellationRequested(() => ending.abort());
      return checkAll(asked.questions, {
        run: (question, signal) => runBeside(question, signal),
        signal: ending.signal,
        onProgress: (done, running) =>
          progress.report({ message: l10n.t('{0} of {1} done. {2}', done, asked.questions.length, running.join(', ')) }),
      });
    });
    const { text, isBad } = describeAll(reports, asked, l10n);
    const actions = [{ title: l10n.t('Show Checks'), run: showChecks }, ...(asked.wrong.length > 0 ? [openSetting] : [])];
    notify.tell(isBad ? 'warning' : 'information', text, ...actions);
  };

  /** Opens no tab; one that is open shows it. What was cancelled does not take the place of a whole report. */
  const runBeside = async (question: Question, signal: AbortSignal): Promise<Report | null> => {
    const started = start(question);
    const cancel = (): void => started.cancel();
    signal.addEventListener('abort', cancel);
    panels.get(keyOfQuestion(question))?.show(started);
    try {
      return await finish(started, (report) => !report.isCancelled);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };

  const checkMessages = async (clicked: unknown, selected: unknown): Promise<void> => {
    if (!(await gate.mayAsk('message'))) return;
    const questions = await questionsAboutMail(clicked, selected, mail);
    if (questions.length === 0) notify.tell('information', l10n.t('No mail is open or chosen.'));
    if (questions.length > mostMessages) {
      notify.tell('information', l10n.t('{0} mails can be checked at a time, {1} are chosen.', mostMessages, questions.length));
      return;
    }
    for (const question of questions) await run(question);
  };

  for (const [command, kind] of commandsOfKinds) owned.add(registerCommand(notify, command, (given) => ask(kind, given)));
  owned.add(registerCommand(notify, commands.proveRelay, prove));
  owned.add(registerCommand(notify, commands.checkAllDomains, checkAllDomains));
  owned.add(registerCommand(notify, commands.checkMessage, checkMessages));
  owned.add(
    registerCommand(notify, commands.openReport, (entry) => {
      const { question } = entry as { readonly question: Question };
      const panel = panelFor(question);
      panel.reveal();
      const started = running.get(keyOfQuestion(question));
      if (started) panel.show(started);
      else panel.showFinished(entry as PastChecks);
    }),
  );
  owned.add(registerCommand(notify, commands.runReportAgain, (entry) => run((entry as PastChecks).question)));
  owned.add(registerCommand(notify, commands.removeReport, (entry) => history.remove((entry as PastChecks).question)));

  return {
    history,
    panelOf: (question) => panels.get(keyOfQuestion(question)),
    dispose() {
      for (const panel of [...panels.values()]) panel.dispose();
      owned.dispose();
    },
  };
}
