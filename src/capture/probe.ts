// capture: asks a port who listens there. Two windows must not take each other for strangers, and a stranger must not take us for an attacker.
import net from 'node:net';
import { Failure } from '../base/failure.ts';
import { silentLog } from '../base/log.ts';
import { lookCommand } from '../smtp/mailroom.ts';
import { addressesOf, listen } from './listener.ts';

export type Owner = { readonly kind: 'mailroom'; readonly identity: string } | { readonly kind: 'other' } | { readonly kind: 'nobody' };

const maxReply = 4096;
const replyPattern = /^(?:\d{3}-.*\r?\n)*(\d{3})(?: (.*))?\r?\n/;
/** What the first octets of a reply can be. */
const replyStart = /^(?:\d{0,3}$|\d{3}[ \r\n-])/;
const identityPattern = /\bmailroom ([0-9a-f]{12})\b/i;

/** Never rejects, and answers within `timeoutMs` for each address of `host`. Who accepts the connection but does not answer is 'other'. */
export async function probeMailroom(host: string, port: number, timeoutMs: number): Promise<Owner> {
  for (const address of addressesOf(host)) {
    const owner = await probeAddress(address, port, timeoutMs);
    if (owner.kind !== 'nobody') return owner;
  }
  return { kind: 'nobody' };
}

/** The first port from `from` on (then any) that is free on every address of `host`. Rejects with what listen() rejects with. */
export async function findFreePort(host: string, from: number): Promise<number> {
  for (let port = Math.max(1, from); port <= Math.min(from + 200, 65_535); port++) {
    try {
      return await tryPort(host, port);
    } catch (error) {
      if (!Failure.is(error, 'portInUse') && !Failure.is(error, 'portNotAllowed')) throw error;
    }
  }
  return tryPort(host, 0);
}

async function tryPort(host: string, port: number): Promise<number> {
  const listener = await listen(host, port, (socket) => socket.destroy(), silentLog);
  listener.close();
  return listener.port;
}

function probeAddress(address: string, port: number, timeoutMs: number): Promise<Owner> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port });
    let isConnected = false;
    let hasAsked = false;
    let text = '';
    const finish = (owner: Owner): void => {
      clearTimeout(timer);
      resolve(owner);
      if (socket.connecting) socket.destroy();
      else socket.destroySoon();
    };
    const giveUp = (): void => finish({ kind: isConnected ? 'other' : 'nobody' });
    const timer = setTimeout(() => {
      giveUp();
      socket.destroy();
    }, timeoutMs);
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on('error', giveUp);
    socket.on('close', giveUp);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let reply = replyPattern.exec(text); reply; reply = replyPattern.exec(text)) {
        text = text.slice(reply[0].length);
        const [, code = '', words = ''] = reply;
        const identity = identityPattern.exec(words)?.[1]?.toLowerCase();
        // A full mailroom says who it is in its 421.
        if (identity && (code === '421' || (hasAsked && code === '250'))) {
          socket.write('QUIT\r\n');
          finish({ kind: 'mailroom', identity });
          return;
        }
        if (hasAsked || code !== '220' || !/\bmailroom\b/i.test(words)) {
          socket.write('QUIT\r\n');
          finish({ kind: 'other' });
          return;
        }
        hasAsked = true;
        socket.write(`${lookCommand}\r\n`);
      }
      if (text.length > maxReply || !replyStart.test(text)) giveUp();
    });
  });
}
