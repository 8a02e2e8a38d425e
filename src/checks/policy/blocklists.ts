// checks/policy: whether addresses are on DNS blocklists (RFC 5782). Asks only lists that the person named: each look-up tells the list who asks.
import { isIP } from 'node:net';
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { isLocal, reversed } from './addresses.ts';
import { maker } from './found.ts';
import { normalName, textsOf } from './records.ts';

/** More are not asked in one run. */
const maxZones = 20;
const maxAddresses = 50;

/** A finding for each address and list; none of the lists is trusted before its test entry answered as it must. */
export async function checkBlocklists(
  addresses: readonly string[],
  zones: readonly string[],
  context: CheckContext,
): Promise<readonly Finding[]> {
  if (zones.length === 0) {
    return [
      maker({}).finding({
        id: 'blocklists',
        level: 'skipped',
        title: 'Blocklists were not asked',
        detail: 'none is named in the settings',
      }),
    ];
  }
  const known = [...new Set(addresses)].filter((address) => isIP(address) !== 0).slice(0, maxAddresses);
  const asked = known.filter((address) => context.isLab || !isLocal(address));
  const skipped = known
    .filter((address) => !asked.includes(address))
    .map((address) =>
      maker({ address }).finding({
        id: 'blocklist',
        level: 'skipped',
        title: `${address} is on no public blocklist`,
        detail: 'it is no address of the internet',
      }),
    );
  const lists = [...new Set(zones.map(normalName))].slice(0, maxZones);
  const findings = await Promise.all(lists.map((zone) => askList(zone, asked, context)));
  return [...skipped, ...findings.flat()];
}

async function askList(zone: string, addresses: readonly string[], context: CheckContext): Promise<Finding[]> {
  context.waitFor(zone);
  context.doing(`asking ${zone}`);
  const test = await ask('127.0.0.2', zone, context);
  if (addresses.length === 0) return [];
  const reason = whyUnusable(test);
  if (reason !== '') {
    const make = maker({});
    const level = test.outcome === 'cancelled' ? 'skipped' : 'unknown';
    return [
      make.finding({
        id: 'blocklist-unusable',
        level,
        title: `${zone} cannot be used`,
        detail: reason,
        evidence: [make.answer(test)],
        source: 'RFC 5782 section 5',
        ms: test.ms,
      }),
    ];
  }
  return Promise.all(addresses.map((address) => askAddress(address, zone, context)));
}

function whyUnusable(test: DnsAnswer): string {
  if (isAbsent(test)) return 'its test entry is missing: it may be closed, or no blocklist';
  if (test.outcome !== 'found') return 'it does not answer';
  const codes = codesOf(test);
  if (codes.some(isError)) return 'it refuses look-ups through this name server, or wants a contract';
  return codes.length === 0 ? 'its answers are not those of a blocklist' : '';
}

async function askAddress(address: string, zone: string, context: CheckContext): Promise<Finding> {
  const make = maker({ address });
  const answer = await ask(address, zone, context);
  const shared = { evidence: [make.answer(answer)], source: 'RFC 5782 section 2', ms: answer.ms };
  if (isAbsent(answer)) return make.finding({ id: 'blocklist-clear', level: 'pass', title: `${address} is not on ${zone}`, ...shared });
  if (answer.outcome !== 'found') return make.unanswered('blocklist-look-up', `Whether ${address} is on ${zone} is not known`, answer);
  const codes = codesOf(answer);
  if (codes.length === 0 || codes.some(isError)) {
    const detail = codes.length === 0 ? 'its answer is not that of a blocklist' : `it answered with the error ${codes.find(isError) ?? ''}`;
    return make.finding({
      id: 'blocklist-look-up',
      level: 'unknown',
      title: `Whether ${address} is on ${zone} is not known`,
      detail,
      ...shared,
    });
  }
  const why = await context.dns.lookUp(`${reversed(address)}.${zone}`, 'TXT', context.signal);
  return make.finding({
    id: 'blocklist-listed',
    level: 'warn',
    title: `${address} is on ${zone}`,
    detail: textsOf(why)[0] ?? codes.join(', '),
    reason:
      'Receivers that use this list refuse or mark mail from the address. It matters for a server that sends. The list says how to be taken off.',
    ...shared,
    evidence: [...shared.evidence, ...(why.outcome === 'found' ? [make.answer(why)] : [])],
  });
}

function ask(address: string, zone: string, context: CheckContext): Promise<DnsAnswer> {
  return context.dns.lookUp(`${reversed(address)}.${zone}`, 'A', context.signal);
}

/** Only addresses in 127.0.0.0/8 are answers of a list; a provider that answers every name with an address of its own is none. */
function codesOf(answer: DnsAnswer): string[] {
  return answer.records.flatMap(({ value }) =>
    value.kind === 'A' && 'address' in value && value.address.startsWith('127.') ? [value.address] : [],
  );
}

/** 127.255.255.0/24: too many look-ups, public resolver, typing error, as the large lists use it. */
function isError(code: string): boolean {
  return code.startsWith('127.255.255.');
}
