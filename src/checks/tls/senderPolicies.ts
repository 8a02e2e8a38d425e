// checks: what MTA-STS and DANE make of the TLS of a server: usually senders do not look at it, those that follow a policy do not deliver without.
import { finding } from '../finding.ts';
import type { Finding, Target } from '../report.ts';
import type { CertificateFacts } from './certificate.ts';

/** What was seen of one address of a server. */
export interface SeenTls {
  readonly target: Target;
  /** null: not known. */
  readonly hasTls: boolean | null;
  readonly certificate: CertificateFacts | null;
}

type Mode = 'enforce' | 'testing';

/** `policy`: the findings about the MTA-STS of the domain. One finding for each server, none where senders have no policy to follow. */
export function judgeUnderMtaSts(policy: readonly Finding[], servers: readonly SeenTls[]): readonly Finding[] {
  const mode = modeOf(policy);
  return mode === null ? [] : servers.map((server) => judgeServer(mode, server));
}

/** Where DANE could not be compared because the server has no TLS, senders that follow it do not deliver (RFC 7672 section 2.2). */
export function judgeDaneWithoutTls(dane: Finding, hasTls: boolean | null): Finding {
  if (dane.id !== 'dane' || dane.level !== 'skipped' || hasTls !== false) return dane;
  return {
    ...dane,
    level: 'fail',
    title: 'DANE names a certificate, and the server has no TLS',
    detail: 'senders that use DANE do not deliver',
    reason: 'TLSA records that DNSSEC vouches for tell senders that the server has TLS, so they take its absence for an attack.',
    remedies: [{ label: 'If it is Postfix, set in main.cf', text: 'smtpd_tls_security_level = may' }],
    source: 'RFC 7672 section 2.2',
  };
}

function modeOf(policy: readonly Finding[]): Mode | null {
  const level = policy.find(({ id }) => id === 'mta-sts-mode')?.level;
  if (level === 'pass') return 'enforce';
  return level === 'warn' ? 'testing' : null;
}

function judgeServer(mode: Mode, { target, hasTls, certificate }: SeenTls): Finding {
  const base = { id: 'mta-sts-tls', group: 'tls', target, source: 'RFC 8461 section 4.2' } as const;
  if (hasTls === null)
    return finding({ ...base, level: 'skipped', title: 'TLS was not compared with MTA-STS', detail: 'nothing is known of its TLS' });
  const problem = problemOf(hasTls, certificate);
  if (problem === null)
    return finding({ ...base, level: 'pass', title: 'TLS is as MTA-STS wants it', detail: 'encrypted, trusted, named right' });
  return finding({
    ...base,
    level: mode === 'enforce' ? 'fail' : 'warn',
    title: 'TLS is not as MTA-STS wants it',
    detail: problem,
    reason:
      mode === 'enforce'
        ? 'Senders that follow MTA-STS do not deliver to this server.'
        : 'As soon as the policy is enforced, senders that follow MTA-STS do not deliver to this server.',
    evidence: certificate?.problemText ? [{ label: 'What is wrong', text: certificate.problemText }] : [],
  });
}

function problemOf(hasTls: boolean, certificate: CertificateFacts | null): string | null {
  if (!hasTls) return 'the server has no TLS';
  if (!certificate) return 'its certificate cannot be read';
  const problems = [
    ...(certificate.isChainTrusted ? [] : ['not trusted']),
    ...(certificate.isNameRight ? [] : ['for another name']),
    ...(certificate.isInDate ? [] : [certificate.daysLeft < 0 ? 'expired' : 'not valid yet']),
  ];
  return problems.length === 0 ? null : `the certificate is ${problems.join(', ')}`;
}
