// smtp: a raw client over net and tls. It never adds, changes or validates what is sent, tells every reply as it came, and waits for nothing
// longer than it was told: what a session and a check are made of.
import type net from 'node:net';
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import { openSocket, secure, type TlsOptions } from './connect.ts';
import type { Peer } from './conversation.ts';
import { type Reply, replyText } from './reply.ts';
import { type ReadReply, ReplyReader } from './replyReader.ts';
import type { TlsFacts } from './tlsFacts.ts';
import { WaitingLine } from './waitingLine.ts';
import { cancelled, type Settle, type WaitOptions, within } from './within.ts';

export interface ConnectOptions extends TlsOptions {
  /** A name, whose addresses are tried in turn, or an IP address. */
  readonly host: string;
  readonly port: number;
  readonly tls: 'none' | 'implicit';
  /** Milliseconds, for looking up, connecting and the TLS handshake together. */
  readonly connectTimeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface StartTlsOptions extends TlsOptions, WaitOptions {}

/** Octets of replies that nobody has read yet, above which nothing more is read from the server. */
const maxBacklog = 1024 * 1024;
/** Replies that nobody has read yet, likewise. */
const maxArrived = 1000;
/** Octets of one reply, above which the connection is cut. */
const maxReply = 4 * 1024 * 1024;
/** Milliseconds. */
const endTimeout = 2000;
/** Of an unfinished reply in a Failure, characters. */
const maxPartial = 1000;
/** What nearly every sending resolves with. */
const taken = Promise.resolve();
const forever: WaitOptions = { timeout: Number.POSITIVE_INFINITY };

interface Arrived {
  readonly reply: Reply;
  readonly octets: number;
}

export class SmtpClient {
  readonly local: Peer;
  readonly remote: Peer;
  /** Milliseconds that looking up, connecting and, with implicit TLS, the handshake took. */
  readonly connectMs: number;
  private readonly host: string;
  private socket: net.Socket;
  private facts: TlsFacts | null;
  private readonly reader = new ReplyReader((reply, octets) => this.arrive(reply, octets));
  private readonly arrived: Arrived[] = [];
  private backlog = 0;
  private readonly waiting = new WaitingLine<Reply>((timeout) => this.replyTimeout(timeout));
  private readonly sending = new Set<Settle<void>>();
  private sentAt = performance.now();
  /** False while the TLS handshake goes on, when the plain socket is not ours to read, and at the end, when nobody cares. */
  private isListening = false;
  /** Why there will be no more octets. */
  private ending: Failure | null = null;

  private constructor(socket: net.Socket, facts: TlsFacts | null, host: string, connectMs: number) {
    this.socket = socket;
    this.facts = facts;
    this.host = host;
    this.connectMs = connectMs;
    this.local = peerOf(socket.localAddress, socket.localPort);
    this.remote = peerOf(socket.remoteAddress, socket.remotePort);
    this.listen();
  }

  /**
   * Rejects with a Failure: 'hostNotFound', 'connectRefused', 'unreachable', 'connectTimeout', 'connectFailed', 'tlsFailed',
   * 'certificateRefused' (data: problem, problemText, subject, issuer, validFrom, validTo, names) or 'cancelled'.
   * The greeting is the first reply to be read.
   */
  static async connect(options: ConnectOptions): Promise<SmtpClient> {
    const { host, port, connectTimeout, signal } = options;
    const startedAt = performance.now();
    const passed = (): number => performance.now() - startedAt;
    const socket = await openSocket(host, port, { timeout: connectTimeout, signal });
    if (options.tls === 'none') return new SmtpClient(socket, null, host, passed());
    const secured = await secure(socket, host, options, { timeout: connectTimeout - passed(), signal }, 0);
    return new SmtpClient(secured.socket, secured.facts, host, passed());
  }

  /** null: not encrypted. */
  get tls(): TlsFacts | null {
    return this.facts;
  }

  /** Nothing more can be sent; replies that came before can still be read. */
  get isClosed(): boolean {
    return this.ending !== null;
  }

  /**
   * Sends exactly these octets. Resolves when the system has taken them all. Rejects with Failure 'connectionClosed', and with a `wait` also
   * 'sendTimeout' and 'cancelled'; after these two, nobody knows how much has gone out.
   */
  send(octets: Uint8Array, wait: WaitOptions = forever): Promise<void> {
    if (wait.signal?.aborted) return Promise.reject(cancelled());
    if (this.ending) return Promise.reject(this.ending);
    // Before, because the answer may be here before the system says that it took the question.
    this.sentAt = performance.now();
    let sending: Settle<void> | undefined;
    this.socket.write(octets, (error) => {
      if (error) sending?.reject(this.closedBecause(error));
      else sending?.resolve();
    });
    // Most of what is sent the system takes at once.
    if (this.socket.writableLength === 0 && this.socket.errored === null) return taken;
    const onTimeout = (): Failure => new Failure('sendTimeout', `${this.host} takes no more octets`, { octets: octets.length });
    return within(wait, onTimeout, (settle) => {
      sending = settle;
      this.sending.add(settle);
      return () => void this.sending.delete(settle);
    });
  }

  /**
   * The next reply; replies to a pipelined group come one by one. Where the connection ended inside of a reply, that is a reply with the problem
   * 'unfinished', and the call after it rejects. Rejects with a Failure: 'replyTimeout' (data.partial: what has come of it, which stays for the
   * next call), 'connectionClosed', 'replyTooLong' (the connection was cut) or 'cancelled'. The time is for the whole reply, so a server that sends an octet now and then gains nothing.
   */
  readReply(wait: WaitOptions): Promise<Reply> {
    if (wait.signal?.aborted) return Promise.reject(cancelled());
    const reply = this.takeArrived();
    if (reply) return Promise.resolve(reply);
    if (this.ending) return Promise.reject(this.ending);
    if (wait.timeout > 0) return this.waiting.wait(wait);
    const failure = this.replyTimeout(wait.timeout);
    const late = this.takeArrived();
    return late ? Promise.resolve(late) : Promise.reject(failure);
  }

  /**
   * Does the TLS handshake, after the server has agreed to STARTTLS. What had arrived before it and was not read is thrown away (RFC 3207 section 5)
   * and counted in `droppedOctets`. Rejects with Failure 'tlsFailed', 'certificateRefused', 'connectionClosed' or 'cancelled'; the connection is closed then.
   */
  async startTls(options: StartTlsOptions): Promise<TlsFacts> {
    if (this.ending) throw this.ending;
    const plain = this.socket;
    this.isListening = false;
    plain.off('data', this.onData).off('error', this.onError).off('end', this.onEnd).off('close', this.onEnd);
    const dropped = this.drop();
    try {
      const { socket, facts } = await secure(plain, this.host, options, options, dropped);
      this.socket = socket;
      this.facts = facts;
    } catch (error) {
      this.finish(this.closedBecause(error));
      throw error;
    }
    // close() may have come in between.
    if (this.ending) {
      this.socket.destroy();
      throw this.ending;
    }
    this.sentAt = performance.now();
    this.listen();
    return this.facts;
  }

  /** Ends the connection at once. Whoever waits hears 'connectionClosed'. */
  close(): void {
    this.finish(this.closedBecause());
    this.socket.destroy();
  }

  /** Closes our side and waits, at most `timeout` milliseconds, until the server has closed its own. */
  async end(timeout = endTimeout): Promise<void> {
    this.finish(this.closedBecause());
    const { socket } = this;
    if (socket.destroyed) return;
    const onTimeout = (): Failure => new Failure('endTimeout', `${this.host} does not close the connection`);
    await within<void>({ timeout }, onTimeout, ({ resolve }) => {
      socket.once('close', () => resolve());
      this.isListening = false;
      // What still comes is read and forgotten; unread it would keep the connection open.
      socket.off('data', this.onData).resume().end();
      return () => void socket.destroy();
    }).catch(() => {});
  }

  private listen(): void {
    const { socket } = this;
    this.isListening = true;
    socket.on('data', this.onData).on('error', this.onError).on('end', this.onEnd).on('close', this.onEnd);
    if (socket.destroyed) this.onEnd();
  }

  private readonly onData = (chunk: Buffer): void => {
    this.reader.push(chunk);
    if (this.reader.pendingOctets > maxReply) {
      this.finish(new Failure('replyTooLong', `${this.host} sent a reply without end`, { octets: maxReply }));
      this.socket.destroy();
    } else this.pace();
  };

  private readonly onError = (error: Error): void => this.finish(this.closedBecause(error));

  private readonly onEnd = (): void => this.finish(this.closedBecause());

  private arrive({ code, enhanced, lines, problems }: ReadReply, octets: number): void {
    const reply: Reply = { code, enhanced, lines, problems, ms: performance.now() - this.sentAt };
    if (this.waiting.serve(reply)) return;
    this.arrived.push({ reply, octets });
    this.backlog += octets;
  }

  private takeArrived(): Reply | undefined {
    const first = this.arrived.shift();
    if (!first) return undefined;
    this.backlog -= first.octets;
    this.pace();
    return first.reply;
  }

  private replyTimeout(timeout: number): Failure {
    this.reader.settle();
    return new Failure('replyTimeout', `${this.host} sent no whole reply within ${timeout} ms`, { partial: this.partial() });
  }

  /** A server that talks without being asked is not listened to until somebody has read what it said. */
  private pace(): void {
    if (!this.isListening) return;
    if (this.backlog > maxBacklog || this.arrived.length > maxArrived) this.socket.pause();
    else if (this.socket.isPaused()) this.socket.resume();
  }

  private drop(): number {
    let octets = this.reader.drop() + this.backlog;
    this.arrived.length = 0;
    this.backlog = 0;
    this.socket.pause();
    for (let chunk: unknown = this.socket.read(); chunk instanceof Uint8Array; chunk = this.socket.read()) octets += chunk.length;
    return octets;
  }

  private finish(failure: Failure): void {
    if (this.ending) return;
    this.ending = failure;
    this.reader.end();
    this.waiting.rejectAll(failure);
    for (const sender of [...this.sending]) sender.reject(failure);
  }

  private closedBecause(error?: unknown): Failure {
    if (this.ending) return this.ending;
    if (error === undefined)
      return new Failure('connectionClosed', `The connection to ${this.host} is closed`, { partial: this.partial() });
    const code = codeOf(error) ?? '';
    return new Failure(
      'connectionClosed',
      `The connection to ${this.host} broke: ${messageOf(error)}`,
      { code, partial: this.partial() },
      error,
    );
  }

  private partial(): string {
    return replyText({ lines: this.reader.pendingLines }).slice(0, maxPartial);
  }
}

function peerOf(address: string | undefined, port: number | undefined): Peer {
  return { address: (address ?? '').replace(/^::ffff:(?=\d+\.)/i, ''), port: port ?? 0 };
}
