// checks: what further connections tell of a server's TLS: whether it still takes the old versions, whether it needs to be told its name, and whether
// it lets commands in that came before the handshake.
import type { Failure } from '../../base/failure.ts';
import type { CheckContext } from '../context.ts';
import type { Finding } from '../report.ts';
import { endedByRun, firstLine, printServer, type Tell, was } from '../smtp/found.ts';
import { addressLiteral } from '../smtp/names.ts';
import { type Answer, Probe, type ProbeSubject, type ProbeTls } from '../smtp/probe.ts';
import { type CertificateFacts, readCertificate } from './certificate.ts';
import { describeCertificate } from './encryption.ts';

export interface MoreHandshakes {
  readonly transcripts: readonly string[];
}

/** Why a handshake that offers only TLS 1.0 and 1.1 failed: the server says that it does not want these. */
const refusals = /protocol[ _]version|unsupported[ _]protocol|handshake[ _]failure|insufficient[ _]security|inappropriate[ _]fallback/i;

/** The runtime, not the server, does not want them: as OpenSSL and as BoringSSL say it, which is in desktop VS Code. */
const ours = /no[ _]protocols[ _]available|no[ _]supported[ _]versions[ _]enabled/i;

/** Two connections, side by side. `fingerprint`: of the certificate that the server showed when it was told its name. */
export async function tryMoreHandshakes(
  report: (finding: Finding) => void,
  tell: Tell,
  subject: ProbeSubject,
  context: CheckContext,
  fingerprint: string,
): Promise<MoreHandshakes> {
  const old = new Probe(subject, context, 'Only TLS 1.0 and 1.1 are offered');
  const nameless = new Probe(subject, context, 'TLS without a server name, and a command sent too early');
  const withoutNameFindings = async (): Promise<void> => {
    for (const finding of await withoutName(tell, nameless, subject, fingerprint, context.clock.now())) report(finding);
  };
  await Promise.all([oldProtocols(tell, old, subject, false).then(report), withoutNameFindings()]);
  return { transcripts: [old.transcript, nameless.transcript] };
}

/**
 * For a server with which no handshake of today comes about, which `failed` tells. Where an old one does, that is the one finding. `isSubmission`:
 * programs hand in mail here, and they send nothing without TLS.
 */
export async function tryOnlyOldProtocols(
  report: (finding: Finding) => void,
  tell: Tell,
  subject: ProbeSubject,
  context: CheckContext,
  { failed, isSubmission }: { readonly failed: Finding; readonly isSubmission: boolean },
): Promise<MoreHandshakes> {
  const probe = new Probe(subject, context, 'Only TLS 1.0 and 1.1 are offered');
  const old = await oldProtocols(tell, probe, subject, true);
  if (old.level !== 'warn') {
    report(failed);
    report(tell({ id: old.id, level: 'skipped', title: 'TLS 1.0 and 1.1', detail: 'needs TLS' }));
  } else
    report({
      ...old,
      level: isSubmission ? 'fail' : 'warn',
      detail: 'so the handshake of a sender of today fails',
      reason: `${failed.reason} ${old.reason}`,
      evidence: [...failed.evidence, ...old.evidence],
    });
  return { transcripts: [probe.transcript] };
}

/** A handshake of today failed because of what is too old. */
export function isTooOld(failure: Failure): boolean {
  return failure.reason === 'tlsFailed' && /protocol[ _]version|unsupported[ _]protocol/i.test(failure.message);
}

/** What a handshake that offers only old protocols came to. `version`: null when it failed. `isOnly`: newer ones were refused. */
export interface OldHandshake {
  readonly subject: ProbeSubject;
  readonly version: string | null;
  readonly failure: Failure | null;
  readonly isOnly: boolean;
  readonly ms: number;
}

async function oldProtocols(tell: Tell, probe: Probe, subject: ProbeSubject, isOnly: boolean): Promise<Finding> {
  const failure = await beginTls(probe, subject, { onlyOldProtocols: true });
  const version = probe.tls?.protocol ?? null;
  await probe.quit();
  return oldProtocolsFinding(tell, { subject, version, failure, isOnly, ms: Math.round(probe.passed) });
}

export function oldProtocolsFinding(tell: Tell, { subject, version, failure, isOnly, ms }: OldHandshake): Finding {
  const id = 'old-protocols';
  const source = 'RFC 8996';
  if (version !== null) {
    return tell({
      id,
      level: 'warn',
      title: isOnly ? `Nothing newer than ${version} is accepted` : `${version} is accepted`,
      reason: 'TLS 1.0 and 1.1 have known holes and are forbidden since 2021. Every sender of today knows TLS 1.2.',
      remedies: [
        { label: 'If it is Postfix, set in main.cf', text: 'smtpd_tls_protocols = >=TLSv1.2\nsmtpd_tls_mandatory_protocols = >=TLSv1.2' },
      ],
      source,
      ms,
    });
  }
  const evidence = failure ? [{ label: 'What happened', text: failure.message }] : [];
  const ended = endedByRun(failure);
  if (ended) return tell({ id, title: 'TLS 1.0 and 1.1', ...ended });
  const isOurs = failure?.data['code'] === 'notPossible' || ours.test(failure?.message ?? '');
  if (failure?.reason === 'tlsFailed' && !isOurs && refusals.test(failure.message)) {
    return tell({ id, level: 'pass', title: 'TLS 1.0 and 1.1 are refused', evidence, source, ms });
  }
  const detail = isOurs ? 'this program cannot offer TLS 1.0 and 1.1' : 'the server gave no clear answer';
  const command = `openssl s_client -tls1_1 -cipher DEFAULT@SECLEVEL=0${subject.implicitTls ? '' : ' -starttls smtp'} -connect ${printServer(subject)}`;
  const remedies = isOurs ? [{ label: 'A program that can', text: command }] : [];
  return tell({ id, level: 'unknown', title: 'TLS 1.0 and 1.1', detail, evidence, remedies, source, ms });
}

async function withoutName(tell: Tell, probe: Probe, subject: ProbeSubject, fingerprint: string, now: number): Promise<readonly Finding[]> {
  const start: { answer: Answer | null } = { answer: null };
  const failure = await beginTls(probe, subject, { withoutName: true }, start);
  const { tls } = probe;
  const findings = tls === null ? [] : nameFinding(tell, tls.fingerprint256 === fingerprint, readCertificate(tls, subject.host, now));
  if (subject.implicitTls) {
    await probe.quit();
    return findings;
  }
  return [...findings, await injection(tell, probe, failure, start.answer)];
}

/** `certificate`: what those see who tell no name. None where it is the same. */
function nameFinding(tell: Tell, isSame: boolean, certificate: CertificateFacts | null): readonly Finding[] {
  if (isSame) return [];
  const id = 'sni';
  const source = 'RFC 6066 section 3';
  const reason = 'Some senders do not tell the name of the server that they want (SNI). They see the other certificate.';
  const evidence = certificate ? [{ label: 'Certificate without a server name', text: describeCertificate(certificate) }] : [];
  return [tell({ id, level: 'info', title: 'Another certificate without a server name', reason, evidence, source })];
}

/**
 * NOOP went out in one piece with STARTTLS. A server that answers it inside of TLS takes what anybody on the way has put in for the words of the
 * client (CVE-2011-0411). The replies tell: an additional one makes that to QUIT come late.
 */
async function injection(tell: Tell, probe: Probe, failure: Failure | null, start: Answer | null): Promise<Finding> {
  const id = 'starttls-injection';
  const source = 'RFC 3207 section 5';
  const isRefused = start?.reply !== undefined && start?.reply !== null && was(start, 'refused');
  if (isRefused) {
    await probe.quit();
    return tell({
      id,
      level: 'pass',
      title: 'Commands before the handshake are refused',
      detail: firstLine(start),
      answers: [start],
      source,
    });
  }
  if (failure || probe.tls === null) {
    await probe.quit();
    const ended = endedByRun(failure);
    if (ended) return tell({ id, title: 'Commands before the handshake', ...ended });
    const evidence = failure ? [{ label: 'What happened', text: failure.message }] : [];
    return tell({
      id,
      level: 'unknown',
      title: 'Commands before the handshake',
      detail: 'the handshake did not come about',
      evidence,
      source,
    });
  }
  const hello = await probe.say(`EHLO ${addressLiteral(probe.localAddress ?? '')}`);
  const goodbye = await probe.quit();
  const answers = [hello, ...(goodbye ? [goodbye] : [])];
  if (!hello.reply || !goodbye?.reply) {
    return tell({ id, level: 'unknown', title: 'Commands before the handshake', detail: 'no answer inside of TLS', answers, source });
  }
  if (goodbye.reply.code === 221) {
    return tell({ id, level: 'pass', title: 'Commands before the handshake are thrown away', answers, source });
  }
  const reason =
    'A command that was sent as plain text together with STARTTLS was answered inside of TLS. Somebody on the way can put commands in that count as encrypted, and steal mail or logins so.';
  const remedies = [{ label: 'Update the server software', text: 'CVE-2011-0411' }];
  return tell({ id, level: 'fail', title: 'Commands before the handshake are obeyed', reason, answers, remedies, source });
}

/** Up to the handshake. `start`: gets the answer to STARTTLS; where it is wanted, NOOP is sent together with it. null: there is TLS. */
async function beginTls(probe: Probe, subject: ProbeSubject, tls: ProbeTls, start?: { answer: Answer | null }): Promise<Failure | null> {
  const failure = await probe.connect(tls);
  if (failure) return failure;
  const greeting = await probe.greeting();
  if (!was(greeting, 'taken') || subject.implicitTls) return greeting.failure;
  const hello = await probe.say(`EHLO ${addressLiteral(probe.localAddress ?? '')}`);
  if (!was(hello, 'taken')) return hello.failure;
  const answer = start ? await probe.sayTogether('STARTTLS', 'NOOP') : await probe.say('STARTTLS');
  if (start) start.answer = answer;
  return was(answer, 'taken') ? probe.startTls(tls) : answer.failure;
}
