// checks/policy: TXT records as policies use them, and the names of DNS as policies compare them.
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, valuesOf } from '../dns/port.ts';

/** The longest text that is read as a policy, in characters; all of it is shown, bounded, as evidence. */
const maxRecord = 16_384;

/** Strings of one record are joined with nothing between, strings of two records never (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2). */
export function textsOf(answer: DnsAnswer): string[] {
  return valuesOf(answer, 'TXT').map((value) => value.strings.join('').slice(0, maxRecord));
}

/** Octets of one string (RFC 1035 section 3.3). */
const maxString = 255;

/** A TXT record as a line of a zone file: quotes escaped, and in several strings where one cannot hold it. */
export function txtLine(name: string, text: string): string {
  const strings = Array.from({ length: Math.max(1, Math.ceil(text.length / maxString)) }, (_, at) =>
    text.slice(at * maxString, (at + 1) * maxString),
  );
  return `${name}. IN TXT ${strings.map((string) => `"${string.replace(/["\\]/g, '\\$&')}"`).join(' ')}`;
}

/** In lower case, without the last dot. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether the name servers know no such domain: what is not published for it needs no word. The answer is in the cache of the run. */
export async function isMissing(domain: string, { dns, signal }: CheckContext): Promise<boolean> {
  return (await dns.lookUp(normalName(domain), 'MX', signal)).outcome === 'nxDomain';
}

/** True for the domain itself and for every name below it. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
