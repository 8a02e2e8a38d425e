// checks/policy: whether a domain publishes DKIM keys at all. Which ones only a selector tells, and selectors cannot be listed.
import type { CheckContext } from '../context.ts';
import { isAbsent, valuesOf } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { maker } from './found.ts';
import { normalName } from './records.ts';

/** Where there are keys, the name that they stand below exists, though without records of its own (RFC 8020). Nothing for a domain without mail. */
export async function checkDkimPresence(domain: string, { dns, signal }: CheckContext): Promise<readonly Finding[]> {
  const name = normalName(domain);
  const make = maker({ domain });
  const [mx, answer] = await Promise.all([dns.lookUp(name, 'MX', signal), dns.lookUp(`_domainkey.${name}`, 'TXT', signal)]);
  const takesNoMail = valuesOf(mx, 'MX').some(({ exchange }) => exchange === '');
  if (mx.outcome === 'nxDomain' || takesNoMail) return [];
  if (mx.outcome !== 'found' && !isAbsent(mx)) {
    const detail = 'nothing of the domain could be looked up';
    return [make.finding({ id: 'dkim-keys', level: 'skipped', title: 'DKIM was not looked at', detail, evidence: [make.answer(mx)] })];
  }
  if (answer.outcome !== 'found' && !isAbsent(answer))
    return [make.unanswered('dkim-keys', 'Whether DKIM keys are published could not be looked up', answer)];
  const shared = { evidence: [make.answer(answer)], source: 'RFC 6376 section 3.6.2.1', ms: answer.ms };
  if (answer.outcome === 'nxDomain')
    return [
      make.finding({
        id: 'dkim-keys',
        level: 'advice',
        title: 'No DKIM key seems to be published',
        detail: `there is no name below ${answer.name}`,
        reason:
          'Mail that is not signed passes DMARC by SPF alone, which forwarding breaks. Few name servers say so of a name that has others below it.',
        remedies: [
          { label: 'Have the server that sends sign, and publish its key', text: `k1.${answer.name}. IN TXT "v=DKIM1; k=rsa; p=<base64>"` },
        ],
        ...shared,
      }),
    ];
  return [
    make.finding({
      id: 'dkim-keys',
      level: 'info',
      title: 'DKIM keys may be published',
      detail: 'Check DKIM Selector looks at one; the selector stands in the signature of a mail as "s="',
      ...shared,
    }),
  ];
}
