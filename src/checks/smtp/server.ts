// checks: everything that one address of a server tells in a polite session: connection, greeting, extensions, TLS, recipients, times. What depends on
// a step that failed is skipped and says so.
import { randomBytes } from 'node:crypto';
import type { CheckContext } from '../context.ts';
import type { Finding, Transcript } from '../report.ts';
import { type CertificateFacts, readCertificate } from '../tls/certificate.ts';
import { encryptionFindings, encryptionTitles, handshakeFailedFinding, noStartTlsFinding } from '../tls/encryption.ts';
import { type MoreHandshakes, tryMoreHandshakes } from '../tls/moreHandshakes.ts';
import { connectionFinding } from './connecting.ts';
import { disclosureFindings, disclosureTitles, sizeFinding } from './disclosure.ts';
import { firstLine, skipped, type Tell, teller, was } from './found.ts';
import { greetingFindings, nameFinding } from './greeting.ts';
import { addressLiteral, nameSaid } from './names.ts';
import { changedOfferFinding, type Hello, loginFinding, offerFindings, readHello } from './offer.ts';
import { Probe, type ProbeSubject } from './probe.ts';
import { recipientFindings, recipientTitles } from './recipients.ts';
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

/** Never rejects, never sends DATA. Makes up to four connections, two at a time at most. */
export async function checkServer(subject: ServerSubject, context: CheckContext): Promise<ServerOutcome> {
  context.waitFor(subject.host);
  return new ServerCheck(subject, context).run();
}

class ServerCheck {
  private readonly subject: ServerSubject;
  private readonly context: CheckContext;
  private readonly smtp: Tell;
  private readonly tls: Tell;
  private readonly findings: Finding[] = [];
  private readonly transcripts: string[] = [];
  private certificate: CertificateFacts | null = null;
  private hasTls: boolean | null = null;
  private names = { greeting: '', hello: '' };
  private probedFrom: string | null = null;
  private more: Promise<MoreHandshakes> | null = null;

  constructor(subject: ServerSubject, context: CheckContext) {
    this.subject = subject;
    this.context = context;
    this.smtp = teller('smtp', subject, subject.domain);
    this.tls = teller('tls', subject, subject.domain);
  }

  async run(): Promise<ServerOutcome> {
    const probe = new Probe(this.subject, this.context, 'Check');
    const failure = await probe.connect();
    this.probedFrom = probe.localAddress;
    const { timeouts } = this.context;
    const tell = failure?.reason === 'tlsFailed' ? this.tls : teller('addresses', this.subject, this.subject.domain);
    this.findings.push(connectionFinding(tell, this.subject, probe, failure, timeouts.connect));
    if (failure) this.skipAll('needs a connection', { greeting: 'Greeting' });
    else await this.talk(probe);
    const more = await this.more;
    this.findings.push(...(more?.findings ?? []));
    this.transcripts.push(probe.transcript, ...(more?.transcripts ?? []));
    const { host, address, port, domain } = this.subject;
    const target = { ...(domain === undefined ? {} : { domain }), host, address, port };
    const { findings, certificate, hasTls, names, probedFrom } = this;
    return { findings, transcript: { target, text: this.transcripts.join('\n') }, certificate, hasTls, names, probedFrom };
  }

  private async talk(probe: Probe): Promise<void> {
    if (probe.tls) this.encrypted(probe);
    const greeting = await probe.greeting();
    this.findings.push(...greetingFindings(this.smtp, greeting, this.context.timeouts.reply));
    if (greeting.reply?.code !== 220) {
      const isSilent = greeting.reply === null;
      this.skipAll(isSilent ? 'needs a greeting' : `the server does not talk to us: ${firstLine(greeting)}`, {});
      this.findings.push(...timeFindings(this.smtp, probe, await probe.quit()));
      return;
    }
    const hello = await sayHello(probe);
    this.names = { greeting: nameSaid(greeting.reply), hello: was(hello.answer, 'taken') ? nameSaid(hello.answer.reply) : '' };
    if (was(hello.answer, 'taken')) this.findings.push(nameFinding(this.smtp, greeting, hello.answer, this.context.isLab));
    this.findings.push(...offerFindings(this.smtp, hello, probe.tls !== null));
    if (!was(hello.answer, 'taken')) {
      this.skipAll('needs EHLO', {});
      this.findings.push(...timeFindings(this.smtp, probe, await probe.quit()));
      return;
    }
    const { current, latest } = await this.encrypt(probe, hello);
    await this.ask(current, latest);
    const goodbye = await current.quit();
    this.findings.push(...timeFindings(this.smtp, current, goodbye));
    if (current !== probe) this.transcripts.push(current.transcript);
  }

  /** Where the handshake fails, the rest is asked on a fresh connection without it. */
  private async encrypt(probe: Probe, hello: Hello): Promise<{ readonly current: Probe; readonly latest: Hello }> {
    if (probe.tls) return { current: probe, latest: hello };
    const { starttls: _starttls, ...others } = encryptionTitles;
    const start = hello.offer?.extensions.has('STARTTLS') ? await probe.say('STARTTLS') : null;
    if (!start || !was(start, 'taken')) {
      this.hasTls = start === null || was(start, 'refused') ? false : null;
      this.findings.push(noStartTlsFinding(this.tls, start), ...skipped(this.tls, others, 'needs STARTTLS'));
      return { current: probe, latest: hello };
    }
    const failure = await probe.startTls();
    if (!failure) {
      this.encrypted(probe);
      const latest = await sayHello(probe);
      this.findings.push(changedOfferFinding(this.smtp, hello, latest));
      return { current: probe, latest };
    }
    this.hasTls = failure.reason === 'tlsFailed' && failure.data['code'] !== 'timeout' ? false : null;
    this.findings.push(handshakeFailedFinding(this.tls, failure), ...skipped(this.tls, others, 'needs TLS'));
    const plain = new Probe(this.subject, this.context, 'Check without TLS');
    if ((await plain.connect()) === null && was(await plain.greeting(), 'taken')) await sayHello(plain);
    return { current: plain, latest: hello };
  }

  private encrypted({ tls, steps }: Probe): void {
    if (!tls) return;
    const { subject, context } = this;
    this.hasTls = true;
    this.certificate = readCertificate(tls, subject.host, context.clock.now());
    this.findings.push(...encryptionFindings(this.tls, tls, this.certificate, this.isSubmission(), subject.host, steps.at(-1)?.ms ?? null));
    // Beside the conversation, so that it takes no longer than that.
    this.more = tryMoreHandshakes(this.tls, subject, context, tls.fingerprint256);
  }

  private async ask(probe: Probe, hello: Hello): Promise<void> {
    const { domain, recipient } = this.subject;
    const token = randomBytes(4).toString('hex');
    const subject = { ...this.subject, mailDomain: domain ?? null, recipient: recipient ?? null, token };
    if (this.isSubmission()) this.findings.push(loginFinding(this.smtp, hello));
    this.findings.push(...(await recipientFindings(this.smtp, probe, subject)));
    this.findings.push(...(await sizeFinding(this.smtp, probe, hello)));
    this.findings.push(...(await disclosureFindings(this.smtp, probe, token)));
  }

  private skipAll(why: string, more: Readonly<Record<string, string>>): void {
    const titles = { ...more, extensions: 'EHLO and extensions', ...recipientTitles, ...disclosureTitles };
    this.findings.push(...skipped(this.smtp, titles, why));
    const { 'starttls-injection': injection = '', certificate = '', 'old-protocols': old = '', starttls = '' } = encryptionTitles;
    if (this.more) return;
    const usual = this.subject.implicitTls
      ? { certificate, 'old-protocols': old }
      : { starttls, certificate, 'old-protocols': old, 'starttls-injection': injection };
    this.findings.push(...skipped(this.tls, usual, why));
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
