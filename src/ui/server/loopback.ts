// ui/server: whether only this machine can reach an address.
import { BlockList, isIP } from 'node:net';

// RFC 6890 section 2.2.2 and 2.2.3: 127.0.0.0/8 and ::1.
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** `host` is 'localhost' or an IP address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
