// checks: whether an IP address is one of the public internet, as a mail server sees its clients.
import ipaddr from 'ipaddr.js';

export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
