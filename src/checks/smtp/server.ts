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
import { firstLine, skipped, type Tell, targetOf, teller, was } from './found.ts';
import { greetingFindings, nameFinding } from './greeting.ts';
import { addressLiteral, nameSaid } from './names.ts';
import { changedOfferFinding, type Hello, loginFinding, offerFindings, pipeliningFinding, readHello } from './offer.ts';
import { Probe, type ProbeSubject } from './probe.ts';
import { askRecipients, recipientTitles } from './recipients.ts';
import { timeFindings } from './times.ts';

export interface ServerSubject extends ProbeSubject {
  /** Whose mail the server takes; without it postmaster, abuse and unknown users of the domain are not asked for. */
  readonly domain?: string | undefined;
  /** An address that the person wants to know about; asked with RCPT only. */
  readonly recipient?: string | undefined;
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
  private readonly subject: ServerSubject;
  private readonly context: CheckContext;
  private readonly target: Target;
  private readonly smtp: Tell;
  private readonly tls: Tell;
  private readonly rows: Record<'greeting' | 'extensions' | 'tls', Announced>;
  private readonly findings: Finding[] = [];
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
    if (failure) this.skipAll('needs a connection', { greeting: 'Greeting' });
    else await this.talk(probe);
    const more = await this.more;
    const transcripts = [...this.probes.map(({ transcript }) => transcript), ...(more?.transcripts ?? [])];
    const { findings, certificate, hasTls, names, probedFrom, target } = this;
    return { findings, transcript: { target, text: transcripts.join('\n') }, certificate, hasTls, names, probedFrom };
  }

  private async talk(probe: Probe): Promise<void> {
    if (probe.tls) this.encrypted(probe);
    this.rows.greeting.run('connected, nothing heard yet');
    const greeting = await probe.greeting();
    this.add(...greetingFindings(this.smtp, greeting, probe.greetingTimeout));
    if (greeting.reply?.code !== 220) {
      this.skipAll(greeting.reply === null ? 'needs a greeting' : `the server does not talk to us: ${firstLine(greeting)}`, {});
      this.add(...timeFindings(this.smtp, probe, await probe.quit()));
      return;
    }
    this.rows.extensions.run('EHLO is said');
    const hello = await sayHello(probe);
    this.names = { greeting: nameSaid(greeting.reply), hello: was(hello.answer, 'taken') ? nameSaid(hello.answer.reply) : '' };
    if (was(hello.answer, 'taken')) this.add(nameFinding(this.smtp, greeting, hello.answer, this.context.isLab));
    this.rows.greeting.end();
    this.add(...offerFindings(this.smtp, hello, probe.tls !== null));
    this.rows.extensions.end();
    if (!was(hello.answer, 'taken')) {
      this.skipAll('needs EHLO', {});
      this.add(...timeFindings(this.smtp, probe, await probe.quit()));
      return;
    }
    const { current, latest } = await this.encrypt(probe, hello);
    this.rows.tls.end();
    const last = await this.ask(current, latest);
    this.add(...timeFindings(this.smtp, last, await last.quit()));
  }

  /** Where the handshake fails, the rest is asked on a fresh connection without it. */
  private async encrypt(probe: Probe, hello: Hello): Promise<{ readonly current: Probe; readonly latest: Hello }> {
    if (probe.tls) return { current: probe, latest: hello };
    const { starttls: _starttls, ...others } = encryptionTitles;
    this.rows.tls.run('STARTTLS');
    const start = hello.offer?.extensions.has('STARTTLS') ? await probe.say('STARTTLS') : null;
    if (!start || !was(start, 'taken')) {
      this.hasTls = start === null || was(start, 'refused') ? false : null;
      this.add(noStartTlsFinding(this.tls, start), ...skipped(this.tls, others, 'needs STARTTLS'));
      return { current: probe, latest: hello };
    }
    this.rows.tls.run('handshake');
    const failure = await probe.startTls();
    if (!failure) {
      this.encrypted(probe);
      const latest = await sayHello(probe);
      this.add(changedOfferFinding(this.smtp, hello, latest));
      return { current: probe, latest };
    }
    this.hasTls = failure.reason === 'tlsFailed' && failure.data['code'] !== 'timeout' ? false : null;
    const { 'old-protocols': old = '', ...needTls } = others;
    this.add(handshakeFailedFinding(this.tls, failure), ...skipped(this.tls, needTls, 'needs TLS'));
    if (isTooOld(failure)) this.more = tryOnlyOldProtocols((found) => this.add(found), this.tls, this.subject, this.context);
    else this.add(...skipped(this.tls, { 'old-protocols': old }, 'needs TLS'));
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
    const subject = { ...this.subject, mailDomain: domain ?? null, recipient: recipient ?? null, token };
    const report = (found: Finding): void => this.add(found);
    if (this.isSubmission()) this.add(loginFinding(this.smtp, hello));
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
    await askDisclosure(report, this.smtp, current, token);
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
    this.findings.push(...found);
    for (const each of found) this.context.report(each);
  }

  private skipAll(why: string, more: Readonly<Record<string, string>>): void {
    const titles = { ...more, extensions: 'EHLO and extensions', ...recipientTitles, ...disclosureTitles };
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

async function sayHello(probe: Probe): Promise<Hello> {
  const name = addressLiteral(probe.localAddress ?? '');
  const answer = await probe.say(`EHLO ${name}`);
  return readHello(was(answer, 'refused') ? await probe.say(`HELO ${name}`) : answer);
}
