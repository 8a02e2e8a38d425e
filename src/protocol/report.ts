// protocol: the messages between a report's page (browser) and the extension. Types only.
import type { Activity, Finding, Level, Question, Report } from '../checks/report.ts';

export type {
  Activity,
  Evidence,
  Finding,
  Group,
  Level,
  Question,
  RelayRow,
  Remedy,
  Report,
  Step,
  Target,
  Transcript,
} from '../checks/report.ts';

/** What a page shows from the first moment on. */
export interface ReportHead {
  /** Kept by the page, so that its tab can come back after the window was reloaded. */
  readonly question: Question;
  /** "example.com", "mx1.example.com:25": what was asked about. */
  readonly subject: string;
  /** "Open relay": what was asked, in the user's language. */
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Milliseconds that the run may take at most. */
  readonly limit: number;
}

/** In the order of `place` findings and activities (by their `id`) stand where they are shown while checks run. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly place: number;
}

export interface ReportProgress {
  /** That the page does not have yet, in the order in which they were found. */
  readonly findings: readonly PlacedFinding[];
  /** All that wait or run now. */
  readonly activities: readonly Activity[];
  readonly done: number;
  readonly planned: number;
  /** '' when nothing is being waited for. */
  readonly waitingFor: string;
  /** Milliseconds since the run began, when this was sent: the clocks of page and extension may differ. */
  readonly elapsed: number;
  readonly dnsServers: readonly string[];
  readonly probedFrom: readonly string[];
}

/** What the run before this one said. */
export interface LastRun {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly level: Level;
  readonly failed: number;
  readonly warnings: number;
}

export type ToReport =
  /** A run has begun, or the page was made anew in the middle of one: forget what was shown. */
  | { readonly type: 'begin'; readonly head: ReportHead; readonly progress: ReportProgress; readonly locale: string }
  | { readonly type: 'progress'; readonly progress: ReportProgress }
  | {
      readonly type: 'report';
      readonly head: ReportHead;
      readonly report: Report;
      /** That of the whole report. */
      readonly level: Level;
      readonly lastRun: LastRun | null;
      readonly locale: string;
    }
  /** No report: the check could not be made. */
  | { readonly type: 'failed'; readonly head: ReportHead; readonly message: string }
  /** No report after the window was reloaded: it was removed from the history, or the run had not ended. */
  | { readonly type: 'gone'; readonly head: ReportHead; readonly hadEnded: boolean };

export type FromReport =
  | { readonly type: 'ready' }
  | { readonly type: 'cancel' }
  | { readonly type: 'runAgain' }
  /** Of the tests that a server accepted. */
  | { readonly type: 'proveRelay' }
  | { readonly type: 'compare' }
  | { readonly type: 'copyMarkdown' }
  | { readonly type: 'save' }
  | { readonly type: 'print' }
  | { readonly type: 'copy'; readonly text: string }
  /** Index in Report.transcripts. */
  | { readonly type: 'openTranscript'; readonly index: number };
