// checks/policy: fetches one file over HTTPS from an address we looked up ourselves, as senders fetch an MTA-STS policy (RFC 8461 section 3.3).
import { request } from 'node:https';

export interface PolicyRequest {
  /** The name the certificate must be for. */
  readonly host: string;
  readonly address: string;
  readonly path: string;
  /** Milliseconds for everything together. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export type PolicyReply =
  /** `location`: where a redirect leads; '' for none. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly contentType: string;
      readonly location: string;
      readonly body: string;
    }
  /** `text`: what went wrong, half a sentence in English. */
  | { readonly kind: 'certificate' | 'refused' | 'timeout' | 'tooLarge' | 'cancelled' | 'failed'; readonly text: string };

/** Never rejects; follows no redirect. */
export type PolicyHost = (request: PolicyRequest) => Promise<PolicyReply>;

/** Octets; a policy has some hundred. */
const maxBody = 65_536;

export interface PolicyHostOptions {
  readonly port?: number;
  /** Trusted authorities in PEM; default those of Node. */
  readonly ca?: string;
}

export function httpsPolicyHost({ port = 443, ca }: PolicyHostOptions = {}): PolicyHost {
  return ({ host, address, path, timeout, signal }) =>
    new Promise((resolve) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
      const fail = (error: NodeJS.ErrnoException) => resolve(explain(error, signal, limit));
      const sent = request(
        // A connection of its own, never one that was made on other terms.
        {
          host: address,
          servername: host,
          port,
          path,
          method: 'GET',
          headers: { host },
          agent: false,
          signal: limit,
          ...(ca === undefined ? {} : { ca }),
        },
        (response) => {
          const parts: Buffer[] = [];
          let size = 0;
          response.on('error', fail);
          response.on('data', (part: Buffer) => {
            size += part.length;
            if (size > maxBody) {
              resolve({ kind: 'tooLarge', text: `the answer is larger than ${maxBody} octets` });
              response.destroy();
            } else parts.push(part);
          });
          response.on('end', () =>
            resolve({
              kind: 'answered',
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
              location: response.headers.location ?? '',
              body: Buffer.concat(parts).toString('utf8'),
            }),
          );
        },
      );
      sent.on('error', fail);
      sent.end();
    });
}

function explain(error: NodeJS.ErrnoException, signal: AbortSignal, limit: AbortSignal): PolicyReply {
  if (signal.aborted) return { kind: 'cancelled', text: 'cancelled' };
  if (limit.aborted) return { kind: 'timeout', text: 'no answer came in time' };
  const code = error.code ?? '';
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { kind: 'refused', text: 'the connection was refused' };
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code)) return { kind: 'certificate', text: `${certificateWords(code)} (${code})` };
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return { kind: 'timeout', text: `the host could not be reached (${code})` };
  return { kind: 'failed', text: code === '' ? error.message : code };
}

/** Of the codes that OpenSSL and Node have for it. */
function certificateWords(code: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'the certificate has expired';
    case 'CERT_NOT_YET_VALID':
      return 'the certificate is not valid yet';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'the certificate is for another host';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'the certificate is of no authority that everybody trusts';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'a certificate between that of the host and an authority is missing, or nobody trusts the authority';
    default:
      return 'the certificate is not valid';
  }
}
