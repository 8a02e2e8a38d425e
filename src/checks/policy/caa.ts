// checks/policy: which authorities may issue certificates for the MX hosts (CAA, RFC 8659): a fact, until it stops the next renewal.

import { getDomain } from 'tldts';
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, type RecordValue, valuesOf } from '../dns/port.ts';
import type { Finding, Remedy } from '../report.ts';
import { maker, type PolicyMaker } from './found.ts';
import { isWithin, normalName } from './records.ts';

type Caa = Extract<RecordValue, { kind: 'CAA' }>;

/** Hosts that are looked at, and names above each. */
const maxHosts = 8;
const maxSteps = 6;

const source = 'RFC 8659 section 3';

/** A finding for each set of records; hosts below one name share it. */
export async function checkCaa(domain: string, hosts: readonly string[], context: CheckContext): Promise<readonly Finding[]> {
  const make = maker({ domain });
  const found = await Promise.all(hosts.slice(0, maxHosts).map(async (host) => ({ host, answer: await climb(normalName(host), context) })));
  const findings: Finding[] = [];
  const free = found.filter(({ answer }) => answer === null).map(({ host }) => host);
  if (free.length > 0)
    findings.push(
      make.finding({
        id: 'caa-none',
        level: 'info',
        title: 'Any authority may issue certificates for the MX hosts',
        detail: `no CAA record for ${free.join(', ')}`,
        reason: 'A CAA record says which authorities you use; all others must then refuse, whoever asks them.',
        remedies: remedies(domain, free),
        source,
      }),
    );
  const owners = new Map<string, { readonly answer: DnsAnswer; readonly hosts: string[] }>();
  for (const { host, answer } of found) {
    if (answer === null) continue;
    const same = owners.get(answer.name);
    if (same) same.hosts.push(host);
    else owners.set(answer.name, { answer, hosts: [host] });
  }
  for (const { answer, hosts: below } of owners.values()) findings.push(judge(answer, below, make));
  return findings;
}

/** CAA is looked for at a host and above it, so a record elsewhere does nothing (RFC 8659 section 3). */
function remedies(domain: string, hosts: readonly string[]): Remedy[] {
  const zones = [...new Set(hosts.map((host) => getDomain(host, { validateHostname: false }) ?? host))];
  const own = zones.filter((zone) => isWithin(normalName(domain), zone));
  const record = (zone: string): string => `${zone}. IN CAA 0 issue "letsencrypt.org"`;
  const others = zones.filter((zone) => !own.includes(zone));
  return [
    ...own.map((zone) => ({ label: 'If one authority is used (letsencrypt.org stands for it), publish', text: record(zone) })),
    ...others.map((zone) => ({
      label: `Whoever owns ${zone} can publish (letsencrypt.org stands for the authority that is used)`,
      text: record(zone),
    })),
  ];
}

/** The nearest records at the host or above it, or the first look-up without an answer; null: none. Top-level domains have none. */
async function climb(host: string, { dns, signal }: CheckContext): Promise<DnsAnswer | null> {
  const labels = host.split('.');
  for (let up = 0; up < Math.min(labels.length - 1, maxSteps); up++) {
    const answer = await dns.lookUp(labels.slice(up).join('.'), 'CAA', signal);
    if (!isAbsent(answer)) return answer;
  }
  return null;
}

const known = ['issue', 'issuewild', 'issuemail', 'issuevmc', 'iodef', 'contactemail', 'contactphone'];
const critical = 0x80;

function judge(answer: DnsAnswer, hosts: readonly string[], make: PolicyMaker): Finding {
  const names = hosts.join(', ');
  if (answer.outcome !== 'found') return make.unanswered('caa-look-up', `CAA of ${answer.name} could not be looked up`, answer);
  const records = valuesOf(answer, 'CAA');
  const shared = { evidence: [make.answer(answer)], source, ms: answer.ms };
  const strange = records.find(({ flags, tag }) => (flags & critical) !== 0 && !known.includes(tag.toLowerCase()));
  if (strange)
    return make.finding({
      id: 'caa-critical',
      level: 'warn',
      title: `A CAA record of ${answer.name} keeps every authority from issuing`,
      detail: `"${strange.tag}" is marked as critical, and is nothing that authorities know`,
      reason: `The next renewal of the certificates of ${names} will be refused.`,
      remedies: [{ label: 'Remove, or publish with the flags', text: '0' }],
      ...shared,
      source: 'RFC 8659 section 4.1',
    });
  const issuers = issuersOf(records);
  if (issuers === null)
    return make.finding({
      id: 'caa',
      level: 'info',
      title: 'Any authority may issue certificates for the MX hosts',
      detail: `the CAA records of ${answer.name} do not limit it`,
      ...shared,
    });
  if (issuers.length === 0)
    return make.finding({
      id: 'caa-nobody',
      level: 'advice',
      title: 'No authority may issue certificates for the MX hosts',
      detail: `${names}: the CAA records of ${answer.name} name none`,
      reason: 'A certificate of an authority of your own is not concerned. The next renewal at a public authority will be refused.',
      ...shared,
      source: 'RFC 8659 section 4.2',
    });
  return make.finding({
    id: 'caa',
    level: 'info',
    title: `Certificates for the MX hosts come only from ${issuers.join(' and ')}`,
    detail: names,
    ...shared,
    source: 'RFC 8659 section 4.2',
  });
}

/** Domains of "issue"; parameters behind a semicolon are left out. null: there is no such record, so nothing is limited. */
function issuersOf(records: readonly Caa[]): string[] | null {
  const issue = records.filter(({ tag }) => tag.toLowerCase() === 'issue');
  if (issue.length === 0) return null;
  return [...new Set(issue.map(({ value }) => (value.split(';')[0] ?? '').trim()))].filter((name) => name !== '');
}
