// checks/policy: whether the certificate that a mail server showed is the one its TLSA records name (RFC 7672). Pure: asks nobody.
import { createHash, X509Certificate } from 'node:crypto';
import type { RecordValue } from '../dns/port.ts';

export type TlsaValue = Extract<RecordValue, { kind: 'TLSA' }>;

export interface DaneComparison {
  /**
   * match: a sender that uses DANE delivers. mismatch: it does not. unusable: no record that SMTP can use (RFC 7672 section 3.1.3): such a sender
   * asks for TLS and takes any certificate. unreadable: the certificate itself cannot be read.
   */
  readonly outcome: 'match' | 'mismatch' | 'unusable' | 'unreadable';
  readonly matched: readonly TlsaValue[];
  /** Records that no certificate of the chain fits; beside a match, the other half of a roll-over. */
  readonly unmatched: readonly TlsaValue[];
  readonly unusable: readonly TlsaValue[];
  /** Why records that name an authority of the chain do not hold all the same, in English. */
  readonly reasons: readonly string[];
}

export interface DaneSubject {
  /** DER, the server's own certificate first, as presented. */
  readonly chain: readonly Uint8Array[];
  /** The MX host: the certificate must be for it where the record names an authority (RFC 7671 section 5.2). */
  readonly host: string;
  /** Milliseconds since the epoch: a certificate below a named authority must be valid then. */
  readonly now: number;
}

/** Presentation of the first three fields with their names (RFC 7218): "DANE-EE(3) SPKI(1) SHA2-256(1)". */
export function describeTlsa(record: TlsaValue): string {
  const usage = ['PKIX-TA', 'PKIX-EE', 'DANE-TA', 'DANE-EE'][record.usage] ?? 'usage';
  const selector = ['Cert', 'SPKI'][record.selector] ?? 'selector';
  const matching = ['Full', 'SHA2-256', 'SHA2-512'][record.matchingType] ?? 'matching';
  return `${usage}(${record.usage}) ${selector}(${record.selector}) ${matching}(${record.matchingType})`;
}

/** The data of the record that names the server's key and outlives each renewal that keeps it (RFC 7672 section 3.1.3); null: no certificate can be read. */
export function tlsaFor({ chain }: DaneSubject): string | null {
  const [own] = readChain(chain);
  if (!own) return null;
  const digest = createHash('sha256').update(own.publicKey.export({ type: 'spki', format: 'der' }));
  return `3 1 1 ${digest.digest('hex')}`;
}

/** `records`: at least one. */
export function compareDane(records: readonly TlsaValue[], subject: DaneSubject): DaneComparison {
  const usable = records.filter(isUsable);
  const unusable = records.filter((record) => !isUsable(record));
  const none = { matched: [], unmatched: [], unusable, reasons: [] };
  if (usable.length === 0) return { outcome: 'unusable', ...none };
  const chain = readChain(subject.chain);
  if (chain.length === 0) return { outcome: 'unreadable', ...none };
  const judged = usable.map((record) => ({ record, ...judge(record, chain, subject) }));
  const matched = judged.filter(({ holds }) => holds).map(({ record }) => record);
  return {
    outcome: matched.length > 0 ? 'match' : 'mismatch',
    matched,
    unmatched: judged.filter(({ holds }) => !holds).map(({ record }) => record),
    unusable,
    reasons: [...new Set(judged.flatMap(({ reason }) => (reason === '' ? [] : [reason])))],
  };
}

/** RFC 7672 section 3.1: usages 2 and 3 only; a digest of another length can match nothing. */
function isUsable(record: TlsaValue): boolean {
  const octets = record.certificate.length / 2;
  const fits = [octets > 0, octets === 32, octets === 64][record.matchingType] ?? false;
  return (record.usage === 2 || record.usage === 3) && record.selector <= 1 && fits;
}

function readChain(chain: readonly Uint8Array[]): X509Certificate[] {
  try {
    return chain.map((der) => new X509Certificate(der));
  } catch {
    return [];
  }
}

function judge(record: TlsaValue, chain: readonly X509Certificate[], subject: DaneSubject): { holds: boolean; reason: string } {
  const [own] = chain;
  // RFC 7671 section 5.1: names and dates of the certificate do not matter.
  if (record.usage === 3) return { holds: own !== undefined && fits(record, own), reason: '' };
  const anchor = chain.findIndex((certificate) => fits(record, certificate));
  if (!own || anchor < 0) return { holds: false, reason: '' };
  const reason = whatBreaks(chain.slice(0, anchor + 1), own, subject);
  return { holds: reason === '', reason };
}

/** RFC 7671 section 5.2: below the named authority everything is verified as usual. */
function whatBreaks(chain: readonly X509Certificate[], own: X509Certificate, { host, now }: DaneSubject): string {
  if (own.checkHost(host) === undefined) return `the certificate is not for ${host}`;
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
      return 'the chain does not lead to the named authority';
    if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now)
      return 'a certificate of the chain is outside of its dates';
  }
  return '';
}

function fits(record: TlsaValue, certificate: X509Certificate): boolean {
  const subject = record.selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  const association =
    record.matchingType === 0
      ? subject
      : createHash(record.matchingType === 1 ? 'sha256' : 'sha512')
          .update(subject)
          .digest();
  return association.toString('hex') === record.certificate;
}
