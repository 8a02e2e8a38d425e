// checks/dns: which name servers are asked: the ones of the setting, else those that the system asks.
import { getServers } from 'node:dns';
import { isIP } from 'node:net';

export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

/** "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"; undefined for anything else. A zone index (fe80::1%eth0) is kept. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const trimmed = text.trim();
  if (isIP(trimmed) !== 0) return { address: trimmed, port: 53 };
  const match = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(trimmed);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? 53);
  return isIP(address) !== 0 && (match?.[1] === undefined || isIP(address) === 6) && port > 0 && port < 65536
    ? { address, port }
    : undefined;
}

export function printServerAddress({ address, port }: ServerAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The name servers of this machine, in the order in which it asks them. */
export function systemServers(): readonly ServerAddress[] {
  return getServers()
    .map(parseServerAddress)
    .filter((server) => server !== undefined);
}

/**
 * Where a name server of an address listens in a lab: at the port of the configured server of that address, else at the port of the first one,
 * because the servers of a lab cannot all have port 53.
 */
export function portInLab(configured: readonly ServerAddress[], address: string): number {
  return (configured.find((server) => server.address === address) ?? configured[0])?.port ?? 53;
}
