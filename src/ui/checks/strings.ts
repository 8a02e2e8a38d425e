// ui/checks: the sentences of a report's page in the user's language, and the words that page and side bar share. Findings themselves are English.
import { l10n } from 'vscode';
import type { Level, Question, QuestionKind } from '../../checks/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';

/** Placeholders stay in: the page fills them, because only it knows the values. */
export function reportStrings(): ReportStrings {
  return {
    report: l10n.t('Report'),
    levels: {
      fail: l10n.t('Failed'),
      warn: l10n.t('Warning'),
      advice: l10n.t('Advice'),
      info: l10n.t('Info'),
      pass: l10n.t('Passed'),
      unknown: l10n.t('Unknown'),
      skipped: l10n.t('Skipped'),
    },
    counts: {
      ...countWords(),
      running: { one: l10n.t('{0} running'), many: l10n.t('{0} running') },
      waiting: { one: l10n.t('{0} waiting'), many: l10n.t('{0} waiting') },
    },
    running: l10n.t('Running'),
    waiting: l10n.t('Waiting'),
    groups: {
      routing: l10n.t('Routing'),
      addresses: l10n.t('Addresses'),
      smtp: l10n.t('SMTP'),
      tls: l10n.t('TLS'),
      relay: l10n.t('Relay'),
      policy: l10n.t('Policy'),
      message: l10n.t('Message'),
    },
    conversations: l10n.t('Conversations'),
    times: l10n.t('Times'),
    showOnly: l10n.t('Show only'),
    checksDone: l10n.t('Checks done'),
    progress: l10n.t('{0} of {1} checks done.'),
    progressWaiting: l10n.t('{0} of {1} checks done. Waiting for {2}.'),
    starting: l10n.t('Starting.'),
    startedMeta: l10n.t('{0} · started {1}, {2} of at most {3}'),
    finishedMeta: l10n.t('{0} · {1}, {2}'),
    dnsMeta: l10n.t('DNS {0}'),
    probedMeta: l10n.t('probed from {0}'),
    lastRunMeta: l10n.t('last run {0}: {1}'),
    probingMeta: l10n.t('probing from {0}'),
    failed: l10n.t('This check could not be made: {0}'),
    gone: l10n.t('This report is not in the history any more.'),
    unfinished: l10n.t('This check had not ended when the window was closed.'),
    cancel: l10n.t('Cancel'),
    runAgain: l10n.t('Run Again'),
    compare: l10n.t('Compare with Last Run'),
    copyMarkdown: l10n.t('Copy as Markdown'),
    save: l10n.t('Save...'),
    print: l10n.t('Open in Browser to Print'),
    copy: l10n.t('Copy'),
    openConversation: l10n.t('Open as .smtp'),
    proveRelay: l10n.t('Confirm by Delivery…'),
    today: l10n.t('Today {0}'),
    yesterday: l10n.t('Yesterday {0}'),
    milliseconds: l10n.t('{0} ms'),
    seconds: l10n.t('{0} s'),
    mailFrom: l10n.t('MAIL FROM'),
    rcptTo: l10n.t('RCPT TO'),
    reply: l10n.t('Reply'),
    relayNumber: l10n.t('#'),
    noReply: l10n.t('no reply'),
    accepted: l10n.t('accepted'),
    refused: l10n.t('refused'),
    unknown: l10n.t('unknown'),
    skipped: l10n.t('skipped'),
    stepTimes: l10n.t('Time of each step: {0}'),
    noAnswer: l10n.t('no answer'),
    nothingFound: l10n.t('Nothing was found out.'),
  };
}

export function countWords(): Readonly<Record<Level, { readonly one: string; readonly many: string }>> {
  return {
    fail: { one: l10n.t('{0} failed'), many: l10n.t('{0} failed') },
    warn: { one: l10n.t('{0} warning'), many: l10n.t('{0} warnings') },
    advice: { one: l10n.t('{0} advice'), many: l10n.t('{0} advice') },
    info: { one: l10n.t('{0} info'), many: l10n.t('{0} info') },
    pass: { one: l10n.t('{0} passed'), many: l10n.t('{0} passed') },
    unknown: { one: l10n.t('{0} unknown'), many: l10n.t('{0} unknown') },
    skipped: { one: l10n.t('{0} skipped'), many: l10n.t('{0} skipped') },
  };
}

/** "DNS record TXT", "DKIM selector k1": what was asked, where the kind alone does not say it. */
export function describeQuestion({ kind, options: { type, selector, ip } }: Question): string {
  if (kind === 'dns' && type !== undefined) return l10n.t('DNS record {0}', type);
  if (kind === 'dkim' && selector !== undefined) return l10n.t('DKIM selector {0}', selector);
  if (kind === 'spf' && ip !== undefined) return l10n.t('SPF for {0}', ip);
  return describeKind(kind);
}

/** Of a tab: what is most often asked need not be named, and a mail is known by its subject. */
export function titleOf(question: Question): string {
  const { kind, subject } = question;
  return kind === 'domain' || kind === 'server' || kind === 'message' ? subject : `${subject}: ${describeQuestion(question)}`;
}

export function describeKind(kind: QuestionKind): string {
  switch (kind) {
    case 'domain':
      return l10n.t('Mail domain');
    case 'server':
      return l10n.t('SMTP server');
    case 'relay':
      return l10n.t('Open relay');
    case 'relayProof':
      return l10n.t('Open relay, by delivery');
    case 'mx':
      return l10n.t('MX');
    case 'dns':
      return l10n.t('DNS record');
    case 'reverseDns':
      return l10n.t('Reverse DNS');
    case 'spf':
      return l10n.t('SPF');
    case 'dkim':
      return l10n.t('DKIM');
    case 'dmarc':
      return l10n.t('DMARC');
    case 'mtaSts':
      return l10n.t('MTA-STS and TLS-RPT');
    case 'blocklists':
      return l10n.t('DNS blocklists');
    case 'message':
      return l10n.t('Message');
  }
}

export const levelIcons: Readonly<Record<Level, { readonly icon: string; readonly color?: string }>> = {
  fail: { icon: 'error', color: 'list.errorForeground' },
  warn: { icon: 'warning', color: 'list.warningForeground' },
  advice: { icon: 'lightbulb', color: 'editorInfo.foreground' },
  info: { icon: 'info', color: 'editorInfo.foreground' },
  pass: { icon: 'pass', color: 'charts.green' },
  unknown: { icon: 'question' },
  skipped: { icon: 'debug-step-over' },
};
