// smtp: octets of a command or reply line as text that a person can read and that cannot leave its line: hostile input ends here.

const plain = /^[\t\x20-\x7e]*$/;
/** Also what turns the direction of what stands after it, and so can show "txt.exe" as "exe.txt". */
const control = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a line: UTF-8 (RFC 6531) where it is valid, else one character per octet, so that no octet is lost. */
export function decodeLine(octets: Buffer): string {
  const text = octets.toString('latin1');
  if (plain.test(text)) return text;
  try {
    return strictUtf8.decode(octets);
  } catch {
    return text;
  }
}

/** Control characters other than TAB, those of the direction of text, and what editors take for the end of a line, as \xHH or \uHHHH. */
export function printable(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(control, (character) => {
    const code = character.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0').toUpperCase()}`;
  });
}
