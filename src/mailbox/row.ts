// mailbox: what the index keeps of one mail, put together from the directory entry, the side file and the digest.
import { messageOf } from '../base/failure.ts';
import type { MailDigest } from '../message/digest.ts';
import type { MailAddress, MailState } from '../protocol/engine.ts';
import type { Delivery } from '../smtp/delivery.ts';
import type { FolderEntry } from '../store/folderState.ts';
import { placeOf, timeOf } from '../store/names.ts';

/** A mail as it is written into the index. */
export interface Row {
  readonly entry: FolderEntry;
  /** Milliseconds since the epoch, whole, from 1970 to 9998. */
  readonly arrived: number;
  readonly subject: string | null;
  readonly from: MailAddress | null;
  readonly to: readonly MailAddress[];
  readonly attachments: number;
  readonly state: MailState;
  readonly problem: string | null;
  readonly searchText: string;
  /** The file could not be read: the next comparison with the folder tries again. */
  readonly isRetried: boolean;
}

const mostRecipients = 50;
const longestProblem = 500;
/** Later days do not fit "2026-11-21". */
const latest = Date.parse('9998-12-31T23:59:59.999Z');

export function rowOf(entry: FolderEntry, delivery: Delivery | null, digest: MailDigest, isRetried: boolean): Row {
  const isRefused = placeOf(entry.key)?.kind === 'refused';
  const problem = isRefused ? whyRefused(delivery, digest) : digest.problem;
  return {
    entry,
    arrived: arrivalOf(entry, delivery),
    subject: digest.subject,
    from: digest.from,
    to: digest.to.slice(0, mostRecipients),
    attachments: digest.attachments,
    state: isRefused ? 'refused' : problem === null ? 'ok' : 'unreadable',
    problem: problem?.slice(0, longestProblem) ?? null,
    searchText: digest.searchText,
    isRetried,
  };
}

/** When neither the file could be read nor the mail be digested: what the envelope says. */
export function digestOfFailure(error: unknown, delivery: Delivery | null): MailDigest {
  const sender = delivery?.envelope.from?.address;
  const recipients = delivery?.envelope.to.map(({ address }) => address) ?? [];
  return {
    subject: null,
    from: sender ? { name: '', address: sender } : null,
    to: recipients.map((address) => ({ name: '', address })),
    date: null,
    attachments: 0,
    searchText: [sender ?? '', ...recipients].join('\n'),
    problem: messageOf(error),
  };
}

function whyRefused(delivery: Delivery | null, digest: MailDigest): string | null {
  return delivery?.outcome === 'aborted' ? 'connection lost' : (delivery?.reply ?? digest.problem);
}

/** The side file's time, else that of a name of ours, else the file's. */
function arrivalOf({ key, mtimeMs }: FolderEntry, delivery: Delivery | null): number {
  const place = placeOf(key);
  const named = place && place.kind !== 'log' && place.id !== null ? timeOf(place.id) : null;
  const received = delivery ? Date.parse(delivery.receivedAt) : Number.NaN;
  const time = Number.isNaN(received) ? (named ?? mtimeMs) : received;
  return Math.min(Math.max(Math.floor(time) || 0, 0), latest);
}
