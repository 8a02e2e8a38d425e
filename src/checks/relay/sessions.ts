// checks: the connections of a relay test, each up to where MAIL may be said: with EHLO, inside of TLS where the server wants that first, and as a
// stranger where the server would trust us. Keeps what they say of the server and of us.
import type { Failure } from '../../base/failure.ts';
import { readOffer } from '../../smtp/ehlo.ts';
import { replyText } from '../../smtp/reply.ts';
import type { CheckContext } from '../context.ts';
import { was } from '../smtp/found.ts';
import { addressLiteral, nameSaid, serverName, wordsBesidesNames } from '../smtp/names.ts';
import { isPublic } from '../smtp/network.ts';
import { type Answer, Probe, type ProbeSubject } from '../smtp/probe.ts';

export interface Session {
  readonly probe: Probe;
  /** The server takes commands together (RFC 2920). */
  readonly isPipelined: boolean;
}

/** `failure`: no connection. `refusal`: the answer after which nothing more can be said; the connection is closed. */
export type Opening = { readonly session: Session } | { readonly probe: Probe; readonly failure: Failure } | { readonly refusal: Answer };

/** RFC 5737: an address of nobody. */
export const stranger = '203.0.113.9';

export class Sessions {
  /** Set when the server wants TLS before MAIL: every connection from then on begins it. */
  needsTls = false;
  private readonly subject: ProbeSubject;
  private readonly context: CheckContext;
  private readonly name: string;
  private readonly probes: Probe[] = [];
  private local: string | null = null;
  private isPretending = false;
  private words = '';

  /** `name`: of the connections, in the transcript. */
  constructor(subject: ProbeSubject, context: CheckContext, name: string) {
    this.subject = subject;
    this.context = context;
    this.name = name;
  }

  /** How many were begun. */
  get count(): number {
    return this.probes.length;
  }

  /** Our own address; null: no connection came about. */
  get probedFrom(): string | null {
    return this.local;
  }

  /** The server was told by XCLIENT that we are somebody else, and believed it. */
  get isStranger(): boolean {
    return this.isPretending;
  }

  /** Greeting and reply to EHLO without the names in them: they tell which program it is. */
  get software(): string {
    return this.words;
  }

  /** How the server names itself. */
  get serverName(): string {
    const said = this.probes.flatMap(({ answers }) => answers).filter(({ command }) => command === '' || /^(?:EHLO|HELO) /.test(command));
    return serverName(
      said.map(({ reply }) => nameSaid(reply)),
      this.subject.host,
      this.subject.address,
    );
  }

  /** All conversations, as text of a .smtp file. */
  get transcript(): string {
    return this.probes.map(({ transcript }) => transcript).join('\n');
  }

  async open(): Promise<Opening> {
    const probe = new Probe(this.subject, this.context, `${this.name}, connection ${this.probes.length + 1}`);
    this.probes.push(probe);
    const failure = await probe.connect();
    if (failure) return { probe, failure };
    this.local ??= probe.localAddress;
    const last = await this.enter(probe);
    if (!was(last, 'taken')) {
      await probe.quit();
      return { refusal: last };
    }
    const offer = last.reply && readOffer(last.reply);
    return { session: { probe, isPipelined: offer?.extensions.has('PIPELINING') ?? false } };
  }

  /** The reply to the last EHLO, or the answer that ended the attempt. */
  private async enter(probe: Probe): Promise<Answer> {
    const greeting = await probe.greeting();
    if (!was(greeting, 'taken')) return greeting;
    const hello = await sayHello(probe);
    if (!was(hello, 'taken')) return hello;
    this.words ||= [greeting, hello].map(({ reply }) => (reply ? wordsBesidesNames(reply) : '')).join('\n');
    if (!this.needsTls || probe.tls) return this.pretend(probe, hello);
    const start = await probe.say('STARTTLS');
    if (!was(start, 'taken')) return start;
    const failure = await probe.startTls();
    if (failure) return { reply: null, failure, command: 'STARTTLS', isSent: true, ms: 0 };
    const again = await sayHello(probe);
    return was(again, 'taken') ? this.pretend(probe, again) : again;
  }

  /**
   * Where the server may trust our address and lets us take another (Postfix's XCLIENT), it is asked as a stranger. The reply is a new greeting,
   * after which EHLO is due again.
   */
  private async pretend(probe: Probe, hello: Answer): Promise<Answer> {
    const offered = hello.reply ? readOffer(hello.reply)?.extensions.get('XCLIENT') : undefined;
    if (!offered?.includes('ADDR') || isPublic(probe.localAddress ?? '')) return hello;
    const greeting = await probe.say(`XCLIENT ADDR=${stranger}${offered.includes('NAME') ? ' NAME=[UNAVAILABLE]' : ''}`);
    if (greeting.reply?.code !== 220) return greeting.reply ? hello : greeting;
    this.isPretending = true;
    return sayHello(probe);
  }
}

/** 530 is said for a missing login and for missing TLS (RFC 3207 section 4, RFC 4954 section 6). */
export function wantsTls({ reply }: Answer): boolean {
  return reply !== null && (reply.code === 530 || reply.code === 523) && /STARTTLS|TLS|encrypt/i.test(replyText(reply));
}

/** In words, why no session came about: "the server does not talk to us: 554". */
export function refusalWords({ reply, failure }: Answer): string {
  if (reply) return `the server does not talk to us: ${reply.code ?? 'no code'}`;
  return failure?.reason === 'replyTimeout' ? 'the server did not answer' : `the conversation ended: ${failure?.message ?? ''}`;
}

async function sayHello(probe: Probe): Promise<Answer> {
  const name = addressLiteral(probe.localAddress ?? '');
  const answer = await probe.say(`EHLO ${name}`);
  return was(answer, 'refused') ? probe.say(`HELO ${name}`) : answer;
}
