// checks/policy: the DMARC policy that holds for a domain, and where reports go (RFC 9989, RFC 9990).
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { type DmarcRecord, dmarcPolicies, isDmarcRecord, strengthOf } from './dmarcRecord.ts';
import { checkReportAddresses } from './dmarcReports.ts';
import { judgeTags } from './dmarcTags.ts';
import { type DmarcStep, type DmarcTree, decidingTag, policyFor, walkDmarc } from './dmarcTree.ts';
import { maker, type PolicyMaker } from './found.ts';
import { textsOf, txtLine } from './records.ts';

export async function checkDmarc(domain: string, context: CheckContext): Promise<readonly Finding[]> {
  const make = maker({ domain });
  context.waitFor(`_dmarc.${domain}`);
  const tree = await walkDmarc(domain, context);
  const [own] = tree.steps;
  if (!own) return [];
  const strays = judgeStrays(own, make);
  if (strays.some((stray) => stray.level === 'fail')) return strays;
  const { found } = tree;
  if (!found?.record) {
    if (tree.failure) return [...strays, make.unanswered('dmarc-look-up', 'The DMARC policy could not be looked up', tree.failure)];
    const apex = await context.dns.lookUp(tree.domain, 'TXT', context.signal);
    return [...strays, apex.outcome === 'nxDomain' ? noDomain(apex, make) : noRecord(tree, make)];
  }
  const { record } = found;
  // Only a policy of above has other words for names that are not there.
  const exists = found.domain === tree.domain || (await context.dns.lookUp(tree.domain, 'TXT', context.signal)).outcome !== 'nxDomain';
  const problems = record.problems.length > 0 ? [unusable(found, record, make)] : [];
  return [
    ...strays,
    ...(problems.length > 0
      ? problems
      : [soundRecord(tree, found, record, make), judgePolicy(tree, record, exists, make), ...judgeSubdomains(tree, record, make)]),
    ...judgeTags(found, record, make),
    ...(await checkReportAddresses(tree, found, record, make, context)),
  ];
}

/** Records at the place of the policy that are none, or too many. */
function judgeStrays(own: DmarcStep, make: PolicyMaker): Finding[] {
  const texts = textsOf(own.answer);
  const records = texts.filter(isDmarcRecord);
  const alike = texts.filter((text) => !isDmarcRecord(text) && /^["'\s]*v\s*=\s*dmarc/i.test(text));
  const others = texts.filter((text) => !isDmarcRecord(text) && !alike.includes(text));
  if (records.length > 1) {
    return [
      make.finding({
        id: 'dmarc-multiple',
        level: 'fail',
        title: `${records.length === 2 ? 'Two' : records.length} DMARC records`,
        detail: 'receivers ignore them all',
        reason: 'With more than one record there is no policy: forged mail is treated as if DMARC did not exist.',
        evidence: [make.answer(own.answer, records)],
        remedies: [{ label: 'Keep one of them', text: txtLine(own.answer.name, strongest(records)) }],
        source: 'RFC 9989 section 4.10',
        ms: own.answer.ms,
      }),
    ];
  }
  if (alike.length > 0 && records.length === 0) {
    return [
      make.finding({
        id: 'dmarc-not-recognised',
        level: 'fail',
        title: 'A record that looks like DMARC, but is none',
        detail: 'it must begin with "v=DMARC1" in exactly these letters',
        evidence: [make.answer(own.answer, alike)],
        reason: 'Receivers skip it, so the domain has no policy.',
        remedies: [{ label: 'Publish, for example', text: `${own.answer.name}. IN TXT "v=DMARC1; p=quarantine"` }],
        source: 'RFC 9989 section 4.7',
        ms: own.answer.ms,
      }),
    ];
  }
  if (others.length === 0) return [];
  return [
    make.finding({
      id: 'dmarc-unrelated',
      level: 'advice',
      title: 'Records of another kind beside the DMARC policy',
      detail: others.some((text) => /^v=spf1/i.test(text))
        ? 'an SPF record belongs to the domain itself'
        : 'a wildcard record may be the cause',
      reason: 'Receivers skip them; some tools do not, and take them for a broken policy.',
      evidence: [make.answer(own.answer, others)],
      remedies: [{ label: 'Remove', text: others.map((text) => txtLine(own.answer.name, text)).join('\n') }],
      source: 'RFC 9989 section 4.10',
      ms: own.answer.ms,
    }),
  ];
}

function strongest(records: readonly string[]): string {
  const order = ['reject', 'quarantine', 'none'];
  const rank = (text: string) => order.findIndex((policy) => text.toLowerCase().includes(`p=${policy}`)) + 1 || order.length + 1;
  return records.toSorted((one, other) => rank(one) - rank(other))[0] ?? '';
}

function noDomain(apex: DnsAnswer, make: PolicyMaker): Finding {
  const detail = 'the domain does not exist';
  return make.finding({
    id: 'dmarc-none',
    level: 'skipped',
    title: 'No DMARC to look at',
    detail,
    evidence: [make.answer(apex)],
    ms: apex.ms,
  });
}

function noRecord(tree: DmarcTree, make: PolicyMaker): Finding {
  return make.finding({
    id: 'dmarc-none',
    level: 'warn',
    title: 'No DMARC policy',
    detail: 'neither the domain nor one above it publishes any',
    reason:
      'Anybody can put this domain into the From line, and receivers are not told what to do with it. Large mailbox providers want DMARC of bulk senders.',
    evidence: tree.steps.map((step) => make.answer(step.answer)),
    remedies: [
      {
        label: 'Publish, then strengthen when the reports look right',
        text: `_dmarc.${tree.domain}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@${tree.domain}"`,
      },
    ],
    source: 'RFC 9989 section 4.10',
    ms: total(tree),
  });
}

function unusable(found: DmarcStep, record: DmarcRecord, make: PolicyMaker): Finding {
  const fallsBack = record.aggregate.length > 0;
  return make.finding({
    id: 'dmarc-syntax',
    level: 'fail',
    title: 'The DMARC record is not well formed',
    detail: record.problems[0]?.text ?? '',
    reason: fallsBack ? 'Receivers take it for "p=none" at best: they only send reports.' : 'Receivers go on as if there were no record.',
    evidence: [make.text(`DMARC record of ${found.domain}`, record.text, record.problems)],
    remedies: [{ label: 'Publish, with the policy that is meant', text: txtLine(`_dmarc.${found.domain}`, repaired(record)) }],
    source: 'RFC 9989 section 4.7',
    ms: found.answer.ms,
  });
}

/** The record with its policy corrected and without what is no tag; everything else as it is. */
function repaired(record: DmarcRecord): string {
  const policies = ['p', 'sp', 'np'];
  const isBad = ({ name, value }: DmarcRecord['tags'][number]): boolean =>
    policies.includes(name) && !dmarcPolicies.some((policy) => policy === value.toLowerCase());
  const seen = new Set<string>();
  const kept = record.tags.slice(1).filter((tag) => {
    const isRepeated = seen.has(tag.name);
    seen.add(tag.name);
    return !isRepeated && tag.name !== 'p' && !isBad(tag);
  });
  // Who wanted it refused still does, once the reports are read: no mail is to be lost by a guess.
  const policy = record.policy ?? 'quarantine';
  return ['v=DMARC1', `p=${policy}`, ...kept.map(({ start, end }) => record.text.slice(start, end))].join('; ');
}

function soundRecord(tree: DmarcTree, found: DmarcStep, record: DmarcRecord, make: PolicyMaker): Finding {
  return make.finding({
    id: 'dmarc-record',
    level: 'pass',
    title: found.domain === tree.domain ? 'One DMARC record, well formed' : `The DMARC record of ${found.domain} holds`,
    detail: record.text,
    evidence: tree.steps.map((step) => make.answer(step.answer)),
    source: 'RFC 9989 section 4.10',
    ms: total(tree),
  });
}

function judgePolicy(tree: DmarcTree, record: DmarcRecord, exists: boolean, make: PolicyMaker): Finding {
  const policy = policyFor(tree, exists) ?? 'none';
  const tag = decidingTag(tree, exists);
  const decides = record.tags.filter(({ name }) => name === 't' || name === tag);
  const label = `DMARC record of ${tree.found?.domain ?? tree.domain}`;
  const said = `the policy is "${policy}"${whatDecides(tree, record, tag, exists)}`;
  const shared = {
    evidence: [make.text(label, record.text, policy === 'none' || record.isTest ? decides : [])],
    source: 'RFC 9989 section 4.7',
  };
  if (policy === 'none') {
    return make.finding({
      id: 'dmarc-policy',
      level: 'advice',
      title: 'DMARC only watches',
      detail: said,
      reason: 'Receivers report, but deliver forged mail as any other.',
      remedies: [
        {
          label: 'When the reports show only your own servers, publish',
          text: published(tree, record.text.replace(/\b([sn]?p)(\s*=\s*)none/gi, '$1$2quarantine')),
        },
      ],
      ...shared,
    });
  }
  if (record.isTest) {
    return make.finding({
      id: 'dmarc-policy',
      level: 'advice',
      title: 'DMARC is in test mode',
      detail: `${said}, but "t=y" asks receivers to apply the next weaker one`,
      reason: 'It is meant for a time in which the reports are watched. After that it only helps forgers.',
      remedies: [{ label: 'When the reports look right, publish', text: published(tree, record.text.replace(/;?\s*\bt\s*=\s*y\b/i, '')) }],
      ...shared,
    });
  }
  // Of a name below: the answer is whose word holds.
  if (tree.found && tree.found.domain !== tree.domain) {
    const title = `The policy for ${tree.domain} is "${policy}", by "${tag}=" of ${tree.found.domain}`;
    const effect = policy === 'reject' ? 'forged mail is refused' : 'forged mail is put aside';
    return make.finding({
      id: 'dmarc-policy',
      level: 'pass',
      title,
      detail: exists ? effect : `${effect}; the domain does not exist`,
      ...shared,
    });
  }
  const what = policy === 'reject' ? 'DMARC has forged mail refused' : 'DMARC has forged mail put aside';
  return make.finding({ id: 'dmarc-policy', level: 'pass', title: what, detail: said, ...shared });
}

/** Behind the policy: where it stands when not in the domain's own "p=", and what else the record says of names below. */
function whatDecides(tree: DmarcTree, record: DmarcRecord, tag: 'p' | 'sp' | 'np', exists: boolean): string {
  const above = tree.found?.domain;
  if (above !== tree.domain)
    return `, by "${tag}=" of ${above ?? ''}${tag === 'np' ? ', as the domain does not exist' : exists ? '' : '; the domain does not exist'}`;
  const others = [
    ...(record.subdomainPolicy ? [`"${record.subdomainPolicy}" for subdomains`] : []),
    ...(record.absentPolicy ? [`"${record.absentPolicy}" for names that do not exist`] : []),
  ];
  return others.length === 0 ? ', for all names below too' : `, ${others.join(', ')}`;
}

/** The whole line, as it is to be in the zone. */
function published(tree: DmarcTree, text: string): string {
  return txtLine(`_dmarc.${tree.found?.domain ?? tree.domain}`, text);
}

/** A weaker policy below makes a forger take a subdomain. */
function judgeSubdomains(tree: DmarcTree, record: DmarcRecord, make: PolicyMaker): Finding[] {
  if (record.policy === null || tree.found?.domain !== tree.domain) return [];
  const { policy } = record;
  const weaker = [
    ...(record.subdomainPolicy && strengthOf(record.subdomainPolicy) < strengthOf(policy) ? [`sp=${record.subdomainPolicy}`] : []),
    ...(record.absentPolicy && strengthOf(record.absentPolicy) < strengthOf(policy) ? [`np=${record.absentPolicy}`] : []),
  ];
  if (weaker.length === 0) return [];
  return [
    make.finding({
      id: 'dmarc-subdomains',
      level: 'advice',
      title: 'Subdomains are protected less than the domain',
      detail: weaker.join(', '),
      reason: 'Who cannot forge the domain forges one of its subdomains.',
      remedies: [{ label: 'Publish', text: published(tree, record.text.replace(/\b([sn]p)(\s*=\s*)[a-z]+/gi, `$1$2${policy}`)) }],
      evidence: [
        make.text(
          'DMARC record',
          record.text,
          record.tags.filter((tag) => weaker.includes(`${tag.name}=${tag.value.toLowerCase()}`)),
        ),
      ],
      source: 'RFC 9989 section 4.7',
    }),
  ];
}

function total(tree: DmarcTree): number {
  return tree.steps.filter(({ answer }) => answer.outcome === 'found' || isAbsent(answer)).reduce((sum, { answer }) => sum + answer.ms, 0);
}
