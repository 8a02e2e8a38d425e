// smtp: opens a connection and puts TLS on one, and says in one word what went wrong.
import net from 'node:net';
import tls from 'node:tls';
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import { readTlsFacts, type TlsFacts } from './tlsFacts.ts';
import { type WaitOptions, within } from './within.ts';

export interface TlsOptions {
  /** True: a certificate that is not trusted is a Failure, 'certificateRefused'. False: it is used all the same, and the facts say what is wrong. */
  readonly verify: boolean;
  /** The name that the certificate must have, also sent to the server (SNI); the host when absent. */
  readonly servername?: string | undefined;
  /** Certificates in PEM that are trusted in place of those that Node trusts. */
  readonly authorities?: readonly string[] | undefined;
  /** Nothing but TLS 1.0 and 1.1 is offered, at OpenSSL's lowest security level: to see whether the server takes them. */
  readonly onlyOldProtocols?: boolean | undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connectRefused',
  ETIMEDOUT: 'connectTimeout',
  ENOTFOUND: 'hostNotFound',
  EAI_AGAIN: 'hostNotFound',
  EAI_FAIL: 'hostNotFound',
  EAI_NODATA: 'hostNotFound',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
};

/** Resolves to a connected socket that nobody reads from yet. Tries every address of a name (RFC 8305). Rejects as SmtpClient.connect does. */
export function openSocket(host: string, port: number, wait: WaitOptions): Promise<net.Socket> {
  // An empty host would be this machine to Node.
  if (host === '') return Promise.reject(new Failure('hostNotFound', 'No host is given', { host, port }));
  const onTimeout = (): Failure => new Failure('connectTimeout', `${host}:${port} does not answer`, { host, port });
  return within(wait, onTimeout, ({ resolve, reject }) => {
    let socket: net.Socket;
    try {
      socket = net.connect({ host, port, noDelay: true });
    } catch (error) {
      // A port above 65535, and the like.
      reject(new Failure('connectFailed', messageOf(error), { host, port }, error));
      return () => {};
    }
    let isConnected = false;
    const onConnect = (): void => {
      isConnected = true;
      resolve(socket);
    };
    const onError = (error: Error): void => reject(connectFailure(error, host, port));
    socket.once('connect', onConnect);
    socket.once('error', onError);
    return () => {
      socket.off('connect', onConnect);
      // onError stays: what was settled once does not change, and an error that nobody hears would end the process.
      if (!isConnected) socket.destroy();
    };
  });
}

function connectFailure(error: Error, host: string, port: number): Failure {
  // Of several addresses the refused one says most: there is a machine, and nobody listens.
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const told = errors.find((one) => codeOf(one) === 'ECONNREFUSED') ?? errors[0] ?? error;
  const code = codeOf(told) ?? '';
  return new Failure(reasons[code] ?? 'connectFailed', messageOf(told), { host, port, code }, error);
}

export interface Secured {
  readonly socket: tls.TLSSocket;
  readonly facts: TlsFacts;
}

/**
 * Does the TLS handshake over a connected socket that nobody reads from and that has nothing unread. Rejects with Failure 'tlsFailed', 'certificateRefused'
 * or 'cancelled', and the socket is destroyed then. `droppedOctets` is only told on, in the facts.
 */
export async function secure(
  plain: net.Socket,
  host: string,
  options: TlsOptions,
  wait: WaitOptions,
  droppedOctets: number,
): Promise<Secured> {
  const name = options.servername ?? host;
  try {
    const socket = await handshake(plain, name, options, wait);
    const facts = readTlsFacts(socket, name, Date.now(), droppedOctets);
    if (options.verify && !facts.isTrusted) {
      const { problem, problemText, subject, issuer, validFrom, validTo } = facts;
      const names = facts.names.join(', ');
      throw new Failure('certificateRefused', `The certificate of ${name} is refused. ${problemText}`, {
        name,
        problem,
        problemText,
        subject,
        issuer,
        validFrom,
        validTo,
        names,
      });
    }
    return { socket, facts };
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

function handshake(plain: net.Socket, name: string, options: TlsOptions, wait: WaitOptions): Promise<tls.TLSSocket> {
  const onTimeout = (): Failure => new Failure('tlsFailed', `${name} does not answer the TLS handshake`, { code: 'timeout' });
  return within(wait, onTimeout, ({ resolve, reject }) => {
    let socket: tls.TLSSocket;
    try {
      socket = tls.connect(tlsOptions(plain, name, options));
    } catch (error) {
      // Electron's BoringSSL knows no security levels.
      reject(new Failure('tlsFailed', `This program cannot begin such a handshake: ${messageOf(error)}`, { code: 'notPossible' }, error));
      return () => {};
    }
    const onSecure = (): void => resolve(socket);
    const onError = (error: Error): void => reject(tlsFailure(error, name));
    const onClose = (): void =>
      reject(new Failure('tlsFailed', `${name} ended the connection during the TLS handshake`, { code: 'closed' }));
    socket.once('secureConnect', onSecure);
    socket.on('error', onError);
    socket.once('close', onClose);
    // A broken connection is told on the plain socket as well.
    plain.on('error', onError);
    return () => {
      socket.off('secureConnect', onSecure);
      socket.off('close', onClose);
      // onError stays here, too.
    };
  });
}

function tlsOptions(plain: net.Socket, name: string, options: TlsOptions): tls.ConnectionOptions {
  return {
    socket: plain,
    // RFC 6066 section 3: no IP address as a server name.
    servername: net.isIP(name) === 0 ? name : '',
    ...(options.authorities ? { ca: [...options.authorities] } : {}),
    ...(options.onlyOldProtocols ? { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
    // We judge for ourselves, so that everything that is wrong can be told: see tlsFacts.ts.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  };
}

function tlsFailure(error: Error, name: string): Failure {
  const code = codeOf(error) ?? '';
  const message =
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG'
      ? `${name} does not speak TLS here: what it sends is no TLS`
      : `The TLS handshake with ${name} failed: ${opensslReason(error) ?? messageOf(error)}`;
  return new Failure('tlsFailed', message, { code }, error);
}

/** OpenSSL's own words ("tlsv1 alert internal error"); its message has addresses and source lines around them. */
function opensslReason(error: Error): string | undefined {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
}
