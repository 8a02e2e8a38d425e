// A server that speaks STARTTLS, well or with the mistakes that a test asks for.
import type net from 'node:net';
import tls from 'node:tls';
import { type CertificateName, type ScriptedServer, serve, serverIdentity } from '../smtp/scriptedServer.ts';
import { answerLines, type Replies, usual } from './serverFixture.ts';

export interface StartTlsOptions {
  readonly certificate: CertificateName;
  /** In place of the certificate; PEM. */
  readonly identity?: { readonly key: string; readonly cert: string };
  readonly replies?: Replies;
  /** What came together with STARTTLS is taken for a command inside of TLS. */
  readonly obeysEarlyCommands?: boolean;
  readonly stillOffers?: boolean;
  readonly tls?: tls.TLSSocketOptions;
  /** In answer to STARTTLS. */
  readonly agreement?: string;
  /** Shown to those who do not say which server they want. */
  readonly withoutName?: CertificateName;
  /** Instead of a handshake. */
  readonly garbage?: string;
}

export function serveStartTlsReplies(options: StartTlsOptions): Promise<ScriptedServer> {
  return serve((socket) => greetStartTls(socket, options));
}

/** The server's side of one connection. */
export function greetStartTls(socket: net.Socket, options: StartTlsOptions): void {
  const replies = options.replies ?? usual;
  socket.write('220 mx.mailroom.test ESMTP\r\n');
  let pending = '';
  const onData = (octets: Buffer): void => {
    pending += octets.toString('latin1');
    for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (line === 'STARTTLS') {
        const { agreement = '220 2.0.0 Ready' } = options;
        socket.write(`${agreement}\r\n`);
        if (!agreement.startsWith('220')) continue;
        socket.off('data', onData);
        begin(socket, options, options.obeysEarlyCommands ? pending : '');
        return;
      }
      socket.write(`${/^EHLO/.test(line) ? '250-mx.mailroom.test\r\n250 STARTTLS' : replies(line, 0)}\r\n`);
      if (line === 'QUIT') socket.end();
    }
  };
  socket.on('data', onData);
}

function begin(socket: net.Socket, options: StartTlsOptions, early: string): void {
  if (options.garbage !== undefined) {
    socket.end(options.garbage);
    return;
  }
  const identity = options.identity ?? serverIdentity(options.certificate);
  const other = options.withoutName ? serverIdentity(options.withoutName) : identity;
  const secure = new tls.TLSSocket(socket, {
    isServer: true,
    ...other,
    ...options.tls,
    SNICallback: (_name, done) => done(null, tls.createSecureContext({ ...identity, ...options.tls })),
  });
  secure.on('error', () => {});
  const offer: Replies = (line) =>
    /^EHLO/.test(line)
      ? `250-mx.mailroom.test\r\n250 ${options.stillOffers ? 'STARTTLS' : 'AUTH PLAIN'}`
      : (options.replies ?? usual)(line, 0);
  answerLines(secure, null, offer, []);
  if (early !== '') secure.once('secure', () => secure.emit('data', Buffer.from(early)));
}
