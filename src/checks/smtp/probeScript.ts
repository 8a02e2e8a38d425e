// checks: what was said on a connection as text in the notation of .smtp files, so that it opens in an editor and runs again.
import { printable } from '../../smtp/printable.ts';
import type { Reply } from '../../smtp/reply.ts';
import type { TlsFacts } from '../../smtp/tlsFacts.ts';
import type { ProbeSubject } from './probe.ts';

/** Lines of one reply, UTF-16 units of a line, and lines in all; a server may send much more. */
const maxReplyLines = 100;
const maxLine = 1000;
const maxLines = 1000;

/** RFC 5322 section 3.3, as many servers greet with it: it will be another one the next time. */
const date = /(?:\b[A-Z][a-z]{2}, )?\b\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/;

export class ProbeScript {
  private readonly lines: string[];
  private omitted = 0;

  constructor({ address, port, implicitTls }: ProbeSubject, name: string) {
    this.lines = [
      `### ${oneLine(name)}`,
      `@connect ${address.includes(':') ? `[${address}]` : address}:${port}`,
      '@verify off',
      ...(implicitTls ? ['@tls implicit'] : []),
    ];
  }

  /** Every line ends with LF. */
  get text(): string {
    const rest = this.omitted > 0 ? [`# ${this.omitted} more lines were not kept.`] : [];
    return `${[...this.lines, ...rest].join('\n')}\n`;
  }

  sent(line: string): void {
    this.add(`C: ${oneLine(line)}`);
  }

  /** The second is only told of: a run would take its reply, or the handshake, for something else. */
  sentTogether(first: string, second: string): void {
    this.sent(first);
    this.note(`In one piece with it: ${second}`);
  }

  /** Until `groupEnds` commands go out in one piece, and each is followed by what came back. */
  groupBegins(): void {
    this.add('@pipeline');
  }

  groupEnds(): void {
    this.add('@end');
  }

  heard({ lines }: Reply): void {
    for (const { code, separator, text } of lines.slice(0, maxReplyLines)) this.add(`S: ${pattern(`${code ?? ''}${separator}`, text)}`);
    if (lines.length > maxReplyLines) this.note(`${lines.length - maxReplyLines} more lines of this reply`);
  }

  /** `hasName`: the certificate was to be for a certain name, so it can be judged. */
  tls({ protocol, isTrusted, problemText }: TlsFacts, hasName: boolean): void {
    const words = isTrusted ? 'certificate trusted' : (problemText ?? 'certificate not trusted');
    this.note(hasName ? `${protocol}, ${words}` : protocol);
  }

  note(text: string): void {
    this.add(`# ${oneLine(text)}`);
  }

  private add(line: string): void {
    if (this.lines.length < maxLines) this.lines.push(line);
    else this.omitted++;
  }
}

/** "{{" would capture, a text in slashes would be a regular expression, digits without a code would be taken for one; * stands for any text. */
function pattern(code: string, text: string): string {
  const words = oneLine(text)
    .replace(date, '*')
    .replaceAll('{{', '*')
    .replace(/^\s*\//, '*');
  return `${code}${code === '' ? words.replace(/^[0-9]/, '*') : words}`.trimEnd();
}

function oneLine(text: string): string {
  const shown = printable(text.slice(0, maxLine));
  return text.length > maxLine ? `${shown}*` : shown;
}
