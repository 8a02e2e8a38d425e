// store: the files of Django's file backend (EMAIL_BACKEND "django.core.mail.backends.filebased.EmailBackend"): `*.log`, each with one or more
// mails. Django writes a mail, a line feed, a line of 79 hyphens (django/core/mail/backends/filebased.py, write_message).
import { createHash } from 'node:crypto';

export interface LogSlice {
  /**
   * Names the mail by its octets, so that it keeps its name when others before it go: 16 hexadecimal digits, and "-2", "-3" … where the same octets
   * come again.
   */
  readonly id: string;
  /** Offset of the first octet of the mail. */
  readonly start: number;
  /** Offset after its last octet. */
  readonly end: number;
  /** Offset after the separator. */
  readonly next: number;
}

/** Octets; a longer file is some other program's log. */
export const maxLogSize = 64 * 1024 * 1024;

const hyphens = Buffer.alloc(79, '-');
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** Of an id. 64 bits: nobody makes a mail by chance or, at will, one that passes for another's. */
const idLength = 16;

/** True when a header field begins here (RFC 5322 section 2.2). */
export function startsWithField(octets: Buffer, at = 0): boolean {
  return /^[!-9;-~]+[ \t]*:/.test(octets.toString('latin1', at, at + 998));
}

/** The mails of such a file; one that is still being written, without its separator, is not among them. Empty: not a file of Django's. */
export function sliceLog(octets: Buffer): LogSlice[] {
  const slices: LogSlice[] = [];
  const seen = new Map<string, number>();
  const idOf = (start: number, end: number): string => {
    const hash = createHash('sha256').update(octets.subarray(start, end)).digest('hex').slice(0, idLength);
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return count === 1 ? hash : `${hash}-${count}`;
  };
  if (!startsWithField(octets)) return slices;
  let start = 0;
  let from = 0;
  for (;;) {
    const at = octets.indexOf(hyphens, from);
    if (at < 0) return slices;
    const next = separatorEnd(octets, at);
    if (next > 0) {
      const breakAt = octets[at - 2] === carriageReturn ? at - 2 : at - 1;
      const stop = Math.max(start, breakAt);
      slices.push({ id: idOf(start, stop), start, end: stop, next });
      start = next;
      from = next;
    } else {
      const lineEnd = octets.indexOf(lineFeed, at);
      if (lineEnd < 0) return slices;
      from = lineEnd;
    }
  }
}

/** Where the line of hyphens at `at` ends, or 0 when it does not separate mails: a mail's text may have such a line too, but no header field follows. */
function separatorEnd(octets: Buffer, at: number): number {
  if (octets[at - 1] !== lineFeed) return 0;
  const end = at + hyphens.length;
  const next = octets[end] === lineFeed ? end + 1 : octets[end] === carriageReturn && octets[end + 1] === lineFeed ? end + 2 : 0;
  if (next === 0) return 0;
  const isUnfinished = octets.indexOf(lineFeed, next) < 0;
  return isUnfinished || startsWithField(octets, next) ? next : 0;
}

/** The file without some of its mails, every other octet as it was. */
export function withoutSlices(octets: Buffer, slices: readonly LogSlice[], ids: ReadonlySet<string>): Buffer {
  const kept = slices.filter(({ id }) => !ids.has(id)).map(({ start, next }) => octets.subarray(start, next));
  return Buffer.concat([...kept, octets.subarray(slices.at(-1)?.next ?? 0)]);
}
