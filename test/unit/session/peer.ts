// Another server than ours: the smtp-server library with what ours leaves out (STARTTLS, implicit TLS, LMTP, refused logins), with its own self-signed certificate.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Peer extends AsyncDisposable {
  readonly port: number;
  /** "TLSv1.3 kim" and so on: what each login was. */
  readonly logins: string[];
}

export async function startPeer(options: ConstructorParameters<typeof SMTPServer>[0] = {}): Promise<Peer> {
  const logins: string[] = [];
  const server = new SMTPServer({
    disableReverseLookup: true,
    logger: false,
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
    onAuth(auth, session, callback) {
      const isRight = auth.validatePassword ? auth.validatePassword('secret') : (auth.password ?? auth.accessToken) === 'secret';
      logins.push(`${auth.method} ${auth.username} ${session.secure ? 'TLS' : 'plain'}`);
      if (auth.username === 'kim' && isRight) callback(null, { user: 'kim' });
      else callback(new Error('Wrong'));
    },
    onRcptTo({ address }, _session, callback) {
      callback(address.startsWith('refused') ? Object.assign(new Error('No such user'), { responseCode: 550 }) : null);
    },
    onData(stream, session, callback) {
      stream.resume();
      stream.on('end', () => {
        if (!options?.lmtp) return callback(null, 'OK');
        callback(
          null,
          session.envelope.rcptTo.map(({ address }) =>
            address.startsWith('full') ? Object.assign(new Error('Full'), { responseCode: 452 }) : 'OK',
          ) as never,
        );
      });
    },
    ...options,
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    logins,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
