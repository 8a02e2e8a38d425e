// checks/policy: whether a domain that has no part in mail says so in all three places, so that nobody can use its name.
import type { CheckContext } from '../context.ts';
import { isAbsent, valuesOf } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { policyFor, walkDmarc } from './dmarcTree.ts';
import { maker } from './found.ts';
import { normalName, textsOf } from './records.ts';
import { isSpfRecord } from './spfRecord.ts';

/** A domain counts as parked when it has a null MX (RFC 7505), or an SPF record of "-all" alone without any MX. Others get no finding. */
export async function checkParked(domain: string, context: CheckContext): Promise<readonly Finding[]> {
  const name = normalName(domain);
  const make = maker({ domain });
  const [mx, txt] = await Promise.all([context.dns.lookUp(name, 'MX', context.signal), context.dns.lookUp(name, 'TXT', context.signal)]);
  // What is missing can be told only when all three were answered; that they were not is told by their own checks.
  if ([mx, txt].some((answer) => answer.outcome !== 'found' && !isAbsent(answer))) return [];
  const hosts = valuesOf(mx, 'MX');
  const hasNullMx = hosts.length === 1 && hosts[0]?.exchange === '';
  const sendsNothing =
    textsOf(txt)
      .filter(isSpfRecord)
      .map((record) => record.trim().toLowerCase())
      .join() === 'v=spf1 -all';
  if (!hasNullMx && !(sendsNothing && isAbsent(mx))) return [];
  const tree = await walkDmarc(name, context);
  if (tree.failure && !tree.found) return [];
  const source = 'M3AAWG Protecting Parked Domains Best Common Practices';
  const missing = [
    ...(hasNullMx ? [] : [{ what: 'a null MX', text: `${name}. IN MX 0 .` }]),
    ...(sendsNothing ? [] : [{ what: 'SPF that lets nobody send', text: `${name}. IN TXT "v=spf1 -all"` }]),
    ...(policyFor(tree) === 'reject' && !tree.found?.record?.isTest
      ? []
      : [{ what: 'DMARC that refuses', text: `_dmarc.${name}. IN TXT "v=DMARC1; p=reject"` }]),
  ];
  const evidence = [mx, txt, ...tree.steps.map((step) => step.answer)].map((answer) => make.answer(answer));
  if (missing.length === 0) {
    return [
      make.finding({
        id: 'parked',
        level: 'pass',
        title: 'The domain says in every way that it has no part in mail',
        detail: 'null MX, SPF and DMARC',
        evidence,
        source,
      }),
    ];
  }
  return [
    make.finding({
      id: 'parked',
      level: 'advice',
      title: 'The domain seems to have no part in mail, but does not say so in every way',
      detail: `missing: ${missing.map(({ what }) => what).join(', ')}`,
      reason: 'Names that are not used for mail are liked by forgers, because nobody watches them.',
      evidence,
      remedies: missing.map(({ what, text }) => ({ label: `Publish ${what}`, text })),
      source,
    }),
  ];
}
