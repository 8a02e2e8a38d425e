// ui/checks: joins the checks of the mail world to VS Code: commands, reports in editor tabs, and the view Checks.
import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { Question, QuestionKind } from '../../checks/report.ts';
import { registerCommand } from '../command.ts';
import type { Dialogs } from '../dialogs.ts';
import { commands, settingIds } from '../ids.ts';
import { type Notify, openSettingAction } from '../notify.ts';
import type { SettingsSource } from '../settings.ts';
import { askQuestion } from './ask.ts';
import { type ChecksBundle, loadChecks } from './bundle.ts';
import { CheckRun } from './checkRun.ts';
import { History, keyOfQuestion, type PastChecks } from './history.ts';
import { createHistoryView } from './historyView.ts';
import { type MailDependencies, questionsAboutMail, readMail } from './mail.ts';
import { ReportDocuments } from './reportDocuments.ts';
import { ReportPanel } from './reportPanel.ts';

/** In the memory of all windows: hosts that the person agreed to test for open relay. */
const agreedHosts = 'checks.agreedRelayHosts';
const mostAgreed = 200;

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
  const { context, settings, notify, dialogs, log, locale, mail } = dependencies;
  const { l10n } = vscode;
  const owned = new DisposableStore();
  const history = owned.add(new History(context.workspaceState));
  const documents = owned.add(new ReportDocuments());
  const panels = new Map<string, ReportPanel>();
  owned.add(createHistoryView({ history, locale, now: systemClock.now }));
  const bundle = (): Promise<ChecksBundle> => loadChecks(context.extensionPath);

  /** A check reaches other machines, so the workspace must be trusted. */
  const mayCheck = (): boolean => {
    if (vscode.workspace.isTrusted) return true;
    const manage = { title: l10n.t('Manage Trust'), run: () => vscode.commands.executeCommand('workbench.trust.manage') };
    notify.tell('information', l10n.t('In a restricted workspace Mailroom does not talk to servers.'), manage);
    return false;
  };

  /** Strangers may take a relay test for an attack: the person says once a host that it is theirs to test. */
  const mayTestRelay = async ({ subject }: Question): Promise<boolean> => {
    const { isNearby } = await bundle();
    if (isNearby(subject)) return true;
    const agreed = context.globalState.get<readonly string[]>(agreedHosts, []);
    if (agreed.includes(subject)) return true;
    const text = l10n.t('Test {0} for open relay?', subject);
    const detail = l10n.t(
      'Mailroom offers the server up to 20 senders and recipients and never sends a mail. The server may log this, slow down or block your address. Test only servers that you are responsible for.',
    );
    if (!(await notify.confirm(text, detail, l10n.t('Test')))) return false;
    await context.globalState.update(agreedHosts, [subject, ...agreed].slice(0, mostAgreed));
    return true;
  };

  const panelFor = (question: Question): ReportPanel => {
    const key = keyOfQuestion(question);
    const open = panels.get(key);
    if (open) return open;
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
    );
    panels.set(key, made);
    return made;
  };

  /** Resolves when the report is there, or the person did not agree. */
  const run = async (question: Question): Promise<void> => {
    if (!mayCheck() || (question.kind === 'relay' && !(await mayTestRelay(question)))) return;
    const { runQuestion } = await bundle();
    const { checksDnsServers, isLab, checksTimeout, checksBlocklists } = settings.current;
    const started = new CheckRun(question, new Date(systemClock.now()).toISOString(), async (signal, onProgress) =>
      runQuestion(question, {
        dnsServers: checksDnsServers,
        isLab,
        limit: checksTimeout,
        blocklists: checksBlocklists,
        message: question.kind === 'message' ? await readMail(question, mail) : null,
        clock: systemClock,
        log,
        signal,
        onProgress,
      }),
    );
    const panel = panelFor(question);
    panel.reveal();
    panel.show(started);
    const end = await started.finished;
    if ('message' in end) {
      log.error(`Check of ${question.subject} (${question.kind}): ${end.message}`);
      panel.finish(started, end);
      return;
    }
    log.info(`Checked ${question.subject} (${question.kind}) in ${Math.round(end.report.ms)} ms: ${end.report.findings.length} findings`);
    const { previous } = await history.add(end.report);
    panel.finish(started, { report: end.report, previous });
  };

  const ask = async (kind: QuestionKind, given: unknown): Promise<void> => {
    if (!mayCheck()) return;
    const { understand } = await bundle();
    const understood = await askQuestion(kind, given, understand);
    if (!understood) return;
    if ('refusal' in understood) notify.tell('information', understood.refusal);
    else await run(understood.question);
  };

  const checkAll = async (): Promise<void> => {
    if (!mayCheck()) return;
    const { understand } = await bundle();
    const { checksDomains } = settings.current;
    if (checksDomains.length === 0) {
      notify.tell('information', l10n.t('No domains are named in the settings yet.'), openSettingAction(settingIds.checksDomains));
      return;
    }
    // One after the other: each run asks many servers at the same time already.
    for (const domain of checksDomains) {
      const understood = understand('domain', domain, {});
      if ('refusal' in understood) notify.tell('information', `${domain}: ${understood.refusal}`);
      else await run(understood.question);
    }
  };

  for (const [command, kind] of commandsOfKinds) owned.add(registerCommand(notify, command, (given) => ask(kind, given)));
  owned.add(registerCommand(notify, commands.checkAllDomains, checkAll));
  owned.add(
    registerCommand(notify, commands.checkMessage, async (clicked, selected) => {
      if (!mayCheck()) return;
      for (const question of await questionsAboutMail(clicked, selected, mail)) await run(question);
    }),
  );
  owned.add(
    registerCommand(notify, commands.openReport, (entry) => {
      const { question, report, previous } = entry as PastChecks;
      const panel = panelFor(question);
      panel.reveal();
      panel.showFinished({ report, previous });
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
