// session: octets that a script writes as text: the escapes of @bytes, and the dots of a message (RFC 5321 section 4.5.2).

const escapes = /\\(?:x([0-9A-Fa-f]{2})|([rnt0\\]))/y;
const single: Readonly<Record<string, number>> = { r: 0x0d, n: 0x0a, t: 0x09, '0': 0, '\\': 0x5c };

export interface BadEscape {
  /** UTF-16 units from the start of the text. */
  readonly start: number;
  readonly end: number;
}

/** The octets of "\r \n \t \0 \xHH \\"; other characters are UTF-8. A backslash before anything else stands for itself and is reported. */
export function parseEscapes(text: string): { readonly octets: Uint8Array; readonly bad: readonly BadEscape[] } {
  const parts: Uint8Array[] = [];
  const bad: BadEscape[] = [];
  let literalFrom = 0;
  const literal = (end: number): void => {
    if (end > literalFrom) parts.push(Buffer.from(text.slice(literalFrom, end), 'utf8'));
  };
  for (let at = text.indexOf('\\'); at >= 0; ) {
    escapes.lastIndex = at;
    const match = escapes.exec(text);
    if (match) {
      literal(at);
      parts.push(Uint8Array.of(match[1] === undefined ? (single[match[2] ?? ''] ?? 0) : Number.parseInt(match[1], 16)));
      literalFrom = at + match[0].length;
    } else bad.push({ start: at, end: Math.min(at + 2, text.length) });
    at = text.indexOf('\\', match ? literalFrom : at + 1);
  }
  literal(text.length);
  return { octets: Buffer.concat(parts), bad };
}

const cr = 0x0d;
const lf = 0x0a;
const dot = 0x2e;

/** A file as the octets of DATA: line endings CRLF (files lie on disks with LF), lines that begin with a dot get another, CRLF at the end; without the final dot. */
export function stuffDots(file: Uint8Array): Uint8Array {
  let extra = 2;
  for (let at = 0; at < file.length; at++) if (file[at] === lf || file[at] === dot) extra++;
  const stuffed = Buffer.allocUnsafe(file.length + extra);
  let length = 0;
  let previous = lf;
  for (const octet of file) {
    if (octet === dot && previous === lf) stuffed[length++] = dot;
    if (octet === lf && previous !== cr) stuffed[length++] = cr;
    stuffed[length++] = octet;
    previous = octet;
  }
  if (length > 0 && previous !== lf) {
    if (previous !== cr) stuffed[length++] = cr;
    stuffed[length++] = lf;
  }
  return stuffed.subarray(0, length);
}
