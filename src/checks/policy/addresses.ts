// checks/policy: IP addresses as policies need them: which are only of one's own network, and how they are written in a blocklist.
import ipaddr from 'ipaddr.js';

const localRanges = ['loopback', 'private', 'uniqueLocal', 'linkLocal', 'carrierGradeNat', 'unspecified'];

/** True for addresses that mean another host to everybody: what is published about addresses says nothing of them. */
export function isLocal(address: string): boolean {
  return ipaddr.isValid(address) && localRanges.includes(ipaddr.process(address).range());
}

/** True for an address of the machine itself. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** RFC 5782 section 2: octets of IPv4, nibbles of IPv6, the last first. `address` must be one. */
export function reversed(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toByteArray().toReversed().join('.');
  return Buffer.from(parsed.toByteArray()).toString('hex').split('').toReversed().join('.');
}
