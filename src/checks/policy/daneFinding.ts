// checks/policy: the DANE comparison as a finding about one MX host (RFC 7672). Pure: the TLSA answer and the certificates come from others.
import { type DnsAnswer, isAbsent, valuesOf } from '../dns/port.ts';
import type { Finding, Target } from '../report.ts';
import { compareDane, type DaneComparison, type DaneSubject, describeTlsa } from './dane.ts';
import { maker, type PolicyMaker } from './found.ts';

/** `answer`: of _25._tcp.<host> TLSA. `subject`: null when no certificate was seen. */
export function judgeDane(answer: DnsAnswer, subject: DaneSubject | null, target: Target): Finding {
  const make = maker(target, 'tls');
  if (answer.outcome !== 'found' && !isAbsent(answer)) return make.unanswered('dane-look-up', 'DANE could not be looked up', answer);
  const records = valuesOf(answer, 'TLSA');
  const shared = { evidence: [make.answer(answer)], source: 'RFC 7672 section 3.1', ms: answer.ms };
  if (records.length === 0) {
    return make.finding({ id: 'dane-none', level: 'advice', title: 'No DANE', detail: 'no TLSA record names the certificate', ...shared });
  }
  // Without DNSSEC senders ignore the records; whether it is there, only a validating name server says (RFC 7672 section 2.2).
  if (answer.isAuthentic !== true) {
    const detail = 'TLSA records count only with DNSSEC, which this name server did not confirm';
    return make.finding({ id: 'dane-dnssec', level: 'unknown', title: 'Whether DANE holds is not known', detail, ...shared });
  }
  if (!subject)
    return make.finding({
      id: 'dane',
      level: 'skipped',
      title: 'DANE was not compared',
      detail: 'it needs the certificate of the server',
      ...shared,
    });
  return judge(compareDane(records, subject), shared, make);
}

type Shared = Pick<Parameters<PolicyMaker['finding']>[0], 'evidence' | 'source' | 'ms'>;

function judge({ outcome, matched, unmatched, reasons }: DaneComparison, shared: Shared, make: PolicyMaker): Finding {
  switch (outcome) {
    case 'match': {
      const others = unmatched.length === 0 ? '' : `; ${unmatched.length} more for another certificate, as during a change`;
      return make.finding({
        id: 'dane',
        level: 'pass',
        title: 'The certificate is the one that DANE names',
        detail: `${matched.map(describeTlsa).join(', ')}${others}`,
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
        remedies: [{ label: 'Print the record for the certificate that is used now', text: tlsaCommand }],
      });
    case 'unusable':
      return make.finding({
        id: 'dane-unusable',
        level: 'warn',
        title: 'No TLSA record is of use for mail',
        detail: 'only DANE-TA(2) and DANE-EE(3) are, with a digest of the right length',
        ...shared,
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

const tlsaCommand = 'openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum   # for "3 1 1 <digest>"';
