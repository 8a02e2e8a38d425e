// checks: what the TLS handshake showed: version, cipher and certificate. Between mail servers an untrusted certificate is usual and does no harm;
// to programs that hand in mail it does.
import type { Failure } from '../../base/failure.ts';
import type { TlsFacts } from '../../smtp/tlsFacts.ts';
import type { Finding, Level } from '../report.ts';
import { endedByRun, firstLine, type Tell, unanswered, was } from '../smtp/found.ts';
import type { Answer } from '../smtp/probe.ts';
import type { CertificateFacts } from './certificate.ts';

export const encryptionTitles: Readonly<Record<string, string>> = {
  starttls: 'STARTTLS',
  certificate: 'Certificate',
  'old-protocols': 'TLS 1.0 and 1.1',
  'starttls-injection': 'Commands before the handshake',
};

/** Days. */
const soon = 21;
const maxNames = 20;

/** STARTTLS was not offered, or not agreed to. `answer`: null when it was not offered. */
export function noStartTlsFinding(tell: Tell, answer: Answer | null, isForTesting: boolean): Finding {
  const id = 'starttls';
  const source = 'RFC 3207';
  const remedies = [
    {
      label: 'If it is Postfix, set in main.cf',
      text: 'smtpd_tls_security_level = may\nsmtpd_tls_chain_files = /path/to/key-and-certificates.pem',
    },
    {
      label: 'If it is Exim, set in exim.conf',
      text: 'tls_advertise_hosts = *\ntls_certificate = /path/to/chain.pem\ntls_privatekey = /path/to/key.pem',
    },
  ];
  const reason = 'Mail comes to this server as plain text, and everybody on the way can read and change it.';
  if (answer === null && isForTesting) return tell({ id, level: 'info', title: 'STARTTLS is not offered', source });
  if (answer === null) return tell({ id, level: 'warn', title: 'STARTTLS is not offered', reason, remedies, source });
  if (!answer.reply) return unanswered(tell, id, 'STARTTLS', answer);
  const level = was(answer, 'putOff') ? 'unknown' : 'warn';
  const title = 'STARTTLS is offered and then refused';
  return tell({ id, level, title, detail: firstLine(answer), reason, answers: [answer], remedies, source });
}

/** `failure`: of the handshake after the server had agreed to it. */
export function handshakeFailedFinding(tell: Tell, failure: Failure): Finding {
  const id = 'tls-handshake';
  const evidence = [{ label: 'What happened', text: failure.message }];
  const ended = endedByRun(failure);
  if (ended) return tell({ id, title: 'TLS handshake', ...ended });
  const isSilent = failure.data['code'] === 'timeout';
  return tell({
    id,
    level: isSilent ? 'unknown' : 'warn',
    title: isSilent ? 'The TLS handshake was not answered' : 'The TLS handshake fails',
    reason: isSilent ? '' : 'Senders that insist on encryption cannot deliver, others send plain text, or try in vain.',
    evidence,
    source: 'RFC 3207 section 4',
  });
}

/** `ms`: of the handshake. `isSubmission`: programs hand in mail here, and they do look at certificates. `certificate`: null when there is none. */
export function encryptionFindings(
  tell: Tell,
  facts: TlsFacts,
  certificate: CertificateFacts | null,
  isSubmission: boolean,
  host: string,
  ms: number | null,
): readonly Finding[] {
  const { protocol, cipher, keyExchange } = facts;
  const evidence = [{ label: 'Handshake', text: `${protocol} ${cipher}\nKey exchange: ${keyExchange || 'this program does not tell'}` }];
  const detail = [protocol, cipher, ...(keyExchange === '' ? [] : [keyExchange])].join(', ');
  const handshake = tell({ id: 'tls-handshake', level: 'pass', title: 'TLS', detail, evidence, ms });
  return [handshake, ...certificateFindings(tell, certificate, isSubmission, host)];
}

function certificateFindings(tell: Tell, certificate: CertificateFacts | null, isSubmission: boolean, host: string): readonly Finding[] {
  const source = 'RFC 7672 section 1.3';
  if (!certificate) {
    const level: Level = isSubmission ? 'fail' : 'warn';
    return [tell({ id: 'certificate', level, title: 'The server shows no certificate that can be read', source })];
  }
  const evidence = [{ label: 'Certificate', text: describeCertificate(certificate) }];
  const about = (id: string, level: Level, title: string, detail: string, reason: string): Finding =>
    tell({ id, level, title, detail, reason, evidence, source });
  const level: Level = isSubmission ? 'fail' : 'info';
  const harm = isSubmission
    ? 'Mail programs warn about it or do not send.'
    : 'Mail servers encrypt all the same and do not look at it, unless MTA-STS or DANE tells them to.';
  const found: Finding[] = [];
  const end = certificate.validTo.slice(0, 10);
  if (!certificate.isChainTrusted) {
    found.push(about('certificate-untrusted', level, 'The certificate is not trusted', distrust(certificate), harm));
  }
  if (!certificate.isNameRight) {
    found.push(about('certificate-name', level, `The certificate is not for ${host}`, `it is for ${names(certificate)}`, harm));
  }
  if (!certificate.isInDate) {
    const isEarly = certificate.daysLeft >= 0;
    const title = isEarly ? 'The certificate is not valid yet' : 'The certificate has expired';
    const detail = isEarly ? `from ${certificate.validFrom.slice(0, 10)} on` : `on ${end}`;
    found.push(about('certificate-dates', isSubmission ? 'fail' : 'warn', title, detail, harm));
  } else if (certificate.daysLeft < soon) {
    found.push(about('certificate-dates', 'warn', 'The certificate ends soon', `in ${certificate.daysLeft} days, on ${end}`, 'Renew it.'));
  }
  if (certificate.hasShortKey) {
    found.push(
      about(
        'certificate-key',
        'warn',
        'The key of the certificate is short',
        certificate.key,
        'RSA keys below 2048 bits are no longer safe.',
      ),
    );
  }
  if (certificate.hasWeakSignature) {
    const reason = 'Certificates with such signatures have been forged.';
    const title = 'The certificate, or one that signed it, is signed with MD5 or SHA-1';
    found.push(about('certificate-signature', 'warn', title, '', reason));
  }
  return found.length > 0 ? found : [about('certificate', 'pass', 'Certificate', `fits, trusted, ends ${end}`, '')];
}

function distrust({ isSelfSigned, isChainRooted, chain, problemText }: CertificateFacts): string {
  if (isSelfSigned) return 'signed by itself';
  if (isChainRooted) return 'its authority is not known here';
  if (chain.length === 1)
    return 'only its own certificate came: one between it and its authority is missing, or the authority is not known here';
  return problemText?.includes('cannot be verified')
    ? 'its chain is not valid'
    : 'the last certificate that came has an authority that is not known here';
}

/** The lines of its evidence. */
export function describeCertificate(certificate: CertificateFacts): string {
  const { validFrom, validTo, key, problemText } = certificate;
  return [
    `Names: ${names(certificate)}`,
    `Valid: ${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}`,
    `Subject: ${certificate.subject}`,
    `Issuer: ${certificate.issuer}`,
    `Key: ${key}`,
    `Certificates that came or are known here: ${certificate.chain.length}`,
    ...(problemText === null ? [] : [problemText]),
  ].join('\n');
}

function names({ names: all }: CertificateFacts): string {
  const more = all.length > maxNames ? ` and ${all.length - maxNames} more` : '';
  return all.length === 0 ? 'no name' : all.slice(0, maxNames).join(', ') + more;
}
