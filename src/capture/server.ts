// capture: the SMTP server, and the only file that knows smtp-server. The library reads command lines, does AUTH and keeps the connection;
// this file replaces three things of it: the 100 ms before each greeting, how it reads DATA, and the words of its replies.
import type net from 'node:net';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import type { Clock } from '../base/clock.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { banner } from '../smtp/mailroom.ts';
import { decodeLine, printable } from '../smtp/printable.ts';
import { type EndedConversation, Exchange, type ExchangePorts } from './exchange.ts';
import type { Intake } from './intake.ts';
import { type Listener, listen } from './listener.ts';
import { closeGrace, fullReply, type Limits, maxCommandLine, replies, serverName } from './policy.ts';

export interface CaptureOptions extends Limits {
  /** 'localhost': 127.0.0.1 and ::1. Otherwise one IP address. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** 12 hex characters that name the drop folder. */
  readonly identity: string;
}

const authMethods = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'];

/** Listens once: a server that was closed is not started again. */
export class CaptureServer {
  readonly onDidEndConversation: Event<EndedConversation>;
  private readonly options: CaptureOptions;
  private readonly log: Log;
  /** Made for the first connection: it costs milliseconds, and a window that shares the port tries to listen again and again. */
  private library: SMTPServer | undefined;
  private readonly ports: ExchangePorts;
  private readonly ended: Emitter<EndedConversation>;
  private readonly connections = new Set<CaptureConnection>();
  private readonly work = new Set<Promise<void>>();
  private listener: Listener | undefined;
  private isClosed = false;
  private connectionCount = 0;

  constructor(options: CaptureOptions, intake: Intake, clock: Clock, log: Log) {
    this.options = options;
    this.log = log;
    this.ended = new Emitter((error) => log.error(`A listener to ended conversations failed: ${messageOf(error)}`));
    this.onDidEndConversation = this.ended.event;
    this.ports = {
      limits: options,
      identity: options.identity,
      authMethods,
      intake,
      clock,
      log,
      track: (work) => {
        this.work.add(work);
        void work.finally(() => this.work.delete(work));
      },
    };
  }

  get isListening(): boolean {
    return this.listener !== undefined && !this.isClosed;
  }

  /** Those that still talk, not those that were told to go. */
  get activeConnections(): number {
    return this.library?.connections.size ?? 0;
  }

  /** Rejects with a Failure: 'portInUse', 'portNotAllowed', 'addressNotAvailable' or 'listenFailed'; nothing is bound then. */
  async listen(): Promise<{ readonly port: number; readonly addresses: readonly string[] }> {
    const { host, port } = this.options;
    const listener = await listen(host, port, (socket) => this.accept(socket), this.log);
    if (this.isClosed) {
      listener.close();
      throw new Failure('listenFailed', 'The server was closed while it started', { host, port });
    }
    this.listener = listener;
    return { port: listener.port, addresses: listener.addresses };
  }

  /** The port is free at once. Resolves when every mail that was being stored has its reply and every connection is closed. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.listener?.close();
    for (const connection of this.connections) connection.exchange.shutDown();
    await Promise.all(this.work);
    await this.connectionsClosed();
    await Promise.all(this.work);
    this.ended.dispose();
  }

  private accept(socket: net.Socket): void {
    this.connectionCount++;
    this.library ??= createLibrary(this.options);
    const connection = new CaptureConnection(this.library, socket, String(this.connectionCount), this.ports);
    this.connections.add(connection);
    this.library.connections.add(connection);
    connection.on('error', (error) => this.log.debug(`Connection ${connection.id}: ${messageOf(error)}`));
    socket.once('close', () => {
      this.connections.delete(connection);
      this.ports.track(this.endConversation(connection));
    });
    connection.init();
  }

  private async endConversation(connection: CaptureConnection): Promise<void> {
    const ended = await connection.exchange.end();
    if (ended) this.ended.fire(ended);
  }

  /** Clients take their 421 and close, usually at once; those that do not are cut off. */
  private async connectionsClosed(): Promise<void> {
    const cut = setTimeout(() => {
      for (const connection of this.connections) connection.cut();
    }, closeGrace);
    await Promise.all([...this.connections].map((connection) => connection.closed));
    clearTimeout(cut);
  }
}

const maxUsername = 256;

/** Its own listening socket stays unused: the sockets of both addresses come from listener.ts, so that their connections count together. */
function createLibrary(limits: Limits): SMTPServer {
  return new SMTPServer({
    name: serverName,
    banner,
    authMethods,
    authOptional: true,
    allowInsecureAuth: true,
    // Not advertised; handler_STARTTLS answers who tries.
    hideSTARTTLS: true,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    disabledCommands: ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
    maxClients: limits.maxConnections,
    socketTimeout: limits.idleTimeout,
    onConnect: (_session, callback) => callback(),
    onAuth: ({ method, username }, _session, callback) =>
      callback(null, { user: { method, username: printable(username ?? '').slice(0, maxUsername) } }),
  });
}

type Done = () => void;

/** Hands over a chunk of DATA; `next` takes what follows the mail, or null when its end has not come. */
type DataSink = (chunk: Buffer, next: (rest: Buffer | null) => void) => void;

/**
 * The library's parser for command lines, with DATA read by our own DataReader: the library takes away only dots that stand before a dot,
 * sees the start of a line after a bare LF too, and passes the message through one more stream, piece by piece where dots were stuffed.
 */
class CaptureStream extends SMTPStream {
  private sink: DataSink | null = null;

  startData(sink: DataSink): void {
    this.sink = sink;
    this._dataMode = true;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding | 'buffer', next: (error?: Error | null) => void): void {
    if (!this.sink || this.isClosed) {
      super._write(chunk, encoding, next);
      return;
    }
    this.sink(chunk, (rest) => {
      if (!rest) {
        next();
        return;
      }
      this.sink = null;
      this._dataMode = false;
      this._write(rest, 'buffer', next);
    });
  }
}

class CaptureConnection extends SMTPConnection {
  readonly exchange: Exchange;
  readonly closed: Promise<void>;
  private readonly identity: string;

  constructor(library: SMTPServer, socket: net.Socket, id: string, ports: ExchangePorts) {
    super(library, socket, { id });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.exchange = new Exchange(
      { send: (lines) => this.transmit(lines), end: () => this.close() },
      { address: this.remoteAddress, port: this.remotePort },
      { address: this.localAddress, port: this.localPort },
      ports,
    );
    this.identity = ports.identity;
  }

  cut(): void {
    this._socket.destroy();
  }

  /** The library waits 100 ms here for clients that talk too soon; that bounds what one-mail-per-connection programs can send. We do not mind. */
  override init(): void {
    this._setListeners(() => {
      const { maxClients } = this._server.options;
      if (maxClients && this._server.connections.size > maxClients) {
        this.exchange.say(fullReply(this.identity));
        this.close();
      } else this.connectionReady();
    });
  }

  override _createParser(): SMTPStream {
    const parser = new CaptureStream({ maxCommandLength: maxCommandLine });
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on('error', () => {
      this.exchange.say(replies.lineTooLong);
      this.close();
    });
    // The client has ended its side, and everything it sent has its reply.
    parser.on('finish', () => this.close());
    return parser;
  }

  override _onCommand(command: Buffer, callback?: Done): void {
    const line = decodeLine(command);
    const blank = line.indexOf(' ');
    const verb = (blank < 0 ? line : line.slice(0, blank)).toUpperCase();
    this.exchange.hear(line, verb, this._nextHandler !== false, this._isSupported(verb));
    // The library cuts off after ten commands it does not know; whoever types by hand may err more often.
    this._unrecognizedCommands = 0;
    super._onCommand(command, callback);
  }

  /** Replies of the library: AUTH, and what it answers before a handler is called. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const status = this._getEnhancedStatusCode(code, context);
    const texts = Array.isArray(data) ? data : [data ?? ''];
    // Set by the library just before its 235.
    if (code === 235) this.exchange.login = this.session.user ?? null;
    this.exchange.say(
      ...texts.map((text, index) => `${code}${index < texts.length - 1 ? '-' : ' '}${status === '' ? '' : `${status} `}${printable(text)}`),
    );
    if (code === 421) this.close();
  }

  private transmit(lines: readonly string[]): void {
    if (this._socket.writable) this._socket.write(`${lines.join('\r\n')}\r\n`);
  }

  private greet(command: Buffer, isExtended: boolean, callback: Done): void {
    const name = decodeLine(command).slice('EHLO '.length).trim();
    if (name === '') this.answer(replies.needHelloName, callback);
    else {
      // The library asks for it before it lets MAIL and AUTH pass.
      this.hostNameAppearsAs = name;
      continueAfter(this.exchange.greet(name, isExtended), callback);
    }
  }

  private answer(reply: string, callback: Done): void {
    this.exchange.say(reply);
    callback();
  }

  override handler_EHLO(command: Buffer, callback: Done): void {
    this.greet(command, true, callback);
  }

  override handler_HELO(command: Buffer, callback: Done): void {
    this.greet(command, false, callback);
  }

  override handler_MAIL(command: Buffer, callback: Done): void {
    this.exchange.mail(decodeLine(command));
    callback();
  }

  override handler_RCPT(command: Buffer, callback: Done): void {
    this.exchange.rcpt(decodeLine(command));
    callback();
  }

  override handler_DATA(command: Buffer, callback: Done): void {
    const parser = this._parser;
    if (parser instanceof CaptureStream && this.exchange.data(decodeLine(command))) {
      parser.startData((chunk, next) => {
        // The client waits for us now: no idle timeout.
        this._handlerPending = true;
        this.exchange.receive(chunk, (rest) => {
          this._handlerPending = false;
          next(rest);
        });
      });
    }
    callback();
  }

  override handler_RSET(_command: Buffer, callback: Done): void {
    this.exchange.say(replies.ok);
    continueAfter(this.exchange.reset(), callback);
  }

  override handler_NOOP(_command: Buffer, callback: Done): void {
    this.answer(replies.ok, callback);
  }

  override handler_HELP(_command: Buffer, callback: Done): void {
    this.answer(replies.help, callback);
  }

  override handler_VRFY(_command: Buffer, callback: Done): void {
    this.answer(replies.cannotVerify, callback);
  }

  override handler_STARTTLS(_command: Buffer, callback: Done): void {
    this.answer(replies.noTls, callback);
  }

  handler_EXPN(_command: Buffer, callback: Done): void {
    this.answer(replies.notImplemented, callback);
  }

  handler_XMAILROOM(_command: Buffer, callback: Done): void {
    this.exchange.identify();
    callback();
  }

  override handler_QUIT(_command: Buffer, callback: Done): void {
    this.exchange.say(replies.bye);
    const refusing = this.exchange.abandon();
    this.close();
    continueAfter(refusing, callback);
  }
}

function continueAfter(work: Promise<void> | null, callback: Done): void {
  if (work) void work.then(callback);
  else callback();
}
