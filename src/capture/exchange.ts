// capture: what the server answers on one connection and what becomes of its mails. Knows no socket and no smtp-server, only lines and octets.
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Conversation, Peer } from '../smtp/conversation.ts';
import { CredentialMask } from '../smtp/credentialMask.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { type PathProblem, parsePath } from '../smtp/path.ts';
import { printable } from '../smtp/printable.ts';
import type { Draft, Intake } from './intake.ts';
import { extensions, identityReply, type Limits, replies, serverName, storageReply, storedReply } from './policy.ts';
import { Recorder } from './recorder.ts';
import { Transaction } from './transaction.ts';

/** The way out to the client. */
export interface Wire {
  /** Sends lines, without their line endings. */
  send(lines: readonly string[]): void;
  /** Ends the connection after what was sent. */
  end(): void;
}

/** What all connections of one server share. */
export interface ExchangePorts {
  readonly limits: Limits;
  readonly identity: string;
  readonly authMethods: readonly string[];
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of everything that close() has to wait for. Never rejects. */
  readonly track: (work: Promise<void>) => void;
}

export interface EndedConversation {
  readonly conversation: Conversation;
  readonly accepted: number;
  /** Transactions that were kept without 250. */
  readonly refused: number;
}

const transactionVerbs = new Set(['MAIL', 'RCPT', 'DATA']);
const openingVerbs = new Set(['EHLO', 'HELO', 'AUTH']);

/** RFC 5321 section 4.5.3.1.2. */
const maxNameLength = 255;

/** What `receive` gives to its callback when the end of data has not come yet. */
type AfterData = (rest: Buffer | null) => void;

export class Exchange {
  login: Delivery['login'] = null;
  private readonly wire: Wire;
  private readonly ports: ExchangePorts;
  private readonly recorder: Recorder;
  private readonly mask = new CredentialMask();
  private transaction: Transaction | null = null;
  /** The command that has no reply yet. */
  private verb = '';
  private accepted = 0;
  private refused = 0;
  /** From the end of data to its reply. */
  private working: Promise<void> | null = null;
  private isShuttingDown = false;
  /** The client has said that it only looks: of it nothing is kept but mail that got its 250. */
  private isLooking = false;

  constructor(wire: Wire, client: Peer, server: Peer, ports: ExchangePorts) {
    this.wire = wire;
    this.ports = ports;
    this.recorder = new Recorder(ports.clock, client, server);
  }

  /** Records a line of the client. `isContinuation`: it answers a 334; `isCommand`: its verb is one that the server knows. */
  hear(line: string, verb: string, isContinuation: boolean, isCommand: boolean): void {
    this.verb = isContinuation ? 'AUTH' : verb;
    this.recorder.heard(this.mask.apply(line, isContinuation, isCommand), openingVerbs.has(this.verb));
  }

  /** Sends one reply, of one or several lines, and records it. */
  say(...lines: readonly string[]): void {
    for (const line of lines) this.recorder.said(line);
    const last = lines.at(-1) ?? '';
    const isRefusal = last.startsWith('4') || last.startsWith('5');
    // 421 may come at any time, also without a command (RFC 5321 section 3.8).
    if (isRefusal && (transactionVerbs.has(this.verb) || (this.transaction && last.startsWith('421')))) this.open().refusal = last;
    this.verb = '';
    this.wire.send(lines);
  }

  /** EHLO or HELO; the argument is only recorded. A greeting begins anew like RSET (RFC 5321 section 4.1.4). */
  greet(name: string, isExtended: boolean): Promise<void> | null {
    this.recorder.clientName = printable(name).slice(0, maxNameLength);
    const greeting = `${serverName} greets ${this.recorder.clientName.replace(/[^\x20-\x7e]/g, '?')}`;
    const texts = isExtended ? [greeting, ...extensions(this.ports.limits, this.ports.authMethods)] : [greeting];
    this.say(...texts.map((text, index) => `250${index < texts.length - 1 ? '-' : ' '}${text}`));
    return this.reset();
  }

  mail(line: string): void {
    this.say(this.answerMail(line));
  }

  rcpt(line: string): void {
    this.say(this.answerRcpt(line));
  }

  /** True: data follows, and goes to receive(). */
  data(line: string): boolean {
    const transaction = this.transaction;
    if (line.trim().length > 'DATA'.length) this.say(replies.noDataArguments);
    else if (!transaction?.from) this.say(replies.needMail);
    else if (transaction.to.length === 0) this.say(replies.needRecipient);
    else {
      transaction.draft = this.ports.intake();
      this.say(replies.startData);
      return true;
    }
    return false;
  }

  /** Takes a chunk of DATA. Calls `next` when it can take more, or with what follows the mail when the mail has its reply. */
  receive(chunk: Buffer, next: AfterData): void {
    const transaction = this.transaction;
    const draft = transaction?.draft;
    if (!draft) {
      next(chunk);
      return;
    }
    const { rest, drained } = transaction.receive(chunk, draft);
    if (rest) {
      this.working = this.endData(transaction, draft).then(() => this.finish());
      this.ports.track(this.working);
      void this.working.then(() => next(rest));
    } else if (transaction.isRunaway) {
      this.noteData(transaction);
      transaction.refusal = replies.tooLarge;
      this.say(replies.tooLarge);
      this.wire.end();
      this.ports.track(this.refuse(transaction));
      next(null);
    } else if (drained) void drained.then(() => next(null));
    else next(null);
  }

  /** RSET and a new EHLO: what was refused before is kept, anything else is forgotten. */
  reset(): Promise<void> | null {
    const transaction = this.transaction;
    if (!transaction) return null;
    if (transaction.refusal !== null) return this.refuse(transaction);
    this.forget();
    return null;
  }

  /** The client said QUIT, or has gone. */
  abandon(): Promise<void> | null {
    return this.transaction ? this.refuse(this.transaction) : null;
  }

  identify(): void {
    this.isLooking = true;
    this.say(identityReply(this.ports.identity));
  }

  /** The server is closing: ends the connection, after the reply to a mail that is being stored. */
  shutDown(): void {
    this.isShuttingDown = true;
    if (this.working) return;
    this.say(replies.shuttingDown);
    this.wire.end();
  }

  /** The connection is closed. Resolves when nothing of it is left to do; null: the client only looked, and no mail came of it. */
  async end(): Promise<EndedConversation | null> {
    await this.working;
    const transaction = this.transaction;
    if (transaction?.draft) this.noteData(transaction);
    await this.abandon();
    if (this.isLooking && this.accepted === 0) return null;
    return { conversation: this.recorder.conversationOfConnection(), accepted: this.accepted, refused: this.refused };
  }

  private answerMail(line: string): string {
    if (this.transaction?.from) return replies.nestedMail;
    const path = parsePath('MAIL FROM', line);
    if ('problem' in path) return describe(path, '5.1.7');
    const size = path.parameters['SIZE'];
    if (size !== undefined && !(typeof size === 'string' && /^[0-9]{1,20}$/.test(size))) return replies.badSize;
    const { maxMessageSize } = this.ports.limits;
    if (maxMessageSize > 0 && Number(size) > maxMessageSize) return replies.tooLarge;
    this.open().from = path;
    return replies.senderOk;
  }

  private answerRcpt(line: string): string {
    const transaction = this.transaction;
    if (!transaction?.from) return replies.needMail;
    const path = parsePath('RCPT TO', line);
    if ('problem' in path) return describe(path, '5.1.3');
    if (path.address === '') return replies.needRecipientAddress;
    if (transaction.to.length >= this.ports.limits.maxRecipients) return replies.tooManyRecipients;
    transaction.to.push(path);
    return replies.recipientOk;
  }

  private open(): Transaction {
    this.transaction ??= new Transaction(this.ports.limits.maxMessageSize);
    return this.transaction;
  }

  private async endData(transaction: Transaction, draft: Draft): Promise<void> {
    this.noteData(transaction);
    if (!transaction.isOversized) return this.store(transaction, draft);
    transaction.refusal = replies.tooLarge;
    this.say(replies.tooLarge);
    await this.refuse(transaction);
  }

  /** The side file holds the 250 before it is sent, for after it nothing of a mail may change; it is sent when the mail is safe. */
  private async store(transaction: Transaction, draft: Draft): Promise<void> {
    const reply = storedReply(draft.id);
    this.recorder.said(reply);
    const delivery = this.describe('accepted', reply, transaction);
    try {
      await draft.accept(delivery);
      this.accepted++;
      this.wire.send([reply]);
    } catch (error) {
      const refusal = storageReply(error);
      this.ports.log.warn(`A mail could not be stored: ${messageOf(error)}`);
      this.recorder.saidInstead(refusal);
      this.wire.send([refusal]);
      if (!this.isLooking) {
        this.refused++;
        // The octets are gone with the draft; a new one keeps what was said, if there is room for that.
        const refused = this.describe('refused', refusal, transaction);
        await this.ports.intake().refuse({ ...refused, size: 0 });
      }
    }
    this.forget();
  }

  /** The mail has its reply. */
  private finish(): void {
    this.working = null;
    if (this.isShuttingDown) this.shutDown();
  }

  private noteData(transaction: Transaction): void {
    if (transaction.isNoted) return;
    transaction.isNoted = true;
    this.recorder.note(transaction.describeData());
  }

  private async refuse(transaction: Transaction): Promise<void> {
    const { refusal, draft } = transaction;
    const delivery = this.describe(refusal === null ? 'aborted' : 'refused', refusal, transaction);
    this.forget();
    if (this.isLooking) {
      await draft?.discard();
      return;
    }
    this.refused++;
    await (draft ?? this.ports.intake()).refuse(delivery);
  }

  private forget(): void {
    this.transaction = null;
    this.recorder.endMail();
  }

  private describe(outcome: Delivery['outcome'], reply: string | null, transaction: Transaction): Delivery {
    return transaction.delivery(outcome, reply, {
      receivedAt: new Date(this.ports.clock.now()).toISOString(),
      login: this.login,
      conversation: this.recorder.conversationOfMail(),
    });
  }
}

function describe({ problem, message }: PathProblem, pathStatus: string): string {
  return `501 ${problem === 'path' ? pathStatus : '5.5.4'} ${message}`;
}
