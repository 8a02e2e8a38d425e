// ui/session: what the person has typed or pasted and nobody has asked for yet, cut so that each line is taken by its own question: a line that
// is pasted while a command runs appears after its prompt, as if it had been typed then.

export interface Piece {
  /** One key, or characters between two keys; of what is pasted one Enter ("\r") or a line. */
  readonly text: string;
  readonly isPasted: boolean;
}

/** Characters. */
const limit = 8 * 1024 * 1024;
const begin = '\x1b[200~';
const end = '\x1b[201~';
// Fast typing, and what a program sends, comes as several keys at once.
const keys = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.|[^\x1b])?|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g;
// Control characters but TAB and CR: pasted text presses no keys.
const keysInPaste = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

export class TypeAhead {
  private pieces: Piece[] = [];
  private first = 0;
  private length = 0;
  private isPasting = false;

  /** False: there was no room, and nothing was kept. */
  push(data: string): boolean {
    if (this.length + data.length > limit) return false;
    for (let rest = data; rest !== ''; ) {
      const mark = this.isPasting ? end : begin;
      const at = rest.indexOf(mark);
      this.add(at < 0 ? rest : rest.slice(0, at));
      if (at < 0) break;
      this.isPasting = !this.isPasting;
      rest = rest.slice(at + mark.length);
    }
    return true;
  }

  take(): Piece | undefined {
    const piece = this.pieces[this.first];
    if (!piece) return undefined;
    this.length -= piece.text.length;
    // Shifting a long array for every line of a long paste would take quadratic time.
    if (++this.first === this.pieces.length) {
      this.pieces = [];
      this.first = 0;
    }
    return piece;
  }

  clear(): void {
    this.pieces = [];
    this.first = 0;
    this.length = 0;
  }

  private add(data: string): void {
    const isPasted = this.isPasting;
    const text = isPasted ? data.replace(/\r?\n/g, '\r').replace(keysInPaste, '') : data;
    for (const piece of isPasted ? text.split(/(\r)/) : (text.match(keys) ?? [])) {
      if (piece === '') continue;
      this.pieces.push({ text: piece, isPasted });
      this.length += piece.length;
    }
  }
}
