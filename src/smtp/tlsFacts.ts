// smtp: what is true of a TLS connection and its certificate. Chain, dates and name are judged apart, because Node reports only one of them.
import { checkServerIdentity, type DetailedPeerCertificate, type EphemeralKeyInfo, type PeerCertificate, type TLSSocket } from 'node:tls';
import { printable } from './printable.ts';

export const certificateProblems = [
  'noCertificate',
  'selfSigned',
  'untrustedIssuer',
  'notYetValid',
  'expired',
  'nameMismatch',
  'invalid',
] as const;
export type CertificateProblem = (typeof certificateProblems)[number];

export interface TlsFacts {
  /** "TLSv1.3". */
  readonly protocol: string;
  /** The name of the IETF: "TLS_AES_256_GCM_SHA384". */
  readonly cipher: string;
  /** How both came to a common key: "X25519", "DH 2048 bits"; '' where the runtime does not tell. */
  readonly keyExchange: string;
  /** Chain, dates and name are all right. */
  readonly isTrusted: boolean;
  /** The first that is wrong, or null. */
  readonly problem: CertificateProblem | null;
  /** Everything that is wrong, in English sentences, or null. */
  readonly problemText: string | null;
  /** "CN=mx.example.com, O=Example"; '' when there is no certificate. */
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601, UTC; '' when there is no certificate. */
  readonly validFrom: string;
  readonly validTo: string;
  /** DNS names and IP addresses the certificate is for (RFC 9525: of subjectAltName only). */
  readonly names: readonly string[];
  /** SHA-256 over the certificate, hexadecimal with colons. */
  readonly fingerprint256: string;
  /** The certificates in DER, the server's own first, then those that signed it, sent or known here, at most ten. */
  readonly chain: readonly Uint8Array[];
  /** Plaintext octets that had arrived before the handshake and were thrown away; more than 0 smells of injection (RFC 3207 section 5). */
  readonly droppedOctets: number;
}

const chainProblems: Readonly<Record<string, CertificateProblem>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'selfSigned',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrustedIssuer',
  UNABLE_TO_GET_ISSUER_CERT: 'untrustedIssuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrustedIssuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrustedIssuer',
  CERT_UNTRUSTED: 'untrustedIssuer',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'notYetValid',
};

const maxNames = 100;
const maxChain = 10;

/**
 * Reads the facts after the handshake. The socket must have been made with rejectUnauthorized: false and a checkServerIdentity that says
 * nothing, so that `authorizationError` speaks of the chain alone. `name`: the host name or IP address that was meant. `now`: milliseconds since the epoch.
 */
export function readTlsFacts(socket: TLSSocket, name: string, now: number, droppedOctets: number): TlsFacts {
  const certificate = socket.getPeerCertificate(true);
  const hasCertificate = typeof certificate.fingerprint256 === 'string';
  const found = hasCertificate ? judge(socket, certificate, name, now) : [noCertificate];
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    keyExchange: keyExchangeOf(socket),
    isTrusted: found.length === 0,
    problem: found[0]?.problem ?? null,
    problemText: found.length === 0 ? null : found.map(({ text }) => text).join(' '),
    subject: hasCertificate ? distinguishedName(certificate.subject) : '',
    issuer: hasCertificate ? distinguishedName(certificate.issuer) : '',
    validFrom: hasCertificate ? isoDate(certificate.valid_from) : '',
    validTo: hasCertificate ? isoDate(certificate.valid_to) : '',
    names: hasCertificate ? alternativeNames(certificate.subjectaltname ?? '') : [],
    fingerprint256: hasCertificate ? certificate.fingerprint256 : '',
    chain: hasCertificate ? chainOf(certificate) : [],
    droppedOctets,
  };
}

function keyExchangeOf(socket: TLSSocket): string {
  const info: Partial<EphemeralKeyInfo> = { ...socket.getEphemeralKeyInfo() };
  if (info.type === undefined) return '';
  return printable(info.name ?? `${info.type} ${info.size ?? 0} bits`);
}

interface Judgement {
  readonly problem: CertificateProblem;
  readonly text: string;
}

const noCertificate: Judgement = { problem: 'noCertificate', text: 'The server showed no certificate.' };

function judge(socket: TLSSocket, certificate: PeerCertificate, name: string, now: number): Judgement[] {
  const dates = judgeDates(certificate, now);
  const chain = judgeChain(`${socket.authorizationError ?? ''}`, certificate);
  const mismatch = checkServerIdentity(name, certificate);
  return [
    // OpenSSL speaks of a date last: the leaf's own is told in full below.
    ...(chain && chain.problem !== dates?.problem ? [chain] : []),
    ...(dates ? [dates] : []),
    ...(mismatch ? [{ problem: 'nameMismatch' as const, text: `The certificate is not for ${printable(name)}.` }] : []),
  ];
}

function judgeChain(code: string, certificate: PeerCertificate): Judgement | null {
  if (code === '') return null;
  const issuer = distinguishedName(certificate.issuer);
  switch (chainProblems[code]) {
    case 'selfSigned':
      return { problem: 'selfSigned', text: 'The certificate is signed by itself, by no authority.' };
    case 'untrustedIssuer':
      return {
        problem: 'untrustedIssuer',
        text: `The certificate is signed by ${issuer}, which this machine does not trust, or a certificate between is missing.`,
      };
    case 'expired':
      return { problem: 'expired', text: 'A certificate of its chain has expired.' };
    case 'notYetValid':
      return { problem: 'notYetValid', text: 'A certificate of its chain is not valid yet.' };
    default:
      return { problem: 'invalid', text: `The certificate cannot be verified (${code}).` };
  }
}

function judgeDates(certificate: PeerCertificate, now: number): Judgement | null {
  if (Date.parse(certificate.valid_from) > now) {
    return { problem: 'notYetValid', text: `The certificate is valid only from ${isoDate(certificate.valid_from)} on.` };
  }
  if (Date.parse(certificate.valid_to) < now)
    return { problem: 'expired', text: `The certificate expired on ${isoDate(certificate.valid_to)}.` };
  return null;
}

/** Node links each certificate to its issuer, and one that is signed by itself to itself. */
function chainOf(leaf: DetailedPeerCertificate): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: DetailedPeerCertificate | undefined = leaf;
  while (certificate?.raw && chain.length < maxChain) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate === certificate ? undefined : certificate.issuerCertificate;
  }
  return chain;
}

/** Most special part first, as people write it; an attribute that occurs twice comes as an array. */
function distinguishedName(name: object): string {
  const parts = Object.entries(name).flatMap(([key, value]) => [value].flat().map((part) => `${key}=${String(part)}`));
  return printable(parts.reverse().join(', '));
}

function isoDate(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? printable(text) : new Date(time).toISOString();
}

/** Node quotes a name that holds a comma or a quote, so that none can pretend to be two. */
function alternativeNames(text: string): string[] {
  const names = text.matchAll(/(?:^|, )(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,"]*)/g);
  return [...names].slice(0, maxNames).map((match) => printable(match[1] ?? ''));
}
