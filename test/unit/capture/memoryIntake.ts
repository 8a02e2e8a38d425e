// The store's place in the tests of capture: keeps mails in memory, and can be told to wait or to fail.
import type { Draft, Intake } from '../../../src/capture/intake.ts';
import type { Delivery } from '../../../src/smtp/delivery.ts';

export interface Kept {
  readonly id: string;
  readonly octets: Buffer;
  readonly delivery: Delivery;
}

export class MemoryIntake {
  readonly accepted: Kept[] = [];
  readonly refused: Kept[] = [];
  readonly discarded: string[] = [];
  /** Awaited by every accept before it keeps the mail; may reject. */
  beforeAccept: () => Promise<void> = async () => {};
  /** Octets that a draft was given, also of those that are not ended. */
  octetsWritten = 0;
  /** False: every write asks to wait for drained(), which `drain` resolves. */
  takesWrites = true;
  writesWhileFull = 0;
  private waiting: (() => void)[] = [];
  private count = 0;

  readonly intake: Intake = () => {
    const id = `mail-${++this.count}`;
    const chunks: Buffer[] = [];
    let isFull = false;
    let isEnded = false;
    const end = (): Buffer => {
      if (isEnded) throw new Error(`The draft ${id} was ended twice`);
      isEnded = true;
      return Buffer.concat(chunks);
    };
    const draft: Draft = {
      id,
      write: (chunk) => {
        if (isFull) this.writesWhileFull++;
        chunks.push(Buffer.from(chunk));
        this.octetsWritten += chunk.length;
        isFull = !this.takesWrites;
        return this.takesWrites;
      },
      drained: () =>
        new Promise((resolve) => {
          this.waiting.push(() => {
            isFull = false;
            resolve();
          });
        }),
      accept: async (delivery) => {
        const octets = end();
        await this.beforeAccept();
        this.accepted.push({ id, octets, delivery });
      },
      refuse: async (delivery) => {
        this.refused.push({ id, octets: end(), delivery });
      },
      discard: async () => {
        end();
        this.discarded.push(id);
      },
    };
    return draft;
  };

  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  drain(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
