// capture: binds the port. 'localhost' is two addresses, and both or none are ours.
import net from 'node:net';
import { codeOf, Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';

export interface Listener {
  readonly port: number;
  readonly addresses: readonly string[];
  /** The port is free when this returns; connections that were accepted go on. */
  close(): void;
}

const v4 = '127.0.0.1';
const v6 = '::1';
/** With port 0 the first address chooses; somebody else may have that port on the second one. */
const anyPortTries = 20;

/**
 * Listens on `host`: 'localhost' (127.0.0.1 and ::1) or one IP address. Rejects with a Failure: 'portInUse', 'portNotAllowed',
 * 'addressNotAvailable' or 'listenFailed', and then nothing is bound.
 */
export async function listen(host: string, port: number, onSocket: (socket: net.Socket) => void, log: Log): Promise<Listener> {
  if (host !== 'localhost') {
    if (net.isIP(host) === 0) {
      throw new Failure('addressNotAvailable', `${host} is neither localhost nor an IP address`, { host, port });
    }
    return join([await bind(host, port, onSocket, log)], [host]);
  }
  for (let tries = 1; ; tries++) {
    const first = await bind(v4, port, onSocket, log);
    try {
      return join([first, await bind(v6, portOf(first), onSocket, log)], [v4, v6]);
    } catch (error) {
      if (Failure.is(error, 'addressNotAvailable')) {
        log.info(`Not listening on ${v6}: ${error.message}`);
        return join([first], [v4]);
      }
      first.close();
      if (port !== 0 || tries === anyPortTries || !Failure.is(error, 'portInUse')) throw error;
    }
  }
}

/** The addresses that `host` stands for. */
export function addressesOf(host: string): readonly string[] {
  return host === 'localhost' ? [v4, v6] : [host];
}

function join(servers: readonly net.Server[], addresses: readonly string[]): Listener {
  return {
    port: servers[0] ? portOf(servers[0]) : 0,
    addresses,
    close() {
      for (const server of servers) server.close();
    },
  };
}

function portOf(server: net.Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function bind(host: string, port: number, onSocket: (socket: net.Socket) => void, log: Log): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    // Half-open: a client may end its side after its last command ("printf … | nc") and still gets every reply.
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, onSocket);
    server.once('error', (error) => reject(failure(error, host, port)));
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners('error');
      server.on('error', (error) => log.error(`Accepting connections on ${host}: ${messageOf(error)}`));
      resolve(server);
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'portInUse',
  EACCES: 'portNotAllowed',
  EPERM: 'portNotAllowed',
  EADDRNOTAVAIL: 'addressNotAvailable',
  EAFNOSUPPORT: 'addressNotAvailable',
};

function failure(error: unknown, host: string, port: number): Failure {
  const code = codeOf(error) ?? '';
  return new Failure(reasons[code] ?? 'listenFailed', messageOf(error), { host, port, code }, error);
}
