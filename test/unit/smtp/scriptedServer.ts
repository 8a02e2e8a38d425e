// A server on a free loopback port that does exactly what a test says, also what no server should do.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';

const folder = join(import.meta.dirname, 'certificates');

export type CertificateName = 'good' | 'expired' | 'wrong-name' | 'self-signed';

export const authority = readFileSync(join(folder, 'authority.pem'), 'utf8');

export function serverIdentity(certificate: CertificateName): { readonly key: string; readonly cert: string } {
  return { key: readFileSync(join(folder, 'test-only.key'), 'utf8'), cert: readFileSync(join(folder, `${certificate}.pem`), 'utf8') };
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
}

/** `onConnection` gets each connection. Errors of a connection are the test's to see at its own end. */
export async function serve(
  onConnection: (socket: net.Socket) => void,
  options: net.ServerOpts = {},
  address?: string,
): Promise<ScriptedServer> {
  return start(net.createServer({ noDelay: true, ...options }), 'connection', onConnection, address);
}

/** The same with TLS from the first octet. */
export async function serveTls(certificate: CertificateName, onConnection: (socket: net.Socket) => void): Promise<ScriptedServer> {
  return start(tls.createServer(serverIdentity(certificate)), 'secureConnection', onConnection);
}

/** Greets, agrees to STARTTLS and greets EHLO after it. `agreement` is what goes out in one piece in answer to STARTTLS. */
export function serveStartTls(certificate: CertificateName, agreement: string): Promise<ScriptedServer> {
  return serve((socket) => {
    socket.write('220 plain.test\r\n');
    socket.once('data', () => {
      socket.write(agreement);
      const secure = new tls.TLSSocket(socket, { isServer: true, ...serverIdentity(certificate) });
      secure.on('error', () => {});
      secure.on('data', (octets: Buffer) => secure.write(`250 heard ${octets.toString('latin1').trim()}\r\n`));
    });
  });
}

async function start(
  server: net.Server,
  event: string,
  onConnection: (socket: net.Socket) => void,
  own = '127.0.0.1',
): Promise<ScriptedServer> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on(event, (socket: net.Socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, own);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
