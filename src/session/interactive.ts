// session: a session that a person leads line by line: sends what was typed, tells each reply as it comes, whether it is awaited or not, and knows in
// which state the conversation is. Pure of any display: it tells events, and ui/session shows them.
import { isIP } from 'node:net';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { decodeBase64, isSecretDue, readAnswer } from '../smtp/auth.ts';
import type { ConnectOptions } from '../smtp/client.ts';
import { CredentialMask, mask } from '../smtp/credentialMask.ts';
import { printable } from '../smtp/printable.ts';
import type { Reply } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import { authenticate, type Login } from './authenticate.ts';
import { authMethods, isOneOf } from './directive.ts';
import type { SessionClient } from './runConnection.ts';
import type { SessionEvent, SessionMode, SessionTarget } from './sessionEvents.ts';
import { SessionRecord } from './sessionRecord.ts';
import { afterClose, afterConnect, afterGreeting, afterReply, afterTls, initialState, type SessionState } from './sessionState.ts';

export interface SessionPorts {
  readonly connect: (options: ConnectOptions) => Promise<SessionClient>;
  readonly clock?: Clock;
}

/** Milliseconds. */
const connectTimeout = 30_000;
const tlsTimeout = 30_000;
/** After so long without an answer the person is told that one is waited for. */
const patience = 3000;
/** How long a reply that lacks its LF may be quiet before it is taken as it is. */
const settleTime = 2000;
/** Of replies that nobody asked for, after which the connection is closed. */
const maxUnasked = 100;
const chunkSize = 64 * 1024;
/** The last octets of a message (RFC 5321 section 4.1.1.4). */
const endOfData = /(?:^|\r\n)\.\r\n$/;
const commands =
  /^(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|VRFY|EXPN|HELP|NOOP|QUIT|AUTH|STARTTLS|ETRN|ATRN|TURN|XCLIENT|XFORWARD|BURL|SEND|SOML|SAML)$/i;

interface Expected {
  /** As in the event. */
  readonly line: string;
  readonly verb: string;
  readonly resolve: () => void;
}

interface LoginInProgress {
  readonly method: string;
  step: number;
  challenge: string;
  user: string | null;
}

export class InteractiveSession implements Disposable {
  readonly onDidHappen: Event<SessionEvent>;
  readonly record = new SessionRecord();
  private readonly owned = new DisposableStore();
  private readonly events = this.owned.add(new Emitter<SessionEvent>());
  private readonly ports: SessionPorts;
  private readonly clock: Clock;
  private client: SessionClient | undefined;
  private current: SessionTarget | undefined;
  private currentMode: SessionMode = { kind: 'closed' };
  private currentState: SessionState = initialState;
  private expected: Expected[] = [];
  private login: LoginInProgress | undefined;
  private mask = new CredentialMask();
  private running: AbortController | undefined;
  private connectedAt = 0;
  private mails = 0;
  private refused = 0;
  private unasked = 0;
  /** The last that was sent were octets that may hold any number of commands. */
  private hasSentOctets = false;
  private lastReply: Reply | null = null;
  private isTrustRecorded = false;

  constructor(ports: SessionPorts) {
    this.ports = ports;
    this.clock = ports.clock ?? systemClock;
    this.onDidHappen = this.events.event;
  }

  get mode(): SessionMode {
    return this.currentMode;
  }

  get state(): SessionState {
    return this.currentState;
  }

  /** What it is or was last connected to. */
  get target(): SessionTarget | undefined {
    return this.current;
  }

  /** Connects and reads the greeting; closes what was open before. Never rejects: what went wrong is an event. */
  async connect(target: SessionTarget): Promise<void> {
    this.close();
    const isFirst = this.record.isEmpty;
    this.current = target;
    this.tell({ kind: 'connecting', target });
    const before = this.clock.monotonic();
    const { signal, end } = this.begin();
    try {
      const { host, port, tls } = target;
      const client = await this.ports.connect({ host, port, tls, verify: false, connectTimeout, signal });
      if (signal.aborted || this.owned.isDisposed) {
        client.close();
        throw new Failure('cancelled', 'The connection was no longer wanted');
      }
      this.client = client;
      this.connectedAt = this.clock.monotonic();
      this.mails = 0;
      this.refused = 0;
      this.unasked = 0;
      this.mask = new CredentialMask();
      this.currentState = afterConnect(client.tls !== null);
      this.currentMode = { kind: 'command' };
      this.record.connect(target, tls, isFirst);
      this.isTrustRecorded = false;
      this.recordTrust(client.tls);
      this.tell({ kind: 'connected', ms: client.connectMs, tls: client.tls });
      const greeting = this.expect('', '');
      void this.listen(client);
      await this.settled([greeting], signal);
    } catch (error) {
      const ms = this.clock.monotonic() - before;
      if (Failure.is(error, 'cancelled')) this.tell({ kind: 'cancelled', what: 'connect', ms });
      else this.fail(error, ms);
    } finally {
      end();
    }
  }

  /** One line as it was typed, without its line end. Resolves when the next may be typed; never rejects. */
  async enter(line: string, isTyped = true): Promise<void> {
    const { client, currentMode: mode } = this;
    if (!client) return;
    switch (mode.kind) {
      case 'closed':
        return;
      case 'data':
        return this.enterData(client, line, mode.line, isTyped);
      case 'chunk':
        return this.enterChunk(client, Buffer.from(`${line}\r\n`), mode, () => this.showLine(line, isTyped));
      case 'answer':
        return this.enterAnswer(client, line, isTyped);
      case 'command':
        if (line !== '') await this.enterCommand(client, line, isTyped);
    }
  }

  /** Does the whole exchange. Rejects with Failure 'badChallenge', or 'cancelled' when the person stopped waiting or the connection ended. */
  async logIn(login: Login): Promise<void> {
    if (this.currentMode.kind !== 'command') return;
    await authenticate(login, async (line) => {
      this.lastReply = null;
      await this.enter(line, false);
      if (this.login) this.login.user ??= login.user;
      if (this.lastReply === null) throw new Failure('cancelled', 'The login was not finished');
      return this.lastReply;
    });
  }

  /** The message, ready for the wire but for the last dot: with CR LF and stuffed dots. Says DATA before it, where that was not done. */
  async sendMessage(octets: Uint8Array, path: string): Promise<void> {
    if (this.currentMode.kind === 'command') await this.enter('DATA', false);
    const { client } = this;
    if (!client || this.currentMode.kind !== 'data') return;
    this.tell({ kind: 'octets', count: octets.length, from: path });
    this.record.data(path);
    this.currentMode = { kind: 'command' };
    const waited = this.expectEndOfData();
    await this.run(client, Buffer.concat([octets, Buffer.from('.\r\n')]), waited);
  }

  /** Any octets. Whether the server answers them nobody knows: a reply is told when it comes. */
  async sendOctets(octets: Uint8Array, escaped: string): Promise<void> {
    const { client, currentMode: mode } = this;
    if (!client) return;
    const show = (): void => {
      this.tell({ kind: 'client', text: escaped, isTyped: false, isMasked: false, decoded: null, dataLine: null });
      this.record.bytes(escaped);
    };
    if (mode.kind === 'chunk') return this.enterChunk(client, octets, mode, show);
    show();
    this.unasked = 0;
    const isEnd = mode.kind === 'data' && endOfData.test(Buffer.from(octets.subarray(-5)).toString('latin1'));
    if (isEnd) this.currentMode = { kind: 'command' };
    const waited = isEnd ? this.expectEndOfData() : [];
    this.hasSentOctets = true;
    await this.run(client, octets, waited);
  }

  /** Ends waiting for what runs now; false: nothing runs. A reply that comes later is told all the same. */
  cancel(): boolean {
    if (!this.running) return false;
    this.running.abort();
    return true;
  }

  /** Closes the connection at once. */
  close(): void {
    if (this.client) this.end(this.client, 'client');
  }

  dispose(): void {
    this.running?.abort();
    this.client?.close();
    this.client = undefined;
    this.owned.dispose();
  }

  private async enterCommand(client: SessionClient, line: string, isTyped: boolean): Promise<void> {
    const [, verb = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(line) ?? [];
    const command = verb.toUpperCase();
    const shown = this.mask.apply(line, false, commands.test(verb));
    const isMasked = shown !== line;
    const [method = '', initial = ''] = command === 'AUTH' ? rest.split(/\s+/) : [];
    const answer = initial === '' ? null : readAnswer(method, 0, '', initial);
    if (command === 'AUTH') this.login = { method, step: initial === '' ? 0 : 1, challenge: '', user: answer?.user ?? null };
    const text = answer?.isSecret === false ? printable(line) : printable(shown);
    this.tell({ kind: 'client', text, isTyped, isMasked: text !== printable(line), decoded: answer?.user ?? null, dataLine: null });
    if (command !== 'AUTH') this.record.client(isMasked ? `{{password}}` : line);
    const chunk = command === 'BDAT' ? /^(\d{1,9})(?:\s|$)/.exec(rest) : null;
    if (chunk && Number(chunk[1]) > 0) {
      this.currentMode = { kind: 'chunk', left: Number(chunk[1]), line: text };
      await this.run(client, Buffer.from(`${line}\r\n`), []);
      return;
    }
    const waited = this.expect(text, command);
    await this.run(client, Buffer.from(`${line}\r\n`), [waited]);
  }

  private async enterData(client: SessionClient, line: string, number: number, isTyped: boolean): Promise<void> {
    this.showLine(line, isTyped, number);
    const isEnd = line === '.';
    this.currentMode = isEnd ? { kind: 'command' } : { kind: 'data', line: number + 1 };
    await this.run(client, Buffer.from(`${line}\r\n`), isEnd ? this.expectEndOfData() : []);
  }

  private async enterChunk(
    client: SessionClient,
    octets: Uint8Array,
    { left, line }: { readonly left: number; readonly line: string },
    show: () => void,
  ): Promise<void> {
    show();
    const remaining = left - octets.length;
    this.currentMode = remaining > 0 ? { kind: 'chunk', left: remaining, line } : { kind: 'command' };
    await this.run(client, octets, remaining > 0 ? [] : [this.expect(line, 'BDAT')]);
  }

  private async enterAnswer(client: SessionClient, line: string, isTyped: boolean): Promise<void> {
    const { login } = this;
    if (!login) return;
    const { isSecret, user } = readAnswer(login.method, login.step, login.challenge, line);
    login.user = user ?? login.user;
    login.step++;
    this.currentMode = { kind: 'command' };
    this.tell({ kind: 'client', text: isSecret ? mask : printable(line), isTyped, isMasked: isSecret, decoded: user, dataLine: null });
    await this.run(client, Buffer.from(`${line}\r\n`), [this.expect('AUTH', 'AUTH')]);
  }

  private showLine(line: string, isTyped: boolean, dataLine: number | null = null): void {
    this.tell({ kind: 'client', text: printable(line), isTyped, isMasked: false, decoded: null, dataLine });
    this.record.client(line);
  }

  /** LMTP answers the end of a message once for each recipient (RFC 2033 section 4.2). */
  private expectEndOfData(): Promise<void>[] {
    const { isLmtp, acceptedRecipients } = this.currentState;
    return Array.from({ length: isLmtp ? Math.max(1, acceptedRecipients) : 1 }, () => this.expect('.', '.'));
  }

  private expect(line: string, verb: string): Promise<void> {
    this.unasked = 0;
    this.hasSentOctets = false;
    return new Promise((resolve) => {
      this.expected.push({ line, verb, resolve });
    });
  }

  /** Sends, and waits for `waited` unless the person does not want to. */
  private async run(client: SessionClient, octets: Uint8Array, waited: readonly Promise<void>[]): Promise<void> {
    const before = this.clock.monotonic();
    const { signal, end } = this.begin();
    let sent = 0;
    let sending = Promise.resolve();
    try {
      for (; sent < octets.length; await unless(signal, sending)) {
        const chunk = octets.subarray(sent, sent + chunkSize);
        sent += chunk.length;
        sending = client.send(chunk);
      }
      await this.settled(waited, signal);
    } catch (error) {
      const ms = this.clock.monotonic() - before;
      if (!Failure.is(error, 'cancelled')) {
        // What has ended the connection is told by whoever reads from it.
        if (this.client === client && !client.isClosed) this.fail(error, ms);
        return;
      }
      const isHalf = sent < octets.length;
      this.tell({ kind: 'cancelled', what: isHalf ? 'send' : 'reply', ms });
      // Whatever came next would be taken for the rest of the message.
      if (isHalf) this.end(client, 'client');
    } finally {
      end();
    }
  }

  private async settled(waited: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
    if (waited.length === 0) return;
    const before = this.clock.monotonic();
    const timer = setTimeout(() => this.tell({ kind: 'waiting', ms: this.clock.monotonic() - before }), patience);
    try {
      await unless(signal, Promise.all(waited));
    } catch {
      this.tell({ kind: 'cancelled', what: 'reply', ms: this.clock.monotonic() - before });
    } finally {
      clearTimeout(timer);
    }
  }

  private begin(): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController();
    this.running = controller;
    return {
      signal: controller.signal,
      end: () => {
        if (this.running === controller) this.running = undefined;
      },
    };
  }

  /** Reads as long as the connection lives: a server may speak at any time, and does when it loses its patience (421). */
  private async listen(client: SessionClient): Promise<void> {
    while (this.client === client) {
      try {
        const reply = await client.readReply({ timeout: settleTime });
        if (this.client === client) await this.hear(client, reply);
      } catch (error) {
        if (Failure.is(error, 'replyTimeout')) continue;
        if (this.client !== client) return;
        if (Failure.is(error, 'connectionClosed')) this.end(client, 'server');
        else this.fail(error, 0);
      }
    }
  }

  private async hear(client: SessionClient, reply: Reply): Promise<void> {
    const expected = this.expected.shift();
    if (!expected && ++this.unasked > maxUnasked) {
      throw new Failure('tooManyReplies', `The server sent more than ${maxUnasked} replies that nobody asked for`);
    }
    const { code } = reply;
    if (code !== null && code >= 400) this.refused++;
    const command = expected?.verb ?? null;
    this.lastReply = reply;
    const challenge = command === 'AUTH' && code === 334 ? (reply.lines.at(-1)?.text ?? '') : null;
    this.recordReply(command, code, reply);
    if (expected) this.follow(expected, reply, challenge);
    this.tell({
      kind: 'reply',
      reply,
      command: expected?.line ?? null,
      isUnasked: !expected && !this.hasSentOctets,
      decoded: challenge === null ? null : decodeBase64(challenge),
    });
    try {
      if (command === 'STARTTLS' && code === 220) await this.secure(client);
    } finally {
      expected?.resolve();
    }
  }

  /** A login is recorded as one directive, when it is over: nothing of the exchange is true a second time. */
  private recordReply(command: string | null, code: number | null, reply: Reply): void {
    if (command === 'AUTH') {
      if (code === 334) return;
      const method = this.login?.method.toLowerCase() ?? '';
      const user = this.login?.user;
      if (!isOneOf(authMethods, method) || !user) {
        this.record.note(`A login is left out: AUTH ${printable(method.toUpperCase())}`);
        return;
      }
      this.record.auth(method, user);
    }
    this.record.reply(reply);
  }

  private follow({ verb, line }: Expected, reply: Reply, challenge: string | null): void {
    const { code } = reply;
    const isMore = verb === '.' && this.expected[0]?.verb === '.';
    const isDone = code !== null && code >= 200 && code < 300;
    if (isDone && (verb === '.' || (verb === 'BDAT' && /\sLAST\s*$/i.test(line)))) this.mails++;
    // Of LMTP's replies to one message the last one counts.
    if (!isMore) this.currentState = line === '' ? afterGreeting(this.currentState) : afterReply(this.currentState, line, reply);
    if (verb === 'DATA' && code === 354) this.currentMode = { kind: 'data', line: 1 };
    if (verb !== 'AUTH') return;
    if (challenge === null || !this.login) {
      this.login = undefined;
      return;
    }
    this.login.challenge = challenge;
    const { method, step } = this.login;
    this.currentMode = { kind: 'answer', method, isSecret: isSecretDue(method, step, challenge) };
  }

  private async secure(client: SessionClient): Promise<void> {
    const before = this.clock.monotonic();
    const host = this.current?.host ?? '';
    const facts = await client.startTls({
      verify: false,
      timeout: tlsTimeout,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(this.running ? { signal: this.running.signal } : {}),
    });
    this.currentState = afterTls(this.currentState);
    this.recordTrust(facts);
    this.tell({ kind: 'tls', facts, ms: this.clock.monotonic() - before });
  }

  private recordTrust(facts: TlsFacts | null): void {
    if (!facts || facts.isTrusted || this.isTrustRecorded) return;
    this.isTrustRecorded = true;
    this.record.untrusted();
  }

  private fail(error: unknown, ms: number): void {
    const failure = error instanceof Failure ? error : new Failure('internal', messageOf(error), {}, error);
    this.tell({ kind: 'failed', failure, ms });
    if (this.client) this.end(this.client, 'failure');
  }

  private end(client: SessionClient, by: 'server' | 'client' | 'failure'): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.close();
    this.currentMode = { kind: 'closed' };
    this.currentState = afterClose(this.currentState);
    this.login = undefined;
    for (const { resolve } of this.expected.splice(0)) resolve();
    this.tell({ kind: 'closed', by, ms: this.clock.monotonic() - this.connectedAt, mails: this.mails, refused: this.refused });
  }

  private tell(event: SessionEvent): void {
    this.events.fire(event);
  }
}

/** Like `work`, but rejects with a Failure('cancelled') when the signal comes first. */
async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) throw new Failure('cancelled', 'Cancelled');
  let stop = (): void => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Failure('cancelled', 'Cancelled'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
