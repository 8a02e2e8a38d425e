// session: what was said in a session as a .smtp file: what was sent as client lines, what the server answered as expectations. Secrets never come here.
import { printable } from '../smtp/printable.ts';
import { type Reply, replyText } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import { authMethods, isOneOf, printTarget, type Target } from './directive.ts';

/** Lines; a session that runs for days does not fill the memory. */
const maxLines = 20_000;
/** What differs from one delivery to the next, in the words of our server and of others. */
const changing = /\b((?:stored|queued) as )\S+/i;

export class SessionRecord {
  private readonly lines: string[] = [];
  private omitted = 0;
  /** Where the directives about the newest connection end. */
  private headEnd = 0;
  /** The newest connection. */
  private isUntrusted = false;

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }

  connect(target: Target, tls: 'none' | 'implicit', isFirst: boolean): void {
    if (!isFirst) this.add('', `### ${printTarget(target)}`);
    this.add(`@connect ${printTarget(target)}`);
    if (tls === 'implicit') this.add('@tls implicit');
    this.headEnd = this.lines.length;
    this.isUntrusted = false;
  }

  /** A certificate that was used although it is not trusted: a run has to know that before it begins. */
  trust(facts: Pick<TlsFacts, 'isTrusted'> | null): void {
    if (!facts || facts.isTrusted || this.isUntrusted) return;
    this.isUntrusted = true;
    this.lines.splice(this.headEnd, 0, '@verify off');
  }

  client(text: string): void {
    this.add(`C: ${text}`);
  }

  /** When it is over, as the directive that does it anew: nothing of the exchange is true a second time. */
  login(mechanism: string, user: string | null, reply: Pick<Reply, 'lines'>): void {
    const method = mechanism.toLowerCase();
    if (isOneOf(authMethods, method) && user) {
      this.add(`@auth ${method} ${/\s/.test(user) ? `"${user}"` : user} {{password}}`);
      this.reply(reply);
    } else this.add(`# A login is left out: AUTH ${printable(method.toUpperCase())}`);
  }

  data(path: string): void {
    this.add(`@data ${path}`);
  }

  bytes(escaped: string): void {
    this.add(`@bytes ${escaped}`);
  }

  reply(reply: Pick<Reply, 'lines'>): void {
    for (const line of replyText(reply).split('\n')) this.add(`S: ${line.replace(changing, '$1{{id}}')}`.trimEnd());
  }

  /** The file's text. */
  print(heading: string): string {
    const rest = this.omitted > 0 ? [`# ${this.omitted} more lines were not kept.`] : [];
    return `${[`# ${heading}`, ...this.lines, ...rest].join('\n')}\n`;
  }

  private add(...lines: string[]): void {
    if (this.lines.length + lines.length > maxLines) this.omitted += lines.length;
    else this.lines.push(...lines);
  }
}
