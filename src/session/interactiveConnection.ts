// session: one connection of a session that a person leads: sends what was typed, tells each reply as it comes, whether it is awaited or not, and knows
// in which state the conversation is.
import { isIP } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { decodeBase64 } from '../smtp/auth.ts';
import { CredentialMask, mask } from '../smtp/credentialMask.ts';
import { printable } from '../smtp/printable.ts';
import type { Reply } from '../smtp/reply.ts';
import { authenticate, type Login } from './authenticate.ts';
import { ExpectedReplies, type ExpectedReply } from './expectedReplies.ts';
import { LoginInProgress } from './loginInProgress.ts';
import type { SessionClient } from './runConnection.ts';
import type { SessionEvent, SessionMode, SessionTarget } from './sessionEvents.ts';
import type { SessionRecord } from './sessionRecord.ts';
import { afterClose, afterConnect, afterGreeting, afterReply, afterTls, type SessionState } from './sessionState.ts';
import type { Waiting } from './waiting.ts';

/** Milliseconds. */
const tlsTimeout = 30_000;
/** How long a reply that lacks its LF may be quiet before it is taken as it is. */
const settleTime = 2000;
/** The last octets of a message (RFC 5321 section 4.1.1.4). */
const endOfData = /(?:^|\r\n)\.\r\n$/;
const commands =
  /^(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|VRFY|EXPN|HELP|NOOP|QUIT|AUTH|STARTTLS|ETRN|ATRN|TURN|XCLIENT|XFORWARD|BURL|SEND|SOML|SAML)$/i;

export interface ConnectionPorts {
  readonly clock: Clock;
  readonly record: SessionRecord;
  readonly waiting: Waiting;
  readonly tell: (event: SessionEvent) => void;
}

export class InteractiveConnection {
  private readonly client: SessionClient;
  private readonly target: SessionTarget;
  private readonly ports: ConnectionPorts;
  private readonly connectedAt: number;
  private readonly mask = new CredentialMask();
  private readonly expected = new ExpectedReplies();
  private currentMode: SessionMode = { kind: 'command' };
  private currentState: SessionState;
  private login: LoginInProgress | undefined;
  private lastReply: Reply | null = null;
  private mails = 0;
  private refused = 0;
  private isEnded = false;

  constructor(client: SessionClient, target: SessionTarget, ports: ConnectionPorts) {
    this.client = client;
    this.target = target;
    this.ports = ports;
    this.connectedAt = ports.clock.monotonic();
    this.currentState = afterConnect(client.tls !== null);
    this.ports.record.trust(client.tls);
  }

  get mode(): SessionMode {
    return this.currentMode;
  }

  get state(): SessionState {
    return this.currentState;
  }

  /** Resolves when the server has spoken, or the signal came. */
  async greeting(signal: AbortSignal): Promise<void> {
    const greeting = this.expected.expect('', '');
    void this.listen();
    await this.ports.waiting.settled([greeting], signal);
  }

  /** One line as it was typed, without its line end. Resolves when the next may be typed; never rejects. */
  async enter(line: string, isTyped = true): Promise<void> {
    const { mode } = this;
    switch (mode.kind) {
      case 'closed':
        return;
      case 'data':
        return this.enterData(line, mode.line, isTyped);
      case 'chunk':
        return this.enterChunk(Buffer.from(`${line}\r\n`), mode, () => this.showLine(line, isTyped));
      case 'answer':
        return this.enterAnswer(line, isTyped);
      case 'command':
        if (line !== '') await this.enterCommand(line, isTyped);
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
    if (this.currentMode.kind !== 'data') return;
    this.ports.tell({ kind: 'octets', count: octets.length, from: path });
    this.ports.record.data(path);
    this.currentMode = { kind: 'command' };
    const waited = this.expectEndOfData();
    await this.run(Buffer.concat([octets, Buffer.from('.\r\n')]), waited);
  }

  /** Any octets. Whether the server answers them nobody knows: a reply is told when it comes. */
  async sendOctets(octets: Uint8Array, escaped: string): Promise<void> {
    const { mode } = this;
    if (this.isEnded) return;
    const show = (): void => {
      this.ports.tell({ kind: 'client', text: escaped, isTyped: false, isMasked: false, decoded: null, dataLine: null });
      this.ports.record.bytes(escaped);
    };
    if (mode.kind === 'chunk') return this.enterChunk(octets, mode, show);
    show();
    const isEnd = mode.kind === 'data' && endOfData.test(Buffer.from(octets.subarray(-5)).toString('latin1'));
    if (isEnd) this.currentMode = { kind: 'command' };
    const waited = isEnd ? this.expectEndOfData() : [];
    this.expected.expectAny();
    await this.run(octets, waited);
  }

  /** Closes it at once. */
  close(): void {
    this.end('client');
  }

  /** As close(), and nothing is told any more. */
  drop(): void {
    this.isEnded = true;
    this.client.close();
  }

  private async enterCommand(line: string, isTyped: boolean): Promise<void> {
    const [, verb = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(line) ?? [];
    const command = verb.toUpperCase();
    const shown = this.mask.apply(line, false, commands.test(verb));
    const isMasked = shown !== line;
    const [method = '', initial = ''] = command === 'AUTH' ? rest.split(/\s+/) : [];
    if (command === 'AUTH') this.login = new LoginInProgress(method);
    const answer = initial === '' ? undefined : this.login?.answer(initial);
    const text = answer?.isSecret === false ? printable(line) : printable(shown);
    this.ports.tell({ kind: 'client', text, isTyped, isMasked: text !== printable(line), decoded: answer?.user ?? null, dataLine: null });
    if (command !== 'AUTH') this.ports.record.client(isMasked ? `{{password}}` : line);
    const chunk = command === 'BDAT' ? /^(\d{1,9})(?:\s|$)/.exec(rest) : null;
    if (chunk && Number(chunk[1]) > 0) {
      this.currentMode = { kind: 'chunk', left: Number(chunk[1]), line: text };
      await this.run(Buffer.from(`${line}\r\n`), []);
      return;
    }
    const waited = this.expected.expect(text, command);
    await this.run(Buffer.from(`${line}\r\n`), [waited]);
  }

  private async enterData(line: string, number: number, isTyped: boolean): Promise<void> {
    this.showLine(line, isTyped, number);
    const isEnd = line === '.';
    this.currentMode = isEnd ? { kind: 'command' } : { kind: 'data', line: number + 1 };
    await this.run(Buffer.from(`${line}\r\n`), isEnd ? this.expectEndOfData() : []);
  }

  private async enterChunk(
    octets: Uint8Array,
    { left, line }: { readonly left: number; readonly line: string },
    show: () => void,
  ): Promise<void> {
    show();
    const remaining = left - octets.length;
    this.currentMode = remaining > 0 ? { kind: 'chunk', left: remaining, line } : { kind: 'command' };
    await this.run(octets, remaining > 0 ? [] : [this.expected.expect(line, 'BDAT')]);
  }

  private async enterAnswer(line: string, isTyped: boolean): Promise<void> {
    const { login } = this;
    if (!login) return;
    const { isSecret, user } = login.answer(line);
    this.currentMode = { kind: 'command' };
    this.ports.tell({
      kind: 'client',
      text: isSecret ? mask : printable(line),
      isTyped,
      isMasked: isSecret,
      decoded: user,
      dataLine: null,
    });
    await this.run(Buffer.from(`${line}\r\n`), [this.expected.expect('AUTH', 'AUTH')]);
  }

  private showLine(line: string, isTyped: boolean, dataLine: number | null = null): void {
    this.ports.tell({ kind: 'client', text: printable(line), isTyped, isMasked: false, decoded: null, dataLine });
    this.ports.record.client(line);
  }

  /** LMTP answers the end of a message once for each recipient (RFC 2033 section 4.2). */
  private expectEndOfData(): Promise<void>[] {
    const { isLmtp, acceptedRecipients } = this.currentState;
    return Array.from({ length: isLmtp ? Math.max(1, acceptedRecipients) : 1 }, () => this.expected.expect('.', '.'));
  }

  private async run(octets: Uint8Array, waited: readonly Promise<void>[]): Promise<void> {
    const before = this.ports.clock.monotonic();
    try {
      // Whatever came next would be taken for the rest of the message.
      if ((await this.ports.waiting.send(this.client, octets, waited)) === 'half') this.end('client');
    } catch (error) {
      // What has ended the connection is told by whoever reads from it.
      if (!this.isEnded && !this.client.isClosed) this.fail(error, this.ports.clock.monotonic() - before);
    }
  }

  /** Reads as long as the connection lives: a server may speak at any time, and does when it loses its patience (421). */
  private async listen(): Promise<void> {
    while (!this.isEnded) {
      try {
        const reply = await this.client.readReply({ timeout: settleTime });
        if (!this.isEnded) await this.hear(reply);
      } catch (error) {
        if (Failure.is(error, 'replyTimeout')) continue;
        if (this.isEnded) return;
        if (Failure.is(error, 'connectionClosed')) this.end('server');
        else this.fail(error, 0);
      }
    }
  }

  private async hear(reply: Reply): Promise<void> {
    const expected = this.expected.take();
    const { code } = reply;
    if (code !== null && code >= 400) this.refused++;
    const command = expected?.verb ?? null;
    this.lastReply = reply;
    const challenge = command === 'AUTH' && code === 334 ? (reply.lines.at(-1)?.text ?? '') : null;
    if (command !== 'AUTH') this.ports.record.reply(reply);
    else if (code !== 334) this.ports.record.login(this.login?.method ?? '', this.login?.user ?? null, reply);
    if (expected) this.follow(expected, reply, challenge);
    this.ports.tell({
      kind: 'reply',
      reply,
      command: expected?.line ?? null,
      isUnasked: !expected && this.expected.isNoneAsked,
      decoded: challenge === null ? null : decodeBase64(challenge),
    });
    try {
      if (command === 'STARTTLS' && code === 220) await this.secure();
    } finally {
      expected?.resolve();
    }
  }

  private follow({ verb, line }: ExpectedReply, reply: Reply, challenge: string | null): void {
    const { code } = reply;
    const isMore = verb === '.' && this.expected.isNext('.');
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
    const isSecret = this.login.challengedWith(challenge);
    this.currentMode = { kind: 'answer', method: this.login.method, isSecret };
  }

  private async secure(): Promise<void> {
    const before = this.ports.clock.monotonic();
    const { host } = this.target;
    const { signal } = this.ports.waiting;
    const facts = await this.client.startTls({
      verify: false,
      timeout: tlsTimeout,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(signal ? { signal } : {}),
    });
    this.currentState = afterTls(this.currentState);
    this.ports.record.trust(facts);
    this.ports.tell({ kind: 'tls', facts, ms: this.ports.clock.monotonic() - before });
  }

  private fail(error: unknown, ms: number): void {
    this.ports.tell({ kind: 'failed', failure: toFailure(error), ms });
    this.end('failure');
  }

  private end(by: 'server' | 'client' | 'failure'): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.client.close();
    this.currentMode = { kind: 'closed' };
    this.currentState = afterClose(this.currentState);
    this.login = undefined;
    this.expected.end();
    const { clock, tell } = this.ports;
    tell({ kind: 'closed', by, ms: clock.monotonic() - this.connectedAt, mails: this.mails, refused: this.refused });
  }
}

/** Of whatever was thrown. */
export function toFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('internal', messageOf(error), {}, error);
}
