// checks: puts the relay tests to a server, never more than these, a few on each connection, and never with DATA.
import { randomBytes } from 'node:crypto';
import { readOffer } from '../../smtp/ehlo.ts';
import { replyText } from '../../smtp/reply.ts';
import type { CheckContext } from '../context.ts';
import type { Finding, RelayRow, Transcript } from '../report.ts';
import { connectionFinding } from '../smtp/connecting.ts';
import { teller, was } from '../smtp/found.ts';
import { addressLiteral, isHostName, nameSaid, serverName, wordsBesidesNames } from '../smtp/names.ts';
import { isPublic } from '../smtp/network.ts';
import { type Answer, Probe, type ProbeSubject } from '../smtp/probe.ts';
import { type RelayTest, relayTests } from './matrix.ts';
import { judgeRelay, type RelayResult } from './verdict.ts';

export interface RelaySubject extends ProbeSubject {
  /** Whose mail the server takes; without it the controls, and so the verdict, are weaker. */
  readonly domain?: string | undefined;
  /** A domain that the server has nothing to do with; elsewhere.test when absent. */
  readonly foreignDomain?: string | undefined;
}

export interface RelayOutcome {
  readonly findings: readonly Finding[];
  readonly transcript: Transcript;
  /** Our own address; null: no connection came about. */
  readonly probedFrom: string | null;
}

/** Servers slow down and hang up after some errors (Postfix after 10, Exim after 3 to 10): so many tests go over one connection. */
const testsPerConnection = 5;
/** A server that hangs up each time is asked no longer. */
const maxConnections = 12;
/** A server that leaves us waiting is not waited for again and again. */
const maxTimeouts = 2;
const maxReply = 500;
/** RFC 5737: an address of nobody. */
const stranger = '203.0.113.9';
const defaultForeign = 'elsewhere.test';

/** Resolves to one finding, 'relay', with all rows; where no session came about, to the finding that says so and a skipped one. */
export async function checkRelay(subject: RelaySubject, context: CheckContext): Promise<RelayOutcome> {
  context.waitFor(subject.host);
  return new RelayCheck(subject, context).run();
}

class RelayCheck {
  private readonly subject: RelaySubject;
  private readonly context: CheckContext;
  private readonly transcripts: string[] = [];
  private readonly startedAt: number;
  private readonly rows = new Map<string, RelayRow>();
  private probedFrom: string | null = null;
  private software = '';
  private needsTls = false;
  private isStranger = false;

  constructor(subject: RelaySubject, context: CheckContext) {
    this.subject = subject;
    this.context = context;
    this.startedAt = context.clock.monotonic();
  }

  async run(): Promise<RelayOutcome> {
    const { subject, context } = this;
    const tell = teller('relay', subject, subject.domain);
    const first = this.newProbe();
    const failure = await first.connect();
    if (failure) {
      this.transcripts.push(first.transcript);
      const connection = connectionFinding(teller('addresses', subject, subject.domain), subject, first, failure, context.timeouts.connect);
      return this.outcome([connection, tell({ id: 'relay', level: 'skipped', title: 'Relay tests', detail: 'needs a connection' })]);
    }
    const refusal = await this.open(first);
    if (refusal) {
      await this.close(first);
      const detail = refusal.reply ? `the server does not talk to us: ${refusal.reply.code ?? 'no code'}` : 'the server did not greet';
      return this.outcome([tell({ id: 'relay', level: 'skipped', title: 'Relay tests', detail, answers: [refusal] })]);
    }
    const tests = relayTests({
      foreign: subject.foreignDomain ?? defaultForeign,
      server: this.serverName(first),
      address: subject.address,
      domain: subject.domain ?? null,
      token: randomBytes(4).toString('hex'),
    });
    await this.ask(first, tests);
    const results = tests.map((test) => ({ test, row: this.rows.get(test.id) ?? this.rowOf(test, null) }));
    const isKnown = results.some(({ test, row }) => test.kind === 'plain' && row.verdict === 'accepted');
    if (!context.signal.aborted || isKnown) return this.outcome([this.verdict(results)]);
    const cancelled = tell({ id: 'relay', level: 'skipped', title: 'Relay tests', detail: 'cancelled' });
    return this.outcome([{ ...cancelled, relay: results.map(({ row }) => row) }]);
  }

  private verdict(results: readonly RelayResult[]): Finding {
    const { subject, context } = this;
    const local = this.probedFrom ?? '';
    const probedFrom = this.isStranger ? `${local}, as if from ${stranger} (XCLIENT)` : local;
    const verdict = judgeRelay(results, {
      server: isHostName(subject.host) ? subject.host : subject.address,
      software: this.software,
      probedFrom,
      isTrustLikely: !isPublic(local) && !context.isLab && !this.isStranger,
      hasDomain: subject.domain !== undefined,
    });
    const evidence = [{ label: 'Probed from', text: probedFrom }];
    const ms = Math.round(context.clock.monotonic() - this.startedAt);
    const finding = teller('relay', subject, subject.domain)({ id: 'relay', ...verdict, evidence, source: 'RFC 5321 section 7.8', ms });
    return { ...finding, relay: results.map(({ row }) => row) };
  }

  /** All tests, over as many connections as it takes; a test that was cut off by the server is asked once more, on a fresh connection. */
  private async ask(first: Probe, tests: readonly RelayTest[]): Promise<void> {
    const waiting = [...tests];
    const repeated = new Set<string>();
    let timeouts = 0;
    let probe: Probe | null = first;
    for (let connections = 1; probe && waiting.length > 0; connections++) {
      for (let asked = 0; asked < testsPerConnection && probe.isOpen && !this.context.signal.aborted; asked++) {
        const [test] = waiting;
        if (!test) break;
        const answer = await this.put(probe, test, asked > 0);
        if (!this.needsTls && !probe.tls && wantsTls(answer)) {
          // It is asked anew inside of TLS, where this cannot happen again.
          this.needsTls = true;
          break;
        }
        const isTimeout = answer.failure?.reason === 'replyTimeout';
        const isCut = answer.reply === null || answer.reply.code === 421;
        if (isTimeout) timeouts++;
        if (isCut && !isTimeout && !repeated.has(test.id)) {
          repeated.add(test.id);
          break;
        }
        this.rows.set(test.id, this.rowOf(test, answer));
        waiting.shift();
        if (isCut) break;
      }
      await this.close(probe);
      const isOver = waiting.length === 0 || connections >= maxConnections || timeouts >= maxTimeouts || this.context.signal.aborted;
      probe = isOver ? null : await this.reopen();
    }
  }

  /** null: no session comes about any more. */
  private async reopen(): Promise<Probe | null> {
    const probe = this.newProbe();
    if ((await probe.connect()) === null && (await this.open(probe)) === null) return probe;
    await this.close(probe);
    return null;
  }

  /** The reply that decides. */
  private async put(probe: Probe, { from, to }: RelayTest, needsReset: boolean): Promise<Answer> {
    if (needsReset) {
      const reset = await probe.say('RSET');
      if (!reset.reply || reset.reply.code === 421) return reset;
    }
    const mail = await probe.say(`MAIL FROM:<${from}>`);
    return was(mail, 'taken') ? probe.say(`RCPT TO:<${to}>`) : mail;
  }

  private rowOf({ id, from, to }: RelayTest, answer: Answer | null): RelayRow {
    const reply = answer?.reply ? decisive(answer) : null;
    const row = { id, from: `<${from}>`, to: `<${to}>`, reply };
    if (answer === null) return { ...row, verdict: 'skipped' };
    const isRecipient = answer.command.startsWith('RCPT');
    if (was(answer, 'taken') && isRecipient) return { ...row, verdict: 'accepted' };
    // 503: we are out of order to the server, so this was no answer to the question.
    const isRefusal = was(answer, 'refused') && answer.reply?.code !== 503 && !answer.command.startsWith('RSET');
    return { ...row, verdict: isRefusal ? 'refused' : 'unknown' };
  }

  /** Until MAIL may be said. null: it may. */
  private async open(probe: Probe): Promise<Answer | null> {
    this.probedFrom ??= probe.localAddress;
    const greeting = await probe.greeting();
    if (!was(greeting, 'taken')) return greeting;
    const hello = await this.sayHello(probe);
    if (!was(hello, 'taken')) return hello;
    this.software ||= [greeting, hello].map(({ reply }) => (reply ? wordsBesidesNames(reply) : '')).join('\n');
    if (!this.needsTls || probe.tls) return this.pretend(probe, hello);
    const start = await probe.say('STARTTLS');
    if (!was(start, 'taken')) return start;
    const failure = await probe.startTls();
    if (failure) return { reply: null, failure, command: 'STARTTLS', isSent: true, ms: 0 };
    const again = await this.sayHello(probe);
    return was(again, 'taken') ? this.pretend(probe, again) : again;
  }

  /**
   * Where the server may trust our address and lets us take another (Postfix's XCLIENT), it is asked as a stranger. The reply is a new greeting,
   * after which EHLO is due again. null: MAIL may be said.
   */
  private async pretend(probe: Probe, hello: Answer): Promise<Answer | null> {
    const offered = hello.reply ? readOffer(hello.reply)?.extensions.get('XCLIENT') : undefined;
    if (!offered?.includes('ADDR') || isPublic(probe.localAddress ?? '')) return null;
    const greeting = await probe.say(`XCLIENT ADDR=${stranger}${offered.includes('NAME') ? ' NAME=[UNAVAILABLE]' : ''}`);
    if (greeting.reply?.code !== 220) return greeting.reply ? null : greeting;
    this.isStranger = true;
    const again = await this.sayHello(probe);
    return was(again, 'taken') ? null : again;
  }

  private async sayHello(probe: Probe): Promise<Answer> {
    const name = addressLiteral(probe.localAddress ?? '');
    const answer = await probe.say(`EHLO ${name}`);
    return was(answer, 'refused') ? probe.say(`HELO ${name}`) : answer;
  }

  private serverName(probe: Probe): string {
    const said = probe.answers.filter(({ command }) => command === '' || /^(?:EHLO|HELO) /.test(command));
    return serverName(
      said.map(({ reply }) => nameSaid(reply)),
      this.subject.host,
      this.subject.address,
    );
  }

  private newProbe(): Probe {
    return new Probe(this.subject, this.context, `Relay tests, connection ${this.transcripts.length + 1}`);
  }

  private async close(probe: Probe): Promise<void> {
    await probe.quit();
    this.transcripts.push(probe.transcript);
  }

  private outcome(findings: readonly Finding[]): RelayOutcome {
    const { host, address, port, domain } = this.subject;
    const target = { ...(domain === undefined ? {} : { domain }), host, address, port };
    return { findings, transcript: { target, text: this.transcripts.join('\n') }, probedFrom: this.probedFrom };
  }
}

/** 530 is said for a missing login and for missing TLS (RFC 3207 section 4, RFC 4954 section 6). */
function wantsTls({ reply }: Answer): boolean {
  return reply !== null && (reply.code === 530 || reply.code === 523) && /STARTTLS|TLS|encrypt/i.test(replyText(reply));
}

function decisive(answer: Answer): string {
  const text = answer.reply ? replyText({ lines: answer.reply.lines.slice(-1) }).slice(0, maxReply) : '';
  return answer.command.startsWith('RCPT') ? text : `${answer.command.split(':', 1)[0]}: ${text}`;
}
