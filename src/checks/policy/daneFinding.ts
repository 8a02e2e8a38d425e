// checks/policy: the DANE comparison as a finding about one MX host (RFC 7672). The certificates come from others.
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, valuesOf } from '../dns/port.ts';
import type { Finding, Target } from '../report.ts';
import { compareDane, type DaneComparison, type DaneSubject, describeTlsa, tlsaFor } from './dane.ts';
import { maker, type PolicyMaker } from './found.ts';

/** Asked without validation only where that tells a wrong signature from a failing server. */
export async function lookUpTlsa(host: string, port: number, { dns, signal }: CheckContext): Promise<TlsaAnswer> {
  const name = `_${port}._tcp.${host}`;
  const answer = await dns.lookUp(name, 'TLSA', signal);
  const unchecked = answer.outcome === 'servFail' && !signal.aborted ? await dns.lookUpUnvalidated?.(name, 'TLSA') : undefined;
  return { answer, unchecked: unchecked ?? null };
}

export interface TlsaAnswer {
  readonly answer: DnsAnswer;
  /** What the name server says when it is not to check signatures; null: not asked. */
  readonly unchecked: DnsAnswer | null;
}

/** `subject`: null when no certificate was seen. */
export function judgeDane({ answer, unchecked }: TlsaAnswer, subject: DaneSubject | null, target: Target): Finding {
  const make = maker(target, 'tls');
  const bogus = unchecked !== null && (unchecked.outcome === 'found' || isAbsent(unchecked));
  if (bogus) return wrongSignatures(answer, unchecked, make);
  if (answer.outcome !== 'found' && !isAbsent(answer)) return make.unanswered('dane-look-up', 'DANE could not be looked up', answer);
  const records = valuesOf(answer, 'TLSA');
  const data = subject && tlsaFor(subject);
  const own = data === null ? [] : [`${answer.name}. IN TLSA ${data}`];
  const shared = { evidence: [make.answer(answer)], source: 'RFC 7672 section 3.1', ms: answer.ms };
  if (records.length === 0) {
    return make.finding({
      id: 'dane-none',
      level: 'advice',
      title: 'No DANE',
      detail: 'no TLSA record names the certificate',
      reason:
        'With it, senders that know DANE insist on TLS with this certificate, and nobody on the way can switch it off. It needs DNSSEC.',
      remedies: own.map((text) => ({ label: 'If the domain of the host is signed (DNSSEC), publish for the key that is used now', text })),
      ...shared,
    });
  }
  // Without DNSSEC senders ignore the records; whether it is there, only a validating name server says (RFC 7672 section 2.2).
  if (answer.isAuthentic !== true) {
    return make.finding({
      id: 'dane-dnssec',
      level: 'unknown',
      title: 'Whether DANE holds is not known',
      detail: 'TLSA records count only with DNSSEC, which this name server did not confirm',
      reason:
        'Either the domain is not signed, and senders ignore the records, or the name server that was asked does not check signatures.',
      ...shared,
    });
  }
  if (!subject)
    return make.finding({
      id: 'dane',
      level: 'skipped',
      title: 'DANE was not compared',
      detail: 'it needs the certificate of the server',
      ...shared,
    });
  return judge(compareDane(records, subject), own, shared, make);
}

function wrongSignatures(answer: DnsAnswer, unchecked: DnsAnswer, make: PolicyMaker): Finding {
  return make.finding({
    id: 'dane-bogus',
    level: 'fail',
    title: 'The signatures of the TLSA records are wrong',
    detail: 'senders that use DANE do not deliver',
    reason:
      'Asked not to check signatures (DNSSEC), the name server answers; asked in the usual way, it fails. Such senders then put mail off until the look-up works.',
    evidence: [make.answer(answer), make.answer(unchecked)],
    source: 'RFC 7672 section 2.1.1',
    ms: answer.ms + unchecked.ms,
  });
}

type Shared = Pick<Parameters<PolicyMaker['finding']>[0], 'evidence' | 'source' | 'ms'>;

function judge(
  { outcome, matched, unmatched, unusable, reasons }: DaneComparison,
  own: readonly string[],
  shared: Shared,
  make: PolicyMaker,
): Finding {
  switch (outcome) {
    case 'match': {
      const others = [
        ...(unmatched.length === 0 ? [] : [`${unmatched.length} more for another certificate, as during a change`]),
        ...(unusable.length === 0 ? [] : [`${unusable.length} that mail cannot use`]),
      ];
      return make.finding({
        id: 'dane',
        level: 'pass',
        title: 'The certificate is the one that DANE names',
        detail: [matched.map(describeTlsa).join(', '), ...others].join('; '),
        ...shared,
      });
    }
    case 'mismatch':
      return make.finding({
        id: 'dane',
        level: 'fail',
        title: 'The certificate is not the one that DANE names',
        detail: reasons[0] ?? unmatched.map(describeTlsa).join(', '),
        reason:
          'Senders that use DANE do not deliver. It happens when a certificate is renewed with a new key and the record is forgotten.',
        ...shared,
        remedies: own.map((text) => ({ label: 'If the certificate is the right one, publish for its key', text })),
      });
    case 'unusable':
      return make.finding({
        id: 'dane-unusable',
        level: 'warn',
        title: 'No TLSA record is of use for mail',
        detail: `${unusable.map(describeTlsa).join(', ')}; only DANE-TA(2) and DANE-EE(3) are, with a digest of the right length`,
        reason: 'Senders that use DANE ask for TLS, but take any certificate, so the records protect nothing.',
        ...shared,
        remedies: own.map((text) => ({ label: 'Publish in their place, for the key that is used now', text })),
        source: 'RFC 7672 section 3.1.3',
      });
    case 'unreadable':
      return make.finding({
        id: 'dane',
        level: 'unknown',
        title: 'DANE could not be compared',
        detail: 'the certificate cannot be read',
        ...shared,
      });
  }
}
