// peers: greylisting as Postfix asks for it (SMTPD_POLICY_README): who wants to send to whom for the first time is put off for a moment.
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Greylist {
  /** On 127.0.0.1. */
  readonly port: number;
  stop(): void;
}

/** Milliseconds that a client has to wait, less than what it is told. */
export const greylistWait = 1000;

export async function startGreylist(): Promise<Greylist> {
  const firstSeen = new Map<string, number>();
  const answer = (request: string): string => {
    const attributes = new Map(
      request.split('\n').map((line): [string, string] => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]),
    );
    const key = ['client_address', 'sender', 'recipient'].map((name) => attributes.get(name) ?? '').join(' ');
    const since = firstSeen.get(key) ?? Date.now();
    firstSeen.set(key, since);
    if (Date.now() - since >= greylistWait) return 'action=dunno\n\n';
    return 'action=defer_if_permit 4.2.0 Greylisted, please come back in 300 seconds\n\n';
  };
  const server = createServer((socket) => {
    let pending = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text: string) => {
      pending += text;
      for (let end = pending.indexOf('\n\n'); end >= 0; end = pending.indexOf('\n\n')) {
        socket.write(answer(pending.slice(0, end)));
        pending = pending.slice(end + 2);
      }
    });
  }).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The policy server listens on no port');
  return { port: address.port, stop: () => void server.close() };
}
