// Octets for property tests, as text of one character per octet: mostly those that mean something in DATA.
import fc from 'fast-check';

const telling = fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.', '\r\n..', '\n.', '.\r', 'a', '\x00', '\xff');
const any = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));

export const dataText = fc
  .array(fc.oneof({ weight: 6, arbitrary: telling }, { weight: 1, arbitrary: any }), { maxLength: 60 })
  .map((parts) => parts.join(''));

/** What a client sends for a message that is empty or ends with CRLF (RFC 5321 section 4.5.2). */
export function send(message: string): string {
  return `${message.replace(/(^|\r\n)\./g, '$1..')}.\r\n`;
}

export function chunked(text: string, sizes: Iterator<number>): string[] {
  const chunks: string[] = [];
  for (let from = 0; from < text.length; ) {
    const size = sizes.next().value as number;
    chunks.push(text.slice(from, from + size));
    from += size;
  }
  return chunks;
}
