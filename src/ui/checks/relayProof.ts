// ui/checks: what proof of relaying by delivery needs of this window: our own server, and a look at what comes into its drop folder. Without `vscode`.
import { DisposableStore } from '../../base/disposable.ts';
import type { DeliveredMail, Deliveries } from '../../checks/relay/deliveries.ts';
import type { Question, Report } from '../../checks/report.ts';
import type { MailSummary } from '../../protocol/engine.ts';
import type { Localizer } from '../l10n.ts';
import type { Notify } from '../notify.ts';
import type { Room } from '../room.ts';

export type ProofRoom = Pick<Room, 'engine' | 'state' | 'onDidChangeMail'>;

/** Newest first; the mail has just come. */
const mostListed = 50;

export function createDeliveries(room: ProofRoom): Deliveries {
  return {
    get isListening() {
      return isListening(room);
    },
    waitFor: (token, signal) => waitFor(room, token, signal),
  };
}

/** Another window of this machine may be the one that listens. */
function isListening({ state }: Pick<ProofRoom, 'state'>): boolean {
  return state.kind === 'listening' || state.kind === 'shared';
}

function waitFor(room: ProofRoom, token: string, signal: AbortSignal): Promise<DeliveredMail> {
  const { engine } = room;
  const owned = new DisposableStore();
  const arrived = new Promise<MailSummary>((resolve, reject) => {
    const take = (mails: readonly MailSummary[]): void => {
      const found = mails.find(({ subject }) => subject?.includes(token));
      if (found) resolve(found);
    };
    const look = (): void => {
      engine.list({ text: '', group: null, after: null, limit: mostListed }).then(({ mails }) => take(mails), reject);
    };
    const give = (): void => reject(signal.reason);
    signal.addEventListener('abort', give);
    owned.add({ dispose: () => signal.removeEventListener('abort', give) });
    owned.add(room.onDidChangeMail(({ added, changed, reset }) => (reset ? look() : take([...added, ...changed]))));
    // It may have come before we began to wait.
    if (signal.aborted) give();
    else look();
  });
  return arrived
    .then(async ({ key }) => {
      const [bytes, { delivery }] = await Promise.all([engine.read(key), engine.view({ key })]);
      return { bytes, delivery };
    })
    .finally(() => owned.dispose());
}

export interface ListeningDependencies {
  readonly room: Pick<ProofRoom, 'state'>;
  readonly notify: Pick<Notify, 'choose'>;
  readonly l10n: Localizer;
  readonly startServer: () => PromiseLike<unknown>;
}

/** False, and the person knows why, where no message could be seen to arrive. */
export async function ensureListening({ room, notify, l10n, startServer }: ListeningDependencies): Promise<boolean> {
  if (isListening(room)) return true;
  const start = l10n.t('Start Server');
  const text = l10n.t('The Mailroom server does not run, so a message that another server passes on could not arrive.');
  if ((await notify.choose('information', text, start)) !== start) return false;
  await startServer();
  return isListening(room);
}

/** What is to be proven of what a report says; the domain whose mail arrives here is still missing. undefined: no test was accepted. */
export function proofOf({ findings, question }: Report): { readonly text: string; readonly options: Question['options'] } | undefined {
  for (const { relay = [], target, level } of findings) {
    const tests = level === 'info' ? [] : relay.filter(({ id, verdict }) => verdict === 'accepted' && !/^c\d/.test(id)).map(({ id }) => id);
    const { host = target.address ?? '', port = 25 } = target;
    const { domain } = question.options;
    if (tests.length === 0) continue;
    const text = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return { text, options: { tests: tests.join(','), ...(domain === undefined ? {} : { domain }) } };
  }
  return undefined;
}
