// session: the connection of a run: how it is to be made, what is sent and read over it, and where the conversation on it stands.
import { Failure } from '../base/failure.ts';
import type { SmtpClient } from '../smtp/client.ts';
import type { Reply } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import type { Target, TlsMode } from './directive.ts';
import type { SessionRecorder } from './recorder.ts';
import type { RunPorts } from './runPorts.ts';
import { afterClose, afterConnect, afterGreeting, afterReply, afterTls, initialState, type SessionState } from './sessionState.ts';

/** What a run needs of SmtpClient. */
export type SessionClient = Pick<
  SmtpClient,
  'tls' | 'local' | 'remote' | 'connectMs' | 'isClosed' | 'send' | 'readReply' | 'startTls' | 'close'
>;

const defaultTimeout = 30_000;

export class RunConnection {
  /** null: not said yet. */
  target: Target | null = null;
  mode: TlsMode = 'none';
  verify = true;
  /** Milliseconds. */
  timeout: number;
  private readonly ports: RunPorts;
  private readonly recorder: SessionRecorder;
  private client: SessionClient | null;
  private current: SessionState;
  private last: Reply | null = null;

  constructor(ports: RunPorts, recorder: SessionRecorder) {
    this.ports = ports;
    this.recorder = recorder;
    this.timeout = ports.timeout ?? defaultTimeout;
    this.client = ports.open?.client ?? null;
    this.current = ports.open?.state ?? initialState;
    if (this.client) recorder.connected(this.client.local, this.client.remote);
  }

  get state(): SessionState {
    return this.current;
  }

  get isOpen(): boolean {
    return this.client !== null;
  }

  get lastReply(): Reply | null {
    return this.last;
  }

  async open({ host, port }: Target): Promise<SessionClient> {
    const { connect, signal } = this.ports;
    const tls = this.mode === 'implicit' ? 'implicit' : 'none';
    const client = await connect({ host, port, tls, verify: this.verify, connectTimeout: this.timeout, signal });
    this.client = client;
    this.current = afterConnect(client.tls !== null);
    this.recorder.connected(client.local, client.remote);
    if (client.tls) this.noteTls(client.tls);
    return client;
  }

  /** At once; a connection that the caller had opened stays open. */
  close(): void {
    if (this.client && this.client !== this.ports.open?.client) this.client.close();
    this.client = null;
    this.current = afterClose(this.current);
  }

  /** Another server is meant from now on. */
  forget(): void {
    this.close();
    this.current = initialState;
  }

  send(octets: Uint8Array): Promise<void> {
    return this.required().send(octets, this.wait());
  }

  /** With CRLF. `isAnswer`: to a challenge, so it is masked in the record. */
  sendLine(text: string, isAnswer = this.current.phase === 'login'): Promise<void> {
    const sending = this.send(Buffer.from(`${text}\r\n`, 'utf8'));
    // Afterwards, while the server is at work already.
    if (this.current.phase === 'data') this.recorder.sentData(text);
    else this.recorder.sent(text, isAnswer);
    return sending;
  }

  async read(): Promise<Reply> {
    const reply = await this.required().readReply(this.wait());
    this.recorder.heard(reply);
    this.last = reply;
    if (this.current.phase === 'greeting') this.current = afterGreeting(this.current);
    return reply;
  }

  /** The reply that was read last was to this command. */
  answered(command: string, reply: Reply): void {
    this.current = afterReply(this.current, command, reply);
  }

  /** True: @tls starttls, and there is no TLS yet. */
  wantsTls(): boolean {
    return this.mode === 'starttls' && this.required().tls === null;
  }

  async beginTls(): Promise<TlsFacts> {
    const facts = await this.required().startTls({ verify: this.verify, ...this.wait() });
    this.current = afterTls(this.current);
    this.noteTls(facts);
    return facts;
  }

  private wait(): { readonly timeout: number; readonly signal: AbortSignal | undefined } {
    return { timeout: this.timeout, signal: this.ports.signal };
  }

  private required(): SessionClient {
    if (!this.client) throw new Failure('connectionClosed', 'The connection is closed');
    return this.client;
  }

  private noteTls(facts: TlsFacts): void {
    this.recorder.note(`${facts.protocol}, ${facts.isTrusted ? 'certificate trusted' : (facts.problemText ?? 'certificate not trusted')}`);
  }
}
