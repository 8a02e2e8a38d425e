// checks: name look-ups as a port, so that checks run the same against name servers and against zones written in a test.

/** Those that a person can ask for. */
export const recordTypes = ['A', 'AAAA', 'MX', 'TXT', 'PTR', 'SRV', 'TLSA', 'CAA', 'NS', 'SOA', 'CNAME'] as const;
export type RecordType = (typeof recordTypes)[number];
/** SPF: type 99, which RFC 7208 section 3.1 gave up. */
export type QueryType = RecordType | 'SPF';

/** Host names are in lower-case A-label form, without the last dot; the root is ''. */
export type RecordValue =
  | { readonly kind: 'A'; readonly address: string }
  | { readonly kind: 'AAAA'; readonly address: string }
  /** `exchange` '': a null MX (RFC 7505). */
  | { readonly kind: 'MX'; readonly preference: number; readonly exchange: string }
  /** One character an octet (Latin-1), so that lengths are those on the wire. */
  | { readonly kind: 'TXT'; readonly strings: readonly string[] }
  | { readonly kind: 'SPF'; readonly strings: readonly string[] }
  | { readonly kind: 'PTR'; readonly host: string }
  | { readonly kind: 'NS'; readonly host: string }
  | { readonly kind: 'CNAME'; readonly host: string }
  | { readonly kind: 'SRV'; readonly priority: number; readonly weight: number; readonly port: number; readonly host: string }
  /** `certificate` in lower-case hexadecimal (RFC 6698 section 2.1). */
  | {
      readonly kind: 'TLSA';
      readonly usage: number;
      readonly selector: number;
      readonly matchingType: number;
      readonly certificate: string;
    }
  | { readonly kind: 'CAA'; readonly flags: number; readonly tag: string; readonly value: string }
  | {
      readonly kind: 'SOA';
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    };

export interface DnsRecord {
  readonly name: string;
  readonly type: QueryType;
  /** Seconds; null: not known. */
  readonly ttl: number | null;
  /** In zone-file presentation, printable ASCII, at most 4 KiB. */
  readonly data: string;
  readonly value: RecordValue;
}

/**
 * noData: the name exists, without such a record. nxDomain: there is no such name. servFail, refused: what the server said.
 * failed: an answer that cannot be used, a CNAME loop, a name that cannot be asked, no way to the server.
 */
export type DnsOutcome = 'found' | 'noData' | 'nxDomain' | 'servFail' | 'refused' | 'timeout' | 'failed' | 'cancelled';

export interface DnsAnswer {
  readonly outcome: DnsOutcome;
  readonly name: string;
  readonly type: QueryType;
  /** The CNAMEs of the chain included, first. */
  readonly records: readonly DnsRecord[];
  /** The name server that answered or, when none did, was asked last: "192.0.2.53:53". */
  readonly server: string;
  /** Milliseconds. */
  readonly ms: number;
  /** The AD flag of the answer (RFC 4035 section 3.2.3); null: not known. */
  readonly isAuthentic: boolean | null;
  /** The AA flag: the server that answered holds the zone itself (RFC 1035 section 4.1.1); absent: not known. */
  readonly isAuthoritative?: boolean;
  /** Of 'failed': what went wrong, half a sentence. */
  readonly problem?: string;
}

export interface Dns {
  /** Never rejects. One cache a run: the same question is asked once. */
  lookUp(name: string, type: QueryType, signal?: AbortSignal): Promise<DnsAnswer>;
  /** As `lookUp`, with the CD flag: what a validating server holds back is told as well (RFC 4035 section 3.2.2). Absent: it cannot be asked for. */
  lookUpUnvalidated?(name: string, type: QueryType): Promise<DnsAnswer>;
  /**
   * Asks one server for what it holds itself (RD clear, aliases not followed): a server that a zone names. `address`: IPv4 or IPv6; at which port a
   * name server of that address listens is known behind this port. Absent: no other server can be asked.
   */
  askServer?(address: string, name: string, type: QueryType): Promise<DnsAnswer>;
  /** "192.0.2.53:53" */
  readonly servers: readonly string[];
}

/** The values of the asked type, without the CNAMEs that led to them. */
export function valuesOf<K extends RecordValue['kind']>(answer: DnsAnswer, kind: K): Extract<RecordValue, { kind: K }>[] {
  return answer.records.map((record) => record.value).filter((value): value is Extract<RecordValue, { kind: K }> => value.kind === kind);
}

/** True when the name server said that there is none: only then may a check speak of something missing. */
export function isAbsent(answer: DnsAnswer): boolean {
  return answer.outcome === 'noData' || answer.outcome === 'nxDomain';
}
