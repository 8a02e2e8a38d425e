// checks/routing: the zone of a domain with its name servers, each asked by itself (RD clear) what it holds.
import { getPublicSuffix } from 'tldts';
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent } from '../dns/port.ts';
import { finding } from '../finding.ts';
import type { Finding } from '../report.ts';
import { isPublic } from '../smtp/network.ts';
import { type MailHost, resolveHost } from './hosts.ts';

/** A name server and what it says; `null` where it was not asked. */
export interface NameServer extends MailHost {
  /** The one that is asked: the first of IPv4, else of IPv6. */
  readonly address: string | null;
  readonly mx: DnsAnswer | null;
  readonly soa: DnsAnswer | null;
}

export interface Zone {
  readonly domain: string;
  /** The zone that `domain` lies in: itself or a name above it. */
  readonly zone: string;
  readonly ns: DnsAnswer;
  /** Of a zone with more, the first `maxNameServers`. */
  readonly servers: readonly NameServer[];
}

/** A zone has 2 to 6; a hostile answer names hundreds. */
export const maxNameServers = 8;
/** Names above the domain that are asked for their name servers. */
const maxSteps = 6;

/** null: there is nobody to ask. `ns` is found, or was not answered. */
export async function findZone(domain: string, { dns, signal, isLab }: CheckContext): Promise<Pick<Zone, 'zone' | 'ns'> | null> {
  const labels = domain.split('.');
  for (let up = 0; up < Math.min(labels.length, maxSteps); up++) {
    const zone = labels.slice(up).join('.');
    // The servers of a registry know only who else to ask.
    if (up > 0 && !isLab && getPublicSuffix(zone, { validateHostname: false }) === zone) return null;
    const ns = await dns.lookUp(zone, 'NS', signal);
    // An alias begins no zone; name servers behind it are those of another.
    if (ns.records.some(({ type }) => type === 'CNAME')) continue;
    if (ns.outcome === 'nxDomain' && up === 0) return null;
    if (ns.outcome === 'found' || !isAbsent(ns)) return { zone, ns };
  }
  return null;
}

/** Servers on private addresses are asked in a lab only: the records of somebody else lead there. */
export async function askNameServer(
  name: string,
  { domain, zone }: Pick<Zone, 'domain' | 'zone'>,
  context: CheckContext,
): Promise<NameServer> {
  const { dns } = context;
  const host = await resolveHost(name, null, context);
  const address = host.addresses.find((candidate) => context.isLab || isPublic(candidate)) ?? null;
  if (address === null || !dns.askServer || context.signal.aborted) return { ...host, address, mx: null, soa: null };
  context.doing(`asking ${name}`);
  const [mx, soa] = await Promise.all([dns.askServer(address, domain, 'MX'), dns.askServer(address, zone, 'SOA')]);
  return { ...host, address, mx, soa };
}

/** A finding about the zone, or about one of its servers. */
export function nameServerFinding(
  { domain }: Zone,
  draft: Pick<Finding, 'id' | 'level' | 'title'> & Partial<Finding>,
  host?: string,
): Finding {
  return finding({ group: 'routing', target: host === undefined ? { domain } : { domain, host }, ...draft });
}
