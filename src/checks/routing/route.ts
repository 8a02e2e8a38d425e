// checks/routing: where mail of a domain goes, by RFC 5321 section 5.1 and RFC 7505: the plain answer, before anybody judges it.
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, type RecordValue, valuesOf } from '../dns/port.ts';

export type Mx = Extract<RecordValue, { kind: 'MX' }>;

/**
 * mx: to the hosts of its MX records. implicit: to the addresses of the domain itself. null: it takes no mail and says so. none: nowhere.
 * missing: there is no such domain. unknown: a look-up brought no answer.
 */
export type RouteKind = 'mx' | 'implicit' | 'null' | 'none' | 'missing' | 'unknown';

export interface Route {
  readonly domain: string;
  readonly kind: RouteKind;
  readonly mx: DnsAnswer;
  /** By preference, then name; the null MX left out; each host once. At most `maxHosts`. */
  readonly exchanges: readonly Mx[];
  /** The addresses of the domain itself, asked only where they decide. */
  readonly own: readonly DnsAnswer[];
}

/** Hosts that are looked at; a hostile answer names thousands. */
export const maxHosts = 20;

export async function findRoute(domain: string, { dns, signal }: CheckContext): Promise<Route> {
  const mx = await dns.lookUp(domain, 'MX', signal);
  const records = valuesOf(mx, 'MX');
  const exchanges = hostsOf(records);
  if (exchanges.length > 0) return { domain, kind: 'mx', mx, exchanges, own: [] };
  if (mx.outcome === 'nxDomain') return { domain, kind: 'missing', mx, exchanges, own: [] };
  const isNull = records.length > 0;
  if (!isNull && !isAbsent(mx)) return { domain, kind: 'unknown', mx, exchanges, own: [] };
  const own = await Promise.all([dns.lookUp(domain, 'A', signal), dns.lookUp(domain, 'AAAA', signal)]);
  if (isNull) return { domain, kind: 'null', mx, exchanges, own };
  if (own.some((answer) => answer.outcome === 'found')) return { domain, kind: 'implicit', mx, exchanges, own };
  return { domain, kind: own.every(isAbsent) ? 'none' : 'unknown', mx, exchanges, own };
}

function hostsOf(records: readonly Mx[]): Mx[] {
  const sorted = records
    .filter(({ exchange }) => exchange !== '')
    .sort((a, b) => a.preference - b.preference || (a.exchange < b.exchange ? -1 : 1));
  return sorted.filter(({ exchange }, at) => sorted.findIndex((other) => other.exchange === exchange) === at).slice(0, maxHosts);
}
