// engine: what a person reads in the log of each mail: one line with envelope, client and reply, never the content; in a flood a sum.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Draft } from '../capture/intake.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { printable } from '../smtp/printable.ts';

/** Lines in a second; what comes beyond is counted, because every line costs the host as much as a mail costs us. */
const mostLines = 20;
const second = 1000;
/** Recipients that are named. */
const mostNamed = 3;

export interface JournalPorts {
  readonly log: Log;
  readonly clock: Clock;
  /** The first mail that could not be stored, and not again before one is stored. */
  readonly onDidFail: (failure: Failure) => void;
}

/** Answers what a draft is passed through: it ends as before, and the log says how. */
export function keepJournal({ log, clock, onDidFail }: JournalPorts): (draft: Draft) => Draft {
  let isFailing = false;
  let since = Number.NEGATIVE_INFINITY;
  let lines = 0;
  let omitted = 0;
  const note = (line: () => string): void => {
    const now = clock.monotonic();
    if (now - since >= second) {
      since = now;
      lines = 0;
    }
    if (lines++ < mostLines) log.info(line());
    else if (omitted++ === 0) {
      setTimeout(() => {
        log.info(omitted === 1 ? '1 more mail within a second' : `${omitted} more mails within a second`);
        omitted = 0;
      }, second).unref();
    }
  };
  return (draft) => ({
    id: draft.id,
    write: (chunk) => draft.write(chunk),
    drained: () => draft.drained(),
    async accept(delivery) {
      try {
        await draft.accept(delivery);
      } catch (error) {
        // Every one of them is in the log (capture/exchange.ts).
        if (!isFailing && Failure.is(error)) onDidFail(error);
        isFailing = true;
        throw error;
      }
      isFailing = false;
      note(() => `Stored ${draft.id}.eml, ${delivery.size} octets, ${describe(delivery)}`);
    },
    async refuse(delivery) {
      await draft.refuse(delivery);
      note(() => {
        const why = delivery.outcome === 'aborted' ? 'the client broke off' : printable(delivery.reply ?? 'no reply');
        return `Refused a mail ${describe(delivery)}: ${why}. What arrived of it is refused/${draft.id}.eml`;
      });
    },
    discard: () => draft.discard(),
  });
}

/** "from <a@x.test> to <b@y.test> and 2 more, client 127.0.0.1" */
function describe({ envelope, conversation }: Delivery): string {
  const path = ({ address }: { readonly address: string }): string => `<${printable(address)}>`;
  const named = envelope.to.slice(0, mostNamed).map(path).join(', ') || 'nobody';
  const more = envelope.to.length > mostNamed ? ` and ${envelope.to.length - mostNamed} more` : '';
  return `from ${envelope.from ? path(envelope.from) : 'nobody'} to ${named}${more}, client ${conversation.client.address}`;
}
