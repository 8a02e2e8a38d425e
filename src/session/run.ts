// session: runs one conversation of a .smtp file over a client that the caller provides. Knows neither files nor sockets nor the editor.
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { ConnectOptions, SmtpClient } from '../smtp/client.ts';
import { type Reply, replyText } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import { authenticate } from './authenticate.ts';
import { authMethods, isOneOf, parseDuration, parseTarget, type Target, type TlsMode, tlsModes } from './directive.ts';
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
import { type LineResult, LineResults, type RunFailure, type RunResult } from './runResult.ts';
import type { DirectiveLine, ScriptConversation, ScriptLine } from './script.ts';
import { afterClose, afterConnect, afterGreeting, afterReply, afterTls, initialState, type SessionState } from './sessionState.ts';
import { fill, lookUp, type VariableScope } from './variables.ts';

/** What a run needs of SmtpClient. */
export type SessionClient = Pick<
  SmtpClient,
  'tls' | 'local' | 'remote' | 'connectMs' | 'isClosed' | 'send' | 'readReply' | 'startTls' | 'close'
>;

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

const defaultTimeout = 30_000;

class Run {
  private readonly conversation: ScriptConversation;
  private readonly ports: RunPorts;
  private readonly results: LineResults;
  private readonly recorder: SessionRecorder;
  private readonly scope: VariableScope;
  private readonly captures = new Map<string, string>();
  private client: SessionClient | null;
  private state: SessionState;
  private hasGreeted: boolean;
  private target: Target | null = null;
  private connectLine: DirectiveLine | null = null;
  private tls: TlsMode = 'none';
  private verify = true;
  private timeout: number;
  private hasSwitchedToTls = false;
  /** The command whose reply comes after the octets that follow it: BDAT. */
  private chunk: string | null = null;
  private lastReply: Reply | null = null;
  private current: number;

  constructor(conversation: ScriptConversation, ports: RunPorts) {
    this.conversation = conversation;
    this.ports = ports;
    this.results = new LineResults(conversation, (result) => ports.onStep?.(result));
    this.recorder = new SessionRecorder(ports.clock);
    this.client = ports.open?.client ?? null;
    this.state = ports.open?.state ?? initialState;
    this.hasGreeted = this.client !== null;
    this.timeout = ports.timeout ?? defaultTimeout;
    this.current = conversation.firstLine;
    this.scope = {
      captures: this.captures,
      defined: definitions(conversation),
      given: ports.variables ?? {},
      environment: ports.environment ?? {},
      now: () => ports.clock.now(),
    };
    if (this.client) this.recorder.connected(this.client.local, this.client.remote);
  }

  async run(): Promise<RunResult> {
    const startedAt = this.ports.clock.monotonic();
    const { status, failure } = await this.runSteps();
    if (this.client && this.client !== this.ports.open?.client) this.client.close();
    return {
      status,
      failure,
      lines: this.results.finish(),
      ms: this.ports.clock.monotonic() - startedAt,
      captures: Object.fromEntries(this.captures),
      transcript: this.recorder.conversation(),
      state: this.state,
    };
  }

  private async runSteps(): Promise<Pick<RunResult, 'status' | 'failure'>> {
    try {
      for (const line of this.conversation.inherited) this.set(line);
      const steps = planConversation(this.conversation);
      for (const [index, step] of steps.entries()) await this.take(step, steps[index + 1]);
      if (this.connectLine && !this.client && this.state.phase === 'unconnected') await this.greet([]);
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
    if (!this.hasGreeted) await this.greet([]);
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
        this.disconnect();
        this.state = initialState;
        this.target = this.valid(parseTarget(this.fill(directive.target)), directive.target);
        this.connectLine = line;
        break;
      case 'tls': {
        const mode = this.fill(directive.mode);
        this.tls = this.valid(isOneOf(tlsModes, mode) ? mode : null, mode);
        break;
      }
      case 'verify':
        this.verify = this.fill(directive.isOn) !== 'off';
        break;
      case 'timeout':
        this.timeout = this.duration(directive.duration);
        break;
      case 'close':
        this.disconnect();
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

  private async connect(): Promise<SessionClient> {
    const line = this.connectLine;
    if (this.state.phase === 'closed' && line === null) throw new Failure('connectionClosed', 'The connection is closed');
    const { host, port } = this.target ?? this.givenTarget();
    const isOwnLine = line !== null && this.conversation.lines.includes(line);
    const before = this.current;
    if (isOwnLine) this.current = line.line;
    const { signal, connect } = this.ports;
    const tls = this.tls === 'implicit' ? 'implicit' : 'none';
    const client = await connect({ host, port, tls, verify: this.verify, connectTimeout: this.timeout, signal });
    this.current = before;
    this.client = client;
    this.hasGreeted = false;
    this.hasSwitchedToTls = false;
    this.state = afterConnect(client.tls !== null);
    this.recorder.connected(client.local, client.remote);
    if (isOwnLine) this.results.set(line.line, 'passed', { ms: client.connectMs, tls: client.tls });
    this.noteTls(client.tls);
    this.connectLine = null;
    return client;
  }

  private givenTarget(): Target {
    const [host, port] = [lookUp('host', this.scope), lookUp('port', this.scope)];
    const target =
      host === undefined || port === undefined ? null : parseTarget(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
    if (target === null) throw new Failure('noConnect', 'Nothing says which server this is for: @connect host:port');
    return target;
  }

  private disconnect(): void {
    if (this.client && this.client !== this.ports.open?.client) this.client.close();
    this.client = null;
    this.hasGreeted = false;
    this.state = afterClose(this.state);
  }

  private async greet(replies: readonly ExpectedReply[]): Promise<void> {
    if (!this.client) await this.connect();
    const isFirst = !this.hasGreeted;
    this.hasGreeted = true;
    for (let index = 0; index < Math.max(isFirst ? 1 : 0, replies.length); index++) {
      const reply = await this.read();
      if (index === 0 && isFirst) this.state = afterGreeting(this.state);
      this.check(replies[index], reply);
    }
  }

  /** Only called when a connection was made; the server may have closed it since. */
  private get connection(): SessionClient {
    if (!this.client) throw new Failure('connectionClosed', 'The connection is closed');
    return this.client;
  }

  private send(octets: Uint8Array): Promise<void> {
    return this.connection.send(octets, { timeout: this.timeout, signal: this.ports.signal });
  }

  private async read(): Promise<Reply> {
    const reply = await this.connection.readReply({ timeout: this.timeout, signal: this.ports.signal });
    this.recorder.heard(reply);
    this.lastReply = reply;
    return reply;
  }

  private async beginTls(): Promise<TlsFacts> {
    const facts = await this.connection.startTls({ verify: this.verify, timeout: this.timeout, signal: this.ports.signal });
    this.state = afterTls(this.state);
    this.hasSwitchedToTls = true;
    this.noteTls(facts);
    return facts;
  }

  private noteTls(facts: TlsFacts | null): void {
    if (facts)
      this.recorder.note(
        `${facts.protocol}, ${facts.isTrusted ? 'certificate trusted' : (facts.problemText ?? 'certificate not trusted')}`,
      );
  }

  // What is sent

  private async takeCommand(step: CommandStep, next: Step | undefined): Promise<void> {
    const { line } = step;
    const text = this.fill(line.content);
    const wasInData = this.state.phase === 'data';
    await this.sendLine(text);
    if (wasInData && text !== '.') return this.readReplies(step, line.line, text, 0);
    if (wasInData) return this.readReplies(step, line.line, text, this.repliesToData());
    if (verbOf(text) === 'BDAT' && step.replies.length === 0 && (next?.kind === 'octets' || next?.kind === 'file')) {
      this.chunk = text;
      this.results.set(line.line, 'passed');
      return;
    }
    const wantsTls = this.tls === 'starttls' && !this.hasSwitchedToTls && this.connection.tls === null && isHello(text);
    const facts = wantsTls ? await this.switchToTls(text) : null;
    await this.readReplies(step, line.line, text, 1, facts);
  }

  /** RFC 3207: EHLO, STARTTLS, the handshake, and EHLO again, whose reply is left to be read. */
  private async switchToTls(hello: string): Promise<TlsFacts> {
    this.state = afterReply(this.state, hello, await this.read());
    await this.sendLine('STARTTLS');
    const reply = await this.read();
    if (reply.code !== 220)
      throw new Failure('tlsRefused', `The server does not begin TLS: ${replyText(reply)}`, { reply: replyText(reply) });
    const facts = await this.beginTls();
    await this.sendLine(hello);
    return facts;
  }

  private async takeOctets(step: OctetsStep): Promise<void> {
    const octets = this.octetsOf(step);
    const command = this.chunk ?? Buffer.from(octets).toString('latin1');
    const due = this.chunk === null ? 0 : 1;
    this.chunk = null;
    this.recorder.note(step.line.text.trim());
    await this.send(octets);
    await this.readReplies(step, step.line.line, command, due);
  }

  private async takeMessage(step: MessageStep): Promise<void> {
    const last = step.lines.at(-1);
    if (!last?.isEnd) throw new Failure('badLine', 'The message has no end: a line with a single dot');
    if (this.state.phase !== 'data') return this.skip(last.line, step.replies);
    const lines = step.lines.map((line) => fill(line.content, this.scope, 'keep'));
    for (const line of lines) this.recorder.sentData(line);
    await this.send(Buffer.from(`${lines.join('\r\n')}\r\n`, 'utf8'));
    this.current = last.line;
    await this.readReplies(step, last.line, '.', this.repliesToData());
  }

  private async takeFile(step: ExchangeStep): Promise<void> {
    if (step.line.directive?.name !== 'data') return;
    const path = this.fill(step.line.directive.path);
    const isInData = this.state.phase === 'data';
    if (!isInData && this.chunk === null) return this.skip(step.line.line, step.replies);
    const file = await this.readFile(path);
    this.recorder.note(`@data ${path}`);
    const command = this.chunk ?? '.';
    const due = this.chunk === null ? this.repliesToData() : 1;
    this.chunk = null;
    await this.send(isInData ? Buffer.concat([stuffDots(file), Buffer.from('.\r\n')]) : file);
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
      await this.sendLine(line, isAnswer);
      const answer = await this.read();
      this.state = afterReply(this.state, line, answer);
      return answer;
    });
    this.results.set(step.line.line, 'passed', step.replies.length === 0 ? { reply, ms: reply.ms } : {});
    this.check(step.replies[0], reply);
    for (const expected of step.replies.slice(1)) this.check(expected, await this.read());
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
    await this.send(Buffer.concat(octets));
    for (const [index, item] of step.items.entries()) {
      this.current = item.line.line;
      const text = texts[index];
      if (typeof text === 'string') await this.readReplies(item, item.line.line, text, 1);
      else this.results.set(item.line.line, 'passed');
    }
    for (const expected of step.replies) this.check(expected, await this.read());
  }

  private octetsOf({ line }: OctetsStep): Uint8Array {
    if (line.directive?.name === 'bytes') return parseEscapes(this.fill(line.directive.escaped)).octets;
    return Buffer.from(this.fill(line.argument), 'utf8');
  }

  private async sendLine(text: string, isAnswer = this.state.phase === 'login'): Promise<void> {
    if (this.state.phase === 'data') this.recorder.sentData(text);
    else this.recorder.sent(text, isAnswer);
    await this.send(Buffer.from(`${text}\r\n`, 'utf8'));
  }

  /** RFC 2033 section 4.2: LMTP answers for each recipient that was accepted. */
  private repliesToData(): number {
    return this.state.isLmtp ? Math.max(1, this.state.acceptedRecipients) : 1;
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
      const reply = await this.read();
      const isLastOfData = this.state.phase !== 'data' || index === count - 1;
      if (isLastOfData) this.state = afterReply(this.state, commands[index] ?? command, reply);
      if (step.replies.length === 0) this.results.set(line, 'passed', { reply, ms: reply.ms, tls });
      this.check(expected, reply);
      if (this.state.isTlsDue) await this.beginTlsAt(line);
    }
  }

  private async beginTlsAt(line: number): Promise<void> {
    const tls = await this.beginTls();
    const reply = this.lastReply;
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
    this.results.set(line, 'skipped', { reply: this.lastReply });
    const first = replies[0]?.[0];
    if (!first) return;
    const actual = this.lastReply ? replyText(this.lastReply) : '';
    const failure = { index: 0, what: 'code' as const, expected: first.content, actual };
    this.results.set(first.line, 'failed', { reply: this.lastReply, failure });
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
