// mailbox: what is still to be indexed. The newest comes first, because it is what the user looks at; a later job for a key replaces the earlier one.
import type { MailKey } from '../protocol/engine.ts';
import type { FolderEntry } from '../store/folderState.ts';

export type Job =
  /** isAnew: the mail was removed before, so what is in the index of that name is another one. */
  | { readonly kind: 'index'; readonly entry: FolderEntry; readonly isAnew?: boolean }
  | { readonly kind: 'remove'; readonly key: MailKey }
  /** Removes the row unless the file is there after all. */
  | { readonly kind: 'verify'; readonly key: MailKey };

export function keyOf(job: Job): MailKey {
  return job.kind === 'index' ? job.entry.key : job.key;
}

function sizeOf(job: Job): number {
  return job.kind === 'index' ? job.entry.size : 0;
}

export class JobQueue {
  private readonly jobs = new Map<MailKey, Job>();
  /** Keys, the next one last. A key without job was replaced or taken before. */
  private order: MailKey[] = [];

  get size(): number {
    return this.jobs.size;
  }

  /** To be done before everything that waits; in the place of the earlier job for its key, if there is one. */
  add(job: Job): void {
    const key = keyOf(job);
    const before = this.jobs.get(key);
    if (!before) this.order.push(key);
    const isAnew = before?.kind === 'remove' || (before?.kind === 'index' && before.isAnew === true);
    this.jobs.set(key, job.kind === 'index' && isAnew ? { ...job, isAnew } : job);
  }

  /** To be done after everything that waits, the last of them first. Jobs that wait already are the newer ones and stay. */
  addBelow(jobs: readonly Job[]): void {
    const unknown = jobs.filter((job) => !this.jobs.has(keyOf(job)));
    this.order = [...unknown.map(keyOf), ...this.order];
    for (const job of unknown) this.jobs.set(keyOf(job), job);
  }

  /** Gives back what was taken and not done, in the order of take(). */
  putBack(jobs: readonly Job[]): void {
    for (const job of jobs.toReversed()) if (!this.jobs.has(keyOf(job))) this.add(job);
  }

  /** Up to `limit` jobs and `octets` of mail, at least one job when there is any. */
  take(limit: number, octets: number): Job[] {
    const taken: Job[] = [];
    let sum = 0;
    while (taken.length < limit) {
      const key = this.order.at(-1);
      if (key === undefined) break;
      const job = this.jobs.get(key);
      if (job) {
        sum += sizeOf(job);
        if (taken.length > 0 && sum > octets) break;
        taken.push(job);
        this.jobs.delete(key);
      }
      this.order.pop();
    }
    return taken;
  }

  clear(): void {
    this.jobs.clear();
    this.order = [];
  }
}
