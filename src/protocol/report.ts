// protocol: the messages between a report's page (browser) and the extension. Types only.
import type { Finding, Level, Report } from '../checks/report.ts';

export type { Evidence, Finding, Group, Level, RelayRow, Remedy, Report, Step, Target, Transcript } from '../checks/report.ts';

/** What a page shows from the first moment on. */
export interface ReportHead {
  /** "example.com", "mx1.example.com:25": what was asked about. */
  readonly subject: string;
  /** "Open relay": what was asked, in the user's language. */
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Milliseconds that the run may take at most. */
  readonly limit: number;
}

export interface ReportProgress {
  /** That the page does not have yet, in the order in which they were found. */
  readonly findings: readonly Finding[];
  readonly done: number;
  readonly planned: number;
  /** '' when nothing is being waited for. */
  readonly waitingFor: string;
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
      /** The first of fail, warn, unknown … that occurs. */
      readonly level: Level;
      readonly lastRun: LastRun | null;
      readonly locale: string;
    }
  | { readonly type: 'failed'; readonly message: string };

export type FromReport =
  | { readonly type: 'ready' }
  | { readonly type: 'cancel' }
  | { readonly type: 'runAgain' }
  | { readonly type: 'compare' }
  | { readonly type: 'copyMarkdown' }
  | { readonly type: 'save' }
  | { readonly type: 'copy'; readonly text: string }
  /** Index in Report.transcripts. */
  | { readonly type: 'openTranscript'; readonly index: number };
