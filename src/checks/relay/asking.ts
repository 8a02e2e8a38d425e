// checks: puts the relay tests to a server, each once, a few on each connection, and never with DATA. Together where the server takes commands
// together, over some connections side by side where it is slow, and politely: a server that hangs up or puts us off is asked over one at a time.
import type { CheckContext } from '../context.ts';
import { was } from '../smtp/found.ts';
import type { Answer } from '../smtp/probe.ts';
import type { RelayTest } from './matrix.ts';
import { type Session, type Sessions, wantsTls } from './sessions.ts';

/** Servers slow down and hang up after some errors (Postfix after 10, Exim after 3 to 10): so many tests go over one connection. */
const mostOnConnection = 8;
/** A server that hangs up each time is asked no longer. */
const mostConnections = 14;
/** At a time. */
const mostSideBySide = 3;
/** A server that leaves us waiting is not waited for again and again. */
const mostTimeouts = 2;
/** Tests that would take longer one after the other are asked side by side. Milliseconds. */
const patience = 2000;

/** `onAnswer` hears of each test that has its final answer. Tests that were not asked, or not to the end, are not among the answers. */
export async function askTests(
  sessions: Sessions,
  first: Session,
  tests: readonly RelayTest[],
  context: CheckContext,
  onAnswer: (answers: ReadonlyMap<string, Answer>) => void,
): Promise<ReadonlyMap<string, Answer>> {
  return new Asking(sessions, tests, context, onAnswer).run(first);
}

class Asking {
  private readonly sessions: Sessions;
  private readonly context: CheckContext;
  private readonly onAnswer: (answers: ReadonlyMap<string, Answer>) => void;
  private readonly waiting: RelayTest[];
  private readonly answers = new Map<string, Answer>();
  private readonly repeated = new Set<string>();
  private readonly startedAt: number;
  private onConnection: number;
  private timeouts = 0;
  /** The server hung up, put us off or left us waiting: from then on one connection at a time. */
  private isTroubled = false;
  private isPipelining = true;
  private sides: Promise<void> | null = null;

  constructor(sessions: Sessions, tests: readonly RelayTest[], context: CheckContext, onAnswer: Asking['onAnswer']) {
    this.sessions = sessions;
    this.waiting = [...tests];
    this.context = context;
    this.onAnswer = onAnswer;
    this.startedAt = context.clock.monotonic();
    this.onConnection = Math.ceil(tests.length / Math.ceil(tests.length / mostOnConnection));
  }

  async run(first: Session): Promise<ReadonlyMap<string, Answer>> {
    for (let session: Session | null = first; session !== null; session = await this.next()) await this.askOver(session, true);
    return this.answers;
  }

  /** The next connection of the one that asks from beginning to end. null: all is asked, or nothing more can be. */
  private async next(): Promise<Session | null> {
    // What a connection at the side has not got answered comes back; a server that is troubled has one connection at a time.
    if (this.isOver() || this.isTroubled) await this.sides;
    if (this.isOver()) return null;
    const session = await this.open();
    if (session) return session;
    // A server may allow a client so many connections and no more.
    if (!this.sides) return null;
    await this.sides;
    this.sides = null;
    return this.isOver() ? null : this.open();
  }

  private async aside(): Promise<void> {
    while (!this.isTroubled && !this.isOver()) {
      const session = await this.open();
      if (session) await this.askOver(session, false);
      else this.isTroubled = true;
    }
  }

  private isOver(): boolean {
    return (
      this.waiting.length === 0 || this.sessions.count >= mostConnections || this.timeouts >= mostTimeouts || this.context.signal.aborted
    );
  }

  private async open(): Promise<Session | null> {
    const opening = await this.sessions.open();
    return 'session' in opening ? opening.session : null;
  }

  private async askOver(session: Session, isFirst: boolean): Promise<void> {
    const { probe } = session;
    for (let asked = 0; asked < this.onConnection && probe.isOpen && !this.context.signal.aborted; asked++) {
      if ((!isFirst && this.isTroubled) || this.timeouts >= mostTimeouts) break;
      const test = this.waiting.shift();
      if (!test) break;
      if (!this.settle(test, await this.put(session, test, asked > 0), session, asked)) break;
      if (isFirst) this.hurry();
    }
    await probe.quit();
  }

  /** The reply that decides. */
  private async put({ probe, isPipelined }: Session, { from, to }: RelayTest, needsReset: boolean): Promise<Answer> {
    const recipient = `RCPT TO:<${to}>`;
    const before = [...(needsReset ? ['RSET'] : []), `MAIL FROM:<${from}>`];
    if (isPipelined && this.isPipelining) {
      const answers = await probe.sayAll([...before, recipient]);
      return (answers.find((answer, index) => index === before.length || isEnd(answer)) ?? answers.at(-1)) as Answer;
    }
    for (const command of before) {
      const answer = await probe.say(command);
      if (isEnd(answer)) return answer;
    }
    return probe.say(recipient);
  }

  /** True: the connection is good for the next test. */
  private settle(test: RelayTest, answer: Answer, { probe, isPipelined }: Session, asked: number): boolean {
    if (!probe.tls && wantsTls(answer)) {
      // It is asked anew inside of TLS, where this cannot happen again.
      this.sessions.needsTls = true;
      this.waiting.unshift(test);
      return false;
    }
    const isTimeout = answer.failure?.reason === 'replyTimeout';
    const isCut = answer.reply === null || answer.reply.code === 421;
    if (isCut) {
      this.isTroubled = true;
      if (isTimeout) this.timeouts++;
      // Next time we go before that.
      else if (asked > 1) this.onConnection = Math.min(this.onConnection, asked);
      const isLost = isTimeout ? isPipelined && this.isPipelining : !this.repeated.has(test.id);
      // Some firewalls lose commands that come together.
      if (isTimeout) this.isPipelining = false;
      if (isLost) {
        this.repeated.add(test.id);
        this.waiting.unshift(test);
        return false;
      }
    }
    this.answers.set(test.id, answer);
    this.onAnswer(this.answers);
    return !isCut;
  }

  private hurry(): void {
    if (this.sides || this.isTroubled || this.answers.size === 0) return;
    const each = (this.context.clock.monotonic() - this.startedAt) / this.answers.size;
    if (each * this.waiting.length < patience) return;
    const enough = Math.min(mostSideBySide - 1, Math.ceil(this.waiting.length / this.onConnection));
    this.sides = Promise.all(Array.from({ length: enough }, () => this.aside())).then(() => {});
  }
}

/** After this answer to RSET or MAIL there is no asking on. */
function isEnd(answer: Answer): boolean {
  const { reply, command } = answer;
  return command === 'RSET' ? reply === null || reply.code === 421 : !was(answer, 'taken');
}
