// checks/dns: the records of a decoded packet as this room has them: names in one form, octets escaped, types we know and no others.
import type { Answer } from 'dns-packet';
import type { DnsRecord, RecordValue } from './port.ts';
import { escapeOctets, presentValue } from './present.ts';

/** One record; undefined for types that no check asks for, and for data that is not of its type. */
export function recordOf(answer: Answer): DnsRecord | undefined {
  const value = typed(answer);
  if (value === undefined) return undefined;
  const ttl = 'ttl' in answer && answer.ttl !== undefined ? answer.ttl : null;
  return { name: nameOf(answer.name), type: value.kind, ttl, value, data: presentValue(value) };
}

/** Lower case, no last dot, odd octets escaped as in a zone file: never more than text. */
export function nameOf(name: string): string {
  return escapeOctets(name.replace(/\.$/, '')).toLowerCase();
}

function typed(answer: Answer): RecordValue | undefined {
  // dns-packet leaves the octets of this type as they are.
  const { type, data }: { readonly type: string; readonly data?: unknown } = answer;
  if (type === 'SPF') return Buffer.isBuffer(data) ? { kind: 'SPF', strings: stringsIn(data) } : undefined;
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return { kind: answer.type, address: answer.data };
    case 'MX':
      return { kind: 'MX', preference: answer.data.preference ?? 0, exchange: nameOf(answer.data.exchange) };
    case 'TXT': {
      const strings = Array.isArray(answer.data) ? answer.data : [answer.data];
      return { kind: 'TXT', strings: strings.map((string) => (typeof string === 'string' ? string : string.toString('latin1'))) };
    }
    case 'PTR':
    case 'NS':
    case 'CNAME':
      return { kind: answer.type, host: nameOf(answer.data) };
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return { kind: 'SRV', priority, weight, port, host: nameOf(target) };
    }
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = answer.data;
      return { kind: 'TLSA', usage, selector, matchingType, certificate: certificate.toString('hex') };
    }
    case 'CAA':
      return { kind: 'CAA', flags: answer.data.flags ?? 0, tag: answer.data.tag, value: answer.data.value };
    case 'SOA': {
      const { mname, rname, serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = answer.data;
      return { kind: 'SOA', primary: nameOf(mname), mailbox: nameOf(rname), serial, refresh, retry, expire, minimum };
    }
    default:
      return undefined;
  }
}

/** RFC 1035 section 3.3.14: strings with their lengths before them. */
function stringsIn(octets: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 0; at < octets.length; at += 1 + (octets[at] ?? 0))
    strings.push(octets.toString('latin1', at + 1, at + 1 + (octets[at] ?? 0)));
  return strings;
}
