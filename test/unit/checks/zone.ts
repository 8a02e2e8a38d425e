// checks: a world of names written in a test: an object of records that answers as a recursive name server would, without a network.
import type { Dns, DnsAnswer, DnsOutcome, DnsRecord, QueryType, RecordValue } from '../../../src/checks/dns/port.ts';
import { presentValue } from '../../../src/checks/dns/present.ts';

/** Records in short: `MX: ['10 mx1.a.test']` ('0 .' for a null MX), `TXT: ['v=spf1 -all', ['two ', 'strings']]`, `A: ['192.0.2.1']`. */
export type ZoneRecords = { readonly [type in QueryType]?: readonly (string | readonly string[] | RecordValue)[] };

/**
 * By name, in lower case and without the last dot; `*.name` is a wildcard. An outcome ('servFail', 'timeout') in place of the records
 * is what every question about the name gets. A name that is a parent of another exists, without data.
 */
export type Zone = Readonly<Record<string, ZoneRecords | DnsOutcome>>;

export interface ZoneOptions {
  readonly isAuthentic?: boolean;
  /** Seconds. */
  readonly ttl?: number;
  /** What name servers hold, by address, for `askServer`; an outcome is what every question gets. Of other addresses nothing comes. */
  readonly authorities?: Readonly<Record<string, Zone | DnsOutcome>>;
  /** Addresses of `authorities` that answer without having the zone. */
  readonly strangers?: readonly string[];
}

export interface ZoneDns extends Dns {
  /** What was asked: "MX example.com". */
  readonly asked: readonly string[];
}

export const zoneServer = '192.0.2.53:53';

export function zoneDns(zone: Zone, { isAuthentic = false, ttl = 3600, authorities, strangers = [] }: ZoneOptions = {}): ZoneDns {
  const asked: string[] = [];
  return {
    servers: [zoneServer],
    asked,
    lookUp(name, type, signal) {
      asked.push(`${type} ${name}`);
      const outcome = signal?.aborted ? { outcome: 'cancelled' as const, records: [] } : answer(zone, plain(name), type, ttl);
      return Promise.resolve({ ...outcome, name: plain(name), type, server: zoneServer, ms: 1, isAuthentic } satisfies DnsAnswer);
    },
    ...(authorities && {
      askServer(address, name, type) {
        asked.push(`${type} ${name} @${address}`);
        const held = authorities[address] ?? 'timeout';
        const said = typeof held === 'string' ? { outcome: held, records: [] } : answer(held, plain(name), type, ttl);
        const isAuthoritative = said.outcome !== 'refused' && !strangers.includes(address);
        return Promise.resolve({ ...said, name: plain(name), type, server: `${address}:53`, ms: 1, isAuthentic: false, isAuthoritative });
      },
    }),
  };
}

function answer(zone: Zone, name: string, type: QueryType, ttl: number, hops = 0): Pick<DnsAnswer, 'outcome' | 'records' | 'problem'> {
  const entry = find(zone, name);
  if (entry === undefined) return { outcome: hasChild(zone, name) ? 'noData' : 'nxDomain', records: [] };
  if (typeof entry === 'string') return { outcome: entry, records: [] };
  const make = (kind: QueryType): DnsRecord[] =>
    (entry[kind] ?? []).map((short) => {
      const value = typeof short === 'string' || Array.isArray(short) ? parse(kind, short) : (short as RecordValue);
      return { name, type: kind, ttl, value, data: presentValue(value) };
    });
  const records = make(type);
  if (records.length > 0) return { outcome: 'found', records };
  const [alias] = make('CNAME');
  if (alias?.value.kind !== 'CNAME') return { outcome: 'noData', records: [] };
  if (hops === 8) return { outcome: 'failed', records: [alias], problem: 'the CNAME chain does not end' };
  const rest = answer(zone, alias.value.host, type, ttl, hops + 1);
  return { ...rest, records: [alias, ...rest.records] };
}

function find(zone: Zone, name: string): Zone[string] | undefined {
  if (Object.hasOwn(zone, name)) return zone[name];
  const labels = name.split('.');
  for (let i = 1; i < labels.length; i++) {
    const parent = labels.slice(i).join('.');
    if (Object.hasOwn(zone, `*.${parent}`)) return zone[`*.${parent}`];
    if (Object.hasOwn(zone, parent) || hasChild(zone, parent)) return undefined;
  }
  return undefined;
}

function hasChild(zone: Zone, name: string): boolean {
  return Object.keys(zone).some((other) => other.endsWith(`.${name}`));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function parse(type: QueryType, short: string | readonly string[]): RecordValue {
  if (type === 'TXT' || type === 'SPF') return { kind: type, strings: typeof short === 'string' ? [short] : short };
  const text = typeof short === 'string' ? short : short.join(' ');
  const words = text.split(' ');
  const numbers = words.map(Number);
  const host = (at: number): string => plain(words[at] ?? '');
  switch (type) {
    case 'A':
    case 'AAAA':
      return { kind: type, address: text };
    case 'MX':
      return { kind: 'MX', preference: numbers[0]!, exchange: host(1) };
    case 'PTR':
    case 'NS':
    case 'CNAME':
      return { kind: type, host: host(0) };
    case 'SRV':
      return { kind: 'SRV', priority: numbers[0]!, weight: numbers[1]!, port: numbers[2]!, host: host(3) };
    case 'TLSA':
      return { kind: 'TLSA', usage: numbers[0]!, selector: numbers[1]!, matchingType: numbers[2]!, certificate: words[3]!.toLowerCase() };
    case 'CAA':
      return { kind: 'CAA', flags: numbers[0]!, tag: words[1]!, value: words.slice(2).join(' ') };
    case 'SOA': {
      const [serial, refresh, retry, expire, minimum] = numbers.slice(2);
      return {
        kind: 'SOA',
        primary: host(0),
        mailbox: host(1),
        serial: serial!,
        refresh: refresh!,
        retry: retry!,
        expire: expire!,
        minimum: minimum!,
      };
    }
  }
}
