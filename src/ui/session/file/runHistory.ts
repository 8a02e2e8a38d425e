// ui/session: what runs and what the last runs came to, for all that shows it. Without `vscode`.
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { Emitter, type Event } from '../../../base/event.ts';
import type { Script, ScriptConversation } from '../../../session/script.ts';
import { type RunSummary, withOwnFailures } from './runSummary.ts';

/** Found again by the conversation's text: it moves with the conversation, and is gone as soon as that is edited. */
interface KeptRun {
  readonly source: string;
  readonly summary: RunSummary;
}

/** Files are named by their URIs. */
export class RunHistory implements Disposable {
  private readonly owned = new DisposableStore();
  private readonly changes = this.owned.add(new Emitter<string>());
  private readonly files = new Map<string, readonly KeptRun[]>();

  /** Tells the file of which something has changed. */
  readonly onDidChange: Event<string> = this.changes.event;

  /** A new run of tests begins: VS Code shows the messages of the newest run only, so those of older ones become marks of ours. */
  begin(): void {
    for (const [file, runs] of this.files) {
      this.files.set(
        file,
        runs.map(({ source, summary }) => ({ source, summary: withOwnFailures(summary) })),
      );
      this.changes.fire(file);
    }
  }

  keep(file: string, script: Script, conversation: ScriptConversation, summary: RunSummary): void {
    const source = sourceOf(script, conversation);
    const others = (this.files.get(file) ?? []).filter((run) => run.source !== source);
    this.files.set(file, [...others, { source, summary }]);
    this.changes.fire(file);
  }

  /** Of the conversation as it is written now. */
  of(file: string, script: Script, conversation: ScriptConversation): RunSummary | undefined {
    const runs = this.files.get(file);
    if (!runs) return undefined;
    const source = sourceOf(script, conversation);
    return runs.find((run) => run.source === source)?.summary;
  }

  /** Forgets what belongs to no conversation of the file any more, so that an edit that is undone shows nothing old. */
  prune(file: string, script: Script): void {
    const runs = this.files.get(file);
    if (!runs) return;
    const sources = new Set(script.conversations.map((conversation) => sourceOf(script, conversation)));
    const kept = runs.filter((run) => sources.has(run.source));
    if (kept.length === 0) this.files.delete(file);
    else this.files.set(file, kept);
    this.changes.fire(file);
  }

  forget(file: string): void {
    if (this.files.delete(file)) this.changes.fire(file);
  }

  dispose(): void {
    this.owned.dispose();
  }
}

/** The conversation as it is written, without what stands between it and the next. */
function sourceOf({ lines }: Pick<Script, 'lines'>, { firstLine, lastLine }: ScriptConversation): string {
  return lines
    .slice(firstLine, lastLine + 1)
    .map((line) => line.text)
    .join('\n');
}
