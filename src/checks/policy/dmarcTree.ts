// checks/policy: finds the DMARC record that holds for a domain, and its organizational domain, by walking up the names (RFC 9989 section 4.10).
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent } from '../dns/port.ts';
import { type DmarcPolicy, type DmarcRecord, isDmarcRecord, parseDmarc } from './dmarcRecord.ts';
import { normalName, textsOf } from './records.ts';

/** A name of eight labels or more is shortened to this many after the first question. */
const maxLabels = 7;

export interface DmarcStep {
  /** Without "_dmarc.". */
  readonly domain: string;
  readonly answer: DnsAnswer;
  /** null: none, or several, which counts as none. */
  readonly record: DmarcRecord | null;
}

export interface DmarcTree {
  readonly domain: string;
  /** In the order asked: the domain itself first. */
  readonly steps: readonly DmarcStep[];
  /** The look-up that failed and ended the walk, or null. */
  readonly failure: DnsAnswer | null;
  /** The record that holds for mail from `domain`; null: none, or not known where `failure` is set. */
  readonly found: DmarcStep | null;
  /** null: not known. */
  readonly organization: string | null;
}

/** Never rejects. At most eight questions. */
export async function walkDmarc(subject: string, context: CheckContext): Promise<DmarcTree> {
  const domain = normalName(subject);
  const steps: DmarcStep[] = [];
  for (let labels = domain.split('.'); labels.length > 0; labels = shorten(labels)) {
    const step = await lookUp(labels.join('.'), context);
    steps.push(step);
    if (step.answer.outcome !== 'found' && !isAbsent(step.answer)) {
      // A record of the domain itself holds whatever is above it.
      const own = steps[0]?.record ? steps[0] : null;
      return { domain, steps, failure: step.answer, found: own, organization: null };
    }
    if (step.record && step.record.publicSuffix !== 'u') break;
  }
  const organization = organizationOf(domain, steps);
  return { domain, steps, failure: null, found: choose(domain, organization, steps), organization };
}

/** Which tag of the record that holds decides about the domain of the tree. `exists`: false when the name servers know no such name. */
export function decidingTag({ domain, found }: DmarcTree, exists = true): 'p' | 'sp' | 'np' {
  const record = found?.record;
  if (!record || found.domain === domain) return 'p';
  if (!exists && record.absentPolicy !== null) return 'np';
  return record.subdomainPolicy === null ? 'p' : 'sp';
}

/** The policy for mail from the domain of the tree. null: the record says none that can be used. */
export function policyFor(tree: DmarcTree, exists = true): DmarcPolicy | null {
  const record = tree.found?.record;
  if (!record || record.policy === null) return null;
  const policies = { p: record.policy, sp: record.subdomainPolicy, np: record.absentPolicy };
  return policies[decidingTag(tree, exists)];
}

function shorten(labels: readonly string[]): string[] {
  return labels.length > maxLabels ? labels.slice(-maxLabels) : labels.slice(1);
}

async function lookUp(domain: string, context: CheckContext): Promise<DmarcStep> {
  context.doing(`asking for _dmarc.${domain}`);
  const answer = await context.dns.lookUp(`_dmarc.${domain}`, 'TXT', context.signal);
  const records = textsOf(answer).filter(isDmarcRecord);
  const [text] = records;
  return { domain, answer, record: text !== undefined && records.length === 1 ? parseDmarc(text) : null };
}

/** RFC 9989 section 4.10.2. */
function organizationOf(domain: string, steps: readonly DmarcStep[]): string {
  const published = steps.filter((step) => step.record);
  for (const { domain: name, record } of published) {
    if (record?.publicSuffix === 'n') return name;
    if (record?.publicSuffix === 'y' && name !== domain)
      return domain
        .split('.')
        .slice(-(name.split('.').length + 1))
        .join('.');
  }
  return published.at(-1)?.domain ?? domain;
}

/** RFC 9989 section 4.10.1: the domain's own, else that of the organizational domain, else that of the public suffix above it. */
function choose(domain: string, organization: string, steps: readonly DmarcStep[]): DmarcStep | null {
  const published = steps.filter((step) => step.record);
  const own = published.find((step) => step.domain === domain);
  const suffix = published.find((step) => step.record?.publicSuffix === 'y');
  return own ?? published.find((step) => step.domain === organization) ?? suffix ?? null;
}
