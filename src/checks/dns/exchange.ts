// checks/dns: one question to one name server: over UDP, and over TCP when the answer did not fit (RFC 1035 section 4.2, RFC 7766).
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type DecodedPacket, decode } from 'dns-packet';
import { Failure } from '../../base/failure.ts';
import type { ServerAddress } from './serverAddress.ts';

/** Records of all sections. A real answer has far fewer; reading more costs time that a hostile server would choose. */
const maxRecords = 1000;

/** The fields that dns-packet decodes without its types saying so. */
export type Packet = DecodedPacket & { readonly rcode: string };

/** Rejects with the reason of `signal`, a system error, or Failure('badAnswer'). */
export async function exchange(server: ServerAddress, query: Buffer, signal: AbortSignal): Promise<Packet> {
  const answer = await byDatagram(server, query, signal);
  return answer.flag_tc ? byStream(server, query, signal) : answer;
}

/** What does not answer the query (another id or question) is ignored: it may be forged, and the answer may still come. */
function byDatagram(server: ServerAddress, query: Buffer, signal: AbortSignal): Promise<Packet> {
  const { promise, resolve, reject } = Promise.withResolvers<Packet>();
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  socket.on('error', reject);
  socket.on('message', (octets) => {
    if (!isAnswerTo(query, octets)) return;
    try {
      resolve(decodeBounded(octets));
    } catch (error) {
      reject(error);
    }
  });
  // Connected: the system drops datagrams of every other sender, and tells when nobody listens.
  socket.connect(server.port, server.address, (error?: Error) => {
    if (error) reject(error);
    else socket.send(query);
  });
  if (signal.aborted) stop();
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    socket.close();
  });
}

function byStream(server: ServerAddress, query: Buffer, signal: AbortSignal): Promise<Packet> {
  const { promise, resolve, reject } = Promise.withResolvers<Packet>();
  const socket = connect({ host: server.address, port: server.port });
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.on('error', reject).on('close', () => reject(bad('the connection was closed before the answer was complete')));
  socket.on('connect', () => socket.write(Buffer.concat([length, query])));
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < 2) return;
    const all = Buffer.concat(chunks.splice(0));
    chunks.push(all);
    const end = 2 + all.readUInt16BE(0);
    if (size < end) return;
    const octets = all.subarray(2, end);
    try {
      if (!isAnswerTo(query, octets)) throw bad('the answer is to another question');
      resolve(decodeBounded(octets));
    } catch (error) {
      reject(error);
    }
  });
  if (signal.aborted) stop();
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  });
}

/** Same id, a response, and the same question where the answer repeats it (an error need not). */
function isAnswerTo(query: Buffer, octets: Buffer): boolean {
  if (octets.length < 12 || octets.readUInt16BE(0) !== query.readUInt16BE(0) || ((octets[2] ?? 0) & 0x80) === 0) return false;
  if (octets.readUInt16BE(4) === 0) return octets.readUInt16BE(6) === 0;
  const end = query.indexOf(0, 12) + 5;
  // The name may come back in capitals (RFC 4343).
  const asked = query.toString('latin1', 12, end).toLowerCase();
  return octets.toString('latin1', 12, end).toLowerCase() === asked;
}

function decodeBounded(octets: Buffer): Packet {
  const records = octets.readUInt16BE(6) + octets.readUInt16BE(8) + octets.readUInt16BE(10);
  if (records > maxRecords) throw bad(`the answer has ${records} records, more than ${maxRecords} are not read`);
  try {
    const packet = decode(octets) as Packet;
    // An address at the end is read as if the message went on.
    if (decode.bytes <= octets.length) return packet;
  } catch {
    // Said below.
  }
  throw bad('the answer is malformed');
}

function bad(message: string): Failure {
  return new Failure('badAnswer', message);
}
