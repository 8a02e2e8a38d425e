// checks: a name server on loopback whose octets a test writes, over UDP and TCP on one port.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';

export interface Asked {
  readonly name: string;
  readonly type: string;
  readonly query: Packet & { readonly flag_cd?: boolean; readonly flag_ad?: boolean };
  readonly transport: 'udp' | 'tcp';
}

/** What goes back: each a datagram or a message; none for silence. */
export type Reply = (asked: Asked) => readonly Buffer[];

export interface NameServer extends AsyncDisposable {
  readonly address: '127.0.0.1';
  readonly port: number;
  readonly asked: readonly Asked[];
}

/** `wait`: milliseconds before each datagram. */
export async function startNameServer(reply: Reply, wait = 0): Promise<NameServer> {
  const asked: Asked[] = [];
  const answer = (octets: Buffer, transport: Asked['transport']): readonly Buffer[] => {
    const query = decode(octets);
    const [question] = query.questions ?? [];
    const entry = { name: question!.name, type: question!.type, query, transport };
    asked.push(entry);
    return reply(entry);
  };
  const stream = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data) => {
      for (const octets of answer(data.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(octets.length);
        socket.write(Buffer.concat([length, octets]));
      }
      socket.end();
    });
  }).listen(0, '127.0.0.1');
  await once(stream, 'listening');
  const address = stream.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const datagram = createSocket('udp4').bind(port, '127.0.0.1');
  await once(datagram, 'listening');
  datagram.on('message', (octets, from) => {
    const send = (): void => {
      for (const back of answer(octets, 'udp')) datagram.send(back, from.port, from.address);
    };
    if (wait === 0) send();
    else setTimeout(send, wait).unref();
  });
  return {
    address: '127.0.0.1',
    port,
    asked,
    async [Symbol.asyncDispose]() {
      datagram.close();
      stream.close();
      await once(stream, 'close');
    },
  };
}

export interface ReplyOptions {
  readonly rcode?: number;
  readonly flags?: number;
}

/** A response to the question with these records. */
export function respond({ query }: Asked, answers: readonly Answer[], { rcode = 0, flags = 0 }: ReplyOptions = {}): Buffer {
  return encode({ type: 'response', id: query.id ?? 0, flags: flags | rcode, questions: query.questions ?? [], answers: [...answers] });
}
