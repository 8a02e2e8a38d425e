// checks: what DANE and MTA-STS need to know of the certificate that a server showed, and each judgement about it by itself.
import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import type { TlsFacts } from '../../smtp/tlsFacts.ts';

export interface CertificateFacts {
  /** "TLSv1.3". */
  readonly protocol: string;
  readonly cipher: string;
  /** Signed by an authority that this machine trusts, with nothing missing between; dates and name are another matter. */
  readonly isChainTrusted: boolean;
  readonly isSelfSigned: boolean;
  /** For the host that was meant (RFC 9525). */
  readonly isNameRight: boolean;
  readonly isInDate: boolean;
  /** Whole days until it ends, negative afterwards. */
  readonly daysLeft: number;
  /** ISO 8601, UTC. */
  readonly validFrom: string;
  readonly validTo: string;
  /** "CN=mx.example.com, O=Example". */
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and IP addresses it is for, at most 100. */
  readonly names: readonly string[];
  /** In English, everything that is wrong; null: nothing. */
  readonly problemText: string | null;
  /** "RSA 2048", "EC prime256v1". */
  readonly key: string;
  /** The last of the chain is signed by itself: nothing is missing between. */
  readonly isChainRooted: boolean;
  /** Broken since long: MD5 or SHA-1 in a signature of the chain, but for that of an authority on itself, which nobody looks at. */
  readonly hasWeakSignature: boolean;
  /** RSA or DSA below 2048 bits. */
  readonly hasShortKey: boolean;
  /** DER, the server's own first, then those that signed it, at most ten. */
  readonly chain: readonly Uint8Array[];
}

const day = 24 * 60 * 60 * 1000;
const maxName = 300;
/** md5WithRSAEncryption, sha1WithRSAEncryption, ecdsa-with-SHA1. */
const weakSignatures = ['2a864886f70d010104', '2a864886f70d010105', '2a8648ce3d0401'];

/** null: the server showed no certificate, or one that cannot be read. `now`: milliseconds since the epoch. */
export function readCertificate(facts: TlsFacts, host: string, now: number): CertificateFacts | null {
  const [leaf] = facts.chain;
  const certificate = leaf && parse(leaf);
  if (!certificate) return null;
  const from = Date.parse(facts.validFrom);
  const to = Date.parse(facts.validTo);
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const bits = asymmetricKeyDetails?.modulusLength;
  return {
    protocol: facts.protocol,
    cipher: facts.cipher,
    isChainTrusted: isChainTrusted(facts, from <= now && now <= to),
    isSelfSigned: facts.problem === 'selfSigned',
    isNameRight: (net.isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host)) !== undefined,
    isInDate: from <= now && now <= to,
    daysLeft: Math.floor((to - now) / day),
    validFrom: facts.validFrom,
    validTo: facts.validTo,
    subject: facts.subject,
    issuer: facts.issuer,
    names: facts.names.map((name) => name.slice(0, maxName)),
    problemText: facts.problemText,
    key: [asymmetricKeyType?.toUpperCase() ?? 'unknown', asymmetricKeyDetails?.namedCurve ?? bits ?? ''].join(' ').trim(),
    isChainRooted: facts.chain.length > 1 && isSignedByItself(facts.chain.at(-1)),
    hasWeakSignature: facts.chain.some((der, index) => isWeak(der) && (index === 0 || !isSignedByItself(der))),
    hasShortKey: bits !== undefined && bits < 2048,
    chain: facts.chain,
  };
}

/** OpenSSL speaks of a date last: where it is the leaf's own, all else of the chain is right. */
function isChainTrusted({ problem, isTrusted }: TlsFacts, isLeafInDate: boolean): boolean {
  if (isTrusted || problem === 'nameMismatch') return true;
  return (problem === 'expired' || problem === 'notYetValid') && !isLeafInDate;
}

function parse(der: Uint8Array): X509Certificate | null {
  try {
    const certificate = new X509Certificate(der);
    // A key of a kind that this runtime does not know is an error only when it is asked for.
    return certificate.publicKey ? certificate : null;
  } catch {
    return null;
  }
}

function isSignedByItself(der: Uint8Array | undefined): boolean {
  const certificate = der && parse(der);
  return certificate ? certificate.checkIssued(certificate) : false;
}

function isWeak(der: Uint8Array): boolean {
  return weakSignatures.includes(signatureAlgorithm(der));
}

/** Hexadecimal, of the object identifier (RFC 5280 section 4.1.1.2); '' when it is not where it must be. */
function signatureAlgorithm(der: Uint8Array): string {
  const certificate = element(der, 0);
  const signed = element(der, certificate.from);
  const algorithm = element(der, signed.to);
  const { from, to } = element(der, algorithm.from);
  return Buffer.from(der.subarray(from, to)).toString('hex');
}

/** Where the contents of the DER element at `start` begin and end. */
function element(der: Uint8Array, start: number): { readonly from: number; readonly to: number } {
  const first = der[start + 1] ?? 0;
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  const from = start + 2 + lengthOctets;
  let length = lengthOctets === 0 ? first : 0;
  for (const octet of der.subarray(start + 2, from)) length = length * 256 + octet;
  return { from, to: from + length };
}
