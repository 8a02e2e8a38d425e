// checks: everything that one address of a server tells in a polite session: connection, greeting, extensions, TLS, recipients, times. What depends on
// a step that failed is skipped and says so.
import { randomBytes } from 'node:crypto';
import type { Announced, CheckContext } from '../context.ts';
import type { Finding, Group, Target, Transcript } from '../report.ts';
import { type CertificateFacts, readCertificate } from '../tls/certificate.ts';
import { encryptionFindings, encryptionTitles, handshakeFailedFinding, noStartTlsFinding } from '../tls/encryption.ts';
import { isTooOld, type MoreHandshakes, tryMoreHandshakes, tryOnlyOldProtocols } from '../tls/moreHandshakes.ts';
import { connectionFinding } from './connecting.ts';
import { askDisclosure, disclosureTitles, sizeFinding } from './disclosure.ts';
import { because, firstLine, foldSkipped, nameServer, printServer, skipped, type Tell, targetOf, teller, was } from './found.ts';
import { ftpFinding, greetingFindings, nameFinding } from './greeting.ts';
import { greetOrEncrypt, implicitTlsFinding } from './implicitTls.ts';
import { addressLiteral, nameSaid, wordsBesidesNames } from './names.ts';
import { changedOfferFinding, type Hello, loginFinding, offerFindings, pipeliningFinding, readHello } from './offer.ts';
import { type Answer, Probe, type ProbeSubject } from './probe.ts';
import { askRecipients, putOffId, recipientTitles } from './recipients.ts';
import { isForTesting, testingServerFinding } from './testing.ts';
import { timeFindings } from './times.ts';

export interface ServerSubject extends ProbeSubject {
  /** Whose mail the server takes; without it postmaster, abuse and unknown users of the domain are not asked for. */
  readonly domain?: string | undefined;
  /** An address that the person wants to know about; asked with RCPT only. */
  readonly recipient?: string | undefined;
  /** A record of the domain leads there, so mail servers, which begin without TLS, are to deliver to it. */
  readonly isNamedByOthers?: boolean | undefined;
}

export interface ServerOutcome {
  readonly findings: readonly Finding[];
  readonly transcript: Transcript;
  /** null: no TLS came about, or no certificate was shown. */
  readonly certificate: CertificateFacts | null;
  /** TLS came about, whatever the certificate; null: not known. What DANE and MTA-STS need first of all. */
  readonly hasTls: boolean | null;
  /** The names it has said in the greeting and in the reply to EHLO, as sent; '' where none was said. */
  readonly names: { readonly greeting: string; readonly hello: string };
  /** Our own address; null: no connection came about. */
  readonly probedFrom: string | null;
}

/** RFC 6409, RFC 8314. */
const submissionPorts = [465, 587];

/** Never rejects, never sends DATA. Makes up to five connections, three at a time at most. Findings are reported as they are made, and answered as well. */
export async function checkServer(subject: ServerSubject, context: CheckContext): Promise<ServerOutcome> {
  context.waitFor(subject.host);
  return new ServerCheck(subject, context).run();
}

class ServerCheck {
  /** Its `implicitTls` becomes true when TLS is found where nobody expected it. */
  private subject: ServerSubject;
  private readonly context: CheckContext;
  private readonly target: Target;
  private readonly smtp: Tell;
  private readonly tls: Tell;
  private readonly rows: Record<'greeting' | 'extensions' | 'tls', Announced>;
  private readonly findings: Finding[] = [];
  /** Told at the end, when it is known what else was skipped for the same reason. */
  private readonly leftOut: Finding[] = [];
  private isForTesting = false;
  private isPutOff = false;
  private readonly probes: Probe[] = [];
  private certificate: CertificateFacts | null = null;
  private hasTls: boolean | null = null;
  private names = { greeting: '', hello: '' };
  private probedFrom: string | null = null;
  private more: Promise<MoreHandshakes> | null = null;

  constructor(subject: ServerSubject, context: CheckContext) {
    this.subject = subject;
    this.context = context;
    this.target = targetOf(subject, subject.domain);
    this.smtp = teller('smtp', subject, subject.domain);
    this.tls = teller('tls', subject, subject.domain);
    this.rows = {
      greeting: this.row('smtp', 'Greeting'),
      extensions: this.row('smtp', 'Extensions', 'after the greeting'),
      tls: this.row('tls', 'TLS', subject.implicitTls ? '' : 'after the greeting'),
    };
  }

  async run(): Promise<ServerOutcome> {
    const probe = this.newProbe('Check');
    this.rows.greeting.run('connecting');
    const failure = await probe.connect();
    this.probedFrom = probe.localAddress;
    const { timeouts } = this.context;
    const tell = failure?.reason === 'tlsFailed' ? this.tls : teller('addresses', this.subject, this.subject.domain);
    this.add(connectionFinding(tell, this.subject, probe, failure, timeouts.connect));
    if (failure) this.skipAll(because(failure, 'needs a connection'), { greeting: 'Greeting' });
    else await this.talk(probe);
    const more = await this.more;
    this.tellLeftOut();
    const transcripts = [...this.probes.map(({ transcript }) => transcript), ...(more?.transcripts ?? [])];
    const { findings, certificate, hasTls, names, probedFrom, target } = this;
    return { findings, transcript: { target, text: transcripts.join('\n') }, certificate, hasTls, names, probedFrom };
  }

  private async talk(first: Probe): Promise<void> {
    if (first.tls) this.encrypted(first);
    this.rows.greeting.run('connected, nothing heard yet');
    const { probe, greeting } = await this.greeted(first);
    const server = printServer(this.subject);
    const told = greetingFindings(this.smtp, greeting, probe.greetingTimeout, server);
    this.add(...told);
    // It refuses us where it says so with 5yz, and is another kind of server otherwise.
    if (told.some(({ level }) => level === 'fail') && !was(greeting, 'refused')) return this.leave(probe, 'needs an SMTP server', false);
    if (greeting.reply?.code !== 220) return this.leave(probe, because(greeting.failure, greetingNeeded(greeting)), true);
    this.rows.extensions.run('EHLO is said');
    const hello = await sayHello(probe);
    const other = ftpFinding(this.smtp, greeting, hello.answer, server);
    if (other) {
      this.add(other);
      return this.leave(probe, 'needs an SMTP server', false);
    }
    this.names = { greeting: nameSaid(greeting.reply), hello: was(hello.answer, 'taken') ? nameSaid(hello.answer.reply) : '' };
    this.isForTesting = isForTesting([greeting, hello.answer].map(({ reply }) => (reply ? wordsBesidesNames(reply) : '')).join('\n'));
    if (this.isForTesting) this.add(testingServerFinding(this.smtp, [greeting]));
    if (was(hello.answer, 'taken')) this.add(nameFinding(this.smtp, greeting, hello.answer, this.context.isLab || this.isForTesting));
    this.rows.greeting.end();
    this.add(...offerFindings(this.smtp, hello, { isEncrypted: probe.tls !== null, isForTesting: this.isForTesting }));
    this.rows.extensions.end();
    if (!was(hello.answer, 'taken')) return this.leave(probe, because(hello.answer.failure, 'needs EHLO'), true);
    const { current, latest } = await this.encrypt(probe, hello);
    this.rows.tls.end();
    const last = await this.ask(current, latest);
    this.add(...timeFindings(this.smtp, last, await last.quit()));
  }

  /** The greeting, and the connection on which it came: another one with TLS where this one stays silent and that speaks. */
  private async greeted(first: Probe): Promise<{ readonly probe: Probe; readonly greeting: Answer }> {
    if (first.tls) return { probe: first, greeting: await first.greeting() };
    const encrypted = { ...this.subject, implicitTls: true };
    const { probe, greeting } = await greetOrEncrypt(first, this.context, (context) => {
      this.rows.greeting.run('nothing heard yet; TLS is tried on another connection');
      const second = new Probe(encrypted, context, 'Check with TLS from the first octet');
      this.probes.push(second);
      return second;
    });
    if (probe !== first) {
      this.subject = encrypted;
      this.add(implicitTlsFinding(this.tls, this.subject));
      this.encrypted(probe);
      this.rows.greeting.run('encrypted, nothing heard yet');
    }
    return { probe, greeting: greeting ?? (await probe.greeting()) };
  }

  /** `isSmtp`: so that it understands QUIT. */
  private async leave(probe: Probe, why: string, isSmtp: boolean): Promise<void> {
    this.skipAll(why, {});
    if (!isSmtp) probe.abandon('This is no SMTP server');
    this.add(...timeFindings(this.smtp, probe, isSmtp ? await probe.quit() : null));
  }

  /** Where the handshake fails, the rest is asked on a fresh connection without it. */
  private async encrypt(probe: Probe, hello: Hello): Promise<{ readonly current: Probe; readonly latest: Hello }> {
    if (probe.tls) return { current: probe, latest: hello };
    const { starttls: _starttls, ...others } = encryptionTitles;
    this.rows.tls.run('STARTTLS');
    const start = hello.offer?.extensions.has('STARTTLS') ? await probe.say('STARTTLS') : null;
    if (!start || !was(start, 'taken')) {
      this.hasTls = start === null || was(start, 'refused') ? false : null;
      const why = because(start?.failure ?? null, 'needs STARTTLS');
      this.add(noStartTlsFinding(this.tls, start, this.isForTesting), ...skipped(this.tls, others, why));
      return { current: probe, latest: hello };
    }
    this.rows.tls.run('handshake');
    const failure = await probe.startTls();
    if (!failure) {
      this.encrypted(probe);
      const latest = await sayHello(probe);
      const changed = changedOfferFinding(this.smtp, hello, latest);
      if (changed) this.add(changed);
      return { current: probe, latest };
    }
    this.hasTls = failure.reason === 'tlsFailed' && failure.data['code'] !== 'timeout' ? false : null;
    const { 'old-protocols': old = '', ...needTls } = others;
    const failed = handshakeFailedFinding(this.tls, failure);
    const why = because(failure, 'needs TLS');
    this.add(...skipped(this.tls, needTls, why));
    if (isTooOld(failure)) {
      const wish = { failed, isSubmission: this.isSubmission() };
      this.more = tryOnlyOldProtocols((found) => this.add(found), this.tls, this.subject, this.context, wish);
    } else this.add(failed, ...skipped(this.tls, { 'old-protocols': old }, why));
    return { current: await this.reopen('Check without TLS', false), latest: hello };
  }

  private encrypted({ tls, steps }: Probe): void {
    if (!tls) return;
    const { subject, context } = this;
    this.hasTls = true;
    this.certificate = readCertificate(tls, subject.host, context.clock.now());
    this.add(...encryptionFindings(this.tls, tls, this.certificate, this.isSubmission(), subject.host, steps.at(-1)?.ms ?? null));
    this.rows.tls.end();
    const row = this.row('tls', 'More handshakes');
    row.run('old protocols, no server name');
    // Beside the conversation, so that it takes no longer than that.
    this.more = tryMoreHandshakes((found) => this.add(found), this.tls, subject, context, tls.fingerprint256).finally(() => row.end());
  }

  /** Answers the connection that was asked last. */
  private async ask(probe: Probe, hello: Hello): Promise<Probe> {
    const { domain, recipient } = this.subject;
    const token = randomBytes(4).toString('hex');
    const server = nameServer(this.subject);
    const subject = { ...this.subject, mailDomain: domain ?? null, recipient: recipient ?? null, token, server };
    const report = (found: Finding): void => this.add(found);
    if (this.isSubmission()) this.add(loginFinding(this.smtp, hello, this.isForTesting));
    const row = this.row('smtp', 'Recipients');
    row.run('RCPT for postmaster and others');
    let current = probe;
    let isPipelined = hello.offer?.extensions.has('PIPELINING') ?? false;
    if (!(await askRecipients(report, this.smtp, current, subject, isPipelined))) {
      row.run('once more, one after the other');
      isPipelined = false;
      current = await this.reopen('Check, one command after the other', probe.tls !== null);
      await askRecipients(report, this.smtp, current, subject, isPipelined);
      if (current.isOpen) this.add(pipeliningFinding(this.smtp));
    }
    row.run('SIZE, VRFY and EXPN');
    this.add(...(await sizeFinding(this.smtp, current, hello, isPipelined)));
    await askDisclosure(report, this.smtp, current, token, this.isPutOff);
    row.end();
    return current;
  }

  /** A fresh connection up to where MAIL may be said. What goes wrong on it is seen at the first command. */
  private async reopen(name: string, isEncrypted: boolean): Promise<Probe> {
    const probe = this.newProbe(name);
    if ((await probe.connect()) !== null || !was(await probe.greeting(), 'taken')) return probe;
    await sayHello(probe);
    if (!isEncrypted || probe.tls || !was(await probe.say('STARTTLS'), 'taken')) return probe;
    if ((await probe.startTls()) === null) await sayHello(probe);
    return probe;
  }

  private newProbe(name: string): Probe {
    const probe = new Probe(this.subject, this.context, name);
    this.probes.push(probe);
    return probe;
  }

  private row(group: Group, title: string, detail = ''): Announced {
    return this.context.announce({ group, title, target: this.target, detail });
  }

  private add(...found: readonly Finding[]): void {
    for (const each of found) {
      // A row with the times of each step has something to show.
      if (each.level === 'skipped' && each.steps === undefined) {
        this.leftOut.push(each);
        continue;
      }
      this.isPutOff ||= each.id === putOffId;
      this.findings.push(each);
      this.context.report(each);
    }
  }

  private tellLeftOut(): void {
    const folded = foldSkipped(this.leftOut);
    this.findings.push(...folded);
    for (const each of folded) this.context.report(each);
  }

  private skipAll(why: string, more: Readonly<Record<string, string>>): void {
    const titles = { ...more, extensions: 'EHLO and extensions', ...recipientTitles(this.subject.domain ?? null), ...disclosureTitles };
    this.add(...skipped(this.smtp, titles, why));
    const { 'starttls-injection': injection = '', certificate = '', 'old-protocols': old = '', starttls = '' } = encryptionTitles;
    const usual = this.subject.implicitTls
      ? { certificate, 'old-protocols': old }
      : { starttls, certificate, 'old-protocols': old, 'starttls-injection': injection };
    if (!this.more) this.add(...skipped(this.tls, usual, why));
    for (const row of Object.values(this.rows)) row.end();
  }

  private isSubmission(): boolean {
    return this.subject.implicitTls || submissionPorts.includes(this.subject.port);
  }
}

/** Why the rest is skipped when the greeting was not 220. */
function greetingNeeded(greeting: Answer): string {
  return greeting.reply === null ? 'needs a greeting' : `the server does not talk to us: ${firstLine(greeting)}`;
}

async function sayHello(probe: Probe): Promise<Hello> {
  const name = addressLiteral(probe.localAddress ?? '');
  const answer = await probe.say(`EHLO ${name}`);
  return readHello(was(answer, 'refused') ? await probe.say(`HELO ${name}`) : answer);
}
