// checks: what waits and what runs, for the person who watches.
import type { Announced } from './context.ts';
import type { Activity } from './report.ts';

export interface ActivityPorts {
  /** Milliseconds since the run began. */
  readonly elapsed: () => number;
  readonly onChange: () => void;
}

export class Activities {
  private readonly ports: ActivityPorts;
  private readonly rows = new Map<number, Activity>();
  /** The id that was given last; 0 before the first. */
  latest = 0;

  constructor(ports: ActivityPorts) {
    this.ports = ports;
  }

  /** In the order in which they were announced. */
  get all(): readonly Activity[] {
    return [...this.rows.values()];
  }

  isRunning(id: number): boolean {
    return this.rows.get(id)?.state === 'running';
  }

  add(part: Pick<Activity, 'group' | 'title' | 'target' | 'detail'>): Announced & { readonly id: number } {
    const { elapsed, onChange } = this.ports;
    const id = ++this.latest;
    this.rows.set(id, { ...part, id, state: 'waiting', since: null });
    onChange();
    return {
      id,
      run: (detail = '') => {
        const row = this.rows.get(id);
        if (!row) return;
        this.rows.set(id, { ...row, state: 'running', since: row.since ?? elapsed(), detail });
        onChange();
      },
      end: () => {
        if (this.rows.delete(id)) onChange();
      },
    };
  }
}
