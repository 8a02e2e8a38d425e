// checks: one connection to one address of a server: says a line, hears the reply, and keeps transcript and times. Nothing of it throws: a server
// that refuses, waits or hangs up is an answer, too.
import { Failure } from '../../base/failure.ts';
import { SmtpClient } from '../../smtp/client.ts';
import { isMailroomGreeting, lookCommand } from '../../smtp/mailroom.ts';
import { type Reply, replyText } from '../../smtp/reply.ts';
import type { TlsFacts } from '../../smtp/tlsFacts.ts';
import type { CheckContext } from '../context.ts';
import type { Step } from '../report.ts';
import { asSent } from './otherProtocols.ts';
import { ProbeScript } from './probeScript.ts';

export interface ProbeSubject {
  /** The name that the certificate must have, and for SNI; the address itself when no name is known. */
  readonly host: string;
  /** IP address. */
  readonly address: string;
  readonly port: number;
  /** TLS from the first octet (RFC 8314). */
  readonly implicitTls: boolean;
  /** PEM, in place of those that Node trusts: a lab has an authority of its own. */
  readonly authorities?: readonly string[] | undefined;
}

export interface ProbeTls {
  readonly withoutName?: boolean;
  readonly onlyOldProtocols?: boolean;
}

/** What a command came to; exactly one of the two is null. */
export interface Answer {
  readonly reply: Reply | null;
  readonly failure: Failure | null;
  /** The line as sent; '' for the greeting. */
  readonly command: string;
  /** False: the conversation was over before it could be said. */
  readonly isSent: boolean;
  /** Milliseconds. */
  readonly ms: number;
}

/** Milliseconds. */
const endTimeout = 500;
const quitTimeout = 5000;
/** A greeting may take so many times longer than another reply: servers hold it back to drive off programs that do not wait (RFC 5321 section 4.5.3.2.1). */
const greetingPatience = 2;
/** UTF-16 units. */
const maxNote = 300;

export class Probe {
  readonly steps: Step[] = [];
  readonly answers: Answer[] = [];
  private readonly subject: ProbeSubject;
  private readonly context: CheckContext;
  private readonly script: ProbeScript;
  private readonly startedAt: number;
  private client: SmtpClient | null = null;
  /** Why nothing more can be said. */
  private ending: Failure | null = null;

  /** `name`: of the connection, in the transcript. */
  constructor(subject: ProbeSubject, context: CheckContext, name: string) {
    this.subject = subject;
    this.context = context;
    this.script = new ProbeScript(subject, name);
    this.startedAt = context.clock.monotonic();
  }

  /** null: not connected. */
  get tls(): TlsFacts | null {
    return this.client?.tls ?? null;
  }

  /** Our own address, or null. */
  get localAddress(): string | null {
    return this.client?.local.address ?? null;
  }

  get isOpen(): boolean {
    return this.client !== null && this.ending === null;
  }

  get failure(): Failure | null {
    return this.ending;
  }

  /** In the notation of .smtp files. */
  get transcript(): string {
    return this.script.text;
  }

  /** How long a greeting is waited for. Milliseconds. */
  get greetingTimeout(): number {
    return this.context.timeouts.reply * greetingPatience;
  }

  /** Milliseconds since it began. */
  get passed(): number {
    return this.context.clock.monotonic() - this.startedAt;
  }

  /** null when it worked, also the TLS handshake where it comes first. */
  async connect(tls: ProbeTls = {}): Promise<Failure | null> {
    const { address, port, implicitTls } = this.subject;
    const { signal, timeouts } = this.context;
    const at = this.passed;
    try {
      this.client = await SmtpClient.connect({
        ...this.tlsOptions(tls),
        host: address,
        port,
        tls: implicitTls ? 'implicit' : 'none',
        connectTimeout: timeouts.connect,
        signal,
      });
      if (this.client.tls) this.script.tls(this.client.tls, !tls.withoutName);
    } catch (error) {
      this.fail(error);
    }
    this.step('connect', at, this.ending === null);
    return this.ending;
  }

  /** A mailroom is told at once that we only look, so that what it is asked does not lie in its drop folder afterwards. */
  async greeting(): Promise<Answer> {
    const answer = await this.hear('', 'greeting', this.passed);
    const { code, lines } = answer.reply ?? { code: null, lines: [] };
    if (code === 220 && isMailroomGreeting(lines.at(-1)?.text ?? '')) await this.say(lookCommand);
    return answer;
  }

  /** Sends the line with CRLF and waits for its reply. What would make two lines of it is left out. */
  async say(text: string): Promise<Answer> {
    const line = oneCommand(text);
    if (this.ending) return unsaid(line, this.ending);
    const at = this.passed;
    this.script.sent(line);
    await this.send(`${line}\r\n`);
    return this.hear(line, verbOf(line), at);
  }

  /**
   * The lines in one piece, for a server that offers PIPELINING (RFC 2920 section 3.1 says which may go together). The replies are taken in their
   * order. Of a group that is not answered to its end nobody knows which reply belongs to which line when a server left one out: see `isWhole`.
   */
  async sayAll(texts: readonly string[]): Promise<readonly Answer[]> {
    const lines = texts.map(oneCommand);
    const { ending } = this;
    if (ending) return lines.map((line) => unsaid(line, ending));
    let at = this.passed;
    this.script.groupBegins();
    await this.send(lines.map((line) => `${line}\r\n`).join(''));
    const answers: Answer[] = [];
    for (const line of lines) {
      this.script.sent(line);
      answers.push(await this.hear(line, verbOf(line), at));
      at = this.passed;
    }
    this.script.groupEnds();
    return answers;
  }

  /** Two lines in one piece; the reply to the first is waited for. */
  async sayTogether(first: string, second: string): Promise<Answer> {
    if (this.ending) return unsaid(first, this.ending);
    const at = this.passed;
    this.script.sentTogether(first, second);
    await this.send(`${first}\r\n${second}\r\n`);
    return this.hear(first, first, at);
  }

  /** After 354 to DATA: the lines, their first dots doubled (RFC 5321 section 4.5.2), and the end of data. The command of the answer is ".". */
  async sayMessage(texts: readonly string[]): Promise<Answer> {
    if (this.ending) return unsaid('.', this.ending);
    const at = this.passed;
    const lines = [...texts.map((text) => oneCommand(text).replace(/^\./, '..')), '.'];
    for (const line of lines) this.script.sent(line);
    await this.send(lines.map((line) => `${line}\r\n`).join(''));
    return this.hear('.', 'end of data', at);
  }

  /** After 220 to STARTTLS. null: it worked. */
  async startTls(tls: ProbeTls = {}): Promise<Failure | null> {
    const at = this.passed;
    try {
      if (this.ending === null) {
        const { signal, timeouts } = this.context;
        const facts = await this.client?.startTls({ ...this.tlsOptions(tls), timeout: timeouts.reply, signal });
        if (facts) this.script.tls(facts, !tls.withoutName);
      }
    } catch (error) {
      this.fail(error);
    }
    this.step('TLS', at, this.ending === null);
    return this.ending;
  }

  /** Closes without a word, where another connection does better. Whoever waits for a reply on this one is told so. */
  abandon(why: string): void {
    this.fail(new Failure('connectionClosed', why));
  }

  /** Says QUIT where that is still possible, and closes. null: it was not said. */
  async quit(): Promise<Answer | null> {
    if (!this.client) return null;
    const answer = this.isOpen && !this.context.signal.aborted ? await this.say('QUIT') : null;
    if (answer?.reply) await this.client.end(endTimeout);
    else this.client.close();
    return answer;
  }

  private tlsOptions(tls: ProbeTls): {
    readonly verify: false;
    readonly servername: string;
    readonly authorities: readonly string[] | undefined;
    readonly onlyOldProtocols: boolean;
  } {
    const { host, authorities } = this.subject;
    return { verify: false, servername: tls.withoutName ? '' : host, authorities, onlyOldProtocols: tls.onlyOldProtocols ?? false };
  }

  private async send(text: string): Promise<void> {
    try {
      const { signal, timeouts } = this.context;
      await this.client?.send(Buffer.from(text, 'utf8'), { timeout: timeouts.reply, signal });
    } catch (error) {
      // What the server said before it went can still be read.
      if (!Failure.is(error, 'connectionClosed')) this.fail(error);
    }
  }

  private async hear(command: string, name: string, at: number): Promise<Answer> {
    const reply = this.ending === null ? await this.read(command) : null;
    this.step(name, at, reply !== null);
    const answer: Answer = { reply, failure: reply ? null : this.ending, command, isSent: true, ms: this.passed - at };
    this.answers.push(answer);
    return answer;
  }

  private async read(command: string): Promise<Reply | null> {
    const { signal } = this.context;
    try {
      const reply = (await this.client?.readReply({ timeout: this.timeoutFor(command), signal })) ?? null;
      if (reply) this.script.heard(reply);
      // RFC 5321 section 3.8: after 421 the server closes the connection, and takes nothing more.
      if (reply?.code === 421) this.ending ??= new Failure('connectionClosed', 'The server ended the conversation with 421');
      if (!reply?.problems.includes('unfinished')) return reply;
      const partial = asSent(reply);
      this.fail(new Failure('connectionClosed', `The connection ended inside of a reply: ${replyText(reply)}`, { partial }));
      return null;
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  private timeoutFor(command: string): number {
    const { reply } = this.context.timeouts;
    if (command === '') return this.greetingTimeout;
    return command === 'QUIT' ? Math.min(quitTimeout, reply) : reply;
  }

  /** What comes after a reply that did not come would be taken for the reply to something else: the connection is over. */
  private fail(error: unknown): void {
    if (this.ending) return;
    const failure = this.isOutOfTime(error) ? new Failure('outOfTime', 'No time was left', {}, error) : asFailure(error);
    this.ending = failure;
    this.script.note(failure.message.slice(0, maxNote));
    this.client?.close();
  }

  /** The run was ended by its limit, not by the person. */
  private isOutOfTime(error: unknown): boolean {
    const { reason } = this.context.signal;
    return Failure.is(error, 'cancelled') && reason instanceof Error && reason.name === 'TimeoutError';
  }

  private step(name: string, at: number, isAnswered: boolean): void {
    this.steps.push({ name, at: round(at), ms: round(this.passed - at), isAnswered });
  }
}

/** False: a reply is missing although the connection had not ended, so the replies that came may belong to other lines. */
export function isWhole(answers: readonly Answer[]): boolean {
  return !answers.some(({ failure }) => failure?.reason === 'replyTimeout');
}

/** What would make two lines of it is left out. */
function oneCommand(text: string): string {
  return text.replace(/[\r\n\0]/g, '');
}

function verbOf(line: string): string {
  return line.split(' ', 1)[0] ?? '';
}

function asFailure(error: unknown): Failure {
  return Failure.is(error) ? error : new Failure('connectFailed', String(error));
}

function unsaid(command: string, failure: Failure): Answer {
  return { reply: null, failure, command, isSent: false, ms: 0 };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
