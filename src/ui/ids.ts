// ui: every name that package.json and the code share. test/unit/manifest.test.ts holds both together.

export const commands = {
  startServer: 'mailroom.server.start',
  stopServer: 'mailroom.server.stop',
  restartServer: 'mailroom.server.restart',
  showServerMenu: 'mailroom.server.showMenu',
  sendTestMessage: 'mailroom.server.sendTestMessage',
  copySettings: 'mailroom.server.copySettings',
  openMail: 'mailroom.inbox.open',
  openSource: 'mailroom.inbox.openSource',
  deleteMail: 'mailroom.inbox.delete',
  deleteAll: 'mailroom.inbox.deleteAll',
  markRead: 'mailroom.inbox.markRead',
  markUnread: 'mailroom.inbox.markUnread',
  markAllRead: 'mailroom.inbox.markAllRead',
  revealFile: 'mailroom.inbox.revealFile',
  copyPath: 'mailroom.inbox.copyPath',
  saveAs: 'mailroom.inbox.saveAs',
  importFiles: 'mailroom.inbox.import',
  find: 'mailroom.inbox.find',
  stopFind: 'mailroom.inbox.stopFind',
  showMore: 'mailroom.inbox.showMore',
  refresh: 'mailroom.inbox.refresh',
  groupByNone: 'mailroom.inbox.groupByNone',
  groupByRecipient: 'mailroom.inbox.groupByRecipient',
  groupBySender: 'mailroom.inbox.groupBySender',
  groupByDay: 'mailroom.inbox.groupByDay',
  openInViewer: 'mailroom.viewer.openInViewer',
  openViewerAsText: 'mailroom.viewer.openAsText',
  findInViewer: 'mailroom.viewer.find',
  newSession: 'mailroom.session.new',
  talkToServer: 'mailroom.session.talkToServer',
  saveSession: 'mailroom.session.save',
  checkSessionServer: 'mailroom.session.checkServer',
  testSessionRelay: 'mailroom.session.testRelay',
  runConversation: 'mailroom.session.runConversation',
  stepConversation: 'mailroom.session.stepConversation',
  runInTerminal: 'mailroom.session.runInTerminal',
  nextStep: 'mailroom.session.nextStep',
  continueSteps: 'mailroom.session.continueSteps',
  stopSteps: 'mailroom.session.stopSteps',
  openTranscript: 'mailroom.session.openTranscript',
  updateExpectations: 'mailroom.session.updateExpectations',
  checkDomain: 'mailroom.checks.domain',
  checkAllDomains: 'mailroom.checks.allDomains',
  checkServer: 'mailroom.checks.server',
  testRelay: 'mailroom.checks.relay',
  proveRelay: 'mailroom.checks.relayProof',
  lookUpMx: 'mailroom.checks.mx',
  lookUpDns: 'mailroom.checks.dns',
  checkReverseDns: 'mailroom.checks.reverseDns',
  checkSpf: 'mailroom.checks.spf',
  checkDkim: 'mailroom.checks.dkim',
  checkDmarc: 'mailroom.checks.dmarc',
  checkMtaSts: 'mailroom.checks.mtaSts',
  checkBlocklists: 'mailroom.checks.blocklists',
  checkMessage: 'mailroom.checks.message',
  openReport: 'mailroom.checks.open',
  runReportAgain: 'mailroom.checks.runAgain',
  removeReport: 'mailroom.checks.remove',
  openSettings: 'mailroom.openSettings',
  showLog: 'mailroom.showLog',
} as const;

export const views = { dropFolder: 'mailroom.dropFolder', checks: 'mailroom.checks' } as const;

export const containers = { mailroom: 'mailroom' } as const;

export const submenus = { groupBy: 'mailroom.inbox.groupBy', check: 'mailroom.checks.menu' } as const;

export const colors = { readForeground: 'mailroom.readForeground' } as const;

/** Set with setContext and used in `when` clauses. */
export const contextKeys = {
  /** The `kind` of ServerState. */
  serverState: 'mailroom.serverState',
  hasMail: 'mailroom.hasMail',
  /** Find is active. */
  isFiltered: 'mailroom.isFiltered',
  /** Host and port are those that the welcome view names. */
  isDefaultAddress: 'mailroom.isDefaultAddress',
  /** A conversation is being stepped through. */
  isStepping: 'mailroom.isStepping',
  /** The active terminal is an SMTP session. */
  isSessionActive: 'mailroom.isSessionActive',
  /** What is selected in the active editor, as a MentionKind; '' for anything that no check can be about. */
  selectedSubject: 'mailroom.selectedSubject',
  /** The file in the active editor has to do with mail. */
  isAboutMail: 'mailroom.isAboutMail',
} as const;

/** `contextValue` of tree items. */
export const itemKinds = { unread: 'mail.unread', read: 'mail.read', group: 'group', more: 'more', report: 'report' } as const;

export const settingIds = {
  host: 'mailroom.smtp.host',
  port: 'mailroom.smtp.port',
  maxMessageSize: 'mailroom.smtp.maxMessageSize',
  maxRecipients: 'mailroom.smtp.maxRecipients',
  maxConnections: 'mailroom.smtp.maxConnections',
  idleTimeout: 'mailroom.smtp.idleTimeout',
  dropFolder: 'mailroom.dropFolder',
  maxMessages: 'mailroom.retention.maxMessages',
  maxAge: 'mailroom.retention.maxAge',
  autoStart: 'mailroom.server.autoStart',
  groupBy: 'mailroom.inbox.groupBy',
  testGlob: 'mailroom.session.testGlob',
  snippets: 'mailroom.session.snippets',
  checksDnsServers: 'mailroom.checks.dnsServers',
  checksLab: 'mailroom.checks.lab',
  checksLabPort: 'mailroom.checks.labPort',
  checksTimeout: 'mailroom.checks.timeout',
  checksBlocklists: 'mailroom.checks.blocklists',
  checksDomains: 'mailroom.checks.domains',
  foreignDomain: 'mailroom.checks.foreignDomain',
} as const;

/** Of conversations in files. */
export const languageId = 'smtp';
export const terminalProfileId = 'mailroom.session';
/** Of the tests in the Test Explorer. */
export const testControllerId = 'mailroom.conversations';
/** Of the URIs under which the transcript of a run is opened. */
export const transcriptScheme = 'mailroom-transcript';
/** Of the tabs of reports; package.json has it as an activation event, so that they come back with the window. */
export const reportViewType = 'mailroom.report';
/** Of the URIs under which reports are opened as Markdown, to be compared. */
export const reportScheme = 'mailroom-report';

/** Of the URIs under which a mail is opened that has no file of its own (see ui/inbox/mailFiles.ts). */
export const mailScheme = 'mailroom';
/** Of the URIs of tree rows; nothing can be opened by them, they only carry decorations. */
export const rowScheme = 'mailroom-row';
