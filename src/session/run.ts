// session: runs one conversation of a .smtp file over a client that the caller provides. Knows neither files nor sockets nor the editor.
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { ConnectOptions } from '../smtp/client.ts';
import { type Reply, replyText } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import { authenticate } from './authenticate.ts';
import { authMethods, isOneOf, parseDuration, parseTarget, type Target, tlsModes } from './directive.ts';
import { matchReply } from './match.ts';
import { parseEscapes, stuffDots } from './octets.ts';
import { verbOf } from './parse.ts';
import {
  type CommandStep,
  type ExchangeStep,
  type ExpectedReply,
  type GroupStep,
  type MessageStep,
  type OctetsStep,
  planConversation,
  type SendingStep,
  type Step,
} from './plan.ts';
import { SessionRecorder } from './recorder.ts';
import { RunConnection, type SessionClient } from './runConnection.ts';
import { type LineResult, LineResults, type RunFailure, type RunResult } from './runResult.ts';
import type { DirectiveLine, ScriptConversation, ScriptLine } from './script.ts';
import type { SessionState } from './sessionState.ts';
import { fill, lookUp, type VariableScope } from './variables.ts';

export interface RunPorts {
  connect(options: ConnectOptions): Promise<SessionClient>;
  /** The path as the script has it; the caller resolves it against the script's folder, and decides what may be read. */
  readFile(path: string): Promise<Uint8Array>;
  readonly clock: Clock;
  /** Names that have a value without @var. With 'host' and 'port' a conversation needs no @connect. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, until an @timeout says otherwise; 30 s when absent. */
  readonly timeout?: number;
  /** A connection that is open and has greeted; it is used until an @connect asks for another, and not closed. */
  readonly open?: { readonly client: SessionClient; readonly state: SessionState } | undefined;
  /** Each line's result as soon as there is one. */
  onStep?(result: LineResult): void;
  /** Waited for before each step, with the line it begins at: for running one line at a time. */
  beforeStep?(line: ScriptLine): Promise<void>;
}

/** Never rejects: what went wrong is in the result. Stops at the first reply that is not as expected. */
export async function runConversation(conversation: ScriptConversation, ports: RunPorts): Promise<RunResult> {
  return new Run(conversation, ports).run();
}

/** Thrown at the first reply that is not as expected; its line has the result. */
class Stop extends Error {}

class Run {
  private readonly conversation: ScriptConversation;
  private readonly ports: RunPorts;
  private readonly results: LineResults;
  private readonly recorder: SessionRecorder;
  private readonly scope: VariableScope;
  private readonly captures = new Map<string, string>();
  private readonly connection: RunConnection;
  /** The @connect that has not been followed yet. */
  private connectLine: DirectiveLine | null = null;
  /** The command whose reply comes after the octets that follow it: BDAT. */
  private chunk: string | null = null;
  private current: number;

  constructor(conversation: ScriptConversation, ports: RunPorts) {
    this.conversation = conversation;
    this.ports = ports;
    this.results = new LineResults(conversation, (result) => ports.onStep?.(result));
    this.recorder = new SessionRecorder(ports.clock);
    this.connection = new RunConnection(ports, this.recorder);
    this.current = conversation.firstLine;
    this.scope = {
      captures: this.captures,
      defined: definitions(conversation),
      given: ports.variables ?? {},
      environment: ports.environment ?? {},
      now: () => ports.clock.now(),
    };
  }

  async run(): Promise<RunResult> {
    const startedAt = this.ports.clock.monotonic();
    const { status, failure } = await this.runSteps();
    const { state } = this.connection;
    this.connection.close();
    return {
      status,
      failure,
      lines: this.results.finish(),
      ms: this.ports.clock.monotonic() - startedAt,
      captures: Object.fromEntries(this.captures),
      transcript: this.recorder.conversation(),
      state,
    };
  }

  private async runSteps(): Promise<Pick<RunResult, 'status' | 'failure'>> {
    try {
      for (const line of this.conversation.inherited) this.set(line);
      const steps = planConversation(this.conversation);
      for (const [index, step] of steps.entries()) await this.take(step, steps[index + 1]);
      if (this.connectLine && this.conversation.lines.includes(this.connectLine)) await this.greet([]);
      return { status: 'passed', failure: null };
    } catch (error) {
      if (error instanceof Stop) return { status: 'failed', failure: null };
      const failure = this.describe(error);
      this.results.set(failure.line, 'error');
      return { status: failure.reason === 'cancelled' ? 'cancelled' : 'error', failure };
    }
  }

  private describe(error: unknown): RunFailure {
    const isCancelled = this.ports.signal?.aborted === true;
    const known = error instanceof Failure ? error : new Failure('internal', messageOf(error));
    return { line: this.current, reason: isCancelled ? 'cancelled' : known.reason, message: known.message, data: known.data };
  }

  private async take(step: Step, next: Step | undefined): Promise<void> {
    const line = lineOf(step);
    this.current = line.line;
    await this.ports.beforeStep?.(line);
    this.ports.signal?.throwIfAborted();
    if (step.kind === 'setting') return this.takeSetting(step.line);
    if (step.kind === 'greeting') return this.greet(step.replies);
    if (this.isGreetingDue) await this.greet([]);
    this.current = line.line;
    switch (step.kind) {
      case 'command':
        return this.takeCommand(step, next);
      case 'octets':
        return this.takeOctets(step);
      case 'message':
        return this.takeMessage(step);
      case 'file':
        return this.takeFile(step);
      case 'auth':
        return this.takeAuth(step);
      case 'group':
        return this.takeGroup(step);
    }
  }

  // Settings

  private async takeSetting(line: DirectiveLine): Promise<void> {
    this.set(line);
    if (line.directive?.name === 'wait') await delay(this.duration(line.directive.duration), undefined, { signal: this.ports.signal });
    // Of @connect only the connection can tell.
    if (line.directive?.name !== 'connect') this.results.set(line.line, 'passed');
  }

  private set(line: DirectiveLine): void {
    const { directive } = line;
    if (directive === null) throw new Failure('badLine', `The line cannot be understood: ${line.text.trim()}`);
    switch (directive.name) {
      case 'connect':
        this.connection.forget();
        this.connection.target = this.valid(parseTarget(this.fill(directive.target)), directive.target);
        this.connectLine = line;
        break;
      case 'tls': {
        const mode = this.fill(directive.mode);
        this.connection.mode = this.valid(isOneOf(tlsModes, mode) ? mode : null, mode);
        break;
      }
      case 'verify':
        this.connection.verify = this.fill(directive.isOn) !== 'off';
        break;
      case 'timeout':
        this.connection.timeout = this.duration(directive.duration);
        break;
      case 'close':
        this.connection.close();
        this.recorder.note('@close');
        break;
    }
  }

  private duration(text: string): number {
    return this.valid(parseDuration(this.fill(text)), text);
  }

  private valid<T>(value: T | null, text: string): T {
    if (value === null) throw new Failure('badArgument', `"${this.fill(text)}" is not what is expected here`);
    return value;
  }

  private fill(text: string): string {
    return fill(text, this.scope);
  }

  // The connection

  private get isGreetingDue(): boolean {
    return !this.connection.isOpen || this.connection.state.phase === 'greeting';
  }

  private async connect(): Promise<void> {
    const line = this.connectLine;
    if (this.connection.state.phase === 'closed') throw new Failure('connectionClosed', 'The connection is closed');
    const target = this.connection.target ?? this.givenTarget();
    const isOwnLine = line !== null && this.conversation.lines.includes(line);
    const before = this.current;
    if (isOwnLine) this.current = line.line;
    const { connectMs, tls } = await this.connection.open(target);
    this.current = before;
    if (isOwnLine) this.results.set(line.line, 'passed', { ms: connectMs, tls });
    this.connectLine = null;
  }

  private givenTarget(): Target {
    const [host, port] = [lookUp('host', this.scope), lookUp('port', this.scope)];
    const target =
      host === undefined || port === undefined ? null : parseTarget(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
    if (target === null) throw new Failure('noConnect', 'Nothing says which server this is for: @connect host:port');
    return target;
  }

  private async greet(replies: readonly ExpectedReply[]): Promise<void> {
    if (!this.connection.isOpen) await this.connect();
    const due = this.isGreetingDue ? 1 : 0;
    for (let index = 0; index < Math.max(due, replies.length); index++) this.check(replies[index], await this.connection.read());
  }

  // What is sent

  private async takeCommand(step: CommandStep, next: Step | undefined): Promise<void> {
    const { line } = step;
    const text = this.fill(line.content);
    const wasInData = this.connection.state.phase === 'data';
    await this.connection.sendLine(text);
    if (wasInData && text !== '.') return this.readReplies(step, line.line, text, 0);
    if (wasInData) return this.readReplies(step, line.line, text, this.repliesToData());
    if (verbOf(text) === 'BDAT' && step.replies.length === 0 && (next?.kind === 'octets' || next?.kind === 'file')) {
      this.chunk = text;
      this.results.set(line.line, 'passed');
      return;
    }
    const facts = isHello(text) && this.connection.wantsTls() ? await this.switchToTls(text) : null;
    await this.readReplies(step, line.line, text, 1, facts);
  }

  /** RFC 3207: EHLO, STARTTLS, the handshake, and EHLO again, whose reply is left to be read. */
  private async switchToTls(hello: string): Promise<TlsFacts> {
    this.connection.answered(hello, await this.connection.read());
    await this.connection.sendLine('STARTTLS');
    const reply = await this.connection.read();
    if (reply.code !== 220)
      throw new Failure('tlsRefused', `The server does not begin TLS: ${replyText(reply)}`, { reply: replyText(reply) });
    const facts = await this.connection.beginTls();
    await this.connection.sendLine(hello);
    return facts;
  }

  private async takeOctets(step: OctetsStep): Promise<void> {
    const octets = this.octetsOf(step);
    const command = this.chunk ?? Buffer.from(octets).toString('latin1');
    const due = this.chunk === null ? 0 : 1;
    this.chunk = null;
    this.recorder.note(step.line.text.trim());
    await this.connection.send(octets);
    await this.readReplies(step, step.line.line, command, due);
  }

  private async takeMessage(step: MessageStep): Promise<void> {
    const last = step.lines.at(-1);
    if (!last?.isEnd) throw new Failure('badLine', 'The message has no end: a line with a single dot');
    if (this.connection.state.phase !== 'data') return this.skip(last.line, step.replies);
    const lines = step.lines.map((line) => fill(line.content, this.scope, 'keep'));
    for (const line of lines) this.recorder.sentData(line);
    await this.connection.send(Buffer.from(`${lines.join('\r\n')}\r\n`, 'utf8'));
    this.current = last.line;
    await this.readReplies(step, last.line, '.', this.repliesToData());
  }

  private async takeFile(step: ExchangeStep): Promise<void> {
    if (step.line.directive?.name !== 'data') return;
    const path = this.fill(step.line.directive.path);
    const isInData = this.connection.state.phase === 'data';
    if (!isInData && this.chunk === null) return this.skip(step.line.line, step.replies);
    const file = await this.readFile(path);
    this.recorder.note(`@data ${path}`);
    const command = this.chunk ?? '.';
    const due = this.chunk === null ? this.repliesToData() : 1;
    this.chunk = null;
    await this.connection.send(isInData ? Buffer.concat([stuffDots(file), Buffer.from('.\r\n')]) : file);
    await this.readReplies(step, step.line.line, command, due);
  }

  private async readFile(path: string): Promise<Uint8Array> {
    try {
      return await this.ports.readFile(path);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure('fileNotRead', `${path} cannot be read: ${messageOf(error)}`, { path }, error);
    }
  }

  private async takeAuth(step: ExchangeStep): Promise<void> {
    const { directive } = step.line;
    if (directive?.name !== 'auth') return;
    const name = this.fill(directive.method).toLowerCase();
    const method = this.valid(isOneOf(authMethods, name) ? name : null, name);
    const login = { method, user: this.fill(directive.user), secret: this.fill(directive.secret) };
    const reply = await authenticate(login, async (line, isAnswer) => {
      await this.connection.sendLine(line, isAnswer);
      const answer = await this.connection.read();
      this.connection.answered(line, answer);
      return answer;
    });
    this.results.set(step.line.line, 'passed', step.replies.length === 0 ? { reply, ms: reply.ms } : {});
    this.check(step.replies[0], reply);
    for (const expected of step.replies.slice(1)) this.check(expected, await this.connection.read());
  }

  private async takeGroup(step: GroupStep): Promise<void> {
    const texts = step.items.map((item) => (item.kind === 'command' ? this.fill(item.line.content) : null));
    const octets = step.items.map((item, index) =>
      item.kind === 'octets' ? this.octetsOf(item) : Buffer.from(`${texts[index]}\r\n`, 'utf8'),
    );
    for (const [index, item] of step.items.entries()) {
      const text = texts[index];
      if (typeof text === 'string') this.recorder.sent(text, false);
      else this.recorder.note(item.line.text.trim());
    }
    await this.connection.send(Buffer.concat(octets));
    for (const [index, item] of step.items.entries()) {
      this.current = item.line.line;
      const text = texts[index];
      if (typeof text === 'string') await this.readReplies(item, item.line.line, text, 1);
      else this.results.set(item.line.line, 'passed');
    }
    for (const expected of step.replies) this.check(expected, await this.connection.read());
  }

  private octetsOf({ line }: OctetsStep): Uint8Array {
    if (line.directive?.name === 'bytes') return parseEscapes(this.fill(line.directive.escaped)).octets;
    return Buffer.from(this.fill(line.argument), 'utf8');
  }

  /** RFC 2033 section 4.2: LMTP answers for each recipient that was accepted. */
  private repliesToData(): number {
    return this.connection.state.isLmtp ? Math.max(1, this.connection.state.acceptedRecipients) : 1;
  }

  // What comes back

  /** Reads as many replies as are due or spoken of, whichever is more. `command`: what they answer; of octets, all its lines. */
  private async readReplies(step: SendingStep, line: number, command: string, due: number, tls: TlsFacts | null = null): Promise<void> {
    const count = Math.max(due, step.replies.length);
    if (step.replies.length > 0 || count === 0) this.results.set(line, 'passed', { tls });
    const commands = step.kind === 'octets' && command.includes('\n') ? command.split(/\r\n|\n|\r/) : [command];
    for (let index = 0; index < count; index++) {
      const expected = step.replies[index];
      this.current = expected?.[0]?.line ?? line;
      const reply = await this.connection.read();
      const isLastOfData = this.connection.state.phase !== 'data' || index === count - 1;
      if (isLastOfData) this.connection.answered(commands[index] ?? command, reply);
      if (step.replies.length === 0) this.results.set(line, 'passed', { reply, ms: reply.ms, tls });
      this.check(expected, reply);
      if (this.connection.state.isTlsDue) await this.beginTlsAt(line);
    }
  }

  private async beginTlsAt(line: number): Promise<void> {
    const tls = await this.connection.beginTls();
    const reply = this.connection.lastReply;
    this.results.set(line, 'passed', { tls, reply, ms: reply?.ms ?? null });
  }

  /** Throws Stop when the reply is another. */
  private check(expected: ExpectedReply | undefined, reply: Reply): void {
    if (!expected) return;
    let isFailed = false;
    for (const { line, expectation, content } of expected) {
      this.current = line;
      if (expectation === null) throw new Failure('badLine', `The line cannot be understood: S: ${content}`);
      const { failures, captures } = matchReply([expectation], reply, (name) => this.definedValue(name));
      for (const [name, value] of Object.entries(captures)) this.captures.set(name, value);
      const [failure = null] = failures;
      isFailed ||= failure !== null;
      this.results.set(line, failure ? 'failed' : 'passed', { reply, ms: reply.ms, captures, failure });
    }
    if (isFailed) throw new Stop();
  }

  /** In an S: line what earlier S: lines captured is captured anew. */
  private definedValue(name: string): string | undefined {
    return lookUp(name, { ...this.scope, captures: new Map() });
  }

  /** The server did not want the message: nothing of it is sent, and no reply to it will come. */
  private skip(line: number, replies: readonly ExpectedReply[]): void {
    this.results.set(line, 'skipped', { reply: this.connection.lastReply });
    const first = replies[0]?.[0];
    if (!first) return;
    const actual = this.connection.lastReply ? replyText(this.connection.lastReply) : '';
    const failure = { index: 0, what: 'code' as const, expected: first.content, actual };
    this.results.set(first.line, 'failed', { reply: this.connection.lastReply, failure });
    throw new Stop();
  }
}

function definitions({ inherited, lines }: ScriptConversation): Map<string, string> {
  const defined = new Map<string, string>();
  for (const line of [...inherited, ...lines])
    if (line.kind === 'directive' && line.directive?.name === 'var') defined.set(line.directive.variable, line.directive.value);
  return defined;
}

function isHello(command: string): boolean {
  return ['EHLO', 'LHLO'].includes(verbOf(command));
}

function lineOf(step: Step): ScriptLine {
  const line = step.kind === 'greeting' ? step.replies[0]?.[0] : step.kind === 'message' ? step.lines[0] : step.line;
  // The planner makes no step without a line.
  if (!line) throw new Failure('internal', 'A step without a line');
  return line;
}
