// checks: the names that are said to servers and heard from them. What a server says of itself goes into commands only when it is a host name.
import net from 'node:net';
import { printable } from '../../smtp/printable.ts';
import type { Reply } from '../../smtp/reply.ts';

const maxLines = 5;
const maxWords = 1000;
const hostName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** RFC 5321 section 4.1.3: "[192.0.2.1]", "[IPv6:2001:db8::1]". */
export function addressLiteral(address: string): string {
  return net.isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`;
}

/** A fully qualified host name: letters, digits and hyphens in labels, at least two of them. */
export function isHostName(name: string): boolean {
  return hostName.test(name) && name.includes('.') && net.isIP(name) === 0;
}

/** The first word of the greeting or of the reply to EHLO, as sent; '' where there is none. */
export function nameSaid(reply: Reply | null): string {
  return reply?.lines.at(0)?.text.trim().split(/\s/, 1)[0] ?? '';
}

/** Greeting and reply to EHLO without the names in them, which may be anything: what is left may tell the software. */
export function wordsBesidesNames(reply: Reply): string {
  const lines = reply.lines.slice(0, maxLines).map(({ text }) => text.trim().replace(/^\S+\s*/, ''));
  return printable(lines.join('\n').slice(0, maxWords));
}

/** The name that a server goes by: what it says of itself where that is a host name, else what it was asked for, else its address as a literal. */
export function serverName(said: readonly string[], host: string, address: string): string {
  const name = [...said, host].find(isHostName);
  return name?.toLowerCase() ?? addressLiteral(address);
}
