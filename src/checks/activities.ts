// checks: what waits and what runs, for the person who watches.
import type { Announced } from './context.ts';
import type { Activity } from './report.ts';

export class Activities {
  private readonly onChange: () => void;
  private readonly rows = new Map<number, Activity>();
  private latest = 0;

  constructor(onChange: () => void) {
    this.onChange = onChange;
  }

  /** In the order in which they were announced. */
  get all(): readonly Activity[] {
    return [...this.rows.values()];
  }

  add(part: Pick<Activity, 'group' | 'title' | 'target' | 'detail'>): Announced {
    const id = ++this.latest;
    this.rows.set(id, { ...part, id, state: 'waiting' });
    this.onChange();
    return {
      run: (detail = '') => {
        const row = this.rows.get(id);
        if (!row) return;
        this.rows.set(id, { ...row, state: 'running', detail });
        this.onChange();
      },
      end: () => {
        if (this.rows.delete(id)) this.onChange();
      },
    };
  }
}
