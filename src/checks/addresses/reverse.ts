// checks/addresses: the name of an address, and whether it leads back: what receivers look at when a server sends.
import ipaddr from 'ipaddr.js';
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, valuesOf } from '../dns/port.ts';
import { answerEvidence, type Draft, finding, unansweredFinding } from '../finding.ts';
import type { Finding, Target } from '../report.ts';

export interface AddressSubject {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** The host that has it, where known. */
  readonly host?: string;
}

export interface Reverse {
  readonly findings: readonly Finding[];
  /** The names of its PTR records. */
  readonly names: readonly string[];
}

/** PTR names that are asked back; more than one is rare, a hostile answer has hundreds. */
const maxNames = 10;

const sending =
  'It matters when this server sends, less when it receives: receivers distrust a client whose address has no name that leads back to it.';

/** Never rejects. */
export async function checkReverse(subject: AddressSubject, context: CheckContext): Promise<Reverse> {
  const { dns, signal } = context;
  const { address } = subject;
  const ptr = await dns.lookUp(reverseName(address), 'PTR', signal);
  const names = [...new Set(valuesOf(ptr, 'PTR').map(({ host }) => host))];
  const target: Target = subject.host === undefined ? { address } : { host: subject.host, address };
  if (names.length === 0) return { findings: [withoutName(ptr, target, address)], names };
  const isFour = ipaddr.process(address).kind() === 'ipv4';
  const back = await Promise.all(names.slice(0, maxNames).map((name) => dns.lookUp(name, isFour ? 'A' : 'AAAA', signal)));
  const ms = ptr.ms + Math.max(...back.map((answer) => answer.ms));
  const make = (draft: Omit<Draft, 'group' | 'target' | 'ms'>): Finding => finding({ ...draft, group: 'addresses', target, ms });
  return { findings: [confirm(address, names, ptr, back, make, target), ...judgeNames(address, names, ptr, make)], names };
}

/** RFC 1035 section 3.5, RFC 3596 section 2.5. `address` must be one. */
export function reverseName(address: string): string {
  const parsed = ipaddr.process(address);
  const octets = parsed.toByteArray();
  if (parsed.kind() === 'ipv4') return `${octets.toReversed().join('.')}.in-addr.arpa`;
  return `${[...Buffer.from(octets).toString('hex')].toReversed().join('.')}.ip6.arpa`;
}

/**
 * The names of an address beside those that its server calls itself: `said` are the host names of the greeting and of the answer to EHLO.
 * null where there is nothing to compare.
 */
export function judgeGreeting(names: readonly string[], said: readonly string[], target: Target): Finding | null {
  if (names.length === 0 || said.length === 0) return null;
  const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');
  const isSame = said.some((name) => names.map(plain).includes(plain(name)));
  return finding({
    id: 'ptr-greeting',
    group: 'addresses',
    level: isSame ? 'pass' : 'warn',
    title: isSame ? 'The server calls itself by the name of its address' : 'The server calls itself by another name than its address has',
    detail: `it says ${said[0]}, the address is ${names[0]}`.slice(0, 300),
    reason: isSame ? '' : sending,
    target,
    source: 'RFC 5321 section 4.1.4',
  });
}

function withoutName(ptr: DnsAnswer, target: Target, address: string): Finding {
  const base = { group: 'addresses', target, ms: ptr.ms } as const;
  if (!isAbsent(ptr)) return unansweredFinding({ ...base, id: 'ptr-look-up', title: `The name of ${address} could not be looked up` }, ptr);
  const isPublic = ipaddr.process(address).range() === 'unicast';
  return finding({
    ...base,
    id: 'ptr-missing',
    level: isPublic ? 'warn' : 'info',
    title: `${address} has no name`,
    detail: isPublic ? 'no PTR record' : 'no PTR record; an address of a private network needs none',
    reason: isPublic ? `${sending} Who gave you the address can publish the record.` : '',
    evidence: [answerEvidence(ptr)],
    remedies: isPublic
      ? [{ label: 'Ask for this record', text: `${reverseName(address)}.  PTR  ${target.host ?? 'mail.example.com'}.` }]
      : [],
    source: 'RFC 1912 section 2.1',
  });
}

type Make = (draft: Omit<Draft, 'group' | 'target' | 'ms'>) => Finding;

/** Forward-confirmed: a name of the address has that address. */
function confirm(
  address: string,
  names: readonly string[],
  ptr: DnsAnswer,
  back: readonly DnsAnswer[],
  make: Make,
  target: Target,
): Finding {
  const evidence = [answerEvidence(ptr), ...back.map((answer) => answerEvidence(answer))];
  const leadsBack = back.find((answer) =>
    [...valuesOf(answer, 'A'), ...valuesOf(answer, 'AAAA')].some((value) => isSameAddress(value.address, address)),
  );
  if (leadsBack)
    return make({
      id: 'ptr',
      level: 'pass',
      title: `${address} is ${leadsBack.name}`,
      detail: 'the name leads back to it',
      evidence,
      source: 'RFC 1912 section 2.1',
    });
  const silent = back.find((answer) => answer.outcome !== 'found' && !isAbsent(answer));
  if (silent) {
    const title = `Whether ${silent.name} leads back to ${address} could not be looked up`;
    return unansweredFinding({ id: 'ptr-look-up', group: 'addresses', title, target }, silent);
  }
  return make({
    id: 'ptr-mismatch',
    level: 'warn',
    title: `The name of ${address} does not lead back to it`,
    detail: `${names[0]} has another address, or none`.slice(0, 300),
    reason: sending,
    evidence,
    remedies: [
      {
        label: 'Publish the address of the name',
        text: `${names[0]}.  ${ipaddr.process(address).kind() === 'ipv4' ? 'A' : 'AAAA'}  ${address}`,
      },
    ],
    source: 'RFC 1912 section 2.1',
  });
}

function judgeNames(address: string, names: readonly string[], ptr: DnsAnswer, make: Make): Finding[] {
  const findings: Finding[] = [];
  const evidence = [answerEvidence(ptr)];
  if (names.length > 1)
    findings.push(
      make({
        id: 'ptr-several',
        level: 'info',
        title: `${address} has ${names.length} names`,
        detail: names.join(', ').slice(0, 300),
        evidence,
        source: 'RFC 2181 section 10.2',
      }),
    );
  const generic = names.find((name) => isGeneric(name, address));
  if (generic !== undefined)
    findings.push(
      make({
        id: 'ptr-generic',
        level: 'info',
        title: `The name of ${address} looks like one of an access line`,
        detail: generic.slice(0, 300),
        reason:
          'Receivers that see digits of the address, or words such as dyn and pool, in the name of a client take it for a computer at home and may refuse its mail.',
        evidence,
        source: 'RFC 1912 section 2.1',
      }),
    );
  return findings;
}

function isGeneric(name: string, address: string): boolean {
  if (/(?:^|[.-])(?:dyn|dynamic|dsl|adsl|pool|dhcp|dial|dialup|ppp|cable|broadband|cust|customer)(?:[.-]|\d|$)/.test(name)) return true;
  const octets = ipaddr.process(address).toByteArray();
  if (octets.length !== 4) return false;
  const digits = name.match(/\d+/g)?.map(Number) ?? [];
  const contains = (wanted: readonly number[]): boolean =>
    digits.some((_, at) => wanted.every((octet, index) => digits[at + index] === octet));
  return contains(octets) || contains(octets.toReversed());
}

function isSameAddress(one: string, other: string): boolean {
  return ipaddr.isValid(one) && ipaddr.process(one).toNormalizedString() === ipaddr.process(other).toNormalizedString();
}
