// checks: proof of relaying by delivery: one short message through the ways that a server accepted, two at most, and a look into the drop folder
// whether it arrives. Asked for by the person each time.
import type { CheckContext } from '../context.ts';
import type { Finding, Transcript } from '../report.ts';
import { connectionFinding } from '../smtp/connecting.ts';
import { nameServer, type Tell, targetOf, teller, was } from '../smtp/found.ts';
import type { Answer, Probe } from '../smtp/probe.ts';
import type { DeliveredMail, Deliveries } from './deliveries.ts';
import { kindOfTest, nameTest, type RelayTest, relayTests } from './matrix.ts';
import { describeProbing, type Probing } from './probing.ts';
import { makeToken, proofLines } from './proofMessage.ts';
import { arrivedFinding, missingFinding, type Proof, refusedFinding } from './proofVerdict.ts';
import { checkRelay, isOwn, type RelaySubject } from './relay.ts';
import { refusalWords, type Session, Sessions, wantsTls } from './sessions.ts';

export interface ProofSubject extends RelaySubject {
  /** The domain whose mail arrives in the drop folder. */
  readonly foreignDomain: string;
  /** Ids of tests that the server accepted before. When absent, all tests are asked first. */
  readonly tests?: readonly string[] | undefined;
}

export interface ProofOutcome {
  readonly findings: readonly Finding[];
  readonly transcript: Transcript;
  readonly probedFrom: string | null;
}

/** Messages: through the first plain way and through the first hidden one. */
export const mostProofs = 2;
/** Milliseconds. A run has less time in all unless the person allows it more. */
const longestWait = 120_000;
/** How long the second message is waited for when one has arrived. Milliseconds. */
const waitForOther = 10_000;

export async function proveRelay(subject: ProofSubject, deliveries: Deliveries | null, context: CheckContext): Promise<ProofOutcome> {
  context.waitFor(subject.host);
  return new RelayProof(subject, deliveries, context).run();
}

interface Sent extends Proof {
  /** To the end of data, or the one that it did not come further than. */
  readonly answer: Answer;
  /** The server has the message; without an answer nobody knows, so it may arrive. */
  readonly isTaken: boolean;
}

class RelayProof {
  private readonly subject: ProofSubject;
  private readonly deliveries: Deliveries | null;
  private readonly context: CheckContext;
  private readonly tell: Tell;
  private readonly sessions: Sessions;
  private readonly findings: Finding[] = [];
  private readonly transcripts: string[] = [];
  private probedFrom: string | null = null;

  constructor(subject: ProofSubject, deliveries: Deliveries | null, context: CheckContext) {
    this.subject = subject;
    this.deliveries = deliveries;
    this.context = context;
    this.tell = teller('relay', subject, subject.domain);
    this.sessions = new Sessions(subject, context, 'Proof by delivery');
  }

  async run(): Promise<ProofOutcome> {
    const { subject, deliveries } = this;
    if (!deliveries?.isListening) this.skip('the Mailroom server does not run, so no delivery could be seen');
    else if (isOwn(subject.foreignDomain, subject.domain))
      this.skip(`${subject.foreignDomain} is the server's own domain: that it takes mail for it proves nothing`);
    else await this.prove(deliveries);
    const text = [...this.transcripts, this.sessions.transcript].filter((part) => part !== '').join('\n');
    const transcript = { target: targetOf(subject, subject.domain), text };
    return { findings: this.findings, transcript, probedFrom: this.probedFrom };
  }

  private async prove(deliveries: Deliveries): Promise<void> {
    const accepted = this.subject.tests ?? (await this.askTests());
    if (accepted.length === 0) return this.skip('no test was accepted, so nothing was sent');
    const sent: Sent[] = [];
    for (const kind of ['plain', 'hidden'] as const) {
      if (this.context.signal.aborted) break;
      if (!accepted.some((id) => kindOfTest(id) === kind)) continue;
      const one = await this.send(kind, accepted);
      if (one) sent.push(one);
      else if (this.findings.some(({ id }) => id === 'relay-proof')) break;
    }
    this.probedFrom ??= this.sessions.probedFrom;
    if (this.findings.length === 0 && sent.length === 0) this.skip(this.context.signal.aborted ? 'cancelled' : 'there is no such test');
    for (const one of sent.filter(({ isTaken }) => !isTaken)) this.findings.push(refusedFinding(this.tell, one, one.answer, this.server));
    const taken = sent.filter(({ isTaken }) => isTaken);
    if (taken.length > 0) await this.watch(taken, deliveries);
  }

  /** The ids of what was accepted; its finding is told with the others. */
  private async askTests(): Promise<readonly string[]> {
    const { findings, transcript, probedFrom, accepted } = await checkRelay(this.subject, this.context);
    this.findings.push(...findings);
    for (const finding of findings) this.context.report(finding);
    this.transcripts.push(transcript.text);
    this.probedFrom = probedFrom;
    return accepted.map(({ id }) => id);
  }

  /** null: there is no way of this kind, or no session came about, which is told. */
  private async send(kind: RelayTest['kind'], accepted: readonly string[]): Promise<Sent | null> {
    const opening = await this.sessions.open();
    if ('failure' in opening) return this.unreachable(opening.probe, opening.failure);
    if ('refusal' in opening) {
      this.skip(refusalWords(opening.refusal), [opening.refusal]);
      return null;
    }
    const { probe } = opening.session;
    const token = makeToken();
    const test = this.testsWith(token).find((each) => each.kind === kind && accepted.includes(each.id));
    if (!test) {
      await probe.quit();
      return null;
    }
    this.context.doing(`a message as in ${nameTest(test)}`);
    const answer = await this.say(opening.session, test, token);
    await probe.quit();
    if (!probe.tls && wantsTls(answer)) {
      // Every session has it from now on.
      this.sessions.needsTls = true;
      return this.send(kind, accepted);
    }
    return { test, token, answer, isTaken: answer.command === '.' && (answer.reply === null || was(answer, 'taken')) };
  }

  /** The answer that decided: that to the end of data, or the first one that was no. */
  private async say({ probe }: Session, { from, to }: RelayTest, token: string): Promise<Answer> {
    for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`]) {
      const answer = await probe.say(command);
      if (!was(answer, 'taken')) return answer;
    }
    const data = await probe.say('DATA');
    if (data.reply?.code !== 354) return data;
    return probe.sayMessage(proofLines({ token, domain: this.subject.foreignDomain, server: this.server, now: this.context.clock.now() }));
  }

  private async watch(sent: readonly Sent[], deliveries: Deliveries): Promise<void> {
    const { context, tell, server, probing } = this;
    const { clock } = context;
    const ways = sent.map(({ test }) => nameTest(test)).join(' and ');
    context.doing(`sent as in ${ways}; waiting for it in the drop folder`);
    const limit = new AbortController();
    let timer = setTimeout(() => limit.abort(), longestWait);
    const signal = AbortSignal.any([context.signal, limit.signal]);
    const began = clock.monotonic();
    await Promise.all(
      sent.map(async (one) => {
        const mail = await this.arrival(one.token, deliveries, signal);
        const ms = Math.round(clock.monotonic() - began);
        if (mail) {
          clearTimeout(timer);
          timer = setTimeout(() => limit.abort(), waitForOther);
        }
        const finding = mail
          ? arrivedFinding(tell, one, mail, { server, probing, ms })
          : missingFinding(tell, one, one.answer, { server, ms, isCancelled: isCancelled(context.signal) });
        this.findings.push(finding);
        context.report(finding);
      }),
    );
    clearTimeout(timer);
  }

  private async arrival(token: string, deliveries: Deliveries, signal: AbortSignal): Promise<DeliveredMail | null> {
    try {
      return await deliveries.waitFor(token, signal);
    } catch (error) {
      if (!signal.aborted) this.context.log.warn(`The drop folder could not be watched: ${String(error)}`);
      return null;
    }
  }

  private testsWith(user: string): readonly RelayTest[] {
    const { foreignDomain, address, domain } = this.subject;
    return relayTests({ user, foreign: foreignDomain, server: this.sessions.serverName, address, domain: domain ?? null, token: user });
  }

  private get server(): string {
    return nameServer(this.subject);
  }

  private get probing(): Probing {
    const { sessions, subject, context } = this;
    const local = sessions.probedFrom ?? '';
    return describeProbing({ local, address: subject.address, isStranger: sessions.isStranger, isLab: context.isLab });
  }

  private unreachable(probe: Probe, failure: NonNullable<Probe['failure']>): null {
    const { subject, context } = this;
    const tell = teller('addresses', subject, subject.domain);
    this.findings.push(connectionFinding(tell, subject, probe, failure, context.timeouts.connect));
    this.skip('needs a connection');
    return null;
  }

  private skip(detail: string, answers: readonly Answer[] = []): void {
    this.findings.push(this.tell({ id: 'relay-proof', level: 'skipped', title: 'Proof by delivery', detail, answers }));
  }
}

function isCancelled({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof Error && reason.name === 'TimeoutError');
}
