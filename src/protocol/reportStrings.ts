// protocol: every sentence of a report's page that is not part of a finding, translated by the extension and handed over once. Types only.
import type { Group, Level } from '../checks/report.ts';

/** {0}, {1} are filled in by the page. */
export interface ReportStrings {
  readonly report: string;
  readonly levels: Readonly<Record<Level, string>>;
  /** "{0} failed" for one and for many. */
  readonly counts: Readonly<Record<Level | 'running' | 'waiting', { readonly one: string; readonly many: string }>>;
  readonly running: string;
  readonly waiting: string;
  readonly groups: Readonly<Record<Group, string>>;
  readonly conversations: string;
  readonly times: string;
  readonly showOnly: string;
  readonly checksDone: string;
  readonly progress: string;
  readonly progressWaiting: string;
  readonly starting: string;
  readonly startedMeta: string;
  readonly finishedMeta: string;
  readonly dnsMeta: string;
  readonly probedMeta: string;
  readonly lastRunMeta: string;
  readonly probingMeta: string;
  readonly failed: string;
  readonly gone: string;
  readonly unfinished: string;
  readonly cancel: string;
  readonly runAgain: string;
  readonly compare: string;
  readonly copyMarkdown: string;
  readonly save: string;
  readonly print: string;
  readonly copy: string;
  readonly openConversation: string;
  readonly proveRelay: string;
  readonly today: string;
  readonly yesterday: string;
  readonly milliseconds: string;
  readonly seconds: string;
  readonly mailFrom: string;
  readonly rcptTo: string;
  readonly reply: string;
  readonly relayNumber: string;
  readonly noReply: string;
  readonly accepted: string;
  readonly refused: string;
  readonly unknown: string;
  readonly skipped: string;
  readonly stepTimes: string;
  readonly noAnswer: string;
  readonly nothingFound: string;
}
