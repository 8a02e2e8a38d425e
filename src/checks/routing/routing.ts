// checks/routing: where mail of a domain goes and what is wrong on the way (A1 to A19 of the list): findings, and the hosts for further checks.
import type { CheckContext } from '../context.ts';
import { isAbsent, valuesOf } from '../dns/port.ts';
import { answerEvidence, finding, unansweredFinding } from '../finding.ts';
import type { Finding } from '../report.ts';
import { judgeDomain } from './domain.ts';
import { judgeHosts, type MailHost, resolveHosts } from './hosts.ts';
import { providerOf } from './provider.ts';
import { judgeRecords } from './records.ts';
import { findRoute, type Route } from './route.ts';

export interface Routing {
  readonly findings: readonly Finding[];
  /** Who takes the mail, in the order in which senders try; the domain itself where it has no MX. Only those with addresses are worth a connection. */
  readonly hosts: readonly MailHost[];
}

/** `domain` in A-label form. `onHosts` gets the hosts as soon as they are known, before all else about the domain is. Never rejects. */
export async function checkRouting(
  domain: string,
  context: CheckContext,
  onHosts: (hosts: readonly MailHost[]) => void = () => {},
): Promise<Routing> {
  context.waitFor(domain);
  const route = await findRoute(domain, context);
  const surroundings = judgeDomain(route, context);
  const hosts = await resolveHosts(route, context);
  onHosts(hosts);
  const [ofHosts, ofDomain] = await Promise.all([judgeHosts(route, hosts, context), surroundings]);
  return { findings: [...judgeRoute(route), ...judgeRecords(route), ...ofHosts, ...providerOf(route), ...ofDomain], hosts };
}

/** What the answer as a whole says. */
function judgeRoute(route: Route): Finding[] {
  const { domain, kind, mx, own } = route;
  const base = { group: 'routing', target: { domain }, ms: mx.ms } as const;
  const evidence = [answerEvidence(mx), ...own.map((answer) => answerEvidence(answer))];
  switch (kind) {
    case 'mx':
    case 'null':
      return [];
    case 'missing': {
      const alias = valuesOf(mx, 'CNAME').at(-1);
      if (alias)
        return [
          finding({
            ...base,
            id: 'domain-missing',
            level: 'fail',
            title: `${domain} leads to ${alias.host}, which does not exist`,
            detail: 'mail to it comes back',
            reason: 'The name is there, but only as an alias (CNAME), and the name servers know no such name as the one that it leads to.',
            evidence,
            remedies: [{ label: 'Correct or remove', text: `${domain}.  CNAME  ${alias.host}.` }],
            source: 'RFC 5321 section 5.1',
          }),
        ];
      return [
        finding({
          ...base,
          id: 'domain-missing',
          level: 'fail',
          title: `There is no domain ${domain}`,
          detail: 'mail to it comes back',
          reason: 'The name servers know no such name. It may be misspelt, never registered, expired, or not published yet.',
          evidence,
          remedies: [{ label: 'If the name is right, see where its delegation ends', text: `dig +trace NS ${domain}` }],
          source: 'RFC 5321 section 5.1',
        }),
      ];
    }
    case 'none':
      return [
        finding({
          ...base,
          id: 'mx-missing',
          level: 'fail',
          title: `${domain} cannot receive mail`,
          detail: 'it has neither MX records nor an address',
          reason: 'Senders look for MX records and then for an address of the domain itself. There is neither, so mail comes back.',
          evidence,
          remedies: [
            { label: 'Publish the host that takes its mail', text: `${domain}.  MX  10 mail.${domain}.` },
            { label: 'Or say that it takes none', text: `${domain}.  MX  0 .` },
          ],
          source: 'RFC 5321 section 5.1',
        }),
      ];
    case 'implicit':
      return [
        finding({
          ...base,
          id: 'mx-implicit',
          level: 'advice',
          title: 'No MX record',
          detail: `mail goes to the addresses of ${domain} itself`,
          reason:
            'That is allowed, but easily not meant: the web server of the domain gets its mail. Say with a record where mail goes, or that none is taken.',
          evidence,
          remedies: [
            { label: 'Publish where mail goes', text: `${domain}.  MX  10 ${domain}.` },
            { label: 'Or say that it takes none', text: `${domain}.  MX  0 .` },
          ],
          source: 'RFC 5321 section 5.1',
        }),
      ];
    case 'unknown': {
      const answer = isAbsent(mx) ? (own.find((each) => !isAbsent(each)) ?? mx) : mx;
      return [
        unansweredFinding(
          { ...base, id: 'mx-look-up', title: `Where mail of ${domain} goes could not be looked up`, source: 'RFC 5321 section 5.1' },
          answer,
        ),
      ];
    }
  }
}
