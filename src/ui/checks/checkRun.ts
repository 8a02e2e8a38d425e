// ui/checks: one run of a question: gathers what is found, so that a page that comes late, or is made anew, gets all of it.
import type { Disposable } from '../../base/disposable.ts';
import { Emitter, type Event } from '../../base/event.ts';
import { messageOf } from '../../base/failure.ts';
import type { Progress, Question, Report } from '../../checks/report.ts';
import type { PlacedFinding, ReportProgress } from '../../protocol/report.ts';

export type RunEnd = { readonly report: Report } | { readonly message: string };

export type RunTask = (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<Report>;

/** Milliseconds in which findings are gathered before the page hears of them. */
const gathered = 60;

export class CheckRun implements Disposable {
  readonly question: Question;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finished: Promise<RunEnd>;
  private readonly ending = new AbortController();
  private readonly progressed = new Emitter<ReportProgress>();
  private readonly findings: PlacedFinding[] = [];
  private told = 0;
  private latest: Omit<ReportProgress, 'findings'> = {
    activities: [],
    done: 0,
    planned: 0,
    waitingFor: '',
    elapsed: 0,
    dnsServers: [],
    probedFrom: [],
  };
  /** When `latest.elapsed` was right, on this clock. */
  private heardAt = performance.now();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** With the findings that were not told before. */
  readonly onDidProgress: Event<ReportProgress> = this.progressed.event;

  constructor(question: Question, startedAt: string, task: RunTask) {
    this.question = question;
    this.startedAt = startedAt;
    this.finished = task(this.ending.signal, (progress) => this.hear(progress))
      .then(
        (report) => ({ report }),
        (error: unknown) => ({ message: messageOf(error) }),
      )
      .finally(() => this.dispose());
  }

  /** All that was found until now. */
  get progress(): ReportProgress {
    return this.tell([...this.findings]);
  }

  /** The report of what was found until now follows. */
  cancel(): void {
    this.ending.abort();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.progressed.dispose();
  }

  private hear({ finding, place, ...latest }: Progress): void {
    if (finding) this.findings.push({ finding, place });
    this.latest = latest;
    this.heardAt = performance.now();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const findings = this.findings.slice(this.told);
      this.told = this.findings.length;
      this.progressed.fire(this.tell(findings));
    }, gathered);
  }

  private tell(findings: readonly PlacedFinding[]): ReportProgress {
    return { ...this.latest, findings, elapsed: this.latest.elapsed + (performance.now() - this.heardAt) };
  }
}
