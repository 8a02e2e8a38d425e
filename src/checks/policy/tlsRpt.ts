// checks/policy: where senders report TLS failures to (RFC 8460).
import type { CheckContext } from '../context.ts';
import { isAbsent, valuesOf } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { mailDomain } from './dmarcReports.ts';
import { maker } from './found.ts';
import { normalName, textsOf, txtLine } from './records.ts';
import { judgeReportMail } from './reportMail.ts';
import { readTags, tagValue } from './tags.ts';

export async function checkTlsRpt(domain: string, context: CheckContext): Promise<readonly Finding[]> {
  const make = maker({ domain });
  const answer = await context.dns.lookUp(`_smtp._tls.${normalName(domain)}`, 'TXT', context.signal);
  if (answer.outcome !== 'found' && !isAbsent(answer))
    return [make.unanswered('tls-rpt-look-up', 'TLS reporting could not be looked up', answer)];
  const records = textsOf(answer).filter((text) => /^v=TLSRPTv1[ \t]*(?:;|$)/.test(text));
  const [record] = records;
  const shared = { source: 'RFC 8460 section 3', ms: answer.ms };
  const example = `${answer.name}. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@${normalName(domain)}"`;
  if (record === undefined) {
    const mx = await context.dns.lookUp(normalName(domain), 'MX', context.signal);
    const [host] = valuesOf(mx, 'MX');
    if (mx.outcome === 'nxDomain' || host?.exchange === '') {
      const detail = mx.outcome === 'nxDomain' ? 'the domain does not exist' : 'the domain takes no mail';
      return [
        make.finding({ id: 'tls-rpt-none', level: 'skipped', title: 'No TLS reporting', detail, evidence: [make.answer(mx)], ...shared }),
      ];
    }
    return [
      make.finding({
        id: 'tls-rpt-none',
        level: 'advice',
        title: 'No TLS reporting',
        detail: 'senders have nowhere to report failed TLS to',
        reason: 'Reports show downgrades and broken certificates before users notice missing mail. Useful above all with MTA-STS or DANE.',
        evidence: [make.answer(answer)],
        remedies: [{ label: 'Publish', text: example }],
        ...shared,
      }),
    ];
  }
  const addressesIn = (text: string): string[] => (tagValue(readTags(text), 'rua') ?? '').split(',').map((address) => address.trim());
  const addresses = addressesIn(record);
  const wrong = addresses.filter((address) => !isUsable(address));
  if (records.length > 1 || wrong.length > 0) {
    const isMany = records.length > 1;
    return [
      make.finding({
        id: isMany ? 'tls-rpt-multiple' : 'tls-rpt-syntax',
        level: 'fail',
        title: isMany ? `${records.length} records for TLS reporting` : 'The record for TLS reporting is not well formed',
        detail: isMany ? 'senders ignore them all' : `"rua=" must hold mailto: or https: addresses, not "${wrong[0] ?? ''}"`,
        reason: 'No sender reports anything.',
        evidence: [make.answer(answer, records)],
        remedies: [{ label: 'Publish', text: txtLine(answer.name, repaired(records.flatMap(addressesIn), normalName(domain))) }],
        ...shared,
      }),
    ];
  }
  const domains = addresses.map(mailDomain).filter((known) => known !== null);
  return [
    ...(await judgeReportMail(domains, { id: 'tls-rpt-mail', what: 'TLS reports', source: 'RFC 8460 section 5.3' }, make, context)),
    make.finding({
      id: 'tls-rpt-record',
      level: 'pass',
      title: 'TLS failures are reported',
      detail: addresses.join(', '),
      evidence: [make.answer(answer)],
      ...shared,
    }),
  ];
}

function isUsable(address: string): boolean {
  return mailDomain(address) !== null || /^https:\/\/[^\s,!;]+$/i.test(address);
}

/** The same mailboxes, written as senders read them. What names none is left out. */
function repaired(addresses: readonly string[], domain: string): string {
  const kept = addresses
    .map((address) => (isUsable(address) ? address : `mailto:${address.replace(/^mailto:(?:\/\/)?/i, '')}`))
    .filter(isUsable);
  return `v=TLSRPTv1; rua=${kept.length === 0 ? `mailto:tls-reports@${domain}` : [...new Set(kept)].join(',')}`;
}
