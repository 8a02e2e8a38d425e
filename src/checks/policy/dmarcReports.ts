// checks/policy: where DMARC reports are to go, and whether a foreign domain agrees to get them (RFC 9990 section 4).
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { type DmarcRecord, isDmarcRecord } from './dmarcRecord.ts';
import { type DmarcStep, type DmarcTree, walkDmarc } from './dmarcTree.ts';
import type { PolicyMaker } from './found.ts';
import { normalName, textsOf, txtLine } from './records.ts';
import { judgeReportMail } from './reportMail.ts';

/** More foreign domains than these are not asked. */
const maxDomains = 5;

const mailtoAddress = /^mailto:[^@\s,!]+@([a-z0-9_](?:[a-z0-9.-]*[a-z0-9])?)(?:![0-9]+[kmgt]?)?$/i;

/** The domain of a "mailto:" address, or null. An obsolete size limit behind it is allowed. */
export function mailDomain(address: string): string | null {
  const domain = mailtoAddress.exec(address)?.[1];
  return domain === undefined ? null : normalName(domain);
}

export async function checkReportAddresses(
  tree: DmarcTree,
  found: DmarcStep,
  record: DmarcRecord,
  make: PolicyMaker,
  context: CheckContext,
): Promise<Finding[]> {
  const addresses = [...record.aggregate, ...record.failure];
  if (record.aggregate.length === 0) return [noReports(found, record, make)];
  const wrong = addresses.filter((address) => mailDomain(address) === null && !/^https:\/\//i.test(address));
  const domains = [...new Set(addresses.map(mailDomain).filter((domain) => domain !== null))].slice(0, maxDomains);
  const foreign = await Promise.all(domains.map((domain) => judgeDomain(domain, tree, found, make, context)));
  // A domain that does not agree gets nothing anyway.
  const agreed = domains.filter((_, at) => foreign[at]?.length === 0);
  const about = { id: 'dmarc-report-mail', what: 'DMARC reports', source: 'RFC 9990 section 4' };
  const findings = [
    ...wrongAddresses(wrong, found, record, make),
    ...foreign.flat(),
    ...(await judgeReportMail(agreed, about, make, context)),
  ];
  if (findings.length > 0) return findings;
  return [
    make.finding({
      id: 'dmarc-reports',
      level: 'pass',
      title: 'DMARC reports go to a valid address',
      detail: addresses.join(', '),
      evidence: [make.text('DMARC record', record.text)],
      source: 'RFC 9990 section 4',
    }),
  ];
}

function noReports({ domain }: DmarcStep, record: DmarcRecord, make: PolicyMaker): Finding {
  return make.finding({
    id: 'dmarc-reports',
    level: 'advice',
    title: 'DMARC reports go nowhere',
    detail: 'the record has no "rua="',
    evidence: [make.text('DMARC record', record.text)],
    reason: 'Without reports you do not see who sends as this domain, nor which of your own mail fails.',
    remedies: [
      {
        label: 'Publish, with an address of yours',
        text: txtLine(`_dmarc.${domain}`, `${record.text.trim().replace(/;$/, '')}; rua=mailto:dmarc@${domain}`),
      },
    ],
    source: 'RFC 9989 section 4.7',
  });
}

function wrongAddresses(wrong: readonly string[], { domain }: DmarcStep, record: DmarcRecord, make: PolicyMaker): Finding[] {
  if (wrong.length === 0) return [];
  return [
    make.finding({
      id: 'dmarc-report-address',
      level: 'warn',
      title: 'An address for DMARC reports is not well formed',
      detail: wrong.join(', '),
      reason: 'Report addresses are URIs: "mailto:" and a mail address. Nobody sends a report to anything else.',
      evidence: [
        make.text(
          'DMARC record',
          record.text,
          record.tags.filter(({ name, value }) => /^ru[af]$/.test(name) && wrong.some((address) => value.includes(address))),
        ),
      ],
      // A mail address alone is what people write there.
      remedies: wrong.every((address) => /^[^@\s:]+@[^@\s:]+$/.test(address))
        ? [
            {
              label: 'Publish',
              text: txtLine(
                `_dmarc.${domain}`,
                wrong.reduce((text, address) => text.replace(address, () => `mailto:${address}`), record.text),
              ),
            },
          ]
        : [],
      source: 'RFC 9989 section 4.8',
    }),
  ];
}

/** A domain of another organization must say, at `<domain>._report._dmarc.<there>`, that it takes the reports. */
async function judgeDomain(
  domain: string,
  tree: DmarcTree,
  found: DmarcStep,
  make: PolicyMaker,
  context: CheckContext,
): Promise<Finding[]> {
  if (domain === tree.organization || domain === found.domain) return [];
  const there = await walkDmarc(domain, context);
  if (there.failure)
    return [make.unanswered('dmarc-report-authorisation', `Whether ${domain} takes the DMARC reports is not known`, there.failure)];
  if (tree.organization !== null && there.organization === tree.organization) return [];
  const answer = await context.dns.lookUp(`${found.domain}._report._dmarc.${domain}`, 'TXT', context.signal);
  if (answer.outcome !== 'found' && !isAbsent(answer)) {
    return [make.unanswered('dmarc-report-authorisation', `Whether ${domain} takes the DMARC reports is not known`, answer)];
  }
  if (textsOf(answer).some(isDmarcRecord)) return [];
  return [
    make.finding({
      id: 'dmarc-report-authorisation',
      level: 'warn',
      title: `${domain} does not say that it takes the DMARC reports`,
      detail: 'so nobody sends them there',
      reason: 'Reports to a foreign domain need its consent in DNS; otherwise anybody could flood it with reports.',
      evidence: [make.answer(answer)],
      remedies: [{ label: `Have published by ${domain}`, text: `${answer.name}. IN TXT "v=DMARC1"` }],
      source: 'RFC 9990 section 4',
      ms: answer.ms,
    }),
  ];
}
