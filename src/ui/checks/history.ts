// ui/checks: the reports of this workspace: for each question the last run and the one before it.
import type * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Question, Report } from '../../checks/report.ts';

/** In the workspace's memory, newest first. */
const historyKey = 'checks.history';
/** Questions; the oldest are forgotten. */
const mostKept = 30;
/** UTF-16 units of all reports as JSON: VS Code keeps them in memory while the window is open. */
const largest = 4 * 1024 * 1024;

export interface PastChecks {
  readonly question: Question;
  readonly report: Report;
  /** The run before; null: there was none. */
  readonly previous: Report | null;
}

/** Two questions with one key are the same question. */
export function keyOfQuestion({ kind, subject, options }: Question): string {
  return JSON.stringify([kind, subject, Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

export class History implements Disposable {
  private readonly memory: vscode.Memento;
  private readonly changes = new Emitter<void>();
  readonly onDidChange: Event<void> = this.changes.event;

  constructor(memory: vscode.Memento) {
    this.memory = memory;
  }

  /** Newest first. */
  get all(): readonly PastChecks[] {
    return this.memory.get<readonly PastChecks[]>(historyKey, []).filter((entry) => entry.report?.version === 1);
  }

  find(question: Question): PastChecks | undefined {
    const key = keyOfQuestion(question);
    return this.all.find((entry) => keyOfQuestion(entry.question) === key);
  }

  /** A cancelled run is shown but never compared with. */
  async add(report: Report): Promise<PastChecks> {
    const before = this.find(report.question);
    const previous = before ? (before.report.isCancelled ? before.previous : before.report) : null;
    const entry: PastChecks = { question: report.question, report, previous };
    await this.write([entry, ...this.without(report.question)]);
    return entry;
  }

  remove(question: Question): Promise<void> {
    return this.write(this.without(question));
  }

  dispose(): void {
    this.changes.dispose();
  }

  private without(question: Question): PastChecks[] {
    const key = keyOfQuestion(question);
    return this.all.filter((entry) => keyOfQuestion(entry.question) !== key);
  }

  private async write(entries: readonly PastChecks[]): Promise<void> {
    let size = 0;
    const kept = entries.slice(0, mostKept).filter((entry) => {
      size += JSON.stringify(entry).length;
      return size <= largest;
    });
    await this.memory.update(historyKey, kept);
    this.changes.fire();
  }
}
