// checks: from the name of a server to the addresses that are asked.
import { isIP } from 'node:net';
import type { CheckContext } from './context.ts';
import { resolveHost } from './routing/hosts.ts';
import { isPublic } from './smtp/network.ts';

/** IPv4 first; none: the name has no address, or nobody said. Names of this machine are not looked up (RFC 6761 section 6.3). */
export async function addressesOf(host: string, context: CheckContext): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  if (isThisMachine(host)) return ['127.0.0.1', '::1'];
  return (await resolveHost(host, null, context)).addresses;
}

export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

/** Whether `subject`, a server, is certainly this machine or one of a private network. Of a name that is to be looked up nobody knows. */
export function isNearby(subject: string): boolean {
  const { host } = splitServer(subject);
  return isThisMachine(host) || (isIP(host) !== 0 && !isPublic(host));
}

/** "mx1.example.com:25", "[2001:db8::1]:25" as a question has them. */
export function splitServer(subject: string): { readonly host: string; readonly port: number } {
  const match = /^\[?(.*?)\]?:(\d+)$/.exec(subject);
  return { host: match?.[1] ?? subject, port: Number(match?.[2] ?? 25) };
}
