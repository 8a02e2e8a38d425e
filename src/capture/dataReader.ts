// capture: reads what follows DATA, in one pass and for any chunking: finds the end, takes the stuffed dots away, counts line endings that are none.
import type { LineEndings } from '../smtp/delivery.ts';

const cr = 0x0d;
const lf = 0x0a;
const dot = 0x2e;

const inLine = 0;
/** After a CR that may begin a CRLF. */
const afterCr = 1;
/** After CRLF or DATA: only here a dot means something (RFC 5321 section 4.5.2). */
const atLineStart = 2;
/** After a dot at the start of a line, not yet known whether it is stuffing or the end. */
const afterDot = 3;
/** After such a dot and a CR. */
const afterDotCr = 4;

export interface DataPiece {
  /** What of the message was in this chunk. */
  readonly octets: Buffer;
  /** What follows the end of data; null: the end has not come. */
  readonly rest: Buffer | null;
}

/**
 * The end is exactly CRLF "." CRLF (the first CRLF belongs to the message, section 4.1.1.4); with bare CR or LF in it, it is data: whoever
 * takes LF "." LF for the end lets one mail smuggle another. Of every other line that begins with a dot the dot is removed.
 */
export class DataReader {
  /** Of the message so far, after unstuffing. */
  octetsRead = 0;
  dotsUnstuffed = 0;
  private state: number = atLineStart;
  private line = 1;
  private bareCr = 0;
  private bareLf = 0;
  private firstLine: number | null = null;

  get lineEndings(): LineEndings {
    return { bareCr: this.bareCr, bareLf: this.bareLf, firstLine: this.firstLine };
  }

  /** Closes the gaps that removed dots leave by moving octets within `chunk`, which must not be used otherwise. */
  read(chunk: Buffer): DataPiece {
    const length = chunk.length;
    // The CR of a held back "." CR came with the last chunk; it is data unless LF follows.
    const isCrOwed = this.state === afterDotCr && length > 0 && chunk[0] !== lf;
    let state = this.state;
    let kept = 0; // where the next run of octets goes
    let run = 0; // where it begins
    let end = length; // where it ends
    let rest: Buffer | null = null;
    for (let index = 0; index < length; index++) {
      const octet = chunk[index];
      if (state === inLine && octet !== cr && octet !== lf) continue;
      if (state === atLineStart && octet === dot) {
        kept = move(chunk, kept, run, index);
        run = index + 1;
        state = afterDot;
        continue;
      }
      if (state === afterDot) {
        if (octet === cr) {
          state = afterDotCr;
          continue;
        }
        this.dotsUnstuffed++;
      } else if (state === afterDotCr) {
        if (octet === lf) {
          rest = chunk.subarray(index + 1);
          end = run;
          break;
        }
        this.dotsUnstuffed++;
        this.countBare('cr');
      } else if (state === afterCr) {
        if (octet === lf) {
          this.line++;
          state = atLineStart;
          continue;
        }
        this.countBare('cr');
      }
      if (octet === cr) state = afterCr;
      else {
        if (octet === lf) this.countBare('lf');
        state = inLine;
      }
    }
    if (rest) state = atLineStart;
    // A CR that may be the end's is held back, like its dot.
    else if (state === afterDotCr) end = run;
    this.state = state;
    kept = move(chunk, kept, run, end);
    const own = chunk.subarray(0, kept);
    const octets = isCrOwed ? Buffer.concat([Buffer.of(cr), own]) : own;
    this.octetsRead += octets.length;
    return { octets, rest };
  }

  private countBare(which: 'cr' | 'lf'): void {
    this.firstLine ??= this.line;
    if (which === 'cr') this.bareCr++;
    else {
      this.bareLf++;
      this.line++;
    }
  }
}

/** Moves [from, to) to `target` and answers where it then ends. */
function move(chunk: Buffer, target: number, from: number, to: number): number {
  if (target !== from) chunk.copyWithin(target, from, to);
  return target + to - from;
}
