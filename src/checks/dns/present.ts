// checks/dns: records as the text of a zone file (RFC 1035 section 5.1): printable ASCII whatever a name server sent, and bounded.
import type { DnsRecord, RecordValue } from './port.ts';

/** Characters of one record's data. */
export const maxDataLength = 4096;

/** The data of a record: `10 mx1.example.com.` */
export function presentValue(value: RecordValue): string {
  const text = present(value);
  return text.length > maxDataLength ? `${text.slice(0, maxDataLength - 1)}…` : text;
}

/** The whole record: `example.com.  300  MX  10 mx1.example.com.` */
export function presentRecord({ name, ttl, type, data }: DnsRecord): string {
  return [absolute(name), ...(ttl === null ? [] : [String(ttl)]), type, data].join('  ');
}

/** Octets that are no printable ASCII as \DDD, so that a name or string stays on its line and stays text. */
export function escapeOctets(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, (character) =>
    [...Buffer.from(character, character.charCodeAt(0) > 0xff ? 'utf8' : 'latin1')]
      .map((octet) => `\\${String(octet).padStart(3, '0')}`)
      .join(''),
  );
}

function present(value: RecordValue): string {
  switch (value.kind) {
    case 'A':
    case 'AAAA':
      return value.address;
    case 'MX':
      return `${value.preference} ${absolute(value.exchange)}`;
    case 'TXT':
    case 'SPF':
      return value.strings.map(quoted).join(' ');
    case 'PTR':
    case 'NS':
    case 'CNAME':
      return absolute(value.host);
    case 'SRV':
      return `${value.priority} ${value.weight} ${value.port} ${absolute(value.host)}`;
    case 'TLSA':
      return `${value.usage} ${value.selector} ${value.matchingType} ${value.certificate}`;
    case 'CAA':
      return `${value.flags} ${escapeOctets(value.tag)} ${quoted(value.value)}`;
    case 'SOA': {
      const { serial, refresh, retry, expire, minimum } = value;
      return [absolute(value.primary), absolute(value.mailbox), serial, refresh, retry, expire, minimum].join(' ');
    }
  }
}

function absolute(name: string): string {
  return `${escapeOctets(name)}.`;
}

function quoted(text: string): string {
  const inner = text.slice(0, maxDataLength).replace(/["\\]/g, '\\$&');
  return `"${inner.split(' ').map(escapeOctets).join(' ')}"`;
}
